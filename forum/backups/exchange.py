"""One SQLite file in place of another, in one step: whoever is killed meanwhile leaves the old or the new one, whole.

The write-ahead log belongs to its file by name alone. One that outlived the exchange would be played into the wrong
database, so the old one is emptied first, while the old file still stands.
"""

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy import make_url

from forum.files import sync

COMPANIONS = ("-wal", "-shm", "-journal")


def file_of(database: str) -> Path | None:
    """The file of an SQLite database's address; None for another database."""
    url = make_url(database)
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def draft_of(target: Path) -> Path:
    """Where a database is made that is to become ``target``."""
    return target.with_name(f"{target.name}.restoring")


def begin(target: Path) -> Path:
    """An empty draft, closed to others, in place of one that a killed restore left."""
    draft = draft_of(target)
    clear(draft)
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    return draft


def clear(draft: Path) -> None:
    """Take a draft away, with what lies beside it."""
    for suffix in ("", *COMPANIONS):
        draft.with_name(draft.name + suffix).unlink(missing_ok=True)


def exchange(target: Path) -> None:
    """Make the draft the database. Call while nobody has either open."""
    draft = draft_of(target)
    _bring_in_log(draft)
    sync(draft)
    if target.exists():
        # A file that was damaged may not open; its log goes below, with it.
        with suppress(sqlite3.Error):
            _bring_in_log(target)
    for suffix in COMPANIONS:
        target.with_name(target.name + suffix).unlink(missing_ok=True)
    draft.replace(target)
    sync(target.parent)


def _bring_in_log(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
