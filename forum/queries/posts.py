"""Posts of one thread, as rows: pages are made of these without loading objects."""

from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, select

from forum.extensions import db
from forum.models import Flag, Participant, Post, Reaction
from forum.queries.visibility import placed_posts, visible_posts

PAGE_LENGTH = 50
ALL_LENGTH = 1000


class PostRow(NamedTuple):
    """One post; ``adjective`` is None for the caretakers' voice."""

    id: bytes
    thread_id: bytes
    participant_id: bytes | None
    number: int | None
    kind: str
    status: str
    html: str
    warning: str
    day: date
    adjective: int | None
    noun: int | None
    is_opener: bool | None
    same_count: int
    with_you_count: int
    thanks_count: int


_P, _WHO = Post.__table__.c, Participant.__table__.c
_COLUMNS = (
    _P.id,
    _P.thread_id,
    _P.participant_id,
    _P.number,
    _P.kind,
    _P.status,
    _P.html,
    _P.warning,
    _P.day,
    _WHO.adjective,
    _WHO.noun,
    _WHO.is_opener,
    _P.same_count,
    _P.with_you_count,
    _P.thanks_count,
)


def numbered(thread_id: bytes, first: int, last: int) -> list[PostRow]:
    """The posts numbered ``first`` to ``last``: a page is a range of numbers, wherever it lies."""
    wanted = {"thread_id": thread_id, "first": first, "last": last}
    return [PostRow._make(row) for row in db.session.connection().execute(_NUMBERED, wanted).all()]


def of_opener(thread_id: bytes) -> list[PostRow]:
    """The opener's posts only, up to ALL_LENGTH."""
    return _read(_rows(thread_id).where(visible_posts(), Participant.is_opener).limit(ALL_LENGTH))


def unpublished_of(thread_id: bytes, participant_id: bytes) -> list[PostRow]:
    """A writer's own posts that wait, for the clock or for a moderator."""
    waiting = Post.status.in_(("held", "scheduled"))
    return _read(_rows(thread_id).where(Post.participant_id == participant_id, waiting))


@dataclass(frozen=True)
class OwnTraces:
    """What one participant did in a thread: pressed reactions as (post, kind), and flagged posts."""

    participant_id: bytes
    pressed: frozenset[tuple[bytes, str]]
    flagged: frozenset[bytes]


def traces_of(participant_id: bytes) -> OwnTraces:
    """What the participant pressed and flagged."""
    pressed = db.session.execute(
        select(Reaction.post_id, Reaction.kind).where(Reaction.participant_id == participant_id)
    )
    flagged = db.session.scalars(select(Flag.post_id).where(Flag.participant_id == participant_id))
    return OwnTraces(participant_id, frozenset((post, kind) for post, kind in pressed), frozenset(flagged))


def page_range(page: int) -> tuple[int, int]:
    """First and last number of page ``page`` (from 1)."""
    return (page - 1) * PAGE_LENGTH + 1, page * PAGE_LENGTH


def page_of(number: int) -> int:
    """The page a post stands on."""
    return (number - 1) // PAGE_LENGTH + 1


def _rows(thread_id: Any) -> Select[*tuple[Any, ...]]:
    return (
        select(*_COLUMNS)
        .outerjoin(Participant.__table__, _WHO.id == _P.participant_id)
        .where(_P.thread_id == thread_id)
        .order_by(_P.number)
    )


def _read(query: Select[*tuple[Any, ...]]) -> list[PostRow]:
    return [PostRow._make(row) for row in db.session.execute(query)]


# The statement of the page people read, made once.
_NUMBERED = _rows(bindparam("thread_id")).where(
    placed_posts(), Post.number.between(bindparam("first"), bindparam("last"))
)
