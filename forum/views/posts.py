"""Acts on one post: answer without words, tell the caretakers, fold its writer, take one's own away."""

from collections.abc import Callable

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forum import errors, ids, markup
from forum.extensions import begin_writing, db
from forum.forms.base import TicketForm
from forum.forms.posts import FLAG_WORDS, DeleteForm, FlagForm, FoldForm, ReactForm
from forum.i18n import gettext as _
from forum.i18n import locale
from forum.identity.handles import handle_text
from forum.models import Flag, Participant, Post, Thread
from forum.models.content import REACTIONS
from forum.moderation import flags, heat, interim, lifecycle, receipts, veils
from forum.posting import folds, pipeline, reactions
from forum.posting.participants import find_participant, participant_for
from forum.queries import posts as post_queries
from forum.queries import threads
from forum.runtime import runtime
from forum.web import pacing, words
from forum.web.errors import form_message, refusal_for
from forum.web.guards import SAFE_METHODS
from forum.web.limits import count_todays_cover, is_first_report_from_here, limited, may_cover_today
from forum.web.panel import panel_for
from forum.web.standing import is_newcomer
from forum.web.viewer import viewer
from forum.web.writing import (
    Hand,
    known_hand,
    own_words,
    same_ticket,
    staffed_hour,
    staffed_hours,
    take_hand,
)

bp = Blueprint("posts", __name__)

EXCERPT = 160
UNDONE_BY_ITSELF = frozenset({"react", "fold"})


@bp.route("/p/<post_id>/k", methods=["GET", "POST"])
@limited("react")
def react(post_id: str) -> ResponseReturnValue:
    """わかります, そばにいます, ありがとう: pressed and released by the same press."""
    post = _shown(post_id)
    form = ReactForm()
    hand = _pressed(post, form, "react", _react_page)
    if isinstance(hand, Response):
        return hand
    begin_writing()
    is_first = _is_first_act(post, hand)
    reactions.react(post=_again(post), kind=form.kind.data, identity=hand.identity, keys=runtime().keys)
    db.session.commit()
    hand.keep(is_first_time=is_first)
    return redirect(_place(post), 303)


@bp.route("/p/<post_id>/f", methods=["GET", "POST"])
@limited("flag")
def flag(post_id: str) -> ResponseReturnValue:
    """Tell the caretakers about a post."""
    post = _shown(post_id)
    form = FlagForm()
    hand = _pressed(post, form, "flag", _flag_page)
    if isinstance(hand, Response):
        return hand
    try:
        marks = _marks(post, form)
    except errors.Invalid as refused:
        form.words.errors = [FLAG_WORDS[refused.code]]
        return _flag_page(post, form, status=422)
    # Asked before the write begins: counters may stand in another process, and standing is looked for.
    is_trusted = bool(marks) and not is_newcomer() and may_cover_today(hand.identity)
    is_repeat = not is_first_report_from_here(post.id, post.revision)
    heats = pacing.count_report(post.thread_id, form.reason.data, is_repeat=is_repeat)
    begin_writing()
    is_first = _is_first_act(post, hand)
    made = _store_flag(post, hand, form, marks=marks, is_repeat=is_repeat, heats=heats)
    done, alone = interim.after_flag(
        made, hours=staffed_hours(), is_trusted=is_trusted, audit_key=runtime().keys.audit
    )
    db.session.commit()
    if alone:
        count_todays_cover(hand.identity)
    hand.keep(is_first_time=is_first)
    page = render_template(
        "posts/flagged.html",
        words=own_words(hand.identity, made.id),
        done=done,
        thread={"id_text": ids.to_text(post.thread_id)},
        **panel_for(form.note.data or ""),
    )
    return make_response(page)


@bp.route("/p/<post_id>/h", methods=["GET", "POST"])
@limited("react")
def fold(post_id: str) -> ResponseReturnValue:
    """Keep the writer of a post folded in this thread, or show them again: told to nobody."""
    post = _shown(post_id)
    form = FoldForm()
    hand = _pressed(post, form, "fold", _fold_page)
    if isinstance(hand, Response):
        return hand
    begin_writing()
    is_first = _is_first_act(post, hand)
    verb = {"fold": folds.fold, "unfold": folds.unfold}[form.way.data]
    verb(post=_again(post), identity=hand.identity, keys=runtime().keys)
    db.session.commit()
    hand.keep(is_first_time=is_first)
    return redirect(_place(post), 303)


@bp.route("/p/<post_id>/d", methods=["GET", "POST"])
@limited("write")
def delete(post_id: str) -> ResponseReturnValue:
    """Take one's own post away, at any time."""
    post = pipeline.own_post(ids.from_text(post_id), viewer().identity)
    form = DeleteForm()
    if request.method in SAFE_METHODS or not form.validate():
        page = render_template(
            "posts/delete.html",
            form=form,
            message=form_message(form) if request.method == "POST" else None,
            thread={"id_text": ids.to_text(post.thread_id)},
        )
        return make_response(page, 200 if request.method in SAFE_METHODS else 422)
    begin_writing()
    pipeline.delete(post=_again(post))
    db.session.commit()
    return make_response(render_template("posts/deleted.html"))


def _shown(post_id: str) -> Post:
    """A post that readers see, in a thread that readers see. Raises NotFound, or Gone for one taken away."""
    post = db.session.get(Post, ids.from_text(post_id))
    if post is None or threads.thread_head(post.thread_id) is None:
        raise errors.NotFound
    if post.status in {"removed", "deleted", "hidden"}:
        raise errors.Gone
    if post.status != "live":
        raise errors.NotFound
    return post


