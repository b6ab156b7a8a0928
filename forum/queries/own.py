"""What one writer finds again: computed from tags for the length of one request, kept nowhere."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from forum import clock
from forum.extensions import db
from forum.models import Participant, Post, Thread

# A step of this many tags takes some tens of milliseconds.
STEP = 5000
CHUNK = 400


@dataclass(frozen=True)
class OwnPlace:
    """One thread the writer acted in. ``new_count``: posts of others after the writer's last one."""

    thread_id: bytes
    participant_id: bytes
    adjective: int
    noun: int
    is_opener: bool
    new_count: int
    waiting: int


def candidate_threads() -> Iterator[list[tuple[bytes, int]]]:
    """(id, pepper version) of every living thread, a step at a time, by key."""
    last = b""
    while True:
        query = (
            select(Thread.id, Thread.pepper_version)
            .where(Thread.id > last, Thread.ends_on >= clock.today())
            .order_by(Thread.id)
            .limit(STEP)
        )
        found = [(thread_id, version) for thread_id, version in db.session.execute(query)]
        if not found:
            return
        yield found
        last = found[-1][0]


def threads_after(last: bytes) -> list[tuple[bytes, int]]:
    """(id, pepper version) of the next STEP threads by key, ended and taken away ones too: what erasing walks."""
    query = select(Thread.id, Thread.pepper_version).where(Thread.id > last).order_by(Thread.id).limit(STEP)
    return [(thread_id, version) for thread_id, version in db.session.execute(query)]


def count_threads(last: bytes) -> tuple[int, int]:
    """How many threads lie behind this key, and how many there are: the progress of a walk."""
    total = db.session.scalar(select(func.count()).select_from(Thread)) or 0
    left = db.session.scalar(select(func.count()).select_from(Thread).where(Thread.id > last)) or 0
    return total - left, total


def participants_with(tags: Mapping[bytes, bytes]) -> list[Participant]:
    """The participants among ``tags`` (thread id → own tag there), found by tag alone, a few hundred at a time."""
    wanted = list(tags.values())
    found: list[Participant] = []
    for start in range(0, len(wanted), CHUNK):
        query = select(Participant).where(Participant.tag.in_(wanted[start : start + CHUNK]))
        found += [row for row in db.session.scalars(query) if tags.get(row.thread_id) == row.tag]
    return found


def places_of(participants: Sequence[Participant]) -> list[OwnPlace]:
    """What each of these participants finds in its thread: three counts for all of them at once."""
    by_thread = {row.thread_id: row for row in participants}
    last = _last_numbers([row.id for row in participants])
    waiting = _waiting([row.id for row in participants])
    newer = _newer({thread: last[row.id] for thread, row in by_thread.items() if row.id in last})
    return [
        OwnPlace(
            thread_id=row.thread_id,
            participant_id=row.id,
            adjective=row.adjective,
            noun=row.noun,
            is_opener=row.is_opener,
            new_count=newer.get(row.thread_id, 0),
            waiting=waiting.get(row.id, 0),
        )
        for row in participants
    ]


def _last_numbers(participant_ids: list[bytes]) -> dict[bytes, int]:
    query = (
        select(Post.participant_id, func.max(Post.number))
        .where(Post.participant_id.in_(participant_ids), Post.number.is_not(None))
        .group_by(Post.participant_id)
    )
    return {owner: number for owner, number in db.session.execute(query) if owner is not None and number}


def _waiting(participant_ids: list[bytes]) -> dict[bytes, int]:
    query = (
        select(Post.participant_id, func.count())
        .where(Post.participant_id.in_(participant_ids), Post.status.in_(("held", "scheduled")))
        .group_by(Post.participant_id)
    )
    return {owner: count for owner, count in db.session.execute(query) if owner is not None}


def _newer(last: Mapping[bytes, int]) -> dict[bytes, int]:
    query = select(Post.thread_id, Post.number).where(Post.thread_id.in_(list(last)), Post.status == "live")
    counts = Counter(
        thread for thread, number in db.session.execute(query) if number and number > last[thread]
    )
    return dict(counts)
