"""Posts of one thread, as rows: pages are made of these without loading objects."""

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, LargeBinary, Select, exists, select

from forum.models import Flag, Fold, Notice, Participant, Post, Reaction
from forum.queries.onlooker import Onlooker, Question, given
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


def numbered(look: Onlooker, thread_id: bytes, first: int, last: int) -> list[PostRow]:
    """The posts numbered ``first`` to ``last``: a page is a range of numbers, wherever it lies."""
    return look.rows(_NUMBERED, thread_id=thread_id, first=first, last=last)


def of_opener(look: Onlooker, thread_id: bytes) -> list[PostRow]:
    """The opener's posts only, up to ALL_LENGTH."""
    return look.rows(_OF_OPENER, thread_id=thread_id)


def unpublished_of(look: Onlooker, thread_id: bytes, participant_id: bytes) -> list[PostRow]:
    """A writer's own posts that wait, for the clock or for a moderator."""
    return look.rows(_UNPUBLISHED_OF, thread_id=thread_id, participant_id=participant_id)


def one(look: Onlooker, post_id: bytes) -> PostRow | None:
    """One post that takes a place in its thread."""
    return look.row(_ONE, post_id=post_id)


class Traces(NamedTuple):
    """One writer's row in a thread, and what they did there: pressed reactions as (post, kind), flagged posts, and the
    participants they folded.

    ``is_told``: there are statements of reasons for them.
    """

    participant_id: bytes
    is_opener: bool
    is_told: bool
    pressed: frozenset[tuple[bytes, str]] = frozenset()
    flagged: frozenset[bytes] = frozenset()
    folded: frozenset[bytes] = frozenset()


def traces_of(look: Onlooker, thread_id: bytes, tag: bytes) -> Traces | None:
    """What the writer with this tag left in the thread; None when they never acted in it."""
    found = look.row(_WITH_TAG, thread_id=thread_id, tag=tag)
    if found is None:
        return None
    pressed = look.rows(_PRESSED, participant_id=found.participant_id)
    flagged = look.rows(_FLAGGED, participant_id=found.participant_id)
    folded = look.rows(_FOLDED, participant_id=found.participant_id)
    return found._replace(
        pressed=frozenset(pressed),
        flagged=frozenset(post for (post,) in flagged),
        folded=frozenset(who for (who,) in folded),
    )


def page_range(page: int) -> tuple[int, int]:
    """First and last number of page ``page`` (from 1)."""
    return (page - 1) * PAGE_LENGTH + 1, page * PAGE_LENGTH


def page_of(number: int) -> int:
    """The page a post stands on."""
    return (number - 1) // PAGE_LENGTH + 1


def _rows(*wanted: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    joined = select(*_COLUMNS).outerjoin(Participant.__table__, _WHO.id == _P.participant_id)
    return joined.where(*wanted).order_by(_P.number)


# What the page people read asks.
_THREAD = given("thread_id", LargeBinary)
_WRITER = given("participant_id", LargeBinary)
_NUMBERED = Question(
    _rows(
        _P.thread_id == _THREAD,
        placed_posts(),
        _P.number.between(given("first", Integer), given("last", Integer)),
    ),
    PostRow._make,
)
_OF_OPENER = Question(
    _rows(_P.thread_id == _THREAD, visible_posts(), _WHO.is_opener).limit(ALL_LENGTH), PostRow._make
)
_ONE = Question(_rows(_P.id == given("post_id", LargeBinary), placed_posts()), PostRow._make)
_UNPUBLISHED_OF = Question(
    _rows(_P.thread_id == _THREAD, _P.participant_id == _WRITER, _P.status.in_(("held", "scheduled"))),
    PostRow._make,
)
_WITH_TAG = Question(
    select(_WHO.id, _WHO.is_opener, exists().where(Notice.participant_id == _WHO.id)).where(
        _WHO.thread_id == _THREAD, _WHO.tag == given("tag", LargeBinary)
    ),
    lambda row: Traces(*row),
)
_PRESSED: Question[tuple[bytes, str]] = Question(
    select(Reaction.post_id, Reaction.kind).where(Reaction.participant_id == _WRITER), tuple
)
_FLAGGED: Question[tuple[bytes]] = Question(select(Flag.post_id).where(Flag.participant_id == _WRITER), tuple)
_FOLDED: Question[tuple[bytes]] = Question(
    select(Fold.folded_id).where(Fold.participant_id == _WRITER), tuple
)
