"""Timers: what happens at a promised moment. Each row fires once, in a transaction of its own that the caller commits."""

from typing import Any

from sqlalchemy import CursorResult, delete, select

from forum import clock
from forum.extensions import db
from forum.models import Case, Post, Timer
from forum.models.moderation import LEASED_STATES
from forum.moderation import cases, decisions, door, interim, lifecycle, passing, pending, staff, takedowns
from forum.runtime import runtime

CASE_TIMERS = (pending.KIND, passing.SNOOZE)
TimerKey = tuple[str, bytes]


def due_timers() -> list[TimerKey]:
    """The timers that should have fired by now, the oldest first."""
    moment = clock.now().replace(tzinfo=None)
    rows = db.session.execute(select(Timer.kind, Timer.target).where(Timer.due <= moment).order_by(Timer.due))
    return [(kind, target) for kind, target in rows]


def fire(kind: str, target: bytes) -> bool:
    """Let one timer take effect and end it; says whether anybody can see a change.

    ``publish`` puts a delayed post before readers, ``decide`` carries a decision out, ``lease`` gives a case back,
    ``snooze`` wakes one, ``return`` shows again what flags alone had hidden, ``door`` closes writing, ``heated`` lets a
    thread go at its own pace again, ``hearing`` takes away a post whose author did not object, ``enrol`` ends a way in
    that somebody was given for a day, ``edit`` gives a case back whose writer was asked for other words, ``removal`` and
    ``bell`` only end.
    """
    if kind == "publish":
        return _publish(target)
    if kind == "lease":
        return _end_lease(target)
    if kind in CASE_TIMERS:
        return _of_case(kind, target)
    if kind == "edit":
        return _end_editing(target)
    if kind == interim.TIMER:
        return _give_back(target)
    if kind == door.TIMER:
        return _take_timer(kind, target) and door.close()
    if kind == takedowns.TIMER:
        return _end_hearing(target)
    if kind == "enrol" and _take_timer(kind, target):
        staff.end_link(target)
        return False
    return _take_timer(kind, target) and kind == "heated"


def _publish(post_id: bytes) -> bool:
    # The thread first and the timer behind it, as everybody else takes them.
    post = db.session.get(Post, post_id)
    if post:
        lifecycle.stand_in_line(post.thread_id)
    if not _take_timer("publish", post_id) or post is None:
        return False
    db.session.refresh(post)
    return post.status == "scheduled" and lifecycle.publish(post)


def _of_case(kind: str, case_id: bytes) -> bool:
    case = db.session.get(Case, case_id)
    if case:
        lifecycle.stand_in_line(case.thread_id)
    if not _take_timer(kind, case_id) or case is None:
        return False
    if kind == passing.SNOOZE:
        return passing.wake(case_id)
    return pending.carry_out(case_id=case_id, audit_key=runtime().keys.audit) is not None


def _give_back(post_id: bytes) -> bool:
    post = db.session.get(Post, post_id)
    if post:
        lifecycle.stand_in_line(post.thread_id)
    if not _take_timer(interim.TIMER, post_id) or post is None:
        return False
    db.session.refresh(post)
    return interim.give_back(post)


def _end_lease(case_id: bytes) -> bool:
    case = db.session.get(Case, case_id, with_for_update=True, populate_existing=True)
    if not _take_timer("lease", case_id) or case is None or case.state not in LEASED_STATES:
        return False
    cases.move(case.id, "release", case.version, leased_by=None)
    return True


def _end_hearing(letter_id: bytes) -> bool:
    takedowns.stand_in_line(letter_id)
    due = _take_timer(takedowns.TIMER, letter_id)
    return due and takedowns.remove_unheard(letter_id, audit_key=runtime().keys.audit)


def _end_editing(post_id: bytes) -> bool:
    """The time for other words is over; where somebody had asked for them and none came, the case is looked at again."""
    post = db.session.get(Post, post_id)
    if post:
        lifecycle.stand_in_line(post.thread_id)
    if _take_timer("edit", post_id) and post is not None and (asked := decisions.waits_for_edit(post)):
        decisions.back_to_list(asked, post, hour=asked.opened_hour)
    return False


def _take_timer(kind: str, target: bytes) -> bool:
    """End a timer that is due; False when somebody was first or gave it more time."""
    due = Timer.due <= clock.now().replace(tzinfo=None)
    ended = delete(Timer).where(Timer.kind == kind, Timer.target == target, due)
    done: CursorResult[Any] = db.session.execute(ended)  # type: ignore[assignment]
    return done.rowcount > 0
