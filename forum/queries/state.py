"""Whether anything at all was written since: one cheap look, instead of a version for everything a page shows."""

import threading
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

# SQLite: changes with every commit of another connection; this one never writes, so every commit is another's.
# PostgreSQL: which transactions are visible now. Two equal snapshots see exactly the same rows.
LOOKS = {"sqlite": "PRAGMA data_version", "postgresql": "SELECT pg_current_snapshot()::text"}


class DatabaseState:
    """A connection of its own that only looks. May be used by several threads; opened at the first look."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._look = LOOKS[engine.dialect.name]
        self._lock = threading.Lock()
        self._cursor: Any = None

    def current(self) -> object | None:
        """A value that is equal to an earlier one only when nothing was committed in between.

        None when the database does not answer: then nothing is known. Meant for equality alone.
        """
        with self._lock:
            try:
                if self._cursor is None:
                    self._cursor = self._open()
                self._cursor.execute(self._look)
                return self._cursor.fetchone()[0]  # type: ignore[no-any-return]
            except (SQLAlchemyError, self._engine.dialect.dbapi.Error):  # type: ignore[union-attr]
                self._cursor = None
                return None

    def _open(self) -> Any:
        taken = self._engine.raw_connection()
        taken.detach()
        connection: Any = taken.dbapi_connection
        if self._engine.dialect.name == "postgresql":
            connection.autocommit = True
        return connection.cursor()
