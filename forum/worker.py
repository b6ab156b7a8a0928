"""What the board does by itself: publish at the promised time, and forget when the time has come.

Every step is small, may be repeated, and is left to the caller to commit (``forum/cli/work.py``): one
that fails takes no other with it. What has to look through whole tables first (``blank_removed``,
``end_small_rows``, ``shuffle_ended_days``) looks without keeping writers waiting, then writes and commits a few
rows at a time. Forgetting is a promise to people, so each step names the number of days it keeps.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, delete, exists, func, or_, select, update

from forum import clock, journal
from forum.extensions import begin_writing, db
from forum.models import (
    Ban,
    Case,
    DayCounter,
    Decision,
    Deposit,
    Echo,
    Letter,
    Post,
    Receipt,
    Revision,
    RuleCounter,
    Shift,
    Thread,
    Timer,
)
from forum.models.moderation import LEASED_STATES, OPEN_STATES
from forum.moderation import (
    cases,
    decisions,
    door,
    echoes,
    interim,
    lifecycle,
    notices,
    passing,
    pending,
    staff,
    takedowns,
)
from forum.moderation.activity import random_number
from forum.moderation.versions import raise_version
from forum.runtime import runtime
from forum.search import outbox

DAYS_KEPT_REMOVED = 14
DAYS_KEPT_LETTER = 180
DAYS_KEPT_CASE = 180
DAYS_KEPT_COUNTER = 31
THREADS_A_STEP = 50
ROWS_A_STEP = 50

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
    that somebody was given for a day, ``edit`` gives a case back whose writer was asked for other words, ``removal`` only ends.
    """
    if kind == "publish":
        return _publish(target)
    if kind == "lease":
        return _end_lease(target)
    if kind in CASE_TIMERS:
        return _of_case(kind, target)
    if kind == interim.TIMER:
        return _give_back(target)
    if kind == door.TIMER:
        return _take_timer(kind, target) and door.close()
    if kind == "edit":
        return _end_editing(target)
    if kind == takedowns.TIMER:
        return _end_hearing(target)
    if kind == "enrol" and _take_timer(kind, target):
        staff.end_link(target)
        return False
    return _take_timer(kind, target) and kind == "heated"


def end_threads() -> int:
    """Delete up to THREADS_A_STEP threads past their end, with all that hangs on them; returns how many.

    A thread with an open case stays, unseen, until that case is settled: its moderator still needs the text.
    """
    past = select(Thread.id).where(Thread.ends_on < clock.today(), ~_has_open_case())
    found = list(db.session.scalars(past.limit(THREADS_A_STEP)))
    # Asked again behind the lock: the thread may have been prolonged meanwhile, or a case opened.
    _stand_in_line(select(Thread.id).where(Thread.id.in_(found)))
    return delete_threads(list(db.session.scalars(past.where(Thread.id.in_(found)))))


def delete_threads(thread_ids: list[bytes]) -> int:
    """Delete these threads for ever: rows, receipts, timers, and what the index knows."""
    _stand_in_line(select(Thread.id).where(Thread.id.in_(thread_ids)))
    posts = list(db.session.scalars(select(Post.id).where(Post.thread_id.in_(thread_ids))))
    found_cases = list(db.session.scalars(select(Case.id).where(Case.thread_id.in_(thread_ids))))
    outbox.enqueue(*posts)
    for start in range(0, len(posts), 500):
        some = posts[start : start + 500]
        db.session.execute(delete(Receipt).where(Receipt.target_id.in_(some)))
        db.session.execute(delete(Timer).where(Timer.target.in_(some)))
    db.session.execute(delete(Timer).where(Timer.target.in_([*found_cases, *thread_ids])))
    db.session.execute(delete(Thread).where(Thread.id.in_(thread_ids)))
    for thread_id in thread_ids:
        journal.note("thread", thread_id)
    return len(thread_ids)


def blank_removed() -> int:
    """Erase the words of posts that a moderator removed DAYS_KEPT_REMOVED days ago; returns how many.

    The row stays without a word, so that the numbers in the thread and the reasons given stay true.
    """
    db.session.rollback()
    return _in_steps(select(Post.id).where(_kept_long_enough()).order_by(Post.thread_id, Post.id), _blank)


def erase_masked() -> int:
    """Erase what was kept under a mask for an appeal, once the time for one is over; returns how many texts."""
    return decisions.erase_masked_texts(clock.today() - timedelta(days=DAYS_KEPT_REMOVED))


def end_small_rows() -> int:
    """Delete receipts past their end, letters, settled cases and ended bans kept long enough, deposits, hours of duty on
    past days, and what rules did on days long past; returns how many."""
    today = clock.today()
    last_word = select(func.max(Decision.day)).where(Decision.case_id == Case.id).scalar_subquery()
    settled = and_(
        Case.state == "settled",
        func.coalesce(last_word, Case.opened_day) < today - timedelta(days=DAYS_KEPT_CASE),
    )
    db.session.rollback()
    return (
        _end(Receipt, Receipt.ends_on < today)
        + _end(Letter, Letter.day < today - timedelta(days=DAYS_KEPT_LETTER))
        + _end(Case, settled)
        + _end(Deposit, Deposit.ends_on < today)
        + _end(Ban, Ban.until_day < today - timedelta(days=DAYS_KEPT_CASE))
        + _end_days(RuleCounter, today - timedelta(days=DAYS_KEPT_COUNTER))
        + _end_days(Shift, today)
    )


