"""Putting the rows of a backup into empty tables of the form they had, and bringing those to today's form."""

from collections.abc import Iterable, Iterator
from itertools import islice

from sqlalchemy import Connection, MetaData, TableClause, column, delete, insert, inspect, table
from sqlalchemy.exc import DataError, IntegrityError

from forum import schema
from forum.backups.archive import KINDS, ROWS_A_STEP, Archive, Column, Damaged, Progress, Row


def ensure_known(archive: Archive) -> None:
    """Raises Damaged when the tables of this backup have a form that this program does not know."""
    if not schema.knows(archive.head.revision):
        raise Damaged(
            "backup: the file comes from a newer version of this program; upgrade the program first"
        )


def fill(connection: Connection, archive: Archive, progress: Progress) -> None:
    """Put the backup in place of everything there, in the caller's transaction (on SQLite one begun for ``loading``).

    Raises Damaged.
    """
    ours = schema.remake(connection, archive.head.revision)
    _empty(connection, ours)
    looked_at = inspect(connection)
    known = {name: {one["name"] for one in looked_at.get_columns(name)} for name in ours}
    for name, columns in archive.tables():
        if {one.name for one in columns} != known.get(name):
            raise Damaged("backup: the file is damaged")
        _fill_table(connection, _clause(name, columns), archive.rows(columns), progress)
    _ensure_references(connection)
    schema.bring_up(connection)


def _ensure_references(connection: Connection) -> None:
    # PostgreSQL looks at every row that comes in.
    if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise Damaged("backup: the file is damaged; its rows do not fit together")


def _empty(connection: Connection, ours: frozenset[str]) -> None:
    """Rows that a revision put in are in the backup, too."""
    found = MetaData()
    found.reflect(connection, only=sorted(ours))
    for one in reversed(found.sorted_tables):
        connection.execute(delete(one))


def _clause(name: str, columns: list[Column]) -> TableClause:
    # By name and kind, not by the models: those are today's, and the file may be older.
    return table(name, *(column(one.name, KINDS[one.kind].type()) for one in columns))


def _fill_table(connection: Connection, into: TableClause, rows: Iterable[Row], progress: Progress) -> None:
    names = [one.name for one in into.columns]
    for some in _in_steps(rows):
        try:
            connection.execute(insert(into), [dict(zip(names, row, strict=True)) for row in some])
        except (IntegrityError, DataError):
            raise Damaged("backup: the file is damaged; its rows do not fit together") from None
        progress(len(some))


def _in_steps(rows: Iterable[Row]) -> Iterator[list[Row]]:
    left = iter(rows)
    while some := list(islice(left, ROWS_A_STEP)):
        yield some
