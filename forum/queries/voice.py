"""What a moderator has before their eyes while writing as 世話人."""

from dataclasses import dataclass

from sqlalchemy import select

from forum import clock, markup
from forum.extensions import db
from forum.models import Post, Timer
from forum.queries.visibility import visible_posts


@dataclass(frozen=True, slots=True)
class PlainRow:
    """A post that can be read, in plain letters."""

    id: bytes
    number: int | None
    body: str


# As readers see it: what is written under a veil is read with a view on record, on the page of its case.
_READ = (Post.id, Post.number, Post.html)


def opening_text(opening_id: bytes) -> str:
    """The story itself, or nothing where it is not to be read."""
    html = db.session.scalar(select(Post.html).where(Post.id == opening_id, visible_posts()))
    return markup.text_of(html) if html else ""


def newest_answers(thread_id: bytes, opening_id: bytes, limit: int) -> list[PlainRow]:
    """The last answers of a thread, in order."""
    rows = db.session.execute(
        select(*_READ)
        .where(Post.thread_id == thread_id, Post.id != opening_id, visible_posts())
        .order_by(Post.number.desc())
        .limit(limit)
    )
    return [PlainRow(row.id, row.number, markup.text_of(row.html)) for row in rows][::-1]


def changeable(thread_id: bytes) -> list[PlainRow]:
    """The words of the house in this thread that any moderator may still change or take back."""
    now = clock.now().replace(tzinfo=None)
    rows = db.session.execute(
        select(Post.id, Post.number, Post.source)
        .join(Timer, (Timer.target == Post.id) & (Timer.kind == "edit") & (Timer.due > now))
        .where(Post.thread_id == thread_id, Post.participant_id.is_(None), visible_posts())
        .order_by(Post.number)
    )
    return [PlainRow(*row) for row in rows]


def thread_of_post(post_id: bytes) -> bytes | None:
    """The thread a post stands in."""
    return db.session.scalar(select(Post.thread_id).where(Post.id == post_id))
