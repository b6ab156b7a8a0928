"""What the desk's list reads, and its figures."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, and_, case, distinct, func, select, union_all

from forum import clock
from forum.extensions import db
from forum.models import AuditEntry, Case, Flag, Moderator, Post, Theme, Thread, Timer
from forum.models.moderation import LANES, STILL_OPEN
from forum.queries.visibility import listed_threads

LANE_LENGTH = 20
LEASE = "lease"


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line of the list; ``leased_until`` is None when nobody reads the case now."""

    id: bytes
    lane: int
    source: str
    version: int
    findings: str
    opened_day: date
    opened_hour: int
    theme_ja: str
    theme_en: str
    post_status: str
    number: int | None
    flags: int
    reader_id: bytes | None
    reader_name: str | None
    leased_until: datetime | None


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A story nobody has answered yet."""

    id: bytes
    title: str
    created_day: date
    theme_ja: str
    theme_en: str


_QUEUE: tuple[Any, ...] = (
    Case.id,
    Case.lane,
    Case.source,
    Case.version,
    Case.findings,
    Case.opened_day,
    Case.opened_hour,
    Theme.name_ja,
    Theme.name_en,
    Post.status,
    Post.number,
    select(func.count()).where(Flag.case_id == Case.id, ~Flag.is_repeat).correlate(Case).scalar_subquery(),
    Case.leased_by,
    Moderator.name,
    Timer.due,
)


_WAITING: tuple[Any, ...] = (Thread.id, Thread.title, Thread.created_day, Theme.name_ja, Theme.name_en)


def queue() -> list[QueueRow]:
    """The LANE_LENGTH oldest open cases of each lane: a full lane hides no other."""
    found = picked().subquery()
    rows = db.session.execute(
        select(*_QUEUE)
        .join(found, found.c.id == Case.id)
        .join(Thread, Thread.id == Case.thread_id)
        .join(Post, Post.id == shown_post())
        .join(Theme, Theme.code == Thread.theme_code)
        .outerjoin(Moderator, Moderator.id == Case.leased_by)
        .outerjoin(Timer, live_lease())
        .order_by(Case.lane, Case.opened_hour, Case.id)
    )
    return [QueueRow(*row) for row in rows]


def unanswered(limit: int) -> list[WaitingRow]:
    """Stories nobody has answered yet, in rooms where answers are hoped for, the oldest day first."""
    rows = db.session.execute(
        select(*_WAITING)
        .join(Theme, Theme.code == Thread.theme_code)
        .where(listed_threads(), Thread.live_posts == 1, Theme.expects_answers)
        .order_by(Thread.created_day, Thread.id)
        .limit(limit)
    )
    return [WaitingRow(*row) for row in rows]


def heavy_texts_today(moderator_id: bytes) -> int:
    """How many cases of the first lane a moderator opened today."""
    return int(
        db.session.scalar(
            select(func.count(distinct(AuditEntry.case_id))).where(
                AuditEntry.actor_id == moderator_id,
                AuditEntry.lane == 1,
                AuditEntry.action.in_(("view", "takeover")),
                AuditEntry.day == clock.today(),
            )
        )
        or 0
    )


def answered_this_week() -> int:
    """How many listed threads have a reply to read and got their newest post within the last seven days."""
    return int(
        db.session.scalar(
            select(func.count()).where(
                listed_threads(),
                Thread.bumped_day > clock.today() - timedelta(days=7),
                Thread.live_posts + 0 > 1,  # as a sum, or SQLite would walk the index of all answered threads
                Thread.is_sample.is_(False),
            )
        )
        or 0
    )


def picked() -> CompoundSelect[Any]:
    """Which cases stand in the list, from the index alone: everything else is read for these only."""
    lanes = [
        select(Case.id)
        .where(STILL_OPEN, Case.lane == lane)
        .order_by(Case.opened_hour, Case.id)
        .limit(LANE_LENGTH)
        .subquery()
        for lane in LANES
    ]
    return union_all(*(select(lane.c.id) for lane in lanes))


def shown_post() -> ColumnElement[bytes]:
    """The post a case shows, beside its thread: for a thread as a whole its opening post."""
    return case((Case.target_kind == "thread", Thread.opening_id), else_=Case.target_id)


def live_lease() -> ColumnElement[bool]:
    """The timer of a lease that has not run out."""
    now = clock.now().replace(tzinfo=None)
    return and_(Timer.kind == LEASE, Timer.target == Case.id, Timer.due > now, Case.state == "leased")
