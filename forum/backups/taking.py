"""Making a backup: one transaction that reads, so that what is written beside it is in it whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text

from forum import schema
from forum.errors import ConfigError


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that sees the database as it stood at its first statement, whatever is committed since.

    Raises ConfigError when the database is not in its newest form.
    """
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
            # Rows come by the index of their keys: sorting would put them into files of the server's own.
            connection.execute(text("SET LOCAL enable_sort = off"))
        if not schema.is_current(connection):
            raise ConfigError("database: it is not in its newest form; run forum upgrade")
        yield connection
