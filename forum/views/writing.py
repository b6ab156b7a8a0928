"""Opening a thread, answering, putting it right, and the page of thanks."""

from collections.abc import Mapping
from dataclasses import astuple
from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forum import errors, ids, markup
from forum.extensions import begin_writing, db
from forum.forms.posts import CutForm, EditForm, ReplyForm, ThreadForm, TitledEditForm
from forum.models import Post, Theme, Thread
from forum.moderation import decisions
from forum.posting import cutting, pace, pipeline
from forum.posting.drafts import Screened, Words
from forum.queries import threads
from forum.views import endings
from forum.views.composing import Compose, author_of
from forum.views.replying import Reply, begun_with
from forum.views.search import like
from forum.web import pacing, rows, thanks
from forum.web.errors import cutting_words, form_message
from forum.web.guards import SAFE_METHODS
from forum.web.limits import limited
from forum.web.panel import panel_context
from forum.web.viewer import viewer
from forum.web.words import wish_sentence
from forum.web.writing import Hand, holds_phrase, same_ticket, staffed_hour

bp = Blueprint("writing", __name__)

# What the buttons of the look at a story say.
LOOK, BACK = "look", "back"


@bp.route("/n/<code>", methods=["GET", "POST"])
@limited("look", when=lambda: _is_look())
@limited("write", when=lambda: not _is_look())
def new(code: str) -> ResponseReturnValue:
    """Open a thread in this room."""
    theme = threads.theme_for(code)
    if theme is None:
        raise errors.NotFound
    return _Opening(ThreadForm(), theme).answer()


@bp.route("/t/<thread_id>/r", methods=["GET", "POST"])
@limited("write")
def reply(thread_id: str) -> ResponseReturnValue:
    """Answer in this thread; ``?to=12`` begins with >>12, ``?o=3`` with a sentence of the house."""
    thread = threads.thread_head(ids.from_text(thread_id))
    if thread is None:
        raise errors.NotFound
    form = ReplyForm()
    if request.method in SAFE_METHODS:
        if not thread.takes_replies:
            raise errors.Closed
        form.body.data = begun_with(request.args.get("to", ""), request.args.get("o", ""))
    return Reply(form, thread).answer()


@bp.route("/p/<post_id>/e", methods=["GET", "POST"])
@limited("write")
def edit(post_id: str) -> ResponseReturnValue:
    """Put one's own post right, inside the edit window; after it, take words out, for ever."""
    post = pipeline.own_post(ids.from_text(post_id), viewer().identity)
    if not pace.may_edit(post):
        return _cut(post)
    thread = db.session.get_one(Thread, post.thread_id)
    form = TitledEditForm() if thread.opening_id == post.id else EditForm()
    if request.method in SAFE_METHODS:
        form.body.data, form.warning.data = post.source, post.warning
        if isinstance(form, TitledEditForm):
            form.title.data = thread.title
        form.seen.data = pipeline.look_of(post)
    return _Edit(form, post).answer()


def _cut(post: Post) -> ResponseReturnValue:
    form = CutForm()
    # A form of the editing half hour that comes late is told so: its text was not meant as a cut.
    if post.status not in cutting.OPEN_STATUSES or "seen" in request.form:
        raise errors.TooLate
    if request.method in SAFE_METHODS:
        form.body.data = post.source
        return _cut_page(post, form)
    if not form.validate():
        return _cut_page(post, form, form_message(form), status=422)
    begin_writing()
    try:
        cutting.cut_words(pipeline.own_post(post.id, viewer().identity), form.body.data)
    except errors.Invalid as refused:
        db.session.rollback()
        return _cut_page(post, form, cutting_words(refused.code), status=422)
    db.session.commit()
    return redirect(url_for("threads.show", thread_id=ids.to_text(post.thread_id)), 303)


def _cut_page(
    post: Post, form: CutForm, message: str | None = None, status: int = 200
) -> ResponseReturnValue:
    thread = {"id_text": ids.to_text(post.thread_id)}
    return make_response(render_template("posts/cut.html", form=form, message=message, thread=thread), status)


@bp.get("/p/<post_id>/ok")
def ok(post_id: str) -> str:
    """After posting: thanks, what happens now, the handle, the ways back. For its writer only."""
    post = pipeline.own_post(ids.from_text(post_id), viewer().identity)
    return thanks.page(post, panel="", tells_names=request.args.get("n") == "1")


