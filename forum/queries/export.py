"""What readers may see, thread by thread, in the shape that `forum import` takes."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import Row, and_, select

from forum import clock, ids, markup
from forum.extensions import db
from forum.models import Interim, Post, Thread
from forum.models.content import REACTIONS
from forum.queries.visibility import listed_threads, visible_posts

THREADS_A_STEP = 100
HOUSE = "house"


def exported_threads(*, with_samples: bool) -> Iterator[dict[str, Any]]:
    """Every listed thread with its visible posts, in the order of random ids; a few in memory at a time.

    No tags, no handles and nothing finer than a day: writers are numbered inside each thread, as readers see
    them.
    """
    last = b""
    while threads := _threads_after(last, with_samples=with_samples):
        last = threads[-1].id
        posts = _posts_of([thread.id for thread in threads])
        for thread in threads:
            opening = [post for post in posts.get(thread.id, []) if post.id == thread.opening_id]
            if opening:
                yield _thread(
                    thread, opening[0], [post for post in posts[thread.id] if post is not opening[0]]
                )


def _threads_after(last: bytes, *, with_samples: bool) -> list[Row[Any]]:
    query = (
        select(Thread.id, Thread.opening_id, Thread.theme_code, Thread.title, Thread.warning, Thread.wish)
        .where(listed_threads(), Thread.id > last)
        .order_by(Thread.id)
        .limit(THREADS_A_STEP)
    )
    if not with_samples:
        query = query.where(~Thread.is_sample)
    return list(db.session.execute(query))


def _posts_of(thread_ids: list[bytes]) -> dict[bytes, list[Row[Any]]]:
    columns = (
        Post.id,
        Post.thread_id,
        Post.participant_id,
        Post.kind,
        Post.source,
        Post.html,
        Post.day,
        Interim.post_id.is_not(None).label("is_veiled"),
    )
    counts = [getattr(Post, f"{kind}_count") for kind in REACTIONS]
    query = (
        select(*columns, *counts)
        .outerjoin(Interim, and_(Interim.post_id == Post.id, Interim.kind == "veil"))
        .where(Post.thread_id.in_(thread_ids), visible_posts(), Post.number.is_not(None))
        .order_by(Post.thread_id, Post.number)
    )
    found: dict[bytes, list[Row[Any]]] = {}
    for row in db.session.execute(query):
        found.setdefault(row.thread_id, []).append(row)
    return found


def _thread(thread: Row[Any], opening: Row[Any], others: list[Row[Any]]) -> dict[str, Any]:
    writers: dict[bytes, int] = {opening.participant_id: 0} if opening.participant_id else {}
    replies = [post for post in others if post.kind != "aftermath"]
    told = [post for post in others if post.kind == "aftermath"]
    return {
        "id": ids.to_text(thread.id),
        "theme": thread.theme_code,
        "title": thread.title,
        "body": _shown(opening),
        "wish": thread.wish,
        "warning": thread.warning,
        "days_ago": _days_since(opening.day),
        "reactions": _counts(opening),
        "replies": [
            {
                "body": _shown(post),
                "by": HOUSE
                if post.participant_id is None
                else writers.setdefault(post.participant_id, len(writers) or 1),
                "days_ago": _days_since(post.day),
                "reactions": _counts(post),
            }
            for post in replies
        ],
        "aftermath": "\n\n".join(_shown(post) for post in told),
    }


def _shown(post: Row[Any]) -> str:
    """The text as readers see it: under a veil it is not as it was written."""
    return markup.text_of(post.html) if post.is_veiled else str(post.source)


def _days_since(day: date) -> int:
    return (clock.today() - day).days


def _counts(post: Row[Any]) -> dict[str, int]:
    return {kind: getattr(post, f"{kind}_count") for kind in REACTIONS}
