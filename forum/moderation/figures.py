"""What a month of the desk looks like in numbers: how soon somebody looked, how often in time, which appeals were granted.

Threat: a record of who was slow, or of which case waited. So there is one number for each (month, kind, value), written
when it happens, because cases are forgotten after their days; no case, no post, no moderator, and no day.
"""

from datetime import date

from sqlalchemy import Date, bindparam, select, text

from forum import clock
from forum.extensions import db
from forum.models import AuditEntry, Case
from forum.models.moderation import OUTCOMES
from forum.models.traces import FIGURE_KINDS
from forum.moderation import duty

LOOKS = ("view", "takeover")
LONGEST_HOURS = 99  # whoever waited longer waited too long: the number says no more
# One statement, the same on SQLite and PostgreSQL: two who count the same thing both count.
_MORE = text(
    "INSERT INTO month_figure (month, kind, value, times) VALUES (:month, :kind, :value, 1) "
    "ON CONFLICT (month, kind, value) DO UPDATE SET times = month_figure.times + 1"
).bindparams(bindparam("month", type_=Date))


def count(kind: str, value: int) -> None:
    """One more of ``kind`` with ``value`` in this month; called last in a transaction. Raises ValueError for no such kind."""
    if kind not in FIGURE_KINDS:
        raise ValueError(f"no such figure: {kind}")
    db.session.execute(_MORE, {"month": month_of(clock.today()), "kind": kind, "value": value})


def count_look(case: Case, *, hour: int) -> bool:
    """Count how many staffed hours a case waited for its first reader; called behind the record of every look.

    ``hour`` is the staffed clock's. Says whether it was the first look since the case was opened.
    """
    query = (
        select(AuditEntry.action)
        .where(
            AuditEntry.day >= case.opened_day,
            AuditEntry.case_id == case.id,
            AuditEntry.action.in_((*LOOKS, *OUTCOMES)),
        )
        .order_by(AuditEntry.number.desc())
        .limit(2)
    )
    seen = list(db.session.scalars(query))
    if len(seen) == 2 and seen[1] in LOOKS:
        return False
    count("looked", min(max(hour - case.opened_hour, 0), LONGEST_HOURS))
    return True


def is_in_time(*, lane: int, opened_hour: int, hours: duty.StaffedHours, hour: int) -> bool:
    """Whether a case of ``lane`` is decided within the staffed hours that it may wait; ``hour`` is the staffed clock's."""
    return hour <= duty.due_hour(hours, lane=lane, opened_hour=opened_hour)


def month_of(day: date) -> date:
    """The first day of a day's month."""
    return day.replace(day=1)
