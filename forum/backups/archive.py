"""The file of a backup: one compressed stream of JSON Lines, the same for every database, a few rows in memory at a time.

First a head (format, revision, day), then each table with its columns and rows, then an end with a digest of everything
before: a file that was cut short or changed does not read to its end. Rows come in the order of their keys, which are
random, so that their order tells nothing. Left out is what is finer than a day or can be rebuilt; the order of the days
that have not ended is thrown away, as the night would do it.
"""

import gzip
import hashlib
import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from secrets import randbelow
from typing import Any, BinaryIO

from sqlalchemy import (
    BigInteger,
    Boolean,
    Connection,
    Date,
    Integer,
    LargeBinary,
    String,
    Table,
    func,
    select,
)
from sqlalchemy.types import TypeEngine

from forum.errors import ConfigError
from forum.extensions import db
from forum.models import Alike, DayCounter, IndexJob, Thread, Timer

FORMAT = 1
NAME = "nagi backup"
LEFT_OUT = frozenset(model.__tablename__ for model in (Timer, IndexJob, Alike))
ROWS_A_STEP = 200
# Numbers of days that go on: drawn below this, and whatever is written after a restore gets one above it.
MIDDLE = 2**30
# Fast enough to wait for; one step more saves a twentieth of the size.
_LEVEL = 6
_LONGEST_LINE = 16 * 1024 * 1024
_TOO_LARGE = 2**63

Row = list[Any]
Progress = Callable[[int], object]


class Damaged(ConfigError):
    """The file is no backup of this program, or not all of one; the text is one line."""


@dataclass(frozen=True)
class Head:
    """What a backup says of itself: the form of its tables, and the day it was made."""

    revision: str
    day: date


@dataclass(frozen=True)
class Column:
    """A column of a table as the file has it; ``kind`` is a key of KINDS."""

    name: str
    kind: str


@dataclass(frozen=True)
class Kind:
    """How values of one kind of column are written and read."""

    type: type[TypeEngine[Any]]
    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def _text_of(value: bytes) -> str:
    return b64encode(value).decode("ascii")


def _bytes_of(text: str) -> bytes:
    return b64decode(text, validate=True)


def _same(value: Any) -> Any:
    return value


def _text_read(value: Any) -> str:
    # One half of a pair of surrogates is JSON and no text: no database takes it.
    return str(value.encode().decode()) if isinstance(value, str) else _refused(value)


def _number_read(value: Any) -> int:
    return value if isinstance(value, int) and abs(value) < _TOO_LARGE else _refused(value)


def _refused(value: Any) -> Any:
    raise ValueError(type(value).__name__)


KINDS = {
    "bytes": Kind(LargeBinary, _text_of, _bytes_of),
    "day": Kind(Date, date.isoformat, date.fromisoformat),
    "bool": Kind(Boolean, _same, _number_read),
    "long": Kind(BigInteger, _same, _number_read),  # before int: it is one
    "int": Kind(Integer, _same, _number_read),
    "text": Kind(String, _same, _text_read),
}


def tables() -> list[Table]:
    """The tables that go into a backup, those before that others refer to."""
    return [table for table in db.metadata.sorted_tables if table.name not in LEFT_OUT]


def count(connection: Connection) -> int:
    """How many rows :func:`write` will write."""
    return sum(connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables())


def write(connection: Connection, file: BinaryIO, head: Head, progress: Progress = _same) -> int:
    """Write every row as ``connection``'s one transaction sees it; says how many. ``progress`` hears steps."""
    total = 0
    with gzip.GzipFile(filename="", mode="wb", fileobj=file, compresslevel=_LEVEL, mtime=0) as packed:
        lines = _Lines(packed)
        lines.put({"name": NAME, "format": FORMAT, "revision": head.revision, "day": head.day.isoformat()})
        going_on = frozenset(connection.scalars(select(DayCounter.day)))
        for table in tables():
            total += _write_table(connection, table, lines, going_on, progress)
        lines.put({"end": total, "digest": lines.digest()})
    return total


class _Lines:
    """Writes lines and remembers what they add up to."""

    def __init__(self, packed: gzip.GzipFile) -> None:
        self._packed = packed
        self._digest = hashlib.sha256()

    def put(self, value: object) -> None:
        """One line."""
        line = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        self._digest.update(line)
        self._packed.write(line)

    def digest(self) -> str:
        """The digest of every line so far."""
        return self._digest.hexdigest()


