"""The way from a change to the index: a row in the same transaction, worked off later.

A row says no more than "look at this post again". The drainer reads how the post stands now, tells the
index, and only then takes the row away, and only if nobody asked again meanwhile: killed at any moment it
has at most done a thing twice, which changes nothing.
"""

import secrets

from sqlalchemy import delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from forum.extensions import begin_writing, db
from forum.models import IndexJob
from forum.search import relations
from forum.search.base import SearchBackend, batches
from forum.search.documents import documents_for

TOKEN_BYTES = 16
DRAIN_LIMIT = 200
_ROWS_A_STATEMENT = 500


def enqueue(*post_ids: bytes) -> None:
    """Ask for these posts to be looked at, in the caller's transaction; the caller commits."""
    insert = postgresql.insert if db.session.get_bind().dialect.name == "postgresql" else sqlite.insert
    # Sorted, so that two writers that ask for the same posts wait for each other and never lock each other
    # out.
    for batch in batches(sorted(set(post_ids)), _ROWS_A_STATEMENT):
        rows = [{"post_id": post_id, "token": secrets.token_bytes(TOKEN_BYTES)} for post_id in batch]
        asked = insert(IndexJob).values(rows)
        again = asked.on_conflict_do_update(index_elements=["post_id"], set_={"token": asked.excluded.token})
        db.session.execute(again)


def drain(backend: SearchBackend, *, limit: int = DRAIN_LIMIT) -> int:
    """Work off up to ``limit`` rows, say how many; the caller commits. Raises Unwell when the index is busy.

    Begins this session's transaction anew, so nothing unsaved may be left in it.
    """
    with backend.alone():  # or a slower drainer could put an older state over a newer one
        db.session.rollback()
        jobs = _jobs(limit)
        if jobs:
            index(backend, [post_id for post_id, _ in jobs])
    if jobs:
        begin_writing()
        relations.ask(post_id for post_id, _ in jobs)
        _take_away(jobs)
    return len(jobs)


def index(backend: SearchBackend, post_ids: list[bytes]) -> None:
    """Tell the index how these posts stand in the database now. The first half of :func:`drain`."""
    documents = documents_for(post_ids)
    db.session.rollback()  # nothing is held open in the database while the index writes
    gone = set(post_ids) - {document.post_id for document in documents}
    if documents:
        backend.put(documents)
    if gone:
        backend.drop(sorted(gone))


def waiting() -> int:
    """How many posts wait to be looked at."""
    return db.session.execute(select(func.count()).select_from(IndexJob)).scalar_one()


def _jobs(limit: int) -> list[tuple[bytes, bytes]]:
    rows = db.session.execute(select(IndexJob.post_id, IndexJob.token).limit(limit))
    return [(row.post_id, row.token) for row in rows]


def _take_away(jobs: list[tuple[bytes, bytes]]) -> None:
    unchanged = (((IndexJob.post_id == post_id) & (IndexJob.token == token)) for post_id, token in jobs)
    db.session.execute(delete(IndexJob).where(or_(*unchanged)))
