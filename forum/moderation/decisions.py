"""Decisions: what they do: act on the post, tell its writer why, leave a mark in the record.

Who presses is in ``pending.py``: nothing here happens before the seconds are over in which a press can be taken back.

Locks are taken in one order everywhere: thread, then case, then audit head. Two who need the same rows then wait
for each other and never block each other for ever; and what is decided upon is the post as it stands behind the
lock.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import CursorResult, delete, exists, select

from forum import clock, journal
from forum.extensions import db
from forum.models import Case, Decision, Moderator, Post, Revision, Thread, Timer
from forum.models.moderation import OPEN_STATES
from forum.moderation import audit, bans, cases, counters, interim, leases, lifecycle, notices, undoing
from forum.moderation.screening import MASK, joined, mask
from forum.moderation.timers import set_timer
from forum.moderation.wishes import ENDS_EDITING, Span, Wish, passage_of

# For so long somebody who was asked for other words can change theirs.
DAYS_TO_EDIT = 3
# What says that the text may stand as it is: sanctions that came with it end.
GRANTS = ("fine", "publish")
WAITING = ("held", "hidden", "removed")


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
    if wish.sanction == bans.NOTE:
        found[undoing.STEP] = bans.NOTE
    undoing.remember(decision, found | ({"undid": undone} if undone else {}))
    _sanction(decision, post, wish.sanction)
    words = wish.note_author.strip()
    told = {_to_be_told(post, outcome, was_waiting or undone != "", words)}
    if wish.sanction:
        # Whoever opened the thread is told that it is shut; whom the step is against is told of the step.
        told.add(post.participant_id)
    for participant_id in sorted(filter(None, told)):
        notices.tell(
            decision=decision, post=post, participant_id=participant_id, passage=passage, words=words
        )
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


def waits_for_edit(post: Post) -> Case | None:
    """The settled case whose last word was to ask for other words than those that still stand, or None.

    Locked as :func:`cases.case_of` locks it. Nobody waits for other words than those that their writer took away.
    """
    case = cases.case_of(post.id)
    if case is None or post.status == "deleted" or not is_asked_for_other_words(post.id):
        return None
    return case


def is_asked_for_other_words(post_id: bytes) -> bool:
    """Whether the last word about this post was to ask for other words, and nobody looks at it again yet."""
    query = (
        select(Decision.outcome, Case.state)
        .join(Case, Case.id == Decision.case_id)
        .where(Case.target_id == post_id)
        .order_by((Case.state == "settled"), Case.opened_hour.desc(), Decision.number.desc())
        .limit(1)
    )
    last = db.session.execute(query).one_or_none()
    return last is not None and tuple(last) == ("edit_request", "settled")


def back_to_list(case: Case, post: Post, *, hour: int) -> Case:
    """Somebody looks again at what other words were asked for: new ones have come, or none in time."""
    return cases.open_case(post=post, lane=case.lane, source=case.source, hour=hour)


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
            set_timer("edit", post.id, clock.end_of(clock.date_after(DAYS_TO_EDIT)))
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
