"""The way from a change to the index: a row in the same transaction, worked off later.

A row says no more than "look at this post again". The drainer reads how the post stands now, tells the
index, and only then takes the row away, and only if nobody asked again meanwhile: killed at any moment it
has at most done a thing twice, which changes nothing. A rebuild answers every row that stood before it began to
read.
"""

import secrets
from collections.abc import Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from forum.extensions import begin_writing, db
from forum.models import IndexJob
from forum.search import relations
from forum.search.base import Progress, SearchBackend, batches
from forum.search.documents import all_documents, count, documents_for

TOKEN_BYTES = 16
DRAIN_LIMIT = 200
_ROWS_A_STATEMENT = 500

# Which posts are asked for, each with the token of who asked last.
Jobs = Sequence[tuple[bytes, bytes]]


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


def drain(backend: SearchBackend, *, limit: int = DRAIN_LIMIT, progress: Progress | None = None) -> int:
    """Work off up to ``limit`` rows, say how many; the caller commits. Raises Busy when another writer does not end.

    An index that holds nothing, though the board does, is built anew before (``progress`` hears of that): its files
    were lost or are of an older kind, and with one row in it, it would look whole for ever.
    Begins this session's transaction anew, so nothing unsaved may be left in it.
    """
    if not _is_there_work(backend):
        return 0  # nobody is waited for then
    with backend.alone():  # or a slower drainer could put an older state over a newer one
        db.session.rollback()
        is_built_anew = backend.is_empty() and count() > 0
        if is_built_anew:
            backend.rebuild(all_documents(), progress)
        jobs = _jobs(limit)
        if jobs:
            index(backend, [post_id for post_id, _ in jobs])
    if jobs or is_built_anew:
        begin_writing()
        _take_away(jobs)
    if is_built_anew:
        relations.ask_for_unknown()
    return len(jobs)


def _is_there_work(backend: SearchBackend) -> bool:
    db.session.rollback()
    return bool(_jobs(1)) or backend.is_empty()


def rebuild(backend: SearchBackend, progress: Progress | None = None) -> tuple[int, Jobs]:
    """Build the index anew: how many posts it then knows, and the rows that are done by it, for :func:`take_away`.

    They were read before the posts were: who changes a post later asks later. Raises Busy like :func:`drain`.
    """
    with backend.alone():
        db.session.rollback()
        jobs = _jobs()
        return backend.rebuild(all_documents(), progress), jobs


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


def take_away(jobs: Jobs) -> None:
    """End these rows, but for posts that somebody asked for again; the caller commits."""
    begin_writing()
    _take_away(jobs)


def _take_away(jobs: Jobs) -> None:
    for some in batches(jobs, _ROWS_A_STATEMENT):
        post_ids, tokens = zip(*some, strict=True)
        relations.ask(post_ids)
        # A token is like no other: who has one of these tokens has it with its own post.
        db.session.execute(delete(IndexJob).where(IndexJob.post_id.in_(post_ids), IndexJob.token.in_(tokens)))


def _jobs(limit: int | None = None) -> Jobs:
    rows = db.session.execute(select(IndexJob.post_id, IndexJob.token).limit(limit))
    return [(row.post_id, row.token) for row in rows]
