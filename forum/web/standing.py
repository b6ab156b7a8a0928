"""Whether the present writer is a newcomer: asked of the cookie, computed when it does not know, remembered with a write."""

from datetime import date, datetime, time

from flask import g

from forum import clock
from forum.identity.seeds import Identity
from forum.posting.standing import deeds_of, has_standing
from forum.web.sessions import hour_number
from forum.web.viewer import viewer, writer_session

# The cookie keeps the day on which standing was last found, counted from here: sixteen bits last until 2199.
FIRST_DAY = date(2020, 1, 1)
#: After so many days it is looked at again: who was given standing by posts that were taken away later is new again.
DAYS_KEPT = 7


def is_newcomer() -> bool:
    """Whether this request's writer has no standing yet; computed once a request. Call before the write begins."""
    if "standing" not in g:
        g.standing = _found()
    return not g.standing


def remember() -> None:
    """A write was accepted: the cookie, which goes out anyway, keeps what was found."""
    if "standing" in g:
        writer_session().change(standing=g.standing)


def begin() -> None:
    """A browser got a new seed: nothing of it is older than this hour."""
    writer_session().change(standing=0, issued_hour=hour_number())


def find_again(identity: Identity) -> None:
    """Twelve words were taken up: its standing is found again, and from which day on there is anything of it."""
    deeds = deeds_of(identity)
    writer_session().change(
        standing=_number(clock.today()) if deeds.has_standing else 0,
        issued_hour=_hour_of(deeds.first_day) if deeds.first_day else hour_number(),
    )


def _found() -> int:
    identity, state = viewer().identity, writer_session().state
    if identity is None:
        return 0
    today = _number(clock.today())
    if state.standing and today - state.standing < DAYS_KEPT:
        return int(state.standing)
    since = _day_of(state.issued_hour) if state.issued_hour else None
    if since == clock.today():
        return 0
    return today if has_standing(identity, since=since) else 0


def _number(day: date) -> int:
    return (day - FIRST_DAY).days


def _day_of(hour: int) -> date:
    return datetime.fromtimestamp(hour * 3600, clock.BOARD_ZONE).date()


def _hour_of(day: date) -> int:
    return int(datetime.combine(day, time.min, clock.BOARD_ZONE).timestamp()) // 3600
