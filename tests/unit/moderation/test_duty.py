"""The staffed clock runs only while somebody is on duty."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forum.clock import BOARD_ZONE
from forum.errors import ConfigError
from forum.moderation import duty

HOURS = duty.parse("09:00-12:00,20:00-24:00")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BOARD_ZONE)


@pytest.mark.parametrize(
    ("moment", "staffed"),
    [("2026-03-01T08:59", False), ("2026-03-01T09:00", True), ("2026-03-01T11:59", True), ("2026-03-01T12:00", False),
     ("2026-03-01T23:59", True), ("2026-03-02T00:00", False)],
)  # fmt: skip
def test_somebody_is_on_duty_inside_the_spans_only(moment: str, staffed: bool) -> None:
    assert duty.is_staffed(HOURS, at(moment)) is staffed


def test_the_clock_stands_still_at_night() -> None:
    evening, morning = at("2026-03-01T23:59"), at("2026-03-02T09:00")
    assert duty.staffed_hour(HOURS, at("2026-03-02T03:00")) == duty.staffed_hour(HOURS, morning)
    assert duty.staffed_hour(HOURS, morning) - duty.staffed_hour(HOURS, evening) == 1


def test_a_day_has_as_many_staffed_hours_as_its_spans() -> None:
    assert (
        duty.staffed_hour(HOURS, at("2026-03-02T08:00")) - duty.staffed_hour(HOURS, at("2026-03-01T08:00"))
        == 7
    )


def test_a_span_over_midnight_is_taken() -> None:
    hours = duty.parse("22:00-02:00")
    assert duty.is_staffed(hours, at("2026-03-01T23:30"))
    assert duty.is_staffed(hours, at("2026-03-01T01:59"))
    assert not duty.is_staffed(hours, at("2026-03-01T02:00"))
    assert hours.minutes_a_day == 240


@pytest.mark.parametrize(
    ("held", "read_by"),
    [
        ("2026-03-01T01:00", "2026-03-01T10:00"),  # at night: tomorrow morning at ten
        ("2026-03-01T23:30", "2026-03-02T10:00"),  # half an hour tonight, half an hour tomorrow
        ("2026-03-01T20:15", "2026-03-01T22:00"),
        ("2026-03-01T09:00", "2026-03-01T10:00"),
        ("2026-03-01T11:30", "2026-03-01T21:00"),
    ],
)
def test_a_held_text_is_read_within_one_staffed_hour(held: str, read_by: str) -> None:
    assert duty.next_reading(HOURS, at(held)) == at(read_by)


@given(st.integers(0, 3 * 24 * 60))
def test_the_promise_never_lies_in_the_past_and_always_has_a_staffed_hour_in_it(minutes: int) -> None:
    held = at("2026-03-01T00:00") + timedelta(minutes=minutes)
    read_by = duty.next_reading(HOURS, held)
    staffed = sum(
        duty.is_staffed(HOURS, held + timedelta(minutes=i))
        for i in range(int((read_by - held).total_seconds() // 60))
    )
    assert read_by > held
    assert 60 <= staffed <= 120
    assert read_by.minute == 0


def test_the_first_lane_is_due_at_once_and_the_last_after_a_whole_staffed_day() -> None:
    assert [duty.allowed_hours(HOURS, lane) for lane in (1, 2, 3, 4, 5)] == [0, 2, 4, 4, 7]
    assert duty.due_hour(HOURS, lane=2, opened_hour=10) == 12


@pytest.mark.parametrize(
    "text",
    ["", "9-12", "09:00-09:00", "25:00-26:00", "09:61-10:00", "09:00-12:00,11:00-13:00", "24:00-01:00"],
)
def test_hours_that_make_no_sense_are_refused_by_name(text: str) -> None:
    with pytest.raises(ConfigError, match="staffed_hours"):
        duty.parse(text)
