"""What the board does by itself: publish at the promised time, and forget when the time has come.

Every step is small, may be repeated, and is left to the caller to commit (``forum/cli/work.py``): one
that fails takes no other with it. Forgetting is a promise to people, so each step names the number of days it
keeps.
"""

from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, update

from forum import clock
from forum.extensions import db
from forum.models import Case, DayCounter, Decision, Letter, Post, Receipt, Revision, Thread, Timer
from forum.models.moderation import OPEN_STATES
from forum.moderation import cases, decisions, lifecycle, notices
from forum.moderation.activity import random_number
from forum.search import outbox

DAYS_KEPT_REMOVED = 14
DAYS_KEPT_LETTER = 180
DAYS_KEPT_CASE = 180
THREADS_A_STEP = 50

TimerKey = tuple[str, bytes]


def due_timers() -> list[TimerKey]:
    """The timers that should have fired by now, the oldest first."""
    moment = clock.now().replace(tzinfo=None)
    rows = db.session.execute(select(Timer.kind, Timer.target).where(Timer.due <= moment).order_by(Timer.due))
    return [(kind, target) for kind, target in rows]


def fire(kind: str, target: bytes) -> bool:
    """Let one timer take effect and end it; says whether anybody can see a change.

    ``publish`` puts a delayed post before readers, ``lease`` gives a case back, ``edit`` only ends its
    window.
    """
    timer = db.session.get(Timer, (kind, target))
    if timer is None or timer.due > clock.now().replace(tzinfo=None):
        return False
    db.session.delete(timer)
    db.session.flush()
    if kind == "publish":
        return _publish(target)
    return kind == "lease" and _end_lease(target)


def end_threads() -> int:
    """Delete up to THREADS_A_STEP threads past their end, with all that hangs on them; returns how many.

    A thread with an open case stays, unseen, until that case is settled: its moderator still needs the text.
    """
    past = select(Thread.id).where(Thread.ends_on < clock.today(), ~_has_open_case()).limit(THREADS_A_STEP)
    return delete_threads(list(db.session.scalars(past)))


def delete_threads(thread_ids: list[bytes]) -> int:
    """Delete these threads for ever: rows, receipts, timers, and what the index knows."""
    posts = list(db.session.scalars(select(Post.id).where(Post.thread_id.in_(thread_ids))))
    found_cases = list(db.session.scalars(select(Case.id).where(Case.thread_id.in_(thread_ids))))
    outbox.enqueue(*posts)
    for start in range(0, len(posts), 500):
        some = posts[start : start + 500]
        db.session.execute(delete(Receipt).where(Receipt.target_id.in_(some)))
        db.session.execute(delete(Timer).where(Timer.target.in_(some)))
    db.session.execute(delete(Timer).where(Timer.target.in_(found_cases)))
    db.session.execute(delete(Thread).where(Thread.id.in_(thread_ids)))
    return len(thread_ids)


def blank_removed() -> int:
    """Erase the words of posts that a moderator removed DAYS_KEPT_REMOVED days ago; returns how many.

    The row stays without a word, so that the numbers in the thread and the reasons given stay true.
    """
    last_word = select(func.max(Decision.day)).join(Case).where(Case.target_id == Post.id).scalar_subquery()
    posts = db.session.scalars(
        select(Post).where(
            Post.status == "removed",
            or_(Post.source != "", Post.html != ""),
            func.coalesce(last_word, Post.day) <= clock.today() - timedelta(days=DAYS_KEPT_REMOVED),
            ~exists().where(Case.target_id == Post.id, Case.state.in_(OPEN_STATES)),
        )
    ).all()
    for post in posts:
        _blank(post)
    return len(posts)


def erase_masked() -> int:
    """Erase what was kept under a mask for an appeal, once the time for one is over; returns how many texts."""
    return decisions.erase_masked_texts(clock.today() - timedelta(days=DAYS_KEPT_REMOVED))


def end_small_rows() -> int:
    """Delete receipts past their end, letters and settled cases kept long enough; returns how many."""
    today = clock.today()
    last_word = select(func.max(Decision.day)).where(Decision.case_id == Case.id).scalar_subquery()
    ended = (
        delete(Receipt).where(Receipt.ends_on < today),
        delete(Letter).where(Letter.day < today - timedelta(days=DAYS_KEPT_LETTER)),
        delete(Case).where(
            Case.state == "settled",
            func.coalesce(last_word, Case.opened_day) < today - timedelta(days=DAYS_KEPT_CASE),
        ),
    )
    return sum(_count(db.session.execute(statement)) for statement in ended)


def shuffle_ended_days() -> int:
    """Replace the numbers of ended days by random ones; returns how many threads that touched.

    Threat: the order in which a whole board was written links one person's posts. Today's order is needed to
    show what is newest; tomorrow nobody needs it. A day's counter goes with it, which marks the day as done.
    """
    ended = select(DayCounter.day).where(DayCounter.day < clock.today()).order_by(DayCounter.day)
    return sum(_shuffle(day) for day in list(db.session.scalars(ended)))


def _publish(post_id: bytes) -> bool:
    post = db.session.get(Post, post_id)
    return post is not None and post.status == "scheduled" and lifecycle.publish(post)


def _end_lease(case_id: bytes) -> bool:
    case = db.session.get(Case, case_id)
    if case is None or case.state != "leased":
        return False
    cases.move(case.id, "release", case.version, leased_by=None)
    return True


def _has_open_case() -> ColumnElement[bool]:
    return exists().where(and_(Case.thread_id == Thread.id, Case.state.in_(OPEN_STATES)))


def _blank(post: Post) -> None:
    thread = db.session.get_one(Thread, post.thread_id)
    post.source = post.html = post.warning = ""
    if thread.opening_id == post.id:
        thread.title = thread.excerpt = thread.warning = ""
    db.session.execute(delete(Revision).where(Revision.post_id == post.id))
    notices.forget_words(post.id)
    db.session.execute(update(Thread).where(Thread.id == thread.id).values(version=Thread.version + 1))
    db.session.flush()
    outbox.enqueue(post.id)


def _shuffle(day: date) -> int:
    threads = list(db.session.scalars(select(Thread.id).where(Thread.bumped_day == day)))
    rows = [{"id": thread_id, "bumped_no": random_number()} for thread_id in threads]
    if rows:
        db.session.execute(update(Thread), rows)
    db.session.execute(delete(DayCounter).where(DayCounter.day == day))
    return len(rows)


def _count(result: object) -> int:
    return int(getattr(result, "rowcount", 0))
