"""The newest posts of the whole board, for an operator who tries a rule on them; no page shows such a list."""

from dataclasses import dataclass

from sqlalchemy import case, func, select

from forum.extensions import db
from forum.models import Post, Thread

# What readers saw, or moderators: not what still waits for its hour, and nothing that is gone.
SEEN = ("live", "held", "hidden", "removed")


@dataclass(frozen=True, slots=True)
class NewestRow:
    """One post: title (of an opening post), warning and words as one text."""

    id: bytes
    status: str
    text: str


def newest_posts(count: int) -> list[NewestRow]:
    """The posts of the newest days; within a day in the order of their random ids, since no other is kept."""
    title = case((Thread.opening_id == Post.id, Thread.title), else_="")
    rows = db.session.execute(
        select(Post.id, Post.status, title, Post.warning, Post.source)
        .join(Thread, Thread.id == Post.thread_id)
        .where(Post.status.in_(SEEN), func.length(Post.source) > 0, Thread.is_sample.is_(False))
        .order_by(Post.day.desc(), Post.id)
        .limit(count)
    )
    return [
        NewestRow(identifier, status, "\n".join(part for part in parts if part))
        for identifier, status, *parts in rows
    ]
