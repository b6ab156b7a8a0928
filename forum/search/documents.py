"""What the index should know, read from the database: one document for each post whose words may be shown."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, select

from forum import clock, markup
from forum.extensions import db
from forum.models import Post, Thread
from forum.search.base import Document, batches

BATCH = 500


def documents_for(post_ids: Iterable[bytes]) -> list[Document]:
    """Documents of those posts that are visible now; the others are to be dropped."""
    # Looked up from inside: joined, SQLite takes the index of all live threads for the shorter way.
    its_thread = _its_thread()
    query = select(
        Post.id,
        Post.thread_id,
        its_thread.with_only_columns(Thread.theme_code).scalar_subquery().label("theme"),
        Post.number,
        Post.day,
        its_thread.with_only_columns(Thread.title)
        .where(Thread.opening_id == Post.id)
        .scalar_subquery()
        .label("title"),
        Post.html,
    ).where(Post.id.in_(list(post_ids)), _has_words(), its_thread.exists())
    return [_document(row) for row in db.session.execute(query)]


def all_documents() -> Iterator[Document]:
    """Every visible post, day by day, so that an index can read the newest first; inside a day by random id.

    Ends this session's transaction after each batch: a long read would keep SQLite's log from being emptied.
    """
    ids = db.session.scalars(_visible().order_by(Post.day, Post.id)).all()
    for some in batches(ids, BATCH):
        found = documents_for(some)
        db.session.rollback()
        yield from sorted(found, key=lambda document: (document.day, document.post_id))


def count() -> int:
    """How many documents :func:`all_documents` gives."""
    return db.session.execute(select(func.count()).select_from(_visible().subquery())).scalar_one()


def _visible() -> Select[Any]:
    return select(Post.id).where(_has_words(), _its_thread().exists())


def _has_words() -> ColumnElement[bool]:
    return and_(Post.status == "live", Post.number.is_not(None))


def _its_thread() -> Select[Any]:
    # The index may know a little more than lists show (a thread its writer closed); pages check again.
    return select(Thread.id).where(
        Thread.id == Post.thread_id,
        Thread.status.in_(("live", "withdrawn")),
        Thread.ends_on >= clock.today(),
    )


def _document(row: Row[Any]) -> Document:
    return Document(
        post_id=row.id,
        thread_id=row.thread_id,
        theme=row.theme,
        number=row.number,
        day=row.day,
        title=row.title or "",
        body=markup.text_of(row.html),
    )
