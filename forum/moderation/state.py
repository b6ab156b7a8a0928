"""The board's one row: the numbers that come in commit order, and the switch that lets writing rest."""

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
    state = _locked()
    changed = state.is_paused != paused
    state.is_paused = paused
    db.session.flush()
    return changed


def ensure_awake() -> None:
    """Raises Resting while writing is paused."""
    if board_state().is_paused:
        raise errors.Resting


def _locked() -> BoardState:
    query = select(BoardState).where(BoardState.id == 1).with_for_update()
    return db.session.execute(query.execution_options(populate_existing=True)).scalar_one()
