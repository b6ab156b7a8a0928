"""What one writer finds again: computed from tags for the length of one request, kept nowhere."""

from dataclasses import dataclass

from sqlalchemy import func, select, tuple_

from forum import clock
from forum.extensions import db
from forum.models import Participant, Post, Thread

# Newest threads first; a step of this many tags takes some tens of milliseconds.
STEP = 5000
CHUNK = 400


@dataclass(frozen=True)
class OwnPlace:
    """One thread the writer acted in. ``new_count``: posts of others after the writer's last one."""

    thread_id: bytes
    participant_id: bytes
    adjective: int
    noun: int
    new_count: int
    waiting: int


def candidate_threads(skip: int = 0) -> list[tuple[bytes, int]]:
    """(id, pepper version) of living threads, newest first, one step of them."""
    query = (
        select(Thread.id, Thread.pepper_version)
        .where(Thread.ends_on >= clock.today())
        .order_by(Thread.bumped_day.desc(), Thread.bumped_no.desc())
        .offset(skip)
        .limit(STEP)
    )
    return [(thread_id, version) for thread_id, version in db.session.execute(query)]


def places_of(tags: list[tuple[bytes, bytes]]) -> list[OwnPlace]:
    """The threads among ``tags`` (thread id, own tag there) in which the writer acted, in that order."""
    found: list[OwnPlace] = []
    for start in range(0, len(tags), CHUNK):
        query = select(Participant).where(
            tuple_(Participant.thread_id, Participant.tag).in_(tags[start : start + CHUNK])
        )
        known = {row.thread_id: row for row in db.session.scalars(query)}
        found += [
            _place(known[thread_id]) for thread_id, _ in tags[start : start + CHUNK] if thread_id in known
        ]
    return found


def _place(row: Participant) -> OwnPlace:
    own = Post.participant_id == row.id
    last = db.session.scalar(select(func.max(Post.number)).where(Post.thread_id == row.thread_id, own))
    newer = select(func.count()).where(
        Post.thread_id == row.thread_id, Post.status == "live", Post.number > (last or 0)
    )
    waiting = select(func.count()).where(
        Post.thread_id == row.thread_id, own, Post.status.in_(("held", "scheduled"))
    )
    return OwnPlace(
        thread_id=row.thread_id,
        participant_id=row.id,
        adjective=row.adjective,
        noun=row.noun,
        new_count=int(db.session.scalar(newer) or 0) if last else 0,
        waiting=int(db.session.scalar(waiting) or 0),
    )
