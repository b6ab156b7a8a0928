"""Letters as the desk reads them. A letter knows a post at most; who wrote it is not known to anybody."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, or_, select

from forum import clock
from forum.errors import NotFound
from forum.extensions import db
from forum.ids import from_text
from forum.models import Case, Letter, Post, Thread
from forum.models.moderation import LETTER_UNDECIDED
from forum.queries.visibility import visible_posts

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
    plea: str
    step: str
    removes_on: date | None


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
    Letter.plea,
    Letter.step,
    Letter.removes_on,
)
# An address of a post as people copy or write it: /t/…#p12, /t/… 12番, /t/… >>12; without a number the opening post.
_THREAD = re.compile(r"/t/([\w-]{22})")
_NUMBER = re.compile(r"\d{1,6}")


def open_letters() -> list[LetterRow]:
    """Letters nobody has answered yet, and requests nobody has decided, the oldest day first."""
    undecided = and_(Letter.kind == "takedown", Letter.step.in_(LETTER_UNDECIDED))
    waiting = or_(Letter.state == "open", undecided)
    return _read(_letters().where(waiting).order_by(Letter.day, Letter.id).limit(LIST_LENGTH))


def post_named(text: str) -> bytes | None:
    """The post that everybody can read at the address in ``text``, if there is one."""
    text = unicodedata.normalize("NFKC", text)
    found = _THREAD.search(text)
    if found is None:
        return None
    number = _NUMBER.search(text, found.end())
    try:
        thread_id = from_text(found[1])
    except NotFound:
        return None
    wanted = select(Post.id).join(Thread, Thread.id == Post.thread_id)
    return db.session.scalar(
        wanted.where(
            Thread.id == thread_id,
            Thread.status.in_(("live", "withdrawn")),
            Thread.ends_on >= clock.today(),
            visible_posts(),
            Post.number == int(number[0]) if number else Post.id == Thread.opening_id,
        )
    )


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
