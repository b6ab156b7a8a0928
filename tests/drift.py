"""Have the models changed without a revision? Run by `make check`: migrates an empty database and compares.

Alembic's own comparison overlooks the order of columns in a constraint, the text of a CHECK and WITHOUT ROWID; so the
statements that SQLite keeps are compared as well, piece by piece.
"""

import re
import sys
import tempfile
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from forum import models, schema
from forum.extensions import Base

PLUGINS = ["alembic.autogenerate.*", "alembic.ext.checkconstraint_byname"]


def main() -> int:
    """Print every difference; 1 when there is one."""
    with tempfile.TemporaryDirectory() as folder:
        found = differences(f"sqlite:///{Path(folder, 'drift.sqlite3')}") + stored_otherwise(Path(folder))
    for difference in found:
        print(f"migrations: {difference}")
    if found:
        print("Make a revision: .venv/bin/forum db revision --autogenerate -m '…'")
    return 1 if found else 0


def differences(url: str) -> list[str]:
    """What the models have and the migrated database has not, and the other way round."""
    assert models.Thread.__table__ is Base.metadata.tables["thread"]
    engine = create_engine(url)
    schema.upgrade(engine)
    options = {"compare_type": True, "autogenerate_plugins": PLUGINS}
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        found = [str(difference) for difference in compare_metadata(context, Base.metadata)]
    engine.dispose()
    return found


def stored_otherwise(folder: Path) -> list[str]:
    """Where SQLite keeps something else than the models say, after the revisions have run in ``folder``."""
    migrated = statements(folder / "migrated.sqlite3", by_models=False)
    modelled = statements(folder / "modelled.sqlite3", by_models=True)
    names = sorted(migrated.keys() | modelled.keys())
    return [
        f"{name}: {piece}"
        for name in names
        for piece in sorted(migrated.get(name, set()) ^ modelled.get(name, set()))
    ]


def statements(path: Path, *, by_models: bool) -> dict[str, set[str]]:
    """The CREATE statements of an SQLite database by table or index, cut into their pieces."""
    engine = create_engine(f"sqlite:///{path}")
    if by_models:
        Base.metadata.create_all(engine)
    else:
        schema.upgrade(engine)
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").all()
    engine.dispose()
    return {name: pieces(sql) for name, sql in rows if name != "alembic_version"}


def pieces(statement: str) -> set[str]:
    """The columns and constraints of a statement, and what stands around them; spaces and quotes do not count."""
    plain = re.sub(r'[\s"]+', " ", statement).strip()
    head, _, rest = plain.partition("(")
    body, _, tail = rest.rpartition(")")
    inner = re.split(r",(?![^()]*\))", body)
    return {part.replace(" ", "") for part in (head, *inner, ")" + tail)}


if __name__ == "__main__":
    sys.exit(main())
