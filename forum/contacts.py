"""Where help is, and whether somebody picks up at this hour.

A person in need must not be sent to a line that is shut, and must never be told a guess: what is not known
about an entry's hours is answered with ``None``, and pages then show its hours in words only.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from forum.clock import BOARD_ZONE
from forum.errors import ConfigError

SHIPPED = Path(__file__).with_name("contacts.toml")
PANELS = ("c0", "c1", "c2", "c3", "dv", "h")
RECHECK_AFTER = timedelta(days=180)
MINUTES_A_DAY = 24 * 60
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType({"daily": WEEKDAYS, "weekdays": WEEKDAYS[:5]})


@dataclass(frozen=True)
class Span:
    """Open from minute ``opens`` until before ``closes``, on these weekdays or on this day of a month."""

    weekdays: frozenset[int]
    month_day: int | None
    opens: int
    closes: int

    def covers(self, at: datetime) -> bool:
        """Whether ``at``, in Japan time, falls into this span."""
        on_this_day = at.weekday() in self.weekdays or at.day == self.month_day
        return on_this_day and self.opens <= at.hour * 60 + at.minute < self.closes


@dataclass(frozen=True)
class OtherNumber:
    """A second number of the same place, and for whom it is."""

    label_ja: str
    label_en: str
    number: str

    def label(self, locale: str) -> str:
        """For whom this number is."""
        return self.label_en if locale == "en" else self.label_ja

    @property
    def tel(self) -> str:
        """The number as a ``tel:`` address."""
        return tel_address(self.number)


@dataclass(frozen=True)
class Contact:
    """One place that helps. ``number`` or ``url`` is given, or both; the rest helps a reader to decide."""

    id: str
    name_ja: str
    name_en: str
    number: str | None
    url: str | None
    also: tuple[OtherNumber, ...]
    emergency: bool
    spans: tuple[Span, ...]
    doubtful: frozenset[date]
    hours_ja: str
    hours_en: str
    about_ja: str
    about_en: str
    link_ja: str
    link_en: str
    free: bool
    purposes: tuple[str, ...]
    source: str
    confidence: str
    checked_on: date
    panels: Mapping[str, int]

    def name(self, locale: str) -> str:
        """Its name in the reader's language."""
        return self.name_en if locale == "en" else self.name_ja

    def hours(self, locale: str) -> str:
        """Its hours in words, or nothing."""
        return self.hours_en if locale == "en" else self.hours_ja

    def about(self, locale: str) -> str:
        """What it is for, in a few words, or nothing."""
        return self.about_en if locale == "en" else self.about_ja

    def link(self, locale: str) -> str:
        """What its page is called on ours."""
        return (self.link_en if locale == "en" else self.link_ja) or self.name(locale)

    @property
    def tel(self) -> str:
        """The number as a ``tel:`` address; empty for a place without a telephone."""
        return tel_address(self.number) if self.number else ""


@dataclass(frozen=True)
class HelpPage:
    """What the page of contacts shows; ``elsewhere`` are those whose hours nobody here knows for sure."""

    emergency: tuple[Contact, ...]
    open_now: tuple[Contact, ...]
    later: tuple[Contact, ...]
    elsewhere: tuple[Contact, ...]
    checked_on: date


def tel_address(number: str) -> str:
    """``0120-279-338`` as ``tel:0120279338``; a leading # is escaped or the browser would drop the rest."""
    return "tel:" + quote("".join(sign for sign in number if sign.isdigit() or sign == "#"))


