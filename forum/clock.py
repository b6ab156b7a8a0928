"""The only source of time, in the board's one time zone; tests hold it still."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

BOARD_ZONE = ZoneInfo("Asia/Tokyo")

_held: ContextVar[datetime | None] = ContextVar("held_time", default=None)


def now() -> datetime:
    """The present moment, aware, in the board's zone."""
    return _held.get() or datetime.now(BOARD_ZONE)


def today() -> date:
    """The board's calendar day."""
    return now().date()


def date_after(days: int) -> date:
    """The calendar day ``days`` after today."""
    return today() + timedelta(days=days)


def midnight() -> datetime:
    """The beginning of today: the finest time a file of ours may carry."""
    return now().replace(hour=0, minute=0, second=0, microsecond=0)


def end_of(day: date) -> datetime:
    """The board's midnight after ``day``: the moment of what is promised for a day, so that it tells no hour."""
    return datetime.combine(day + timedelta(days=1), time.min, BOARD_ZONE)


def seconds_left_today() -> int:
    """Whole seconds until the board's next midnight, at least 1: how long a counter under the key of the day means anything."""
    return max(1, int((midnight() + timedelta(days=1) - now()).total_seconds()))


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """Hold the clock at ``at`` (aware) inside the block: for tests and for imports with a day of their own."""
    token = _held.set(at.astimezone(BOARD_ZONE))
    try:
        yield
    finally:
        _held.reset(token)
