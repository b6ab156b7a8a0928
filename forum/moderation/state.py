"""The board's one row: the numbers that come in commit order, and its switches."""

from sqlalchemy import select

from forum import errors
from forum.extensions import db
from forum.models import BoardState


def board_state() -> BoardState:
    """The row as it stands now."""
    return db.session.get_one(BoardState, 1, populate_existing=True)


def next_number(name: str) -> int:
    """The next ``ban_number`` or ``notice_number``: whoever takes one locks the row, so numbers come in commit order."""
    state = _locked()
    number: int = getattr(state, name) + 1
    setattr(state, name, number)
    db.session.flush()
    return number


def stand_in_line_for_numbers() -> None:
    """Lock the row before what follows it in the order of locks, for whoever takes a number later on."""
    _locked()


def pause(paused: bool) -> bool:
    """Let writing rest, or go on; says whether that changed anything. Reading is never paused."""
    return _switch("is_paused", paused)


def shut(is_shut: bool) -> bool:
    """The same, by the board itself (``door.py``); says whether that changed anything."""
    return _switch("is_shut", is_shut)


def calm(is_calm: bool) -> bool:
    """Let everything that newcomers write wait for a reader, or not any more; says whether that changed anything."""
    return _switch("is_calm", is_calm)


def ensure_awake() -> None:
    """Raises Resting while writing is paused, or while nobody looks after the board."""
    now = board_state()
    if now.is_paused or now.is_shut:
        raise errors.Resting(for_want_of_staff=not now.is_paused)


def stand_in_line() -> None:
    """Wait for whoever changes what is one for the whole board, and let others wait until the commit."""
    _locked()


def _switch(name: str, wanted: bool) -> bool:
    state = _locked()
    changed: bool = getattr(state, name) != wanted
    setattr(state, name, wanted)
    db.session.flush()
    return changed


def _locked() -> BoardState:
    query = select(BoardState).where(BoardState.id == 1).with_for_update()
    return db.session.execute(query.execution_options(populate_existing=True)).scalar_one()
