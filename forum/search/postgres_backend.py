"""The index in the board's own PostgreSQL: one writer at a time over all machines, any number of readers.

Rows of a changed or deleted post, and its terms in the index of terms, stay in the files until everything is written
anew: :meth:`PostgresBackend.optimize` does it, nightly, and so does a rebuild. PostgreSQL itself never takes a term out
of such an index, however often its tables are cleaned.
"""

import secrets
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import islice
from typing import Any, Concatenate, ParamSpec

from psycopg.errors import UndefinedTable
from sqlalchemy import Connection, Engine, Row, Select, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from forum.errors import Unwell
from forum.search import analysis, places, postgres_tables, turns
from forum.search.base import Document, Progress, newest_first
from forum.search.postgres_tables import Build, Place, Sought, number_of, row_of

LAYOUT_VERSION = 1
SCHEMA_ENDING = "_search"
BUILD_SIZE = 500

# What is found by its terms must be sorted as a whole before the newest is known. So when more than FEW posts have even
# the rarest term, the newest posts are looked at one by one, in stretches: what many have soon fills a page. Once fewer
# than one in RARE fits, terms are the shorter way after all.
FEW = 2500
STRETCH = 200
LONGEST_STRETCH = 1600
RARE = 50
PAGE = 200
PAGE_GROWS = 4

_TOP: Place = (2**31 - 1, 0, b"")
# The first half of the lock's number says what is locked, the second for which board.
_LOCK = number_of("nagi search index")
_MAY_BE_MADE = text(
    "SELECT CASE WHEN to_regnamespace(quote_ident(:schema)) IS NULL "
    "THEN has_database_privilege(current_database(), 'CREATE') ELSE has_schema_privilege(:schema, 'CREATE') END"
)

Given = ParamSpec("Given")


