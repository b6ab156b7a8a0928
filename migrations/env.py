"""Runs the revisions: inside the app (`forum upgrade`, `forum db …`) or on a connection that the caller hands
over.

The same revisions run on SQLite and PostgreSQL. SQLite cannot alter a constraint, so changes are written in
batch mode.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from forum import models  # noqa: F401  (its import fills the metadata)
from forum.extensions import Base, db


def run(connection: Connection) -> None:
    """Run what is asked for on this connection, everything in one transaction."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        compare_type=True,
        # Without the second plugin a changed CHECK goes unnoticed.
        autogenerate_plugins=["alembic.autogenerate.*", "alembic.ext.checkconstraint_byname"],
        transactional_ddl=True,
    )
    with _references_at_rest(connection), context.begin_transaction():
        context.run_migrations()
        _ensure_references(connection)


@contextmanager
def _references_at_rest(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by copying it and dropping the old one. With references kept up, everything that refers to
    the old one would be deleted with it, reactions and reports with the posts. It can be said outside a transaction
    only, so behind SQLAlchemy's back."""
    held: Any = connection.connection.dbapi_connection
    if connection.dialect.name != "sqlite":
        yield
        return
    if connection.in_transaction():
        if held.execute("PRAGMA foreign_keys").fetchone()[0]:
            raise RuntimeError(
                "revisions begin their own transaction, or one in which references rest already"
            )
        yield
        return
    held.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        held.execute("PRAGMA foreign_keys = ON")


def _ensure_references(connection: Connection) -> None:
    """Raises RuntimeError, and nothing is changed, when a row refers to one that is not there any more."""
    if connection.dialect.name != "sqlite":
        return
    if broken := {row[0] for row in connection.exec_driver_sql("PRAGMA foreign_key_check")}:
        raise RuntimeError(f"rows of {', '.join(sorted(broken))} refer to rows that are gone")


def main() -> None:
    """Take the caller's connection, or open one to the app's database."""
    if context.is_offline_mode():
        raise RuntimeError("revisions need a database to run on")
    given = context.config.attributes.get("connection")
    if given is not None:
        run(given)
        return
    with current_app.app_context(), db.engine.connect() as connection:
        run(connection)
        connection.commit()


main()
