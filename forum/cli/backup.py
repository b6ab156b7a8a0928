"""`forum backup`: a file that either database takes back, made while the board goes on."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy import Connection

from forum import clock, journal, schema
from forum.backups import archive, folder, taking
from forum.extensions import db
from forum.runtime import runtime


@click.command()
@click.argument("into", metavar="[FOLDER]", required=False, type=click.Path(file_okay=False, path_type=Path))
@with_appcontext
def backup(into: Path | None) -> None:
    """Write a backup into FOLDER (`backups` in the instance folder) and delete those older than 14 days there.

    The file holds every row but the moments still to come and the search index. It holds no keys: keep keys.toml
    elsewhere, apart from it. A second backup of a day takes the place of the first.
    """
    instance = runtime().settings.instance
    into = into or instance / folder.FOLDER
    # From the first backup on, no journal means that it was lost.
    journal.begin(instance / journal.FILE)
    with folder.fresh_file(into) as (file, target), taking.reading(db.engine) as connection:
        head = archive.Head(revision=schema.head(), day=clock.today())
        with _bar(connection) as progress:
            rows = archive.write(connection, file, head, progress)
    old = folder.forget_old(into)
    click.echo(f"{rows} rows in {target}" + (f"; {old} old backups deleted" if old else ""))


@contextmanager
def _bar(connection: Connection) -> Iterator[Callable[[int], object]]:
    if not sys.stderr.isatty():
        yield lambda _rows: None
        return
    with click.progressbar(length=archive.count(connection), label="backup", file=sys.stderr) as bar:
        yield bar.update