def _is_look() -> bool:
    return request.form.get("act") in {LOOK, BACK}


class _Opening(Compose):
    """The first post of a new thread."""

    template, purpose = "threads/new.html", "new"

    def __init__(self, form: ThreadForm, theme: Theme) -> None:
        super().__init__(form, theme.code.encode(), None, theme.code, url_for("writing.new", code=theme.code))
        self.theme = theme

    def written(self) -> Words:
        plain = super().written()
        return Words(plain.body, self.form.title.data or "", plain.warning)

    def put_back(self, masked: Words) -> None:
        super().put_back(masked)
        self.form.title.data = masked.title

    def about(self) -> dict[str, Any]:
        return {"theme": rows.room(self.theme)}

    def aside(self) -> ResponseReturnValue | None:
        """A look at it before it goes out, and the way back. Nothing is written, and nothing is asked yet."""
        if not _is_look() or not self.form.validate() or self.form.is_from_a_machine:
            return None
        if holds_phrase(*astuple(self.written())):
            return None
        screened = self.looked_at(self.written(), insists=True)
        same_ticket(self.form, self.purpose, self.target)
        if request.form["act"] == BACK:
            return self._form_page(panel=screened.verdict.panel)
        return self._look(screened)

    def _look(self, screened: Screened) -> ResponseReturnValue:
        words = screened.words
        page = render_template(
            "threads/look.html",
            form=self.form,
            title=words.title,
            warning=words.warning,
            html=markup.trusted(screened.html),
            wish_words=wish_sentence(self.form.wish.data),
            talks=like(f"{words.title}\n{words.body}"),
            **self.about(),
            **panel_context(screened.verdict.panel),
        )
        return make_response(page)

    def pace(self, hand: Hand, screened: Screened) -> None:
        pacing.ensure_room_calm(self.theme.code)

    def store(self, hand: Hand, screened: Screened) -> Post:
        form = self.form
        choices = pipeline.Choices(form.wish.data, int(form.lifetime.data), form.publish.data)
        return pipeline.start_thread(
            theme=self.theme, author=author_of(hand), draft=screened, choices=choices
        )


class _Edit(Compose):
    """New words for a post that stands."""

    template, purpose = "posts/edit.html", "edit"

    def __init__(self, form: EditForm, post: Post) -> None:
        super().__init__(form, post.id, post.thread_id, "", "")
        self.post = post

    def written(self) -> Words:
        plain = super().written()
        title = self.form.title.data if isinstance(self.form, TitledEditForm) else ""
        return Words(plain.body, title or "", plain.warning)

    def put_back(self, masked: Words) -> None:
        super().put_back(masked)
        if isinstance(self.form, TitledEditForm):
            self.form.title.data = masked.title

    def about(self) -> dict[str, Any]:
        return {
            "thread": {"id_text": ids.to_text(self.post.thread_id)},
            "is_asked": decisions.is_asked_for_other_words(self.post.id),
        }

    def store(self, hand: Hand, screened: Screened) -> Post:
        # Read again inside the write transaction: a moderator may have acted meanwhile.
        post = pipeline.own_post(self.target, hand.identity)
        pipeline.edit(post=post, seen=self.form.seen.data or "", draft=screened, hour=staffed_hour())
        return post

    def look_anew(self) -> None:
        self.form.seen.data = pipeline.look_of(self.post)


def go_on(deposit_id: bytes, fields: Mapping[str, str]) -> ResponseReturnValue:
    """The form that was put aside, with its words in it; the words alone when their place takes none any more."""
    place = fields.get("place", "")
    if fields.get("purpose") == _Opening.purpose:
        theme = threads.theme_for(place)
        if theme is not None:
            return _Opening(ThreadForm(formdata=None), theme).go_on(deposit_id, fields)
    elif fields.get("purpose") == endings.Telling.purpose:
        telling = endings.unfinished(place)
        if telling is not None:
            return telling.go_on(deposit_id, fields)
    else:
        thread = threads.thread_head(ids.from_text(place))
        if thread is not None and thread.takes_replies:
            return Reply(ReplyForm(formdata=None), thread).go_on(deposit_id, fields)
    return make_response(render_template("posts/kept_text.html", text=fields.get("body", "")))
