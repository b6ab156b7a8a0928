"""How the board stands as a whole: asked for every page, so looked at without a session."""

from typing import NamedTuple

from sqlalchemy import select

from forum.models import BoardState
from forum.queries.onlooker import Onlooker, Question


class BoardRow(NamedTuple):
    """The switches of the board."""

    is_paused: bool
    is_shut: bool
    is_calm: bool


_B = BoardState.__table__.c
_STANDS: Question[BoardRow] = Question(select(_B.is_paused, _B.is_shut, _B.is_calm), BoardRow._make)


def stands(look: Onlooker) -> BoardRow | None:
    """The switches as they are now."""
    return look.row(_STANDS)
