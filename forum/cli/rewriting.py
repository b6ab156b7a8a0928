"""Writing PostgreSQL's tables anew, in the order of their keys: erased words stand in freed places of its pages until then.

A table is closed to readers while it is rewritten. So it is asked for briefly, and given up when it takes too long;
what somebody was reading is tried again a minute later, what is too large the next night. Rows that an old
transaction still sees would be copied along, so those are waited for first. SQLite overwrites at once (secure_delete)
and keeps its tables in the order of their keys; there is nothing to do.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

from psycopg.errors import LockNotAvailable, QueryCanceled
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from forum import clock, logs
from forum.errors import Unwell
from forum.extensions import db

# For so long a reader may hang because we stand before them in line, and for so long because a table is rewritten.
LOCK_MILLISECONDS = 300
LONGEST_SECONDS = 30
# How long transactions of before may take to end, and how long to leave everybody in peace after one was in the way.
PATIENCE_SECONDS = 5.0
PAUSE_SECONDS = 60.0
_POLL_SECONDS = 0.2

_OLDER = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND backend_xmin IS NOT NULL AND xact_start < :moment"
)


class Nightly:
    """Remembers which tables of tonight are left."""

    def __init__(self, moment: Callable[[], float] = time.monotonic) -> None:
        self._moment = moment
        self._day: date | None = None
        self._left: list[str] = []
        self._next = 0.0

    def step(self) -> None:
        """Rewrite what is left of tonight, at most one try a minute. Raises Unwell when somebody was in the way."""
        if self._day != clock.today():
            self._day, self._left = clock.today(), _tables()
        if not self._left or self._moment() < self._next:
            return
        self._next = self._moment() + PAUSE_SECONDS
        self._left = rewrite(self._left)
        if self._left:
            raise Unwell("a table is being read; it is rewritten later")


def rewrite(tables: list[str] | None = None) -> list[str]:
    """Rewrite these tables (all when not given); returns those that somebody was reading."""
    tables = _tables() if tables is None else tables
    if not tables:
        return []
    with _outside_transactions() as connection:
        if not _old_transactions_end(connection):
            return tables
        return [name for name in tables if not _rewrite(connection, name)]


def _tables() -> list[str]:
    return list(db.metadata.tables) if db.engine.dialect.name == "postgresql" else []


@contextmanager
def _outside_transactions() -> Iterator[Connection]:
    with db.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.execute(text(f"SET lock_timeout = {LOCK_MILLISECONDS}"))
        connection.execute(text(f"SET statement_timeout = '{LONGEST_SECONDS}s'"))
        try:
            yield connection
        finally:
            connection.detach()  # its timeouts are nobody else's


def _old_transactions_end(connection: Connection) -> bool:
    moment = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while connection.execute(_OLDER, {"moment": moment}).scalar_one():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _rewrite(connection: Connection, name: str) -> bool:
    """Says whether this table is done with for tonight."""
    key = db.metadata.tables[name].primary_key.name
    try:
        connection.execute(text(f'CLUSTER "{name}" USING "{key}"'))
        # The rewritten table has forgotten which of its pages an index alone may speak for.
        connection.execute(text(f'VACUUM "{name}"'))
    except OperationalError as broken:
        if isinstance(broken.orig, LockNotAvailable):
            return False
        if isinstance(broken.orig, QueryCanceled):
            logs.event("table_too_large_to_rewrite")
            return True
        raise
    return True
