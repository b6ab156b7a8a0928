"""The operator's bell: when it rings, and for what. One line leaves the board, of a lane and a number, and nothing else.

Where a life may be in danger it rings at any hour and at once; for everything else in staffed hours, once for all that has
come to a lane meanwhile, and once more when the time that a case may wait is nearly over. For what it has rung stands
beside the case (``rung``), without a time, so that neither a restart nor a clock makes it ring twice. That a lane has been
rung for lately is a row of ``timer``, rounded up, and goes when it fires.

Threat: somebody who writes a hundred farewells in a night would ring a volunteer out of bed a hundred times, until nobody
hears it any more. So what is grave is gathered too, for a few minutes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func, select

from forum.clock import BOARD_ZONE
from forum.extensions import db
from forum.models import Case, Rung, Timer
from forum.models.moderation import LANES, LISTED, STILL_OPEN
from forum.moderation import care, duty
from forum.moderation.timers import set_timer

TIMER = "bell"
# Why it rings for a case, as bits: it cannot wait for the morning; it has come; it should soon be decided.
GRAVE, CAME, NEAR = 1, 2, 4
NEAR_HOURS = 1  # staffed ones
AT_ONCE = 0  # in place of a lane: rings at any hour rest apart from the others
AT_ONCE_MINUTES = 5
ROUNDED_TO_MINUTES = 5


@dataclass(frozen=True)
class Ring:
    """One ring: how many cases of a lane wait, and what of it is news (by case, as bits)."""

    lane: int
    count: int
    news: Mapping[bytes, int]

    @property
    def is_at_once(self) -> bool:
        """Whether it is for a life that may be in danger now."""
        return any(reasons & GRAVE for reasons in self.news.values())

    @property
    def line(self) -> str:
        """What the operator's command is told."""
        return f"lane {self.lane}: {self.count} case{'' if self.count == 1 else 's'} waiting"


@dataclass(frozen=True)
class _Waiting:
    id: bytes
    lane: int
    opened_hour: int
    findings: str
    rung: int


def rings(*, hours: duty.StaffedHours, at: datetime) -> list[Ring]:
    """What to ring for at ``at`` (aware), the most urgent lane first. A case that somebody is reading waits for nobody."""
    waiting, resting = _waiting(), _resting(at)
    found = []
    for lane in LANES:
        rows = [row for row in waiting if row.lane == lane]
        news = {row.id: fresh for row in rows if (fresh := _reasons(row, hours, at) & ~row.rung)}
        ring = Ring(lane, len(rows), news)
        if news and _place(ring) not in resting:
            found.append(ring)
    return found


def heard(ring: Ring, *, at: datetime, minutes: int) -> None:
    """It rang: not again for the same, and for the lane not within so many minutes."""
    open_now = select(Case.id).where(Case.id.in_(ring.news), STILL_OPEN)
    for case_id in list(db.session.scalars(open_now)):
        row = db.session.merge(Rung(case_id=case_id))
        row.reasons = (row.reasons or 0) | ring.news[case_id]
    db.session.flush()
    _rest(ring.lane, at, minutes)
    if ring.is_at_once:
        _rest(AT_ONCE, at, AT_ONCE_MINUTES)


def unheard(ring: Ring, *, at: datetime) -> None:
    """The command failed: the same again in a few minutes."""
    _rest(_place(ring), at, AT_ONCE_MINUTES)


def _reasons(row: _Waiting, hours: duty.StaffedHours, at: datetime) -> int:
    grave = GRAVE if care.is_grave(row.findings) else 0
    if not duty.is_staffed(hours, at):
        return grave
    left = duty.due_hour(hours, lane=row.lane, opened_hour=row.opened_hour) - duty.staffed_hour(hours, at)
    # The first lane is due at once: there is no second time to ring for.
    near = NEAR if left <= NEAR_HOURS and row.lane != care.LANE else 0
    return grave | CAME | near


def _waiting() -> list[_Waiting]:
    findings = case((Case.lane == care.LANE, Case.findings), else_="")
    rows = db.session.execute(
        select(Case.id, Case.lane, Case.opened_hour, findings, func.coalesce(Rung.reasons, 0))
        .outerjoin(Rung, Rung.case_id == Case.id)
        .where(LISTED, Case.leased_by.is_(None))
    )
    return [_Waiting(*row) for row in rows]


def _resting(at: datetime) -> set[int]:
    there = at.astimezone(BOARD_ZONE).replace(tzinfo=None)
    rows = db.session.scalars(select(Timer.target).where(Timer.kind == TIMER, Timer.due > there))
    return {int.from_bytes(target) for target in rows}


def _place(ring: Ring) -> int:
    return AT_ONCE if ring.is_at_once else ring.lane


def _rest(place: int, at: datetime, minutes: int) -> None:
    # Rounded up: a ring follows a post within a second, and its moment must not stand here.
    due = at.replace(second=0, microsecond=0) + timedelta(minutes=minutes + 1)
    due += timedelta(minutes=-due.minute % ROUNDED_TO_MINUTES)
    set_timer(TIMER, place.to_bytes(16), due)
