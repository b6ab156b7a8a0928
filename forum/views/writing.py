"""Opening a thread, answering, putting it right, and the page of thanks."""

import hashlib
from abc import ABC, abstractmethod
from dataclasses import astuple
from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from forum import errors, ids
from forum.extensions import begin_writing, db
from forum.forms.posts import EditForm, ReplyForm, ThreadForm, WordsForm
from forum.i18n import gettext as _
from forum.models import Post, Theme, Thread
from forum.posting import drafts, pace, pipeline
from forum.posting.drafts import Screened, Words
from forum.queries import threads
from forum.queries.threads import ThreadRow
from forum.runtime import runtime
from forum.web import rows, thanks, words
from forum.web.asking import ask_context
from forum.web.errors import form_message, refusal_for
from forum.web.guards import SAFE_METHODS
from forum.web.limits import limited
from forum.web.panel import panel_context
from forum.web.viewer import viewer
from forum.web.writing import Hand, fresh_ticket, holds_phrase, phrase_words, staffed_hour, take_hand

bp = Blueprint("writing", __name__)

QUIET_PANELS = {"", "c0"}


@bp.route("/n/<code>", methods=["GET", "POST"])
@limited("write")
def new(code: str) -> ResponseReturnValue:
    """Open a thread in this room."""
    theme = threads.theme_for(code)
    if theme is None:
        raise errors.NotFound
    return _Opening(ThreadForm(), theme).answer()


@bp.route("/t/<thread_id>/r", methods=["GET", "POST"])
@limited("write")
def reply(thread_id: str) -> ResponseReturnValue:
    """Answer in this thread; ``?to=12`` begins with >>12."""
    thread = threads.thread_head(ids.from_text(thread_id))
    if thread is None:
        raise errors.NotFound
    form = ReplyForm()
    if request.method in SAFE_METHODS:
        if thread.is_locked or thread.status != "live":
            raise errors.Closed
        to = request.args.get("to", "")
        form.body.data = f">>{int(to)}\n" if to.isascii() and to.isdigit() and len(to) < 6 else ""
    return _Reply(form, thread).answer()


@bp.route("/p/<post_id>/e", methods=["GET", "POST"])
@limited("write")
def edit(post_id: str) -> ResponseReturnValue:
    """Put one's own post right, inside the edit window."""
    post = pipeline.own_post(ids.from_text(post_id), viewer().identity)
    if not pace.may_edit(post):
        raise errors.TooLate
    form = EditForm()
    if request.method in SAFE_METHODS:
        form.body.data, form.warning.data = post.source, post.warning
        form.seen.data = pipeline.look_of(post)
    return _Edit(form, post).answer()


@bp.get("/p/<post_id>/ok")
def ok(post_id: str) -> str:
    """After posting: thanks, what happens now, the handle, the ways back. For its writer only."""
    post = pipeline.own_post(ids.from_text(post_id), viewer().identity)
    return thanks.page(post, panel="")


