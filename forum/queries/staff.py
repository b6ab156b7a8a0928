"""People of the desk: who means to be on duty, what the last shift left for the next, what somebody decided lately."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from forum import clock
from forum.extensions import db
from forum.models import Case, Decision, Handover, Moderator, Shift

DAYS_LISTED = 14


@dataclass(frozen=True, slots=True)
class ShiftRow:
    """One person in one hour."""

    day: date
    hour: int
    moderator_id: bytes
    name: str


@dataclass(frozen=True, slots=True)
class HandoverRow:
    """The note at the top of the desk."""

    words: str
    name: str
    day: date


@dataclass(frozen=True, slots=True)
class DecidedRow:
    """One decision of one person."""

    case_id: bytes
    lane: int
    outcome: str
    rule: int
    day: date


def shifts(*, days: int) -> list[ShiftRow]:
    """Who is entered for today and the days to come, by day, person and hour."""
    until = clock.today() + timedelta(days=days)
    query = (
        select(Shift.day, Shift.hour, Shift.moderator_id, Moderator.name)
        .join(Moderator, Moderator.id == Shift.moderator_id)
        .where(Shift.day >= clock.today(), Shift.day < until, ~Moderator.is_disabled)
        .order_by(Shift.day, Moderator.name, Shift.hour)
    )
    return [ShiftRow(*row) for row in db.session.execute(query)]


def handover() -> HandoverRow | None:
    """The note that stands now."""
    query = select(Handover.words, Moderator.name, Handover.day).join(
        Moderator, Moderator.id == Handover.moderator_id
    )
    found = db.session.execute(query).first()
    return HandoverRow(*found) if found else None


def decided_lately(moderator_id: bytes) -> list[DecidedRow]:
    """What somebody decided in the last DAYS_LISTED days, the newest day first: for whoever looks it over when they
    leave."""
    first = clock.today() - timedelta(days=DAYS_LISTED)
    query = (
        select(Decision.case_id, Case.lane, Decision.outcome, Decision.rule, Decision.day)
        .join(Case, Case.id == Decision.case_id)
        .where(Decision.moderator_id == moderator_id, Decision.day >= first)
        .order_by(Decision.day.desc(), Decision.case_id, Decision.number)
    )
    return [DecidedRow(*row) for row in db.session.execute(query)]
