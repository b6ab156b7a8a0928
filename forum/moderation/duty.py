"""The staffed clock: time that runs only while somebody is on duty.

A promise such as "read within two hours" is kept in staffed hours, and a held text is told by when a person
reads it. The clock counts whole hours, so a row that carries its number says nothing finer than an hour.
"""

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import count, pairwise

from forum.clock import BOARD_ZONE
from forum.errors import ConfigError

MINUTES_A_DAY = 24 * 60
FIRST_DAY = date(2025, 1, 1)
# By lane, in staffed hours; lane 1 is looked at first whatever the hour, lane 5 within one whole staffed day.
DUE_HOURS = {1: 0, 2: 2, 3: 4, 4: 4}
_SPAN = re.compile(r"(\d{2}):(\d{2})-(\d{2}):(\d{2})")


@dataclass(frozen=True)
class StaffedHours:
    """The spans of every day in which somebody reads, as minutes since midnight: sorted and apart."""

    spans: tuple[tuple[int, int], ...]

    @property
    def minutes_a_day(self) -> int:
        """How long somebody is on duty each day; never zero."""
        return sum(end - start for start, end in self.spans)


@functools.cache
def parse(text: str) -> StaffedHours:
    """``"09:00-12:00,20:00-24:00"`` as spans; one over midnight is cut in two. Raises ConfigError."""
    spans = sorted(part for given in text.split(",") for part in _parts(given.strip()))
    if not spans:
        raise ConfigError("staffed_hours must name at least one span, such as 20:00-24:00")
    for (_start, end), (start, _end) in pairwise(spans):
        if start < end:
            raise ConfigError("staffed_hours: two spans overlap")
    return StaffedHours(tuple(spans))


def is_staffed(hours: StaffedHours, at: datetime) -> bool:
    """Whether somebody is on duty at ``at`` (aware)."""
    minute = _minute_of(at)
    return any(start <= minute < end for start, end in hours.spans)


def staffed_hour(hours: StaffedHours, at: datetime) -> int:
    """How many whole staffed hours had gone by at ``at`` (aware), counted from a fixed day."""
    return _staffed_minutes(hours, at) // 60


def due_hour(hours: StaffedHours, *, lane: int, opened_hour: int) -> int:
    """The staffed hour in which a case of ``lane`` should be decided."""
    return opened_hour + allowed_hours(hours, lane)


def allowed_hours(hours: StaffedHours, lane: int) -> int:
    """How many staffed hours a case of ``lane`` may wait."""
    return DUE_HOURS.get(lane, max(hours.minutes_a_day // 60, 1))


def next_reading(hours: StaffedHours, at: datetime) -> datetime:
    """By when somebody reads what was held at ``at`` (aware): a staffed hour later, up to the full hour."""
    return _full_hour(moment_after(hours, at, 60))


def moment_after(hours: StaffedHours, at: datetime, minutes: int) -> datetime:
    """When so many staffed minutes will have gone by since ``at`` (aware)."""
    left = timedelta(minutes=minutes)
    for start, end in _spans_after(hours, at.astimezone(BOARD_ZONE)):
        if end - start >= left:
            return start + left
        left -= end - start
    raise AssertionError("a day without staffed hours cannot be parsed")


def first_staffed(hours: StaffedHours, day: date) -> datetime:
    """When somebody is first on duty on ``day`` (aware): every day has its staffed hours."""
    return datetime.combine(day, time.min, BOARD_ZONE) + timedelta(minutes=hours.spans[0][0])


def answer_by(hours: StaffedHours, day: date) -> datetime:
    """By when a story of ``day`` should have found an answer (aware): the end of the next staffed day."""
    return datetime.combine(day + timedelta(days=1), time.min, BOARD_ZONE) + timedelta(
        minutes=hours.spans[-1][1]
    )


def hours_of_day(hours: StaffedHours) -> tuple[int, ...]:
    """The hours of a day (0 to 23) in which somebody should be on duty, be it for a part of them."""
    return tuple(
        hour
        for hour in range(24)
        if any(start < (hour + 1) * 60 and hour * 60 < end for start, end in hours.spans)
    )


def _parts(text: str) -> list[tuple[int, int]]:
    if not text:
        return []
    found = _SPAN.fullmatch(text)
    if not found:
        raise ConfigError(f"staffed_hours: {text!r} is not of the form 20:00-24:00")
    start, end = (int(found[i]) * 60 + int(found[i + 1]) for i in (1, 3))
    if int(found[2]) > 59 or int(found[4]) > 59 or not (start < MINUTES_A_DAY and 0 <= end <= MINUTES_A_DAY):
        raise ConfigError(f"staffed_hours: {text!r} names no time of day")
    if start == end:
        raise ConfigError(f"staffed_hours: {text!r} is empty")
    if start < end:
        return [(start, end)]
    return [(start, MINUTES_A_DAY)] + ([(0, end)] if end else [])


def _minute_of(at: datetime) -> int:
    there = at.astimezone(BOARD_ZONE)
    return there.hour * 60 + there.minute


def _staffed_minutes(hours: StaffedHours, at: datetime) -> int:
    minute = _minute_of(at)
    today = sum(max(min(minute, end) - start, 0) for start, end in hours.spans)
    return (at.astimezone(BOARD_ZONE).date() - FIRST_DAY).days * hours.minutes_a_day + today


def _spans_after(hours: StaffedHours, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    """What is left of today's spans, then the next days'."""
    for ahead in count():
        midnight = datetime.combine(at.date() + timedelta(days=ahead), time.min, BOARD_ZONE)
        for opens, closes in hours.spans:
            start, end = midnight + timedelta(minutes=opens), midnight + timedelta(minutes=closes)
            if end > at:
                yield max(start, at), end


def _full_hour(at: datetime) -> datetime:
    floor = at.replace(minute=0, second=0, microsecond=0)
    return floor if floor == at else floor + timedelta(hours=1)
