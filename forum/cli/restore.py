"""`forum restore`: a backup in place of the database, with everything taken away again that was taken away since.

For SQLite another file is made and exchanged in one step; for PostgreSQL everything is one transaction. Killed at any
moment, the board is as it was or as it is to be.
"""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click
from flask import Flask
from sqlalchemy import create_engine, exists, func, inspect, select, text
from sqlalchemy.exc import DatabaseError, SQLAlchemyError

from forum import clock, create_app, errors, in_use, journal
from forum.backups import archive, exchange, folder, loading, mending, replay
from forum.cli import work
from forum.cli.search import rebuild_index
from forum.config import PREFIX, Settings, load_config
from forum.errors import ConfigError
from forum.extensions import db
from forum.identity.keys import load_keys
from forum.models import BoardState
from forum.moderation import audit, duty, interim
from forum.runtime import runtime

# What `forum upgrade` and `forum serve` put in by themselves is nothing that could be lost.
MADE_BY_ITSELF = frozenset({"theme", "board_state", "day_counter", "index_job", "timer"})
# Tables are thrown away and made anew; somebody else's lock is not waited for longer than this.
LOCK_SECONDS = 10

Progress = Callable[[int], object]


@click.command()
@click.argument("file", type=click.File("rb"))
@click.option("--replace", is_flag=True, help="Even though the database is not empty: what is in it is lost.")
@click.option("--without-journal", is_flag=True, help="Even though what was erased since is not known.")
def restore(file: BinaryIO, replace: bool, without_journal: bool) -> None:
    """Put the backup FILE in place of the database; end `forum serve` first.

    What was taken away since the backup was made is taken away again, before anybody can read it. Keys are not in a
    backup: keys.toml must be there already, and so must journal.jsonl.
    """
    settings = load_config(os.environ)
    load_keys(settings.instance, os.environ)
    with in_use.alone(settings.instance), archive.opened(file) as found:
        _ensure_fit(found, settings, replace=replace, without_journal=without_journal)
        with _bar(file) as progress:
            _put_back(found, settings, progress)
        app = create_app()
        with app.app_context():
            _tell(found.head)


def _ensure_fit(found: archive.Archive, settings: Settings, *, replace: bool, without_journal: bool) -> None:
    """Raises ConfigError for a file this board must not or cannot take."""
    loading.ensure_known(found)
    if folder.is_too_old(found.head.day):
        raise ConfigError(
            f"backup: it is of {found.head.day}; what was erased since is not kept that long, so it must not come back"
        )
    if not (settings.instance / journal.FILE).is_file() and not without_journal:
        raise ConfigError(
            f"backup: there is no {settings.instance / journal.FILE}; what was erased since the backup would come "
            "back (bring the file along, or say --without-journal)"
        )
    if not replace and not _is_empty(settings):
        raise ConfigError("database: it is not empty; --replace puts the backup in its place")


def _put_back(found: archive.Archive, settings: Settings, progress: Progress) -> None:
    target = exchange.file_of(settings.database)
    if target is None:
        _fill(create_app(), found, _epoch_there(settings), progress)
        return
    epoch = _epoch_there(settings)
    draft = exchange.begin(target)
    try:
        _fill(create_app(_environ_of(draft)), found, epoch, progress)
        exchange.exchange(target)
    finally:
        exchange.clear(draft)


def _environ_of(draft: Path) -> Mapping[str, str]:
    return os.environ | {f"{PREFIX}DATABASE_URL": f"sqlite:///{draft.resolve()}"}


def _fill(app: Flask, found: archive.Archive, epoch: int, progress: Progress) -> None:
    """Make the app's database the backup's, as it may be served now."""
    with app.app_context():
        try:
            _load(found, progress)
            _replay(found, epoch)
            # Everything whose time has come since the backup was made.
            work.forget()
        finally:
            db.session.remove()
            db.engine.dispose()


def _load(found: archive.Archive, progress: Progress) -> None:
    """Bring the rows in. On PostgreSQL the transaction stays open; SQLite's draft is seen by nobody before it is whole,
    and what was taken away is taken with references up, on another connection."""
    # What is replayed is in the journal already, so nothing is noted here.
    options = {"writing": True, journal.OPTION: ""}
    connection = db.session.connection(execution_options=options | {"loading": True})
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))
    loading.fill(connection, found, progress)
    if connection.dialect.name == "sqlite":
        db.session.commit()
        db.engine.dispose()
        db.session.connection(execution_options=options)


def _replay(found: archive.Archive, epoch: int) -> None:
    running = runtime()
    path = running.settings.instance / journal.FILE
    taken_away = journal.entries(path)
    hours = duty.parse(running.settings.staffed_hours)
    replay.replay(taken_away, hour=duty.staffed_hour(hours, clock.now()))
    epochs = [entry.more["number"] for entry in taken_away if entry.kind == "epoch"]
    fresh = 1 + max([epoch, db.session.scalar(select(BoardState.epoch)) or 0, *epochs])
    interim.set_timers_again(hours)
    mending.mend(epoch=fresh, made_on=found.head.day, audit_key=running.keys.audit)
    journal.append(path, [journal.line_of("epoch", b"", number=fresh)])
    # Killed behind this, a board whose index holds nothing builds it anew when it starts.
    running.search.rebuild(())
    db.session.commit()


def _tell(head: archive.Head) -> None:
    click.echo(f"The backup of {head.day} is in place{_index()}.")
    if not audit.verify(db.session(), runtime().keys.audit).holds:
        click.echo("Note: the record does not fit these keys; `forum audit verify` says where.", err=True)


def _index() -> str:
    if runtime().settings.search == work.MEMORY:
        return ""  # whoever serves fills it
    try:
        return f"; {rebuild_index(runtime().search)} posts in the search index"
    except errors.Unwell:
        return "; `forum search rebuild` builds the index"


def _is_empty(settings: Settings) -> bool:
    """Whether nothing of anybody's would be lost. What cannot be read is not known to be empty."""
    file = exchange.file_of(settings.database)
    if file is not None and not file.exists():
        return True
    engine = create_engine(settings.database)
    try:
        with engine.connect() as connection:
            there = set(inspect(connection).get_table_names())
            ours = [table for name, table in db.metadata.tables.items() if name in there - MADE_BY_ITSELF]
            return not any(connection.scalar(select(exists().select_from(table))) for table in ours)
    except DatabaseError:
        if file is None:
            raise
        return False
    finally:
        engine.dispose()


def _epoch_there(settings: Settings) -> int:
    file = exchange.file_of(settings.database)
    if file is not None and not file.exists():
        return 0
    engine = create_engine(settings.database)
    try:
        with engine.connect() as connection:
            return connection.scalar(select(func.max(BoardState.epoch))) or 0
    except SQLAlchemyError:
        return 0
    finally:
        engine.dispose()


@contextmanager
def _bar(file: BinaryIO) -> Iterator[Progress]:
    """Progress by how much of the file is read, on a terminal."""
    if not sys.stderr.isatty() or not file.seekable():
        yield lambda _rows: None
        return
    size, read = os.fstat(file.fileno()).st_size, 0
    with click.progressbar(length=size, label="restore", file=sys.stderr) as bar:

        def told(_rows: int) -> None:
            nonlocal read
            now = file.tell()
            bar.update(now - read)
            read = now

        yield told
