"""A connection of its own that only looks: whether anything was written since, and what a page that is read most needs.

Of the time such a page takes, a session, a transaction and SQLAlchemy's own rows would cost several times what the
database needs. So a statement is written with Core like any other, through ``visibility``, made into plain SQL once,
and asked on one connection that stays open. Every look sees what is committed at that moment.
"""

import threading
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from sqlalchemy import BindParameter, Dialect, Engine, LargeBinary, Select, bindparam
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.types import TypeEngine

# SQLite: changes with every commit of another connection; this one never writes, so every commit is another's.
# PostgreSQL: which transactions are visible now. Two equal snapshots see exactly the same rows.
LOOKS = {"sqlite": "PRAGMA data_version", "postgresql": "SELECT pg_current_snapshot()::text"}

Row = TypeVar("Row")
Process = Callable[[Any], Any]


def given(name: str, kind: type[TypeEngine[Any]]) -> BindParameter[Any]:
    """A value that a question is asked with."""
    return bindparam(name, type_=kind(), required=False)


class Question(Generic[Row]):
    """A SELECT and the row it answers with; plain SQL once it was asked of a kind of database."""

    def __init__(self, query: Select[*tuple[Any, ...]], row: Callable[[Any], Row]) -> None:
        self._query = query
        self._row = row
        self._plain: dict[str, _Plain] = {}

    def plain(self, dialect: Dialect) -> "_Plain":
        """The statement as this kind of database takes it."""
        if dialect.name not in self._plain:
            self._plain[dialect.name] = _Plain(self._query, dialect)
        return self._plain[dialect.name]

    def rows(self, found: list[Any], dialect: Dialect) -> list[Row]:
        """What the driver found, with days and truths made of what SQLite keeps for them."""
        processes, row = self.plain(dialect).processes, self._row
        made = []
        for values in map(list, found):
            for place, process in processes:
                values[place] = process(values[place])
            made.append(row(values))
        return made


class _Plain:
    """One statement for one kind of database."""

    def __init__(self, query: Select[*tuple[Any, ...]], dialect: Dialect) -> None:
        compiled = query.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
        self.text = str(compiled)
        self._fixed = dict(compiled.params)
        self._asked = [(name, bind.callable) for name, bind in compiled.binds.items() if bind.callable]
        self._order: list[str] | None = compiled.positiontup
        binds = ((name, _sent(bind.type, dialect)) for name, bind in compiled.binds.items())
        self._sent = [(name, process) for name, process in binds if process and name in self._fixed]
        read = enumerate(_read(column.type, dialect) for column in query.selected_columns)
        self.processes = [(place, process) for place, process in read if process]

    def parameters(self, values: Mapping[str, object]) -> Any:
        """The values in the way the driver takes them."""
        given = {**self._fixed, **{name: ask() for name, ask in self._asked}, **values}
        for name, process in self._sent:
            given[name] = process(given[name])
        return given if self._order is None else [given[name] for name in self._order]


def _sent(kind: Any, dialect: Dialect) -> Process | None:
    return None if isinstance(kind, LargeBinary) else kind.dialect_impl(dialect).bind_processor(dialect)


def _read(kind: Any, dialect: Dialect) -> Process | None:
    # Both drivers answer with bytes as they are.
    return (
        None if isinstance(kind, LargeBinary) else kind.dialect_impl(dialect).result_processor(dialect, None)
    )


class Onlooker:
    """Looks at one database. May be used by several threads, one after the other; connects at the first look."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._cursor: Any = None

    def state(self) -> object | None:
        """A value that is equal to an earlier one only when nothing was committed in between.

        None when the database does not answer: then nothing is known. Meant for equality alone.
        """
        try:
            return self._look(LOOKS[self._engine.dialect.name], ())[0][0]  # type: ignore[no-any-return]
        except self._faults():
            return None

    def rows(self, question: Question[Row], **values: object) -> list[Row]:
        """The rows of one question. Raises the driver's error when the database does not answer twice."""
        dialect = self._engine.dialect
        plain = question.plain(dialect)
        parameters = plain.parameters(values)
        try:
            found = self._look(plain.text, parameters)
        except self._faults():
            # The server may have been started anew since the last look.
            found = self._look(plain.text, parameters)
        return question.rows(found, dialect)

    def row(self, question: Question[Row], **values: object) -> Row | None:
        """The first row of one question, or None."""
        return next(iter(self.rows(question, **values)), None)

    def close(self) -> None:
        """Let go of the connection; the next look opens another."""
        with self._lock:
            if self._cursor is not None:
                self._cursor.connection.close()
            self._cursor = None

    def _look(self, text: str, parameters: Any) -> list[Any]:
        with self._lock:
            try:
                if self._cursor is None:
                    self._cursor = self._open()
                self._cursor.execute(text, parameters)
                return self._cursor.fetchall()  # type: ignore[no-any-return]
            except self._faults():
                self._cursor = None
                raise

    def _faults(self) -> tuple[type[Exception], ...]:
        return SQLAlchemyError, self._engine.dialect.dbapi.Error  # type: ignore[union-attr]

    def _open(self) -> Any:
        taken = self._engine.raw_connection()
        taken.detach()
        connection: Any = taken.dbapi_connection
        if self._engine.dialect.name == "postgresql":
            connection.autocommit = True
        return connection.cursor()
