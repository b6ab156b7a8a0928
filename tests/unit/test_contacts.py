"""A wrong number or a shut line costs somebody the night: what the list of contacts must hold."""

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from forum.clock import BOARD_ZONE
from forum.contacts import (
    PANELS,
    SHIPPED,
    Contact,
    for_panel,
    help_page,
    is_open,
    load_contacts,
    stale,
)
from forum.errors import ConfigError

SUNDAY_NIGHT = datetime(2026, 11, 22, 22, 30, tzinfo=BOARD_ZONE)
TUESDAY_NOON = datetime(2026, 11, 24, 12, 0, tzinfo=BOARD_ZONE)
TUESDAY_AT_THREE = datetime(2026, 11, 24, 3, 0, tzinfo=BOARD_ZONE)


@pytest.fixture(scope="module")
def contacts() -> tuple[Contact, ...]:
    return load_contacts(None)


def named(contacts: tuple[Contact, ...], identifier: str) -> Contact:
    return next(entry for entry in contacts if entry.id == identifier)


def test_the_numbers_are_exactly_those_of_the_checked_list(contacts: tuple[Contact, ...]) -> None:
    assert {entry.id: entry.number for entry in contacts if entry.number} == {
        "ambulance": "119",
        "police": "110",
        "police-advice": "#9110",
        "yorisoi": "0120-279-338",
        "inochi-free": "0120-783-556",
        "inochi-navi": "0570-783-556",
        "inochi-sos": "0120-061-338",
        "kokoro": "0570-064-556",
        "dv-plus": "0120-279-889",
        "dv-navi": "#8008",
        "women-rights": "0570-070-810",
        "houterasu": "0570-078374",
        "child-abuse": "189",
        "tell": "03-5774-0992",
    }
    assert [other.number for other in named(contacts, "yorisoi").also] == ["0120-279-226", "050-3655-0279"]


def test_a_number_that_is_open_only_in_announced_periods_is_not_listed(contacts: tuple[Contact, ...]) -> None:
    assert "#9999" not in {entry.number for entry in contacts}


def test_every_entry_names_its_source_and_the_day_it_was_checked(contacts: tuple[Contact, ...]) -> None:
    assert all(entry.source and entry.confidence and entry.checked_on for entry in contacts)


def test_every_entry_has_its_words_in_both_languages(contacts: tuple[Contact, ...]) -> None:
    for entry in contacts:
        assert entry.name("ja")
        assert entry.name("en").isascii()
        for words in (entry.hours, entry.about, entry.link):
            assert bool(words("ja")) == bool(words("en"))
            assert words("en").isascii()


def test_a_line_around_the_clock_is_always_open(contacts: tuple[Contact, ...]) -> None:
    first_minute = datetime(2027, 1, 1, 0, 0, tzinfo=BOARD_ZONE)
    moments = [first_minute + timedelta(hours=7 * step, minutes=59) for step in range(200)]
    assert all(is_open(named(contacts, "yorisoi"), at) is True for at in moments)


@pytest.mark.parametrize(
    ("hour", "minute", "answer"),
    [(9, 59, False), (10, 0, True), (21, 59, True), (22, 0, False)],
)
def test_a_line_opens_and_shuts_at_the_minute(
    contacts: tuple[Contact, ...], hour: int, minute: int, answer: bool
) -> None:
    at = datetime(2026, 11, 24, hour, minute, tzinfo=BOARD_ZONE)
    assert is_open(named(contacts, "inochi-navi"), at) is answer


def test_the_free_line_is_open_all_day_on_the_tenth_of_a_month(contacts: tuple[Contact, ...]) -> None:
    line = named(contacts, "inochi-free")
    assert is_open(line, datetime(2026, 12, 10, 3, 0, tzinfo=BOARD_ZONE)) is True
    assert is_open(line, datetime(2026, 12, 11, 3, 0, tzinfo=BOARD_ZONE)) is False


def test_some_nights_of_the_week_have_no_break(contacts: tuple[Contact, ...]) -> None:
    line = named(contacts, "inochi-sos")
    assert is_open(line, datetime(2026, 11, 26, 3, 0, tzinfo=BOARD_ZONE)) is True  # Thursday
    assert is_open(line, TUESDAY_AT_THREE) is False


def test_a_weekday_line_is_not_called_open_on_a_public_holiday(contacts: tuple[Contact, ...]) -> None:
    line = named(contacts, "women-rights")
    assert is_open(line, TUESDAY_NOON) is True
    assert is_open(line, datetime(2026, 11, 23, 12, 0, tzinfo=BOARD_ZONE)) is None
    assert is_open(line, datetime(2026, 11, 23, 20, 0, tzinfo=BOARD_ZONE)) is False