def _write_table(
    connection: Connection, table: Table, lines: _Lines, going_on: frozenset[date], progress: Progress
) -> int:
    columns = [Column(column.name, _kind_of(column.type)) for column in table.columns]
    writers = [KINDS[column.kind].write for column in columns]
    lines.put({"table": table.name, "columns": [[column.name, column.kind] for column in columns]})
    done = 0
    query = select(table).order_by(*table.primary_key).execution_options(yield_per=ROWS_A_STEP)
    for some in connection.execute(query).partitions():
        for row in some:
            values = _coarser(table.name, dict(row._mapping), going_on).values()
            lines.put(
                [
                    None if value is None else write(value)
                    for write, value in zip(writers, values, strict=True)
                ]
            )
        done += len(some)
        progress(len(some))
    return done


def _kind_of(found: TypeEngine[Any]) -> str:
    return next(name for name, kind in KINDS.items() if isinstance(found, kind.type))


def _coarser(table: str, row: dict[str, Any], going_on: frozenset[date]) -> dict[str, Any]:
    """The row without what the night would take away.

    Threat: the order of activity of the day a backup is made on would lie in it for as long as it is kept.
    """
    if table == Thread.__tablename__ and row["bumped_day"] in going_on:
        row["bumped_no"] = 1 + randbelow(MIDDLE)
    if table == DayCounter.__tablename__:
        row["last_no"] = MIDDLE
    return row


class Archive:
    """A backup that is being read: its head, then its tables, one after the other."""

    def __init__(self, packed: gzip.GzipFile) -> None:
        self._packed = packed
        self._digest = hashlib.sha256()
        self._digest_before = self._digest
        self._rows = 0
        # The line behind the rows of the present table, once they are read.
        self._behind: Any = None
        self.head = self._read_head()

    def tables(self) -> Iterator[tuple[str, list[Column]]]:
        """Each table's name and columns, to be followed by its :meth:`rows`.

        Raises Damaged, at the latest behind the last table, when the file is not whole.
        """
        line = self._line()
        while isinstance(line, dict) and "table" in line:
            name, columns = _table_of(line)
            self._behind = None
            yield name, columns
            for _row_left in self.rows(columns):
                pass
            line = self._behind
        if line != {"end": self._rows, "digest": self._digest_before.hexdigest()} or self._packed.read(1):
            raise Damaged("backup: the file is damaged")

    def rows(self, columns: list[Column]) -> Iterator[Row]:
        """The rows of the present table that were not read yet."""
        readers = [KINDS[column.kind].read for column in columns]
        while self._behind is None:
            line = self._line()
            if isinstance(line, list):
                self._rows += 1
                yield _row(line, readers)
            else:
                self._behind = line or {}

    def _read_head(self) -> Head:
        line = self._line()
        if not isinstance(line, dict) or line.get("name") != NAME:
            raise Damaged("backup: this is no backup of this program")
        if line.get("format") != FORMAT:
            raise Damaged("backup: the file comes from a newer version of this program")
        try:
            return Head(str(line["revision"]), date.fromisoformat(line["day"]))
        except (KeyError, TypeError, ValueError):
            raise Damaged("backup: the file is damaged") from None

    def _line(self) -> Any:
        try:
            line = self._packed.readline(_LONGEST_LINE)
            self._digest_before = self._digest.copy()
            self._digest.update(line)
            return json.loads(line)
        except gzip.BadGzipFile:
            raise Damaged("backup: this is no backup of this program, or it is damaged") from None
        except (OSError, EOFError, ValueError, RecursionError, zlib.error):
            raise Damaged("backup: the file is damaged or not whole") from None


@contextmanager
def opened(file: BinaryIO) -> Iterator[Archive]:
    """Read a backup from ``file``. Raises Damaged for one that is foreign, of a newer format or not whole."""
    with gzip.GzipFile(fileobj=file, mode="rb") as packed:
        yield Archive(packed)


def _table_of(line: dict[str, Any]) -> tuple[str, list[Column]]:
    try:
        columns = [Column(str(name), str(kind)) for name, kind in line["columns"]]
    except (KeyError, TypeError, ValueError):
        raise Damaged("backup: the file is damaged") from None
    if any(column.kind not in KINDS for column in columns):
        raise Damaged("backup: the file comes from a newer version of this program")
    return str(line["table"]), columns


def _row(line: list[Any], readers: list[Callable[[Any], Any]]) -> Row:
    try:
        return [None if value is None else read(value) for read, value in zip(readers, line, strict=True)]
    except (TypeError, ValueError):
        raise Damaged("backup: the file is damaged") from None
