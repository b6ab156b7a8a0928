"""Who means to be on duty when: hours of days to come, entered by whoever leads, known to the desk alone.

Threat: a list of when named people sit at the desk. So it holds hours, not minutes; past days go every night, and what
is to come goes with whoever leaves.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import delete, select

from forum import clock, errors
from forum.extensions import db
from forum.models import Moderator, Shift
from forum.moderation import duty

DAYS_AHEAD = 28
DAYS_WATCHED = 7


def plan(*, moderator: Moderator, day: date, hours: Iterable[int], staffed: duty.StaffedHours) -> int:
    """Enter somebody for these hours of a day; says how many of them are new.

    Raises Invalid: ``day`` (unknown) for one that is over or far off, ``hours`` (unknown) where none of them is staffed,
    ``moderator`` (unknown) for somebody who is not at the desk any more.
    """
    if not 0 <= (day - clock.today()).days < DAYS_AHEAD:
        raise errors.Invalid("day", "unknown")
    if moderator.is_disabled:
        raise errors.Invalid("moderator", "unknown")
    wanted = set(hours) & set(duty.hours_of_day(staffed))
    if not wanted:
        raise errors.Invalid("hours", "unknown")
    known = select(Shift.hour).where(Shift.day == day, Shift.moderator_id == moderator.id)
    new = wanted - set(db.session.scalars(known))
    db.session.add_all(Shift(day=day, hour=hour, moderator_id=moderator.id) for hour in sorted(new))
    db.session.flush()
    return len(new)


def drop(*, moderator_id: bytes, day: date, hours: Iterable[int]) -> int:
    """Take somebody out of these hours of a day; says how many that were."""
    theirs = (Shift.moderator_id == moderator_id, Shift.day == day, Shift.hour.in_(list(hours)))
    return int(getattr(db.session.execute(delete(Shift).where(*theirs)), "rowcount", 0))


def forget(moderator_id: bytes) -> int:
    """Take somebody out of everything to come; says how many hours that were."""
    gone = db.session.execute(delete(Shift).where(Shift.moderator_id == moderator_id))
    return int(getattr(gone, "rowcount", 0))


def gaps(staffed: duty.StaffedHours, at: datetime, *, days: int = DAYS_WATCHED) -> list[tuple[date, int]]:
    """The staffed hours within ``days`` days of ``at`` (aware) for which nobody is entered, as (day, hour) in order."""
    now = at.astimezone(clock.BOARD_ZONE)
    first, last = now.replace(minute=0, second=0, microsecond=0), now + timedelta(days=days)
    query = select(Shift.day, Shift.hour).join(Moderator, Moderator.id == Shift.moderator_id)
    between = Shift.day.between(first.date(), last.date())
    taken = {(day, hour) for day, hour in db.session.execute(query.where(between, ~Moderator.is_disabled))}
    hours = (first + timedelta(hours=step) for step in range(days * 24))
    wanted = set(duty.hours_of_day(staffed))
    return [
        (hour.date(), hour.hour)
        for hour in hours
        if hour.hour in wanted and (hour.date(), hour.hour) not in taken
    ]