@pytest.mark.parametrize("identifier", ["kokoro", "dv-navi", "police-advice", "tell"])
def test_hours_that_nobody_knows_are_not_guessed(contacts: tuple[Contact, ...], identifier: str) -> None:
    assert is_open(named(contacts, identifier), TUESDAY_NOON) is None


def test_the_hours_are_those_of_japan_wherever_the_clock_stands(contacts: tuple[Contact, ...]) -> None:
    in_london = TUESDAY_NOON.astimezone(ZoneInfo("Europe/London"))
    assert is_open(named(contacts, "inochi-navi"), in_london) is True


def test_a_time_without_a_zone_is_refused(contacts: tuple[Contact, ...]) -> None:
    with pytest.raises(ValueError):
        is_open(named(contacts, "yorisoi"), datetime(2026, 11, 24, 12, 0))


def test_the_help_page_shows_every_entry_once(contacts: tuple[Contact, ...]) -> None:
    for at in (SUNDAY_NIGHT, TUESDAY_NOON, TUESDAY_AT_THREE):
        page = help_page(contacts, at)
        shown = [*page.emergency, *page.open_now, *page.later, *page.elsewhere]
        assert sorted(entry.id for entry in shown) == sorted(entry.id for entry in contacts)
        assert page.checked_on == date(2026, 11, 22)


def test_the_help_page_is_right_on_a_sunday_night(contacts: tuple[Contact, ...]) -> None:
    page = help_page(contacts, SUNDAY_NIGHT)
    assert {entry.id for entry in page.later} == {"inochi-free", "inochi-navi", "women-rights", "houterasu"}
    assert {"yorisoi", "inochi-sos", "dv-plus", "child-abuse"} <= {entry.id for entry in page.open_now}


@pytest.mark.parametrize("kind", PANELS)
def test_no_panel_is_ever_empty_or_names_a_shut_line(contacts: tuple[Contact, ...], kind: str) -> None:
    for hour in range(24 * 8):
        at = SUNDAY_NIGHT + timedelta(hours=hour)
        panel = for_panel(contacts, kind, at)
        assert panel
        assert all(is_open(entry, at) is not False for entry in panel)


def test_the_gravest_panel_begins_with_the_emergency_numbers(contacts: tuple[Contact, ...]) -> None:
    panel = for_panel(contacts, "c2", TUESDAY_AT_THREE)
    assert [entry.number for entry in panel[:3]] == ["119", "110", "0120-279-338"]


def test_violence_at_home_is_sent_to_the_police_and_the_lines_for_it(contacts: tuple[Contact, ...]) -> None:
    panel = for_panel(contacts, "dv", SUNDAY_NIGHT)
    assert [entry.id for entry in panel] == ["police", "dv-plus", "dv-navi", "yorisoi"]


def test_harm_to_a_child_begins_with_the_line_for_children(contacts: tuple[Contact, ...]) -> None:
    assert [entry.number for entry in for_panel(contacts, "h", SUNDAY_NIGHT)][:2] == ["189", "110"]


def test_an_unknown_panel_is_a_mistake_of_ours(contacts: tuple[Contact, ...]) -> None:
    with pytest.raises(ValueError):
        for_panel(contacts, "c9", SUNDAY_NIGHT)


def test_an_entry_older_than_180_days_is_reported(contacts: tuple[Contact, ...]) -> None:
    checked = date(2026, 11, 22)
    assert stale(contacts, checked + timedelta(days=180)) == []
    assert len(stale(contacts, checked + timedelta(days=181))) == len(contacts)


def test_a_number_becomes_an_address_a_telephone_understands(contacts: tuple[Contact, ...]) -> None:
    assert named(contacts, "yorisoi").tel == "tel:0120279338"
    assert named(contacts, "dv-navi").tel == "tel:%238008"
    assert named(contacts, "mamorouyo").tel == ""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('number = "119"\nemergency = true', 'number = "119"'),
        ('id = "police"', 'id = "ambulance"'),
        ('from = "16:00"', 'from = "16:70"'),
        ('days = "weekdays"', 'days = "sometimes"'),
        ("panels = { h = 1 }", "panels = { x = 1 }"),
        ('number = "189"\n', ""),
        ('source = "moj.go.jp"\n', ""),
    ],
)
def test_a_broken_list_is_refused_at_start(tmp_path: Path, before: str, after: str) -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    assert before in text
    changed = text.replace(before, after)
    if "119" in before:
        changed = changed.replace("emergency = true\n", "")
    broken = tmp_path / "contacts.toml"
    broken.write_text(changed, encoding="utf-8")
    with pytest.raises(ConfigError):
        load_contacts(broken)


def test_a_missing_list_is_refused_with_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        load_contacts(tmp_path / "nothing.toml")
