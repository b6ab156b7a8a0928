"""Which threads tell of the same: kept in the table ``alike``, so that the page of a thread need not look for them.

A thread whose opening is new or was changed is asked for in the transaction that tells the index of it, and what was
said of its old words is forgotten there and then. It is looked at a little later.

Threats: whoever writes a story like somebody's on purpose would at once stand below theirs; who is beside whom would tell
which of a day's stories was written first. So nobody stands beside another on the day they wrote. The night asks for
the stories of the days that ended, all of them together, and they are looked at in the order of their random ids.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, exists, literal, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from forum import clock
from forum.extensions import begin_writing, db
from forum.models import Alike, Post, Thread
from forum.search.alike import alike
from forum.search.analysis import IN_OPENING
from forum.search.base import Document, SearchBackend, batches
from forum.search.documents import documents_for

# More are kept than are shown: some end, and some are hidden.
KEPT = 6
LOOKED_AT_AGAIN = 3
THREADS_A_STEP = 10
# Of a thread that many stand beside, so many are given a new neighbour when it changes; the others have some left.
MOST_LEFT_ALONE = 50
# A night that did not come is made up for by the next.
DAYS_ASKED = 3
_IDS_A_STATEMENT = 500


def ask(post_ids: Iterable[bytes]) -> None:
    """Ask for the threads that these posts open to be looked at, in the caller's transaction; the caller commits."""
    for some in batches(list(post_ids), _IDS_A_STATEMENT):
        opened = select(Thread.id).where(
            Thread.id.in_(select(Post.thread_id).where(Post.id.in_(some))), Thread.opening_id.in_(some)
        )
        _ask_anew(list(db.session.scalars(opened)))


def ask_for_unknown() -> None:
    """Ask for every thread that nothing is known of, after an index was built anew; the caller commits."""
    _mark(~exists().where(Alike.thread_id == Thread.id))


def ask_for_ended_days() -> None:
    """Ask for the threads of the days that ended: from today on they may stand beside others. The caller commits."""
    today = clock.today()
    _mark(Thread.created_day >= today - timedelta(days=DAYS_ASKED), Thread.created_day < today)


def asked_for() -> Iterator[bytes]:
    """Some of the threads that are to be looked at; none when nothing is left."""
    db.session.rollback()
    asked = select(Alike.thread_id).where(Alike.rank == Alike.TO_LOOK_AT).order_by(Alike.thread_id)
    return iter(list(db.session.scalars(asked.limit(THREADS_A_STEP))))


@dataclass(frozen=True)
class Look:
    """What was found to be like a thread, the most alike first, and the opening that was read for it."""

    thread_id: bytes
    read: list[Document]
    found: list[bytes]


def look_at(backend: SearchBackend, thread_id: bytes) -> Look:
    """Find what is like this thread. Begins this session's transaction anew, so nothing unsaved may be left in it."""
    db.session.rollback()
    read = _opening(thread_id)
    found = [
        other
        for document in read
        for other in alike(
            backend, document.text, _older_openings, without={thread_id}, mark=IN_OPENING, limit=KEPT
        )
    ]
    db.session.rollback()
    return Look(thread_id, read, found)


def keep(looks: Sequence[Look]) -> None:
    """Keep what was found, in one transaction that begins here; the caller commits.

    Of a thread whose words changed meanwhile nothing is kept: it has been asked for again.
    """
    begin_writing()
    # In line with whoever changes or deletes one of them, so that neither waits for the other for ever.
    there = _held({thread_id for look in looks for thread_id in (look.thread_id, *look.found)})
    for look in looks:
        if look.thread_id in there and _opening(look.thread_id) == look.read:
            _put(look.thread_id, [other for other in look.found if other in there])


def to_look_at_again(near: Sequence[bytes]) -> list[bytes]:
    """The first of these threads, which may have a better neighbour now; but for those that are asked for anyway."""
    asked = select(Alike.thread_id).where(Alike.thread_id.in_(near), Alike.rank == Alike.TO_LOOK_AT)
    waiting = set(db.session.scalars(asked))
    return [thread_id for thread_id in near[:LOOKED_AT_AGAIN] if thread_id not in waiting]


def _opening(thread_id: bytes) -> list[Document]:
    opening_id = db.session.scalar(select(Thread.opening_id).where(Thread.id == thread_id))
    return documents_for([opening_id]) if opening_id else []


def _older_openings(post_ids: Sequence[bytes]) -> dict[bytes, Document]:
    # What somebody answered is theirs: it goes when they take it away, and no page says then that it was there.
    return {
        document.post_id: document
        for document in documents_for(post_ids)
        if document.number == 1 and document.day < clock.today()
    }


def _held(thread_ids: Collection[bytes]) -> set[bytes]:
    query = select(Thread.id).where(Thread.id.in_(thread_ids)).order_by(Thread.id)
    return set(db.session.scalars(query.with_for_update(read=True, key_share=True)))


def _put(thread_id: bytes, found: list[bytes]) -> None:
    db.session.execute(delete(Alike).where(Alike.thread_id == thread_id))
    rows = [
        {"thread_id": thread_id, "rank": rank, "other_id": other} for rank, other in enumerate(found)
    ] or [{"thread_id": thread_id, "rank": Alike.ALONE, "other_id": thread_id}]
    db.session.execute(_insert().values(rows).on_conflict_do_nothing())


def _ask_anew(thread_ids: list[bytes]) -> None:
    if not thread_ids:
        return
    beside = select(Alike.thread_id).where(Alike.other_id.in_(thread_ids), Alike.rank >= 0).distinct()
    left_alone = list(db.session.scalars(beside.limit(MOST_LEFT_ALONE)))
    touched = or_(Alike.thread_id.in_(thread_ids), Alike.other_id.in_(thread_ids))
    db.session.execute(delete(Alike).where(touched))
    _mark(Thread.id.in_({*thread_ids, *left_alone}))


def _mark(*wanted: ColumnElement[bool]) -> None:
    marks = select(Thread.id, literal(Alike.TO_LOOK_AT), Thread.id).where(
        Thread.status == "live", Thread.ends_on >= clock.today(), *wanted
    )
    rows = _insert().from_select(["thread_id", "rank", "other_id"], marks)
    db.session.execute(rows.on_conflict_do_nothing())


def _insert() -> "sqlite.Insert | postgresql.Insert":
    is_postgres = db.session.get_bind().dialect.name == "postgresql"
    return postgresql.insert(Alike) if is_postgres else sqlite.insert(Alike)