class _Compose(ABC):
    """One form people write on: shown, screened, stored, answered. What differs is where the words go."""

    template: str
    purpose: str

    def __init__(self, form: WordsForm, target: bytes, thread_id: bytes | None) -> None:
        self.form = form
        self.target = target
        self.thread_id = thread_id

    def answer(self) -> ResponseReturnValue:
        if request.method in SAFE_METHODS:
            fresh_ticket(self.form, self.purpose, self.target)
            return self._form_page()
        is_valid = self.form.validate()
        screened = self._screened()
        if not is_valid:
            return self._again(form_message(self.form), screened)
        if holds_phrase(*astuple(self.written())):
            return self._again(phrase_words(), screened)
        try:
            hand = take_hand(self.form, self.purpose, self.target, thread_id=self.thread_id)
            return self._stored(hand, screened)
        except errors.Screened:
            db.session.rollback()
            return self._look_again(screened)
        except (errors.TooSoon, errors.Expired, errors.Closed, errors.TooLate, errors.Stale) as refused:
            db.session.rollback()
            if isinstance(refused, errors.Expired):
                fresh_ticket(self.form, self.purpose, self.target)
            self.look_anew()
            refusal = refusal_for(refused)
            return self._again(refusal.message, screened, status=refusal.status)

    @abstractmethod
    def store(self, hand: Hand, screened: Screened) -> Post:
        """Put the words where they belong, inside the write transaction."""

    @abstractmethod
    def about(self) -> dict[str, Any]:
        """What the form's page says of the place."""

    def look_anew(self) -> None:
        """Bring up to date what the form remembers of the place, after a refusal. A place nobody changes: nothing."""
        return

    def written(self) -> Words:
        return Words(body=self.form.body.data or "", warning=self.form.warning.data or "")

    def put_back(self, masked: Words) -> None:
        self.form.body.data, self.form.warning.data = masked.body, masked.warning

    def _screened(self) -> Screened:
        """What screening sees. With ``act=mask`` the chosen words are made unreadable first: whoever chose them was
        asked already, so what was left standing was left on purpose."""
        policy, newcomer = runtime().policy, not viewer().is_writer
        act = request.form.get("act")
        screened = drafts.look_at(self.written(), policy, newcomer=newcomer, insists=act == "asis")
        if act != "mask" or self.form.asked.data != digest_of(screened.words):
            return screened
        chosen = {
            int(number) for number in request.form.getlist("m") if number.isdecimal() and len(number) < 5
        }
        masked = drafts.masked(screened, chosen)
        self.put_back(masked)
        return drafts.look_at(masked, policy, newcomer=newcomer, insists=True)

    def _stored(self, hand: Hand, screened: Screened) -> ResponseReturnValue:
        begin_writing()
        try:
            post = self.store(hand, screened)
        except errors.Already as already:
            db.session.rollback()
            hand.keep()
            return redirect(thanks.address(already.target), 303)
        db.session.commit()
        hand.keep()
        if screened.verdict.panel in QUIET_PANELS:
            return redirect(thanks.address(post), 303)
        # Help comes in the very same answer; the ticket makes a reload harmless.
        return make_response(thanks.page(post, panel=screened.verdict.panel))

    def _look_again(self, screened: Screened) -> ResponseReturnValue:
        if screened.action == "reject":
            message = _("この書き方のままでは、ここに置けませんでした。書いたものはここに残っています。")
            return self._again(message, screened)
        self.form.asked.data = digest_of(screened.words)
        page = render_template(
            "threads/ask.html",
            form=self.form,
            **ask_context(screened),
            **panel_context(screened.verdict.panel),
        )
        return make_response(page, 422)

    def _again(self, message: str | None, screened: Screened, status: int = 422) -> ResponseReturnValue:
        """The form once more, with everything that was typed and a ticket that will do."""
        if not self.form.ticket.data:
            fresh_ticket(self.form, self.purpose, self.target)
        return self._form_page(message=message, panel=screened.verdict.panel, status=status)

    def _form_page(
        self, *, message: str | None = None, panel: str = "", status: int = 200
    ) -> ResponseReturnValue:
        page = render_template(
            self.template, form=self.form, message=message, **self.about(), **panel_context(panel)
        )
        return make_response(page, status)


class _Opening(_Compose):
    """The first post of a new thread."""

    template, purpose = "threads/new.html", "new"

    def __init__(self, form: ThreadForm, theme: Theme) -> None:
        super().__init__(form, theme.code.encode(), None)
        self.theme = theme

    def written(self) -> Words:
        plain = super().written()
        return Words(plain.body, self.form.title.data or "", plain.warning)

    def put_back(self, masked: Words) -> None:
        super().put_back(masked)
        self.form.title.data = masked.title

    def about(self) -> dict[str, Any]:
        return {"theme": rows.room(self.theme)}

    def store(self, hand: Hand, screened: Screened) -> Post:
        form = self.form
        choices = pipeline.Choices(form.wish.data, int(form.lifetime.data), form.publish.data)
        return pipeline.start_thread(theme=self.theme, author=_author(hand), draft=screened, choices=choices)


class _Reply(_Compose):
    """An answer in a thread."""

    template, purpose = "threads/reply.html", "reply"

    def __init__(self, form: ReplyForm, thread: ThreadRow) -> None:
        super().__init__(form, thread.id, thread.id)
        self.thread = thread

    def about(self) -> dict[str, Any]:
        return {"thread": rows.item(self.thread), "wish_words": words.wish_sentence(self.thread.wish)}

    def store(self, hand: Hand, screened: Screened) -> Post:
        return pipeline.reply(thread_id=self.thread.id, author=_author(hand), draft=screened)


class _Edit(_Compose):
    """New words for a post that stands."""

    template, purpose = "posts/edit.html", "edit"

    def __init__(self, form: EditForm, post: Post) -> None:
        super().__init__(form, post.id, post.thread_id)
        self.post = post

    def written(self) -> Words:
        plain, thread = super().written(), db.session.get_one(Thread, self.post.thread_id)
        return Words(plain.body, thread.title if thread.opening_id == self.post.id else "", plain.warning)

    def about(self) -> dict[str, Any]:
        return {"thread": {"id_text": ids.to_text(self.post.thread_id)}}

    def store(self, hand: Hand, screened: Screened) -> Post:
        # Read again inside the write transaction: a moderator may have acted meanwhile.
        post = pipeline.own_post(self.target, hand.identity)
        pipeline.edit(post=post, seen=self.form.seen.data or "", draft=screened, hour=staffed_hour())
        return post

    def look_anew(self) -> None:
        self.form.seen.data = pipeline.look_of(self.post)


def digest_of(words: Words) -> str:
    """Names the very words a question was about."""
    return hashlib.sha256("\0".join((words.title, words.warning, words.body)).encode()).hexdigest()[:16]


def _author(hand: Hand) -> pipeline.Author:
    return pipeline.Author(
        identity=hand.identity,
        keys=runtime().keys,
        post_id=hand.post_id,
        receipt_words=hand.receipt_words,
        hour=staffed_hour(),
    )
