"""Standing: own surviving posts on two different days, computed from tags, kept in the writer's own cookie and nowhere else.

Threat: touts come new every evening, so somebody new may do less. What makes the difference must not be waiting (a
tout can wait) nor a row about a person (nobody here has one). It is what still stands of what somebody gave.
Samples, imported threads and the caretakers' own voice carry nobody's tag, and threads that are samples give nothing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, or_, select

from forum import clock
from forum.extensions import db
from forum.identity.seeds import Identity
from forum.models import Participant, Post, Thread

DAYS = 2
STEP = 5000
#: What one write may look through, the newest activity first.
MOST_THREADS = 20_000
CHUNK = 2500
SHOWN = ("live", "withdrawn")


@dataclass(frozen=True)
class Deeds:
    """What a seed has done here: whether it gives standing, and the first day of it (None: nothing is there)."""

    has_standing: bool
    first_day: date | None


@dataclass(frozen=True)
class _Own:
    day: date
    survives: bool


def has_standing(identity: Identity, *, since: date | None) -> bool:
    """Whether this writer's live posts stand on two different days. Looks at no thread that was quiet since ``since``
    (before that this seed did nothing), and at MOST_THREADS at most; stops as soon as it knows."""
    found: list[_Own] = []
    for number, step in enumerate(_threads(since)):
        if number * STEP >= MOST_THREADS:
            break
        found += _posts_in(step, identity)
        if _stands(found):
            return True
    return False


def deeds_of(identity: Identity) -> Deeds:
    """Everything at once, through every living thread: what taking up twelve words finds again."""
    found = [own for step in _threads(None) for own in _posts_in(step, identity)]
    return Deeds(_stands(found), min((own.day for own in found), default=None))


def _stands(found: Iterable[_Own]) -> bool:
    return len({own.day for own in found if own.survives}) >= DAYS


def _threads(since: date | None) -> Iterator[list[tuple[bytes, int]]]:
    """(id, pepper version) of living threads, a step at a time, those with the newest activity first."""
    query = (
        select(Thread.id, Thread.pepper_version, Thread.bumped_day)
        .where(Thread.ends_on >= clock.today(), Thread.is_sample.is_(False))
        .order_by(Thread.bumped_day.desc(), Thread.id)
        .limit(STEP)
    )
    if since is not None:
        query = query.where(Thread.bumped_day >= since)
    rows = db.session.execute(query).all()
    while rows:
        yield [(thread, version) for thread, version, _ in rows]
        last, _, day = rows[-1]
        behind = or_(Thread.bumped_day < day, and_(Thread.bumped_day == day, Thread.id > last))
        rows = db.session.execute(query.where(behind)).all() if len(rows) == STEP else []


def _posts_in(threads: list[tuple[bytes, int]], identity: Identity) -> list[_Own]:
    wanted = [tag for tag in identity.tags(threads).values() if tag]
    found: list[_Own] = []
    for start in range(0, len(wanted), CHUNK):
        query = (
            select(Post.day, Post.status, Thread.status)
            .join(Participant, Participant.id == Post.participant_id)
            .join(Thread, Thread.id == Post.thread_id)
            .where(Participant.tag.in_(wanted[start : start + CHUNK]))
        )
        found += [
            _Own(day, status == "live" and thread_status in SHOWN)
            for day, status, thread_status in db.session.execute(query)
        ]
    return found
