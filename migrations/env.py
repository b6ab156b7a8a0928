"""Runs the revisions: inside the app (`forum upgrade`, `forum db …`) or on a connection that the caller hands
over.

The same revisions run on SQLite and PostgreSQL. SQLite cannot alter a constraint, so changes are written in
batch mode.
"""

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
    with context.begin_transaction():
        context.run_migrations()


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