def _end_days(model: type[RuleCounter] | type[Shift], first_kept: date) -> int:
    begin_writing()
    done = _count(db.session.execute(delete(model).where(model.day < first_kept)))
    db.session.commit()
    return done


def end_echoes() -> int:
    """Forget by which numbers older texts are found elsewhere; returns of how many posts."""
    past = Post.day < clock.today() - timedelta(days=echoes.DAYS_KEPT)
    db.session.rollback()

    def forget_some(some: list[bytes]) -> int:
        echoes.forget(*some)
        return len(some)

    return _in_steps(
        select(Echo.post_id).join(Post, Post.id == Echo.post_id).where(past).distinct(), forget_some
    )


def shuffle_ended_days() -> int:
    """Replace the numbers of ended days by random ones; returns how many threads that touched.

    Threat: the order in which a whole board was written links one person's posts. Today's order is needed to
    show what is newest; tomorrow nobody needs it. A day's counter goes with it, which marks the day as done.
    """
    db.session.rollback()
    ended = select(DayCounter.day).where(DayCounter.day < clock.today()).order_by(DayCounter.day)
    return sum(_shuffle(day) for day in list(db.session.scalars(ended)))


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
    taken = _take_timer(takedowns.TIMER, letter_id)
    return taken and takedowns.remove_unheard(letter_id, audit_key=runtime().keys.audit)


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
    return (
        _count(db.session.execute(delete(Timer).where(Timer.kind == kind, Timer.target == target, due))) > 0
    )


def _stand_in_line(thread_ids: Select[Any]) -> None:
    """Lock several threads, in an order that is the same for all who need several."""
    wanted = select(Thread.id).where(Thread.id.in_(thread_ids)).order_by(Thread.id)
    db.session.execute(wanted.with_for_update(key_share=True)).all()


def _in_steps(wanted: Select[Any], verb: Callable[[list[bytes]], int]) -> int:
    """Do ``verb`` for the ids ``wanted`` finds, a few in each transaction; what it counts, summed."""
    found, done = list(db.session.scalars(wanted)), 0
    db.session.rollback()
    for start in range(0, len(found), ROWS_A_STEP):
        begin_writing()
        done += verb(found[start : start + ROWS_A_STEP])
        db.session.commit()
    return done


def _end(
    model: type[Receipt] | type[Letter] | type[Case] | type[Ban] | type[Deposit], ended: ColumnElement[bool]
) -> int:
    def delete_some(some: list[bytes]) -> int:
        if model is Case:
            _stand_in_line(select(Case.thread_id).where(Case.id.in_(some)))
        # Asked again: a case may have been opened anew since it was found.
        return _count(db.session.execute(delete(model).where(model.id.in_(some), ended)))

    return _in_steps(select(model.id).where(ended), delete_some)


def _kept_long_enough() -> ColumnElement[bool]:
    last_word = select(func.max(Decision.day)).join(Case).where(Case.target_id == Post.id).scalar_subquery()
    return and_(
        Post.status == "removed",
        or_(Post.source != "", Post.html != ""),
        func.coalesce(last_word, Post.day) <= clock.today() - timedelta(days=DAYS_KEPT_REMOVED),
        ~exists().where(Case.target_id == Post.id, Case.state.in_(OPEN_STATES)),
    )


def _has_open_case() -> ColumnElement[bool]:
    return exists().where(and_(Case.thread_id == Thread.id, Case.state.in_(OPEN_STATES)))


def _blank(post_ids: list[bytes]) -> int:
    _stand_in_line(select(Post.thread_id).where(Post.id.in_(post_ids)))
    # Asked again behind the lock: an appeal may have come meanwhile.
    again = select(Post.id).where(Post.id.in_(post_ids), _kept_long_enough())
    some = list(db.session.scalars(again))
    blank(some)
    return len(some)


def blank(some: list[bytes]) -> None:
    """Erase the words of removed posts, of the threads they opened, and what moderation kept of them."""
    db.session.execute(update(Post).where(Post.id.in_(some)).values(source="", html="", warning=""))
    threads = set(db.session.scalars(select(Post.thread_id).where(Post.id.in_(some))))
    opened = update(Thread).where(Thread.id.in_(threads), Thread.opening_id.in_(some))
    db.session.execute(opened.values(title="", excerpt="", warning=""))
    raise_version(*threads)
    db.session.execute(delete(Revision).where(Revision.post_id.in_(some)))
    notices.forget_words(*some)
    echoes.forget(*some)
    outbox.enqueue(*some)
    for post_id in some:
        journal.note("blank", post_id)


def _shuffle(day: date) -> int:
    # Whoever writes in a thread meanwhile moves it to today, where its number is needed.
    one = update(Thread.__table__).where(Thread.id == bindparam("thread"), Thread.bumped_day == day)

    def shuffle_some(some: list[bytes]) -> int:
        rows = [{"thread": thread_id, "no": random_number()} for thread_id in some]
        db.session.connection().execute(one.values(bumped_no=bindparam("no")), rows)
        return len(rows)

    touched = _in_steps(select(Thread.id).where(Thread.bumped_day == day).order_by(Thread.id), shuffle_some)
    begin_writing()
    db.session.execute(delete(DayCounter).where(DayCounter.day == day))
    db.session.commit()
    return touched


def _count(result: object) -> int:
    return int(getattr(result, "rowcount", 0))