class PostgresBackend:
    """Search in tables of its own, beside the board's, shared by all machines."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reading = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._edition = f"p{LAYOUT_VERSION}a{analysis.ANALYSIS_VERSION}"
        self._turns = turns.Turns(self._lock)
        # The connection that has the lock writes too: when it is lost, nothing more can be written.
        self._writer: Connection | None = None
        self._live: Build | None = None

    def alone(self) -> AbstractContextManager[None]:
        """Be the only writer over all machines, from reading the database to the end of writing."""
        return self._turns.alone()

    def put(self, documents: Iterable[Document]) -> None:
        """Add these, in place of what was known of the same posts; one transaction."""
        rows = _rows(documents)
        if not rows:
            return
        with self.alone(), self._writing() as (connection, live):
            if not live.is_there(connection):
                live.create(connection)
                live.finish(connection)
            live.note_written(connection)
            live.add(connection, rows)
            live.count(connection, (term for row in rows for term in row["terms"]))

    def drop(self, post_ids: Iterable[bytes]) -> None:
        """Forget these; one transaction."""
        with self.alone(), self._writing() as (connection, live):
            if live.is_there(connection) and live.remove(connection, post_ids):
                live.note_written(connection)

    def candidates(self, terms: Collection[str], *, theme: str | None) -> Iterator[bytes]:
        """Posts that hold all of these terms, newest first."""
        if not terms:
            return
        mark = None if theme is None else places.theme_mark(theme)
        sought = Sought([number_of(term) for term in terms], mark)
        place: Place | None = _TOP
        if min(self.frequencies(terms).values()) > FEW:
            place = yield from self._walked(sought)
        if place:
            yield from self._looked_up(sought, place)

    def frequencies(self, terms: Collection[str]) -> Mapping[str, int]:
        """How many posts hold each of these terms; forgotten ones count until everything is written anew."""
        numbers = {term: number_of(term) for term in terms}
        counted = {row.term: row.posts for row in self._read(Build.counted, numbers.values())}
        return {term: counted.get(number, 0) for term, number in numbers.items()}

    def closest(self, weights: Mapping[str, float], *, limit: int) -> list[bytes]:
        """The posts whose terms have the greatest sum of these weights."""
        given = {number_of(term): weight for term, weight in weights.items()}
        return [row.post_id for row in self._read(Build.weighed, given, limit)]

    def rebuild(self, documents: Iterable[Document], progress: Progress | None = None) -> int:
        """Put these in place of everything: a build of its own that becomes the index when it is whole."""
        with self.alone():
            draft, source, done = self._begin(), iter(documents), 0
            while batch := list(islice(source, BUILD_SIZE)):
                rows = _rows(batch, progress)
                with self._writing() as (connection, _):
                    draft.add(connection, rows)
                done += len(batch)
            self._publish(draft)
        return done

    def optimize(self) -> None:
        """Copy everything in order and without what is forgotten; readers go on with what was until it is whole."""
        with self.alone():
            with self._writing() as (connection, live):
                postgres_tables.sweep(connection, live)
                if not live.is_there(connection) or not live.is_written(connection):
                    return
            draft = self._begin()
            with self._writing() as (connection, live):
                draft.copy(connection, live)
            self._publish(draft)

    def is_usable(self) -> bool:
        """Whether the tables can be read. Tables that are not there yet, but could be made, are an empty index."""
        try:
            with self._reading.connect() as connection:
                live = self._named(connection)
                if not live.is_there(connection):
                    schema = {"schema": live.posts.schema}
                    return bool(connection.execute(_MAY_BE_MADE, schema).scalar_one())
                for table in (live.posts, live.counts):
                    connection.execute(select(table).limit(0))
        except (SQLAlchemyError, Unwell):
            return False
        return True

    def size(self) -> int:
        """How many posts are known. Raises Unwell when the tables cannot be read."""
        return next((row[0] for row in self._read(Build.size)), 0)

    def _walked(self, sought: Sought) -> Generator[bytes, None, Place | None]:
        """What fits among the newest posts. Returns the place behind which it is rare, None when that was all."""
        place, stretch = _TOP, STRETCH
        while True:
            rows = self._read(Build.newest, sought, place, stretch)
            fitting = [row.post_id for row in rows if row.fits]
            yield from fitting
            if len(rows) < stretch:
                return None
            place = _place(rows[-1])
            if len(fitting) * RARE < stretch:
                return place
            stretch = min(stretch * 2, LONGEST_STRETCH)

    def _looked_up(self, sought: Sought, place: Place) -> Iterator[bytes]:
        """What fits behind a place, found by its terms."""
        limit = PAGE
        while True:
            rows = self._read(Build.holding, sought, place, limit)
            yield from (row.post_id for row in rows)
            if len(rows) < limit:
                return
            place, limit = _place(rows[-1]), limit * PAGE_GROWS

    def _read(
        self, ask: Callable[Concatenate[Build, Given], Select[Any]], *given: Given.args, **named: Given.kwargs
    ) -> Sequence[Row[Any]]:
        """The rows of one question to the build that counts; none from an index that was never written."""
        try:
            with self._reading.connect() as connection:
                return connection.execute(ask(self._named(connection), *given, **named)).all()
        except SQLAlchemyError as fault:
            if isinstance(getattr(fault, "orig", None), UndefinedTable):
                return []
            raise _unwell("read", fault) from fault

    def _begin(self) -> Build:
        with self._writing() as (connection, live):
            postgres_tables.sweep(connection, live)
            draft = Build(str(live.posts.schema), f"{self._edition}_{secrets.token_hex(8)}")
            draft.create(connection)
        return draft

    def _publish(self, draft: Build) -> None:
        with self._writing() as (connection, live):
            draft.finish(connection)
            postgres_tables.publish(connection, draft, live)

    @contextmanager
    def _writing(self) -> Iterator[tuple[Connection, Build]]:
        """One transaction of whoever is alone. A connection that was opened again would be without the lock."""
        if self._writer is None or self._writer.invalidated:
            raise Unwell("the search index cannot be written: the connection was lost")
        try:
            with self._writer.begin():
                yield self._writer, self._named(self._writer)
        except SQLAlchemyError as fault:
            raise _unwell("written", fault) from fault

    @contextmanager
    def _lock(self, deadline: float) -> Iterator[None]:
        try:
            connection = self._engine.connect()
        except SQLAlchemyError as fault:
            raise _unwell("written", fault) from fault
        try:
            turns.wait_for(lambda: self._is_locked(connection), deadline)
            self._writer = connection
            yield
        finally:
            self._writer = None
            self._let_go(connection)

    def _is_locked(self, connection: Connection) -> bool:
        try:
            with connection.begin():
                asked = select(func.pg_try_advisory_lock(_LOCK, self._board(connection)))
                return bool(connection.execute(asked).scalar_one())
        except SQLAlchemyError as fault:
            raise _unwell("written", fault) from fault

    def _let_go(self, connection: Connection) -> None:
        """Give the lock back; the end of a connection does so too, and with it the end of its process."""
        try:
            if not connection.invalidated:
                with connection.begin():
                    connection.execute(select(func.pg_advisory_unlock(_LOCK, self._board(connection))))
        except SQLAlchemyError:
            connection.invalidate()
        finally:
            connection.close()

    def _board(self, connection: Connection) -> int:
        return number_of(str(self._named(connection).posts.schema))

    def _named(self, connection: Connection) -> Build:
        """The build that counts: in a schema that is called after the board's own."""
        if self._live is None:
            own = connection.execute(select(func.current_schema())).scalar_one()
            if own is None:
                raise Unwell("the search index has no place: the database has no schema of ours")
            self._live = Build(own + SCHEMA_ENDING, self._edition)
        return self._live


def _rows(documents: Iterable[Document], progress: Progress | None = None) -> list[dict[str, Any]]:
    """The last row of each post, in an order that tells nothing of when it was written."""
    rows: dict[bytes, tuple[Place, dict[str, Any]]] = {}
    for document in documents:
        rows[document.post_id] = newest_first(document), row_of(document)
        if progress:
            progress(1)
    return [row for _, row in sorted(rows.values(), key=lambda known: known[0])]


def _place(row: Row[Any]) -> Place:
    return row.day, row.number, row.post_id


def _unwell(what: str, fault: SQLAlchemyError) -> Unwell:
    kind = type(getattr(fault, "orig", None) or fault).__name__
    return Unwell(f"the search index cannot be {what}: {kind}")