def load_contacts(path: Path | None = None) -> tuple[Contact, ...]:
    """All entries of the file, in its order. Raises ConfigError, naming the entry that is no good."""
    source = path or SHIPPED
    try:
        data = tomllib.loads(source.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as broken:
        raise ConfigError(f"{source.name} cannot be read: {broken}") from broken
    doubtful = frozenset(data.get("doubtful", ()))
    contacts = tuple(_contact_from(entry, doubtful) for entry in data.get("contact", ()))
    _ensure_usable(contacts, source.name)
    return contacts


def is_open(contact: Contact, at: datetime) -> bool | None:
    """Whether somebody answers at ``at`` (aware); ``None``: not known. Raises ValueError without a zone."""
    if at.tzinfo is None:
        raise ValueError("a time without a zone cannot be compared with opening hours")
    if not contact.spans:
        return None
    there = at.astimezone(BOARD_ZONE)
    if not any(span.covers(there) for span in contact.spans):
        return False
    return None if there.date() in contact.doubtful else True


def for_panel(contacts: Iterable[Contact], kind: str, at: datetime) -> tuple[Contact, ...]:
    """The entries of one panel in their order, without those known to be shut. Raises ValueError."""
    if kind not in PANELS:
        raise ValueError(f"no such panel: {kind}")
    chosen = [entry for entry in contacts if kind in entry.panels and is_open(entry, at) is not False]
    return tuple(sorted(chosen, key=lambda entry: entry.panels[kind]))


def help_page(contacts: Iterable[Contact], at: datetime) -> HelpPage:
    """Every entry exactly once, grouped by what is known about this moment."""
    everyone = tuple(contacts)
    lines = tuple(entry for entry in everyone if not entry.emergency)
    return HelpPage(
        emergency=tuple(entry for entry in everyone if entry.emergency),
        open_now=tuple(entry for entry in lines if is_open(entry, at) is True),
        later=tuple(entry for entry in lines if is_open(entry, at) is False),
        elsewhere=tuple(entry for entry in lines if is_open(entry, at) is None),
        checked_on=min(entry.checked_on for entry in everyone),
    )


def stale(contacts: Iterable[Contact], today: date) -> list[Contact]:
    """Entries nobody has checked for more than 180 days."""
    return [entry for entry in contacts if today - entry.checked_on > RECHECK_AFTER]


def _contact_from(entry: Mapping[str, Any], doubtful: frozenset[date]) -> Contact:
    try:
        return Contact(
            id=entry["id"],
            name_ja=entry["name_ja"],
            name_en=entry["name_en"],
            number=entry.get("number"),
            url=entry.get("url"),
            also=tuple(OtherNumber(**other) for other in entry.get("also", ())),
            emergency=entry.get("emergency", False),
            spans=tuple(_span_from(span) for span in entry.get("open", ())),
            doubtful=doubtful if _rests_on_holidays(entry) else frozenset(),
            hours_ja=entry.get("hours_ja", ""),
            hours_en=entry.get("hours_en", ""),
            about_ja=entry.get("about_ja", ""),
            about_en=entry.get("about_en", ""),
            link_ja=entry.get("link_ja", ""),
            link_en=entry.get("link_en", ""),
            free=entry["free"],
            purposes=tuple(entry["for"]),
            source=entry["source"],
            confidence=entry["confidence"],
            checked_on=entry["checked_on"],
            panels=MappingProxyType(dict(entry.get("panels", {}))),
        )
    except (KeyError, TypeError, ValueError) as broken:
        raise ConfigError(f"contact {entry.get('id', '?')}: {broken!r}") from broken


def _rests_on_holidays(entry: Mapping[str, Any]) -> bool:
    return any(span.get("days") == "weekdays" for span in entry.get("open", ()))


def _span_from(span: Mapping[str, Any]) -> Span:
    days = span.get("days", ())
    names = DAY_GROUPS[days] if isinstance(days, str) else days
    return Span(
        weekdays=frozenset(WEEKDAYS.index(name) for name in names),
        month_day=span.get("month_day"),
        opens=_minutes(span["from"]),
        closes=_minutes(span["to"]),
    )


def _minutes(text: str) -> int:
    """``"17:15"`` as minutes since midnight; 24:00 is the end of the day."""
    hours, minutes = (int(part) for part in text.split(":"))
    total = hours * 60 + minutes
    if not (0 <= minutes < 60 and 0 <= total <= MINUTES_A_DAY):
        raise ValueError(f"no time of day: {text}")
    return total


def _ensure_usable(contacts: tuple[Contact, ...], name: str) -> None:
    if not any(entry.emergency for entry in contacts):
        raise ConfigError(f"{name} names no emergency number")
    if len({entry.id for entry in contacts}) != len(contacts):
        raise ConfigError(f"{name} has two entries of one id")
    for entry in contacts:
        if not (entry.number or entry.url):
            raise ConfigError(f"contact {entry.id} has neither number nor address")
        if not set(entry.panels) <= set(PANELS):
            raise ConfigError(f"contact {entry.id} stands in a panel that does not exist")
