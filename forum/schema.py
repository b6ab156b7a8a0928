"""The database's form: where the revisions are, and bringing a database to the newest one.

Used by the commands at start, by /healthz and by the tests, so that "at head" means one thing everywhere.
"""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect

from forum.errors import ConfigError

_HERE = Path(__file__).resolve().parent
# Inside an installed package, or beside the package in a working copy.
_PLACES = (_HERE / "migrations", _HERE.parent / "migrations")


def folder() -> Path:
    """The folder of the revisions. Raises ConfigError when the installation lacks it."""
    for place in _PLACES:
        if (place / "env.py").is_file():
            return place
    raise ConfigError("migrations: the folder is missing from this installation")


@cache
def head() -> str:
    """The name of the newest revision."""
    found = ScriptDirectory(str(folder())).get_current_head()
    if found is None:
        raise ConfigError("migrations: there is no revision")
    return found


def present(connection: Connection) -> str | None:
    """The revision that this database has; ``None`` when it is empty."""
    return MigrationContext.configure(connection).get_current_revision()


def is_current(connection: Connection) -> bool:
    """Whether the database is at the newest revision."""
    return present(connection) == head()


def upgrade(engine: Engine, revision: str = "head") -> bool:
    """Bring the database to ``revision``; says whether anything had to be done."""
    with engine.connect() as connection:
        if revision == "head" and is_current(connection):
            return False
        connection.rollback()
        command.upgrade(_config(connection), revision)
        connection.commit()
    return True


def knows(revision: str) -> bool:
    """Whether this program has a revision of that name; one of a newer program it has not."""
    return any(found.revision == revision for found in ScriptDirectory(str(folder())).walk_revisions())


def remake(connection: Connection, revision: str) -> frozenset[str]:
    """Throw our tables away and make those of ``revision``, inside the caller's transaction; returns their names.

    Raises ConfigError for a database that a newer program made.
    """
    config, there = _config(connection), present(connection)
    if there is not None and not knows(there):
        raise ConfigError(
            "database: it comes from a newer version of this program; upgrade the program first"
        )
    if there is not None:
        command.downgrade(config, "base")
    others = set(inspect(connection).get_table_names()) | {"alembic_version"}
    command.upgrade(config, revision)
    return frozenset(inspect(connection).get_table_names()) - others


def bring_up(connection: Connection) -> None:
    """Bring the database to the newest revision, inside the caller's transaction."""
    command.upgrade(_config(connection), "head")


def downgrade(engine: Engine, revision: str) -> None:
    """Take the database back to ``revision`` ("base" empties it): for tests and for a failed upgrade."""
    with engine.connect() as connection:
        command.downgrade(_config(connection), revision)
        connection.commit()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(folder()).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
