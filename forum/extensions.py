"""Unbound extensions, the naming of constraints, and what SQLite must be told on every connection."""

import sqlite3
from typing import Any

from flask import Flask
from flask_limiter import Limiter
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import Engine, MetaData, event
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import ConnectionPoolEntry

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# secure_delete: freed pages are overwritten, so that a deleted text is not in the file any more.
# synchronous NORMAL with a write-ahead log survives a killed process; FULL costs four times as much.
# page_size: a post with its words fills a small page, so that finding one meant walking through many. Of use only while
# a database is made, and must be said before its journal.
SQLITE_PRAGMAS = (
    "PRAGMA page_size = 8192",
    "PRAGMA foreign_keys = ON",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA busy_timeout = 10000",
    "PRAGMA secure_delete = ON",
    "PRAGMA temp_store = MEMORY",
)


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)


db = SQLAlchemy(model_class=Base)
migrate = Migrate(render_as_batch=True, compare_type=True)
csrf = CSRFProtect()


def _no_default_key() -> str:
    raise RuntimeError("every limit names its own key: there is no address to fall back on")


class NamedLimits(Limiter):
    """Counts only what a view names a limit for, at that view. There are no limits for all routes, so nothing has to be
    looked for before and after every request, which is what a page that is merely read would pay for."""

    def init_app(self, app: Flask) -> None:
        """Like the extension's, without its hooks around requests: our limits send no headers and undo nothing."""
        hooks = (app.before_request_funcs, app.after_request_funcs, app.teardown_request_funcs)
        before = [list(funcs[None]) if None in funcs else [] for funcs in hooks]
        super().init_app(app)
        for funcs, kept in zip(hooks, before, strict=True):
            funcs[None] = kept  # type: ignore[index]


limiter = NamedLimits(key_func=_no_default_key)


@event.listens_for(Engine, "connect")
def _set_pragmas(connection: Any, _record: ConnectionPoolEntry) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    # SQLAlchemy begins transactions itself (see begin_for_writing); the driver must not.
    connection.isolation_level = None
    for pragma in SQLITE_PRAGMAS:
        connection.execute(pragma)


@event.listens_for(Engine, "begin")
def _begin(connection: Any) -> None:
    """A request that will write takes the write lock at once: a read that later turns into a write would fail.

    ``loading``: rows come in as a file has them, and revisions change tables under them; whoever says so looks at all
    references before the end, and lets no other transaction have this connection.
    """
    if connection.dialect.name == "sqlite":
        options = connection.get_execution_options()
        if options.get("loading"):
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        writing = options.get("writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def begin_writing() -> None:
    """Begin this session's transaction as a writer. Call before the first statement of a request that may write."""
    db.session.rollback()
    db.session.connection(execution_options={"writing": True})
