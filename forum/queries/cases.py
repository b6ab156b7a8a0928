"""What the desk's list reads, and its figures."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    case,
    distinct,
    func,
    select,
    union,
    union_all,
)

from forum import clock
from forum.extensions import db
from forum.models import AuditEntry, Case, Flag, Moderator, Pending, Post, Theme, Thread, Timer
from forum.models.moderation import APART, LANES, LEASED_STATES, LISTED
from forum.queries.visibility import listed_threads

LANE_LENGTH = 20
PRESSED_LENGTH = 60
LEASE, DECIDE = "lease", "decide"


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
    state: str
    theme_ja: str
    theme_en: str
    post_status: str
    number: int | None
    flags: int
    reader_id: bytes | None
    reader_name: str | None
    leased_until: datetime | None


@dataclass(frozen=True, slots=True)
class SecondRow:
    """A decision that waits for a second person, by whom it was made, and whether it stands already (``stage``)."""

    case: QueueRow
    moderator_id: bytes
    stage: str


@dataclass(frozen=True, slots=True)
class PressedRow:
    """A decision of one's own that has no effect yet, or will have none; ``due`` is the moment of its effect, the same for
    what was pressed together."""

    case_id: bytes
    stage: str
    outcome: str
    theme_ja: str
    theme_en: str
    opened_day: date
    due: datetime | None


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
    Case.state,
    Theme.name_ja,
    Theme.name_en,
    Post.status,
    Post.number,
    select(func.count()).where(Flag.case_id == Case.id, ~Flag.is_repeat).correlate(Case).scalar_subquery(),
    Case.leased_by,
    Moderator.name,
    Timer.due,
)


_FIRST = (Case.lane, Case.opened_hour, Case.id)

_WAITING: tuple[Any, ...] = (Thread.id, Thread.title, Thread.created_day, Theme.name_ja, Theme.name_en)


_PRESSED: tuple[Any, ...] = (
    Pending.case_id,
    Pending.stage,
    Pending.outcome,
    Theme.name_ja,
    Theme.name_en,
    Case.opened_day,
    Timer.due,
)


def queue() -> list[QueueRow]:
    """The LANE_LENGTH oldest open cases of each lane: a full lane hides no other."""
    return _rows(picked(), *_FIRST)


def escalated() -> list[QueueRow]:
    """Cases that were left to somebody who leads, the most urgent lane first."""
    return _rows(_apart("escalated"), *_FIRST)


def for_second() -> list[SecondRow]:
    """Decisions that wait for a second person, those that stand already first; then the most urgent lane."""
    stands = case((Pending.stage == "stands", 0), else_=1)
    first = (stands, Case.lane, Case.opened_hour, Case.id)
    some = (
        select(Case.id).join(Pending, Pending.case_id == Case.id).where(APART, Case.state == "waiting_second")
    )
    rows = _rows(some.order_by(*first).limit(LANE_LENGTH), Case.lane, Case.opened_hour, Case.id)
    waiting = select(Pending).where(Pending.case_id.in_([row.id for row in rows]))
    pending = {row.case_id: row for row in db.session.scalars(waiting)}
    found = [SecondRow(row, pending[row.id].moderator_id, pending[row.id].stage) for row in rows]
    return sorted(found, key=lambda one: one.stage != "stands")


def pressed_by(moderator_id: bytes) -> list[PressedRow]:
    """This moderator's decisions that can still be taken back, the last one first, and those that came back without an
    effect."""
    # All of a lot stands there while it can be taken back.
    waits = case((Pending.stage == "waits", 0), else_=1)
    rows = db.session.execute(
        select(*_PRESSED)
        .join(Case, Case.id == Pending.case_id)
        .join(Thread, Thread.id == Case.thread_id)
        .join(Theme, Theme.code == Thread.theme_code)
        .outerjoin(Timer, and_(Timer.kind == DECIDE, Timer.target == Case.id))
        .where(Pending.moderator_id == moderator_id, Pending.stage.in_(("waits", "changed", "returned")))
        .order_by(waits, Timer.due.desc(), Pending.stage, Case.lane, Case.id)
        .limit(PRESSED_LENGTH)
    )
    return [PressedRow(*row) for row in rows]


def standing() -> list[tuple[bytes, int, bytes | None]]:
    """What stands in the list, as little of it as tells whether anything changed: (case, version, who reads it now)."""
    reader = case((Timer.due.is_not(None), Case.leased_by), else_=None)
    parts = (picked(), _apart("escalated"), _apart("waiting_second"))
    # Joined, each part from its index: one condition over all of them would walk every case there is.
    found = union(*(select(part.subquery().c.id) for part in parts)).subquery()
    rows = db.session.execute(
        select(Case.id, Case.version, reader)
        .join(found, found.c.id == Case.id)
        .outerjoin(Timer, live_lease())
        .order_by(Case.id)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def unanswered(limit: int) -> list[WaitingRow]:
    """Stories nobody has answered yet and somebody could, in rooms where answers are hoped for, the oldest day first."""
    rows = db.session.execute(
        select(*_WAITING)
        .join(Theme, Theme.code == Thread.theme_code)
        .where(
            listed_threads(),
            Thread.live_posts == 1,
            Theme.expects_answers,
            ~Thread.is_locked,
            ~Thread.is_closed,
            ~Thread.is_sample,  # nobody waits behind one
        )
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


def _rows(wanted: Select[Any] | CompoundSelect[Any], *first: Any) -> list[QueueRow]:
    found = wanted.subquery()
    rows = db.session.execute(
        select(*_QUEUE)
        .join(found, found.c.id == Case.id)
        .join(Thread, Thread.id == Case.thread_id)
        .join(Post, Post.id == shown_post())
        .join(Theme, Theme.code == Thread.theme_code)
        .outerjoin(Moderator, Moderator.id == Case.leased_by)
        .outerjoin(Timer, live_lease())
        .order_by(*first)
    )
    return [QueueRow(*row) for row in rows]


def picked() -> CompoundSelect[Any]:
    """Which cases stand in the list, from the index alone: everything else is read for these only."""
    lanes = [
        select(Case.id)
        .where(LISTED, Case.lane == lane)
        .order_by(Case.opened_hour, Case.id)
        .limit(LANE_LENGTH)
        .subquery()
        for lane in LANES
    ]
    return union_all(*(select(lane.c.id) for lane in lanes))


def _apart(state: str) -> Select[Any]:
    """The first cases that wait for a lead, or for a second person."""
    return select(Case.id).where(APART, Case.state == state).order_by(*_FIRST).limit(LANE_LENGTH)


def shown_post() -> ColumnElement[bytes]:
    """The post a case shows, beside its thread: for a thread as a whole its opening post."""
    return case((Case.target_kind == "thread", Thread.opening_id), else_=Case.target_id)


def live_lease() -> ColumnElement[bool]:
    """The timer of a lease that has not run out."""
    now = clock.now().replace(tzinfo=None)
    return and_(Timer.kind == LEASE, Timer.target == Case.id, Timer.due > now, Case.state.in_(LEASED_STATES))
