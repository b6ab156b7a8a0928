"""Have the models changed without a revision? Run by `make check`: migrates an empty database and compares."""

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
        found = differences(f"sqlite:///{Path(folder, 'drift.sqlite3')}")
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


if __name__ == "__main__":
    sys.exit(main())
