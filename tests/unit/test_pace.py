"""When things happen."""

from datetime import datetime, timedelta

import pytest

from forum import clock
from forum.posting import pace

EVENING = datetime(2026, 11, 22, 23, 41, 17, tzinfo=clock.BOARD_ZONE)


@pytest.mark.parametrize("minute", range(0, 60, 7))
def test_the_edit_window_lasts_half_an_hour_and_ends_on_a_half_hour(minute: int) -> None:
    moment = EVENING.replace(minute=minute)
    end = pace.edit_end(moment)
    assert timedelta(minutes=30) <= end - moment <= timedelta(minutes=60)
    assert (end.minute % 30, end.second, end.microsecond) == (0, 0, 0)


def test_soon_is_a_random_time_between_five_and_thirty_minutes() -> None:
    with clock.frozen(EVENING):
        waits = {pace.publish_time("soon") - EVENING for _ in range(200)}
    assert all(timedelta(minutes=5) <= wait <= timedelta(minutes=30) for wait in waits)
    assert len(waits) > 50


def test_tomorrow_is_a_random_time_of_the_next_morning() -> None:
    with clock.frozen(EVENING):
        times = {pace.publish_time("tomorrow") for _ in range(100)}
    assert all(time.day == 23 and time.hour == 7 for time in times)
    assert len(times) > 20


def test_now_is_now() -> None:
    assert pace.publish_time("now") is None
