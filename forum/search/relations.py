"""Which threads tell of the same: kept in the table ``alike``, so that the page of a thread need not look for them.

A thread whose opening is new or was changed is asked for in the transaction that tells the index of it, and what was
said of its old words is forgotten there and then. It is looked at a little later, and so are those found to be like it,
which may have a better neighbour now.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import and_, delete, exists, insert, literal, or_, select

from forum.extensions import begin_writing, db
from forum.models import Alike, Post, Thread
from forum.search.alike import alike
from forum.search.base import Document, SearchBackend, batches
from forum.search.documents import documents_for

# More are kept than are shown: some end, and some are hidden.
KEPT = 6
LOOKED_AT_AGAIN = 3
THREADS_A_STEP = 10
_IDS_A_STATEMENT = 500


def ask(post_ids: Iterable[bytes]) -> None:
    """Ask for the threads that these posts open to be looked at, in the caller's transaction; the caller commits."""
    for some in batches(list(post_ids), _IDS_A_STATEMENT):
        opened = select(Thread.id).where(
            Thread.id.in_(select(Post.thread_id).where(Post.id.in_(some))), Thread.opening_id.in_(some)
        )
        _ask(list(db.session.scalars(opened)))


def ask_for_all() -> None:
    """Ask for every thread that nothing is known of, after an index was built anew; the caller commits."""
    unknown = ~exists().where(Alike.thread_id == Thread.id)
    marks = select(Thread.id, literal(Alike.TO_LOOK_AT), Thread.id).where(Thread.status == "live", unknown)
    db.session.execute(insert(Alike).from_select(["thread_id", "rank", "other_id"], marks))


def asked_for() -> list[bytes]:
    """Some of the threads that are to be looked at; none when nothing is left."""
    db.session.rollback()
    asked = select(Alike.thread_id).where(Alike.rank == Alike.TO_LOOK_AT).limit(THREADS_A_STEP)
    return list(db.session.scalars(asked))


def look_at(backend: SearchBackend, thread_id: bytes) -> list[bytes]:
    """Find what is like this thread and keep it, the most alike first; the caller commits.

    Begins this session's transaction anew, so nothing unsaved may be left in it.
    """
    db.session.rollback()
    opening_id = db.session.scalar(select(Thread.opening_id).where(Thread.id == thread_id))
    found = [
        other
        for document in documents_for([opening_id] if opening_id else [])
        for other in alike(backend, document.text, _load, without={thread_id}, limit=KEPT)
    ]
    begin_writing()
    _put(thread_id, found)
    return found


def to_look_at_again(near: list[bytes]) -> list[bytes]:
    """The first of these threads, but for those that are asked for anyway."""
    asked = select(Alike.thread_id).where(Alike.thread_id.in_(near), Alike.rank == Alike.TO_LOOK_AT)
    waiting = set(db.session.scalars(asked))
    return [thread_id for thread_id in near[:LOOKED_AT_AGAIN] if thread_id not in waiting]


def _load(post_ids: Sequence[bytes]) -> dict[bytes, Document]:
    return {document.post_id: document for document in documents_for(post_ids)}


def _put(thread_id: bytes, found: list[bytes]) -> None:
    db.session.execute(delete(Alike).where(Alike.thread_id == thread_id))
    # Any of them may have been deleted meanwhile.
    there = set(db.session.scalars(select(Thread.id).where(Thread.id.in_([thread_id, *found]))))
    rows = [
        {"thread_id": thread_id, "rank": rank, "other_id": other}
        for rank, other in enumerate(found)
        if {thread_id, other} <= there
    ]
    if rows:
        db.session.execute(insert(Alike), rows)


def _ask(thread_ids: list[bytes]) -> None:
    if not thread_ids:
        return
    touched = or_(Alike.thread_id.in_(thread_ids), Alike.other_id.in_(thread_ids))
    db.session.execute(delete(Alike).where(touched))
    marks = select(Thread.id, literal(Alike.TO_LOOK_AT), Thread.id).where(
        and_(Thread.id.in_(thread_ids), Thread.status == "live")
    )
    db.session.execute(insert(Alike).from_select(["thread_id", "rank", "other_id"], marks))
