"""What everybody may see of moderation: acts of a month without quotations or names, and a month in numbers.

Threat: a line that stands alone is read beside the one post that vanished that day. So what a role did in a lane fewer than
FEWEST times in a month stands there without its day, its promise and its number; a figure with fewer behind it does not
stand there at all.
"""

import calendar
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from forum import clock
from forum.extensions import db
from forum.models import AuditEntry, MonthFigure
from forum.models.moderation import OUTCOMES

FEWEST = 5
PUBLIC = (*OUTCOMES, "sanction", "answer")


@dataclass(frozen=True, slots=True)
class LogRow:
    """One line of the public log."""

    day: date
    lane: int
    action: str
    rule: int
    role: str


@dataclass(frozen=True, slots=True)
class RareRow:
    """What was done in a lane too seldom in a month to be told by the day."""

    lane: int
    action: str


@dataclass(frozen=True, slots=True)
class MonthLog:
    """A month: its lines, the newest first, and what stands there without days."""

    rows: list[LogRow]
    rare: list[RareRow]


@dataclass(frozen=True, slots=True)
class Figures:
    """A month in numbers; None where fewer than FEWEST stand behind one.

    ``first_look`` is the number of staffed hours within which half of all cases found a reader; the shares are percents.
    """

    first_look: int | None
    in_time: int | None
    granted: int | None


def first_month() -> date:
    """The month of the oldest act, or this one where nothing was done yet."""
    oldest = db.session.scalar(select(func.min(AuditEntry.day)).where(AuditEntry.action.in_(PUBLIC)))
    return (oldest or clock.today()).replace(day=1)


def month_log(month: date) -> MonthLog:
    """What was done in a month: day, lane, action, rule, role, nothing else."""
    columns = (AuditEntry.day, AuditEntry.lane, AuditEntry.action, AuditEntry.rule, AuditEntry.role)
    last = month.replace(day=calendar.monthrange(month.year, month.month)[1])
    query = (
        select(*columns)
        .where(AuditEntry.day.between(month, last), AuditEntry.action.in_(PUBLIC))
        # By the day and not in the order of acts: which came first on a day is nobody's to know.
        .order_by(AuditEntry.day.desc(), AuditEntry.lane, AuditEntry.action, AuditEntry.rule, AuditEntry.role)
    )
    rows = [LogRow(*row) for row in db.session.execute(query)]
    # By the role, too: one lead among five others stands alone.
    times = Counter((row.lane, row.action, row.role) for row in rows)
    rare = {(lane, action) for (lane, action, _role), count in times.items() if count < FEWEST}
    return MonthLog(
        rows=[row for row in rows if times[row.lane, row.action, row.role] >= FEWEST],
        rare=[RareRow(lane, action) for lane, action in sorted(rare)],
    )


def figures(month: date) -> Figures:
    """The month's numbers, from counters that outlast the cases."""
    query = select(MonthFigure.kind, MonthFigure.value, MonthFigure.times).where(MonthFigure.month == month)
    found: dict[str, dict[int, int]] = {}
    for kind, value, times in db.session.execute(query):
        found.setdefault(kind, {})[value] = times
    return Figures(
        first_look=_half(found.get("looked", {})),
        in_time=_share(found.get("decided", {})),
        granted=_share(found.get("appeal", {})),
    )


def _half(times: Mapping[int, int]) -> int | None:
    """Within how many hours half of them were; a look in the hour a case came is within one."""
    total, so_far = sum(times.values()), 0
    if total < FEWEST:
        return None
    for hours in sorted(times):
        so_far += times[hours]
        if so_far * 2 >= total:
            return hours + 1
    return None


def _share(times: Mapping[int, int]) -> int | None:
    total = sum(times.values())
    return round(100 * times.get(1, 0) / total) if total >= FEWEST else None
