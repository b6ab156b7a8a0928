"""What the index should know, read from the database: one document for each post whose words may be shown."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Row, Select, func, select

from forum import clock, markup
from forum.extensions import db
from forum.models import Post, Thread
from forum.search.base import Document, batches

BATCH = 500

_COLUMNS: tuple[Any, ...] = (
    Post.id,
    Post.thread_id,
    Thread.theme_code,
    Post.number,
    Post.day,
    Thread.opening_id,
    Thread.title,
    Post.html,
)


def documents_for(post_ids: Iterable[bytes]) -> list[Document]:
    """Documents of those posts that are visible now; the others are to be dropped."""
    return _read(_visible().where(Post.id.in_(list(post_ids))))


def all_documents() -> Iterator[Document]:
    """Every visible post, day by day, so that an index can read the newest first; inside a day by random id.

    Ends this session's transaction after each batch: a long read would keep SQLite's log from being emptied.
    """
    ids = db.session.scalars(_visible().with_only_columns(Post.id).order_by(Post.day, Post.id)).all()
    for some in batches(ids, BATCH):
        found = documents_for(some)
        db.session.rollback()
        yield from sorted(found, key=lambda document: (document.day, document.post_id))


def count() -> int:
    """How many documents :func:`all_documents` gives."""
    return db.session.execute(_visible().with_only_columns(func.count())).scalar_one()


def _visible() -> Select[Any]:
    # The index may know a little more than lists show (a thread its writer closed); pages check again when
    # they read.
    return (
        select(*_COLUMNS)
        .join(Thread, Thread.id == Post.thread_id)
        .where(
            Post.status == "live",
            Post.number.is_not(None),
            Thread.status.in_(("live", "withdrawn")),
            Thread.ends_on >= clock.today(),
        )
    )


def _read(query: Select[Any]) -> list[Document]:
    return [_document(row) for row in db.session.execute(query)]


def _document(row: Row[Any]) -> Document:
    return Document(
        post_id=row.id,
        thread_id=row.thread_id,
        theme=row.theme_code,
        number=row.number,
        day=row.day,
        title=row.title if row.id == row.opening_id else "",
        body=markup.text_of(row.html),
    )
