"""Keyset paging: a place in a list is (day, number within the day), never an offset."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, tuple_

from forum.models import Thread

LIST_LENGTH = 30
# Numbers of ended days are random up to this.
LARGEST_NUMBER = 2**31 - 1


@dataclass(frozen=True)
class Place:
    """After which row a page begins."""

    day: date
    number: int

    def __str__(self) -> str:
        return f"{self.day.toordinal()}-{self.number}"


def read_place(text: str | None) -> Place | None:
    """The place a URL names; None (the beginning) for anything unreadable."""
    day, _, number = (text or "").partition("-")
    if (
        not (day.isascii() and day.isdigit() and number.isascii() and number.isdigit())
        or len(number) > 10
        or len(day) > 7
    ):
        return None
    if not 0 < int(day) <= date.max.toordinal() or int(number) > LARGEST_NUMBER:
        return None
    return Place(date.fromordinal(int(day)), int(number))


def after(place: Place) -> ColumnElement[bool]:
    """Rows behind ``place`` in newest-first order; a row value, so that the index serves it at any depth."""
    return tuple_(Thread.bumped_day, Thread.bumped_no) < tuple_(place.day, place.number)
