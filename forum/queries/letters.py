"""Letters as the desk reads them. A letter knows a post at most; who wrote it is not known to anybody."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, select

from forum.extensions import db
from forum.models import Case, Letter

LIST_LENGTH = 100


@dataclass(frozen=True, slots=True)
class LetterRow:
    """A letter; ``case_id`` is the case about the same post, when there is one."""

    id: bytes
    kind: str
    state: str
    body: str
    answer: str
    day: date
    answered_day: date | None
    about_post: bytes | None
    case_id: bytes | None


_LETTER: tuple[Any, ...] = (
    Letter.id,
    Letter.kind,
    Letter.state,
    Letter.body,
    Letter.answer,
    Letter.day,
    Letter.answered_day,
    Letter.about_post,
    Case.id,
)


def open_letters() -> list[LetterRow]:
    """Letters nobody has answered yet, the oldest day first."""
    return _read(_letters().where(Letter.state == "open").order_by(Letter.day, Letter.id).limit(LIST_LENGTH))


def letter(letter_id: bytes) -> LetterRow | None:
    """One letter."""
    rows = _read(_letters().where(Letter.id == letter_id).limit(1))
    return rows[0] if rows else None


def appeals_about(post_id: bytes) -> list[LetterRow]:
    """Appeals and requests about one post, beside its case."""
    about = (Letter.about_post == post_id, Letter.kind.in_(("appeal", "takedown")))
    return _read(_letters().where(*about).order_by(Letter.day, Letter.id))


def _letters() -> Select[Any]:
    return select(*_LETTER).outerjoin(Case, Case.target_id == Letter.about_post)


def _read(query: Select[Any]) -> list[LetterRow]:
    return [LetterRow(*row) for row in db.session.execute(query)]
