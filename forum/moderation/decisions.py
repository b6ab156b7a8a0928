"""Decisions: what may be decided, and what it does: act on the post, tell its writer why, leave a mark in the record.

Who presses is in ``pending.py``: nothing here happens before the seconds are over in which a press can be taken back.

Locks are taken in one order everywhere: thread, then case, then audit head. Two who need the same rows then wait
for each other and never block each other for ever; and what is decided upon is the post as it stands behind the
lock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import CursorResult, delete, exists, select

from forum import clock, errors, journal
from forum.extensions import db
from forum.models import Case, Decision, Moderator, Post, Revision, Theme, Thread, Timer
from forum.models.content import WARNING_LENGTH
from forum.models.moderation import OPEN_STATES
from forum.moderation import audit, bans, cases, counters, interim, leases, lifecycle, notices, undoing
from forum.moderation.screening import MASK, joined, mask
from forum.moderation.timers import set_timer
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
# For so long somebody who was asked for other words can change theirs.
DAYS_TO_EDIT = 3
# What says that the text may stand as it is: sanctions that came with it end.
GRANTS = ("fine", "publish")
WAITING = ("held", "hidden", "removed")


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


def carry_out(
    *,
    case: Case,
    post: Post,
    moderator: Moderator,
    wish: Wish,
    number: int,
    audit_key: bytes,
    settled: bool = True,
) -> Decision:
    """Act, tell the writer, record, settle: what a decision does, once nothing stands in its way any more.

    The caller holds thread and case, and has asked :func:`ensure_fits`. ``number`` is the case's version it was made
    upon. When it is not ``settled``, everything is done and a second person looks before the case is.
    """
    post = interim.end(post)
    was_waiting, passage = post.status in WAITING, passage_of(post, wish.mask_spans)
    outcome = wish.outcome
    found = undoing.found_by(outcome, post, warning=wish.warning)
    undone = undoing.undo(case.id, post) if outcome == "publish" else ""
    _take_effect(post, wish)
    decision = _kept(
        case, post, moderator, outcome=outcome, rule=wish.rule, note_team=wish.note_team, number=number
    )
    undoing.remember(decision, found | ({"undid": undone} if undone else {}))
    _sanction(decision, post, wish.sanction)
    words = wish.note_author.strip()
    if told := _to_be_told(post, outcome, was_waiting or undone != "", words):
        notices.tell(decision=decision, post=post, participant_id=told, passage=passage, words=words)
    held_by = cases.rules_that_held(case) if was_waiting and outcome in GRANTS else ()
    if settled:
        case = settle(case, post)
    for action, reason in ((outcome, case.source), *([("sanction", wish.sanction)] if wish.sanction else [])):
        audit.record(key=audit_key, action=action, actor=moderator, case=case, rule=wish.rule, reason=reason)
    counters.count("overruled", held_by)
    return decision


def take_back(decision: Decision, post: Post) -> None:
    """Undo one decision that stands already and is to be thought over, and tell its writer so."""
    told = _to_be_told(post, decision.outcome, True, "")
    undone = undoing.undo(decision.case_id, post, only=[decision.id])
    bans.lift([decision.id])
    if undone and told:
        undoing.note_taken_back(decision)
        notices.tell(
            decision=decision, post=post, participant_id=told, passage="", words="", outcome="publish"
        )


def settle(case: Case, post: Post) -> Case:
    """End a case whose decision stands, and forget the texts it held, but for those that undoing would need."""
    leases.end_lease(case.id)
    case = cases.move(case.id, "settle", case.version, leased_by=None, revision=post.revision)
    _forget_texts(post)
    return case


def ensure_sendable(note_author: str, note_team: str) -> None:
    """Refuse notes that are too long or still hold an open place of a template. Raises Invalid."""
    for field, words in (("note_author", note_author), ("note_team", note_team)):
        if len(words) > WORDS_LENGTH:
            raise errors.Invalid(field, "too_long")
    if has_open_place(note_author):
        raise errors.Invalid("note_author", "unfilled")


def erase_masked_texts(decided_before: date) -> int:
    """Erase the texts kept for an appeal against a mask, once the last decision is older than that day.

    Returns how many texts went. Texts of posts whose case is open stay.
    """
    still_open = exists().where(Case.target_id == Revision.post_id, Case.state.in_(OPEN_STATES))
    lately = exists().where(
        Case.target_id == Revision.post_id, Decision.case_id == Case.id, Decision.day >= decided_before
    )
    done: CursorResult[Any] = db.session.execute(  # type: ignore[assignment]
        delete(Revision).where(~still_open, ~lately).execution_options(synchronize_session=False)
    )
    return int(done.rowcount)


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


def waits_for_edit(post: Post) -> Case | None:
    """The settled case whose last word was to ask for other words than those that still stand, or None."""
    case = cases.case_of(post.id)
    if case is None or cases.is_open(case):
        return None
    query = select(Decision).where(Decision.case_id == case.id).order_by(Decision.number.desc()).limit(1)
    last = db.session.scalars(query).one_or_none()
    return case if last is not None and last.outcome == "edit_request" else None


def back_to_list(case: Case, post: Post, *, hour: int) -> Case:
    """Somebody looks again at what other words were asked for: new ones have come, or none in time."""
    return cases.open_case(post=post, lane=case.lane, source=case.source, hour=hour)


def passage_of(post: Post, spans: Sequence[Span]) -> str:
    """The words meant, in reading order: what a statement of reasons quotes."""
    texts = _texts(post)
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
    texts = _texts(post)
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


def _sanction(decision: Decision, post: Post, step: str) -> None:
    """A step against the writer; or, when what was decided before did not stand, the end of the steps it brought."""
    if step == bans.NOTE:
        return
    if step and post.participant_id is not None:
        bans.place(
            decision=decision,
            participant_id=post.participant_id,
            step=step,
            reason=f"promise_{decision.rule}",
        )
    elif decision.outcome in GRANTS:
        bans.lift(db.session.scalars(select(Decision.id).where(Decision.case_id == decision.case_id)))


def _texts(post: Post) -> dict[str, str]:
    thread = db.session.get_one(Thread, post.thread_id)
    return {"body": post.source, "title": thread.title if thread.opening_id == post.id else ""}


def _take_effect(post: Post, wish: Wish) -> None:
    outcome = wish.outcome
    match outcome:
        case "hide":
            lifecycle.hide(post)
        case "remove":
            lifecycle.remove(post)
        case "lock":
            lifecycle.lock(db.session.get_one(Thread, post.thread_id))
        case "fold":
            lifecycle.fold(post, wish.warning.strip())
        case "mask":
            _mask(post, wish.mask_spans)
        case "move":
            lifecycle.move(db.session.get_one(Thread, post.thread_id), wish.theme)
        case "edit_request":
            set_timer("edit", post.id, clock.now() + timedelta(days=DAYS_TO_EDIT))
    if outcome in ("publish", "fold", "mask") and post.status in WAITING:
        # ``removed`` comes back by an appeal; restore is its own verb and does nothing to the others.
        lifecycle.restore(post) or lifecycle.publish(post)
    if outcome in ENDS_EDITING:
        db.session.execute(delete(Timer).where(Timer.kind == "edit", Timer.target == post.id))


def _mask(post: Post, spans: Sequence[Span]) -> None:
    by_field = {
        field: [(span.start, span.end) for span in sorted(spans) if span.field == field]
        for field in ("body", "title")
    }
    if by_field["title"]:
        thread = db.session.get_one(Thread, post.thread_id)
        lifecycle.retitle(thread, mask(thread.title, by_field["title"]))
    if by_field["body"]:
        gone = [(start, end, len(MASK)) for start, end in joined(by_field["body"])]
        lifecycle.revise(post, source=mask(post.source, by_field["body"]), gone=gone, mark="mask")


def _kept(
    case: Case, post: Post, moderator: Moderator, *, outcome: str, rule: int, note_team: str, number: int
) -> Decision:
    decision = Decision(
        case_id=case.id,
        moderator_id=moderator.id,
        outcome=outcome,
        rule=rule,
        revision=post.revision,
        number=number,
        note_team=note_team.strip(),
        day=clock.today(),
    )
    db.session.add(decision)
    db.session.flush()
    return decision


def _forget_texts(post: Post) -> None:
    """The case is settled: texts it held go, but for those under what an appeal could undo."""
    kept = undoing.kept_for(post.id)
    db.session.execute(delete(Revision).where(Revision.post_id == post.id, Revision.number.not_in(kept)))
    version = db.session.get_one(Thread, post.thread_id).version
    journal.note("kept", post.id, version=version, upto=post.revision, but=kept)
    if post.status == "deleted":
        notices.forget_words(post.id)


def _to_be_told(post: Post, outcome: str, was_waiting: bool, words: str) -> bytes | None:
    """The participant a statement of reasons goes to:

    nobody when nothing changed and nothing is to be said, or for the house's own voice.
    """
    if not words and (outcome == "fine" or (outcome == "publish" and not was_waiting)):
        return None
    if outcome not in ("lock", "move"):
        return post.participant_id
    opening = select(Post.participant_id).join(Thread, Thread.opening_id == Post.id)
    return db.session.scalar(opening.where(Thread.id == post.thread_id))
