"""What may be decided about a post: the wish a moderator puts together on one form, and whether it fits."""

from collections.abc import Sequence
from dataclasses import dataclass

from forum import errors
from forum.extensions import db
from forum.models import Case, Post, Theme, Thread
from forum.models.content import WARNING_LENGTH
from forum.moderation import bans, cases, interim, undoing
from forum.text import has_open_place

RULES = (0, 1, 2, 3, 4, 5)
WORDS_LENGTH = 2000
# What may be decided about a post in this status. A text that waits is published or not; it is not "fine".
OFFERED: dict[str, tuple[str, ...]] = {
    "live": ("fine", "edit_request", "fold", "mask", "hide", "remove", "lock", "move"),
    "held": ("publish", "edit_request", "fold", "mask", "remove"),
    "scheduled": ("fine", "fold", "mask", "remove"),
    "hidden": ("publish", "fold", "mask", "remove"),
    "removed": ("fine", "publish"),
    "deleted": ("fine", "lock"),
}
# About a thread as a whole there is no passage to mask or fold: its case keeps nobody's text.
THREAD_OUTCOMES = ("fine", "publish", "hide", "lock", "move")
# Taking somebody's words away needs the promise they touched.
NEEDS_RULE = ("mask", "remove")
# Whoever says farewell touched none: what would show others the way is covered for their sake.
NEEDS_RULE_FOR_LIFE = ("remove",)
LIFE = 1
# After one of these the writer answers in words (an appeal), not by putting the text back.
ENDS_EDITING = ("fold", "mask", "hide", "remove", "lock")
# What a step against the writer may come with.
MAY_SANCTION = ("edit_request", *ENDS_EDITING)


@dataclass(frozen=True, order=True)
class Span:
    """A passage of the post: letters ``start`` to ``end`` of its ``body`` or of the thread's ``title``."""

    field: str
    start: int
    end: int


@dataclass(frozen=True)
class Wish:
    """What a moderator chose and wrote, on one form.

    ``mask_spans`` are the passages meant: quoted to the writer, and made unreadable when the outcome is ``mask``.
    ``sanction`` is a step of ``bans.STEPS``, or ``bans.NOTE``. ``theme`` is the code of the room for ``move``.
    """

    outcome: str
    rule: int = 0
    note_author: str = ""
    note_team: str = ""
    mask_spans: tuple[Span, ...] = ()
    warning: str = ""
    sanction: str = ""
    theme: str = ""


def ensure_fits(case: Case, post: Post, wish: Wish) -> None:
    """Refuse what cannot be done to the post as it stands. Raises Invalid, naming the field."""
    ensure_sendable(wish.note_author, wish.note_team)
    _ensure_fits(
        post,
        case=case,
        outcome=wish.outcome,
        rule=wish.rule,
        spans=wish.mask_spans,
        warning=wish.warning,
    )
    if wish.rule == 0 and wish.outcome in (NEEDS_RULE_FOR_LIFE if case.lane == LIFE else NEEDS_RULE):
        raise errors.Invalid("rule", "empty")
    _ensure_earned(post, wish.outcome, wish.sanction)
    if wish.outcome == "move":
        _ensure_another_room(post, wish.theme)


def ensure_sendable(note_author: str, note_team: str) -> None:
    """Refuse notes that are too long or still hold an open place of a template. Raises Invalid."""
    for field, words in (("note_author", note_author), ("note_team", note_team)):
        if len(words) > WORDS_LENGTH:
            raise errors.Invalid(field, "too_long")
    if has_open_place(note_author):
        raise errors.Invalid("note_author", "unfilled")


def offered(
    status: str, kind: str = cases.TARGET, *, opens: bool = True, can_undo: bool = False
) -> tuple[str, ...]:
    """The outcomes a moderator may choose from for a post in this status, or for the thread it opened.

    ``publish`` is also offered where something that was decided before can be undone (``can_undo``), and only with the post
    that ``opens`` a thread the thread is moved.
    """
    found = OFFERED[status]
    if can_undo and "publish" not in found:
        found = (found[0], "publish", *found[1:])
    if kind == cases.THREAD:
        found = tuple(one for one in found if one in THREAD_OUTCOMES)
    return tuple(one for one in found if opens or one != "move")


def offered_for(case: Case, post: Post) -> tuple[str, ...]:
    """The same for a case about a post as they stand now."""
    return offered(
        interim.status_without(post.id, post.status),
        case.target_kind,
        opens=db.session.get_one(Thread, post.thread_id).opening_id == post.id,
        can_undo=undoing.can_undo(case.id),
    )


def passage_of(post: Post, spans: Sequence[Span]) -> str:
    """The words meant, in reading order: what a statement of reasons quotes."""
    texts = texts_of(post)
    return " … ".join(texts[span.field][span.start : span.end] for span in sorted(spans))


def _ensure_fits(
    post: Post, *, case: Case, outcome: str, rule: int, spans: Sequence[Span], warning: str
) -> None:
    if outcome not in offered_for(case, post):
        raise errors.Invalid("outcome", "unknown")
    if outcome == "publish" and post.status == "removed" and not post.source:
        raise errors.Invalid("outcome", "too_late")
    if rule not in RULES:
        raise errors.Invalid("rule", "unknown")
    if outcome == "fold" and not warning.strip():
        raise errors.Invalid("warning", "empty")
    if len(warning) > WARNING_LENGTH:
        raise errors.Invalid("warning", "too_long")
    if outcome == "mask" and not spans:
        raise errors.Invalid("mask_spans", "empty")
    texts = texts_of(post)
    for span in spans:
        if not 0 <= span.start < span.end <= len(texts.get(span.field, "")):
            raise errors.Invalid("mask_spans", "unknown")


def _ensure_earned(post: Post, outcome: str, sanction: str) -> None:
    acted = outcome in MAY_SANCTION and post.participant_id is not None
    if sanction and (sanction not in (bans.NOTE, *bans.STEPS) or not acted):
        raise errors.Invalid("sanction", "unknown")


def _ensure_another_room(post: Post, code: str) -> None:
    theme = db.session.get(Theme, code) if code else None
    if theme is None or not theme.is_open:
        raise errors.Invalid("theme", "unknown" if code else "empty")
    if db.session.get_one(Thread, post.thread_id).theme_code == code:
        raise errors.Invalid("theme", "same")


def texts_of(post: Post) -> dict[str, str]:
    """The words of a post by field: its body, and the title of the thread it opens."""
    thread = db.session.get_one(Thread, post.thread_id)
    return {"body": post.source, "title": thread.title if thread.opening_id == post.id else ""}