def _again(post: Post) -> Post:
    """The same post as it stands inside the write transaction."""
    return db.session.get_one(Post, post.id, populate_existing=True)


def _pressed(post: Post, form: TicketForm, purpose: str, page: Callable[..., Response]) -> Hand | Response:
    """The hand behind a press about one post, or the page that is shown instead of taking it."""
    if request.method in SAFE_METHODS:
        return page(post, form)
    if not form.validate():
        return page(post, form, form_message(form), 422)
    try:
        return _hand(form, purpose, post)
    except (errors.TooSoon, errors.Expired) as refused:
        refusal = refusal_for(refused)
        return refusal.on(page(post, form, refusal.message))


def _hand(form: TicketForm, purpose: str, post: Post) -> Hand:
    """Who presses. A known writer needs no ticket where the press undoes itself: sending it twice does no harm."""
    identity = viewer().identity
    if identity and purpose in UNDONE_BY_ITSELF:
        return known_hand(identity, purpose, post.id, thread_id=post.thread_id)
    return take_hand(form, purpose, post.id, thread_id=post.thread_id)


def _is_first_act(post: Post, hand: Hand) -> bool:
    """Whether this is the first act of this hand here. A form sent again with the cookie of before gives the same seed:
    counted again it would let one wait raise everybody's price."""
    thread = lifecycle.stand_in_line(post.thread_id)
    return find_participant(thread.id, hand.identity.tag(thread.id, thread.pepper_version)) is None


def _place(post: Post) -> str:
    page = post_queries.page_of(post.number or 1)
    anchor = f"p{post.number}"
    return url_for(
        "threads.show", thread_id=ids.to_text(post.thread_id), p=page if page > 1 else None, _anchor=anchor
    )


def _react_page(post: Post, form: ReactForm, message: str | None = None, status: int = 200) -> Response:
    same_ticket(form, "react", post.id)
    message = message or (_("どれか一つを押してください。") if form.errors else None)
    wanted = request.args.get("kind", "")
    page = render_template(
        "posts/react.html",
        form=form,
        message=message,
        kinds=[(kind, words.reaction_words(kind), kind == wanted) for kind in REACTIONS],
        thread={"id_text": ids.to_text(post.thread_id)},
    )
    return make_response(page, status)


def _fold_page(post: Post, form: FoldForm, message: str | None = None, status: int = 200) -> Response:
    same_ticket(form, "fold", post.id)
    writer = db.session.get(Participant, post.participant_id) if post.participant_id else None
    if writer is None:  # the caretakers' voice is heard by everybody
        raise errors.NotFound
    page = render_template(
        "posts/fold.html",
        form=form,
        message=message,
        handle=handle_text((writer.adjective, writer.noun), locale()),
        is_folded=_is_folded(writer),
        thread={"id_text": ids.to_text(post.thread_id)},
    )
    return make_response(page, status)


def _is_folded(writer: Participant) -> bool:
    identity, thread = viewer().identity, db.session.get_one(Thread, writer.thread_id)
    tag = identity.tag_or_none(thread.id, thread.pepper_version) if identity else None
    traces = post_queries.traces_of(runtime().onlooker, thread.id, tag) if tag else None
    return traces is not None and writer.id in traces.folded


def _flag_page(post: Post, form: FlagForm, message: str | None = None, status: int = 200) -> Response:
    same_ticket(form, "flag", post.id)
    writer = db.session.get(Participant, post.participant_id) if post.participant_id else None
    page = render_template(
        "posts/flag.html",
        form=form,
        message=message,
        handle=handle_text((writer.adjective, writer.noun), locale()) if writer else _("世話人"),
        post_excerpt=markup.excerpt(post.html, EXCERPT),
        **panel_for(form.note.data or ""),
    )
    return make_response(page, status)


def _marks(post: Post, form: FlagForm) -> veils.Spans:
    """The passages that somebody marked who fears for a name; marks beside any other reason mean nothing."""
    if form.reason.data != "identity":
        return []
    return flags.marks_in(veils.in_sight(post), form.words.data or "")


def _store_flag(
    post: Post, hand: Hand, form: FlagForm, *, marks: veils.Spans, is_repeat: bool, heats: bool
) -> Flag:
    keys = runtime().keys
    thread = lifecycle.stand_in_line(post.thread_id)
    post = _again(post)
    participant = participant_for(thread, hand.identity, keys)
    marks = _still(post, form, marks)
    made = flags.flag_post(
        post=post,
        participant=participant,
        reason=form.reason.data,
        note=form.note.data or "",
        hour=staffed_hour(),
        marks=marks,
        is_repeat=is_repeat,
        findings=[_marked(marks)] if marks else (),
    )
    if heats:
        heat.slow_down(thread.id)
    receipts.keep(kind="flag", target_id=made.id, words=own_words(hand.identity, made.id), keys=keys)
    return made


def _still(post: Post, form: FlagForm, marks: veils.Spans) -> veils.Spans:
    """The same places, if the text did not change while they were looked for; none otherwise."""
    try:
        return marks if marks and _marks(post, form) == marks else []
    except errors.Invalid:
        return []


def _marked(marks: veils.Spans) -> dict[str, object]:
    """What a flagger marked, as a finding: the desk points at it."""
    return {"label": "personal_info", "rule": "marked_by_reader", "field": "body", "spans": marks}
