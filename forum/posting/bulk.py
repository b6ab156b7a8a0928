"""Many threads at once, as finished rows.

``moderation/lifecycle`` is the only writer of status and counters for single posts. A bulk import is the one
exception: it is the operator's own act, its threads are published from the start, and numbers and counters
follow from the file alone, so they are written as they will stand. Going post by post would take hours for a
board's worth.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import insert

from forum import clock, ids, markup
from forum.extensions import db
from forum.identity.handles import candidates
from forum.identity.keys import Keys
from forum.identity.seeds import TAG_BYTES
from forum.models import Participant, Post, Thread
from forum.models.content import REACTIONS
from forum.moderation.activity import next_number, random_number
from forum.posting.transfer import HOUSE, LIFETIME_DAYS, OPENER, ReadPost, ReadThread

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Put:
    """One thread that was put in, and the ids of its posts in order."""

    given_id: str
    thread_id: bytes
    post_ids: tuple[bytes, ...]


def put_threads(threads: Sequence[ReadThread], keys: Keys, *, are_samples: bool = False) -> list[Put]:
    """Insert these threads. The caller asks the index to look at them, or builds it anew, and commits.

    Every writer of the file becomes a participant with a random tag: nobody's seed ever matches it.
    """
    made = [Put(read.given_id, ids.new_id(), tuple(ids.new_id() for _ in read.posts)) for read in threads]
    casts = [_cast(read, put.thread_id, keys) for read, put in zip(threads, made, strict=True)]
    parts = list(zip(threads, made, casts, strict=True))
    _insert(Thread, [_thread_row(read, put, keys, are_samples=are_samples) for read, put, _ in parts])
    _insert(Participant, [row for _, _, cast in parts for row in cast.values()])
    _insert(Post, [row for read, put, cast in parts for row in _post_rows(read, put, cast)])
    return made


def _insert(model: Any, rows: Rows) -> None:
    if rows:
        db.session.execute(insert(model.__table__), rows)


def _cast(read: ReadThread, thread_id: bytes, keys: Keys) -> dict[object, dict[str, Any]]:
    """The participants of a thread by the file's name for them; a reply without a name is alone."""
    cast: dict[object, dict[str, Any]] = {}
    taken: set[tuple[int, int]] = set()
    for number, post in enumerate(read.posts, start=1):
        name = _name(post, number)
        if name in cast or name == HOUSE:
            continue
        tag = secrets.token_bytes(TAG_BYTES)
        pepper = keys.pepper(keys.pepper_version)
        pair = next(pair for pair in candidates(pepper, thread_id, tag) if pair not in taken)
        taken.add(pair)
        cast[name] = {
            "id": ids.new_id(),
            "thread_id": thread_id,
            "tag": tag,
            "adjective": pair[0],
            "noun": pair[1],
            "is_opener": name == OPENER,
        }
    return cast


def _name(post: ReadPost, number: int) -> object:
    return ("alone", number) if post.by is None else post.by


def _post_rows(read: ReadThread, put: Put, cast: dict[object, dict[str, Any]]) -> Rows:
    rows = []
    for number, (post, post_id) in enumerate(zip(read.posts, put.post_ids, strict=True), start=1):
        writer = cast.get(_name(post, number))
        rows.append(
            {
                "id": post_id,
                "thread_id": put.thread_id,
                "participant_id": writer["id"] if writer else None,
                "number": number,
                "kind": post.kind,
                "status": "live",
                "source": post.source,
                "html": post.html,
                "render_version": markup.RENDER_VERSION,
                "warning": read.warning if number == 1 else "",
                "day": _day(post.days_ago),
                "revision": 1,
                **{f"{kind}_count": count for kind, count in zip(REACTIONS, post.counts, strict=True)},
            }
        )
    return rows


def _thread_row(read: ReadThread, put: Put, keys: Keys, *, are_samples: bool) -> dict[str, Any]:
    begun, bumped = _day(read.posts[0].days_ago), _day(read.posts[-1].days_ago)
    return {
        "id": put.thread_id,
        "theme_code": read.theme,
        "opening_id": put.post_ids[0],
        "title": read.title,
        "excerpt": read.excerpt,
        "warning": read.warning,
        "wish": read.wish,
        "lifetime_days": LIFETIME_DAYS,
        "created_day": begun,
        "ends_on": begun + timedelta(days=LIFETIME_DAYS),
        "status": "live",
        "is_locked": False,
        "is_closed": False,
        "has_aftermath": read.posts[-1].kind == "aftermath",
        "is_sample": are_samples,
        "bumped_day": bumped,
        # Days that have ended keep no order (see worker.shuffle_ended_days): such a day gets none here
        # either.
        "bumped_no": next_number(bumped) if bumped == clock.today() else random_number(),
        "last_no": len(read.posts),
        "live_posts": len(read.posts),
        "pepper_version": keys.pepper_version,
        "version": 0,
    }


def _day(days_ago: int) -> date:
    return clock.today() - timedelta(days=days_ago)
