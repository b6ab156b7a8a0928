"""Lists of threads and the head of a thread's page."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Integer, LargeBinary, Select, String, exists, select

from forum.extensions import db
from forum.models import Alike, Theme, Thread, Timer
from forum.queries import paging
from forum.queries.onlooker import Onlooker, Question, given
from forum.queries.visibility import is_listed, is_visible, listed_threads


class ThreadRow(NamedTuple):
    """What a list or a page's head says of a thread; ``replies`` counts live posts but the opening one."""

    id: bytes
    opening_id: bytes
    title: str
    excerpt: str
    warning: str
    wish: str
    theme_code: str
    theme_ja: str
    theme_en: str
    expects_answers: bool
    status: str
    is_locked: bool
    is_closed: bool
    is_sample: bool
    has_aftermath: bool
    created_day: date
    bumped_day: date
    bumped_no: int
    ends_on: date
    last_no: int
    live_posts: int
    pepper_version: int
    version: int
    is_heated: bool

    @property
    def replies(self) -> int:
        return max(self.live_posts - 1, 0)

    @property
    def takes_replies(self) -> bool:
        """Whether others may answer: it is out, and neither a moderator nor its opener has closed it."""
        return self.status == "live" and not self.is_locked and not self.is_closed

    @property
    def place(self) -> paging.Place:
        return paging.Place(self.bumped_day, self.bumped_no)


# Columns of the tables themselves: rows come without any of the machinery that makes objects.
_T, _THEME, _TIMER = Thread.__table__.c, Theme.__table__.c, Timer.__table__.c
_COLUMNS = (
    _T.id,
    _T.opening_id,
    _T.title,
    _T.excerpt,
    _T.warning,
    _T.wish,
    _T.theme_code,
    _THEME.name_ja,
    _THEME.name_en,
    _THEME.expects_answers,
    _T.status,
    _T.is_locked,
    _T.is_closed,
    _T.is_sample,
    _T.has_aftermath,
    _T.created_day,
    _T.bumped_day,
    _T.bumped_no,
    _T.ends_on,
    _T.last_no,
    _T.live_posts,
    _T.pepper_version,
    _T.version,
    # Its row goes when the time is over.
    exists().where(_TIMER.kind == "heated", _TIMER.target == _T.id),
)


def thread_head(thread_id: bytes) -> ThreadRow | None:
    """The head of a visible thread's page."""
    row = any_thread(thread_id)
    return row if row and is_visible(row.status, row.ends_on) else None


def look_at(look: Onlooker, thread_id: bytes) -> ThreadRow | None:
    """The same as :func:`any_thread`, beside the session: what the page of a thread begins with."""
    return look.row(_LOOK, thread_id=thread_id)


def any_thread(thread_id: bytes) -> ThreadRow | None:
    """A thread whatever its status: for its writer and for moderators, never for a public list."""
    row = db.session.connection().execute(_ANY, {"thread_id": thread_id}).one_or_none()
    return ThreadRow._make(row) if row else None


def newest(limit: int) -> list[ThreadRow]:
    """Newest activity of all themes."""
    return _read(_newest_first(_rows().where(listed_threads())), limit)


def waiting(limit: int) -> list[ThreadRow]:
    """Stories nobody has answered yet, in themes where answers are hoped for."""
    # Nothing came after the opening post, so the day it was written is the day of the newest: its own index serves it.
    query = _rows().where(listed_threads(), Theme.expects_answers, *_unanswered())
    return _read(query.order_by(Thread.created_day.desc(), Thread.bumped_no.desc()), limit)


@dataclass(frozen=True)
class Page:
    rows: list[ThreadRow]
    next_place: paging.Place | None


def board(theme_code: str, *, place: paging.Place | None, only: str) -> Page:
    """A theme's threads, newest activity first. ``only``: ``''``, ``waiting`` or ``aftermath``."""
    query = _rows().where(listed_threads(), Thread.theme_code == theme_code)
    if only == "waiting":
        query = query.where(*_unanswered())
    if only == "aftermath":
        query = query.where(Thread.has_aftermath)
    if place:
        query = query.where(paging.after(place))
    rows = _read(_newest_first(query), paging.LIST_LENGTH + 1)
    more = len(rows) > paging.LIST_LENGTH
    rows = rows[: paging.LIST_LENGTH]
    return Page(rows, rows[-1].place if more else None)


def beside(look: Onlooker, thread: ThreadRow, limit: int) -> list[ThreadRow]:
    """Other threads of the same room, newest first."""
    return [row for row in newest_of(look, thread.theme_code, limit + 1) if row.id != thread.id][:limit]


def newest_of(look: Onlooker, theme_code: str, limit: int) -> list[ThreadRow]:
    """The newest threads of one room."""
    return look.rows(_NEWEST_OF, theme_code=theme_code, limit=limit)


def alike(look: Onlooker, thread_id: bytes, limit: int) -> list[ThreadRow]:
    """Listed threads whose opening tells of nearly the same as this one's, the most alike first."""
    return look.rows(_ALIKE, thread_id=thread_id, limit=limit)


def by_ids(thread_ids: Iterable[bytes]) -> dict[bytes, ThreadRow]:
    """Listed threads among these.

    Looked up by key alone: asked for the status too, SQLite without statistics would rather walk every live thread.
    """
    found = any_by_ids(thread_ids)
    return {key: row for key, row in found.items() if is_listed(row.status, row.ends_on)}


def any_by_ids(thread_ids: Iterable[bytes]) -> dict[bytes, ThreadRow]:
    """These threads whatever their status: for their own writers only."""
    return {row.id: row for row in _read(_rows().where(Thread.id.in_(list(thread_ids))))}


def has_any() -> bool:
    """Whether the board holds anything to read."""
    return db.session.execute(select(Thread.id).where(listed_threads()).limit(1)).first() is not None


def open_themes() -> list[Theme]:
    """The rooms, in their order."""
    return list(db.session.scalars(select(Theme).where(Theme.is_open).order_by(Theme.position)))


def theme_for(code: str) -> Theme | None:
    """An open room by its code."""
    return db.session.scalars(select(Theme).where(Theme.code == code, Theme.is_open)).one_or_none()


def _rows() -> Select[*tuple[Any, ...]]:
    return select(*_COLUMNS).join(Theme.__table__, _THEME.code == _T.theme_code)


def _unanswered() -> tuple[Any, ...]:
    return Thread.live_posts == 1, ~Thread.is_locked, ~Thread.is_closed


def _newest_first(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return query.order_by(Thread.bumped_day.desc(), Thread.bumped_no.desc())


def _read(query: Select[*tuple[Any, ...]], limit: int | None = None) -> list[ThreadRow]:
    return [ThreadRow._make(row) for row in db.session.connection().execute(query.limit(limit))]


_ANY = _rows().where(Thread.id == given("thread_id", LargeBinary))
# What the page people read asks.
_LOOK = Question(_ANY, ThreadRow._make)
_NEWEST_OF = Question(
    _newest_first(_rows().where(listed_threads(), Thread.theme_code == given("theme_code", String))).limit(
        given("limit", Integer)
    ),
    ThreadRow._make,
)
_ALIKE = Question(
    _rows()
    .join(Alike.__table__, Alike.other_id == Thread.id)
    .where(Alike.thread_id == given("thread_id", LargeBinary), Alike.rank >= 0, listed_threads())
    .order_by(Alike.rank)
    .limit(given("limit", Integer)),
    ThreadRow._make,
)
