"""What was taken away, noted outside the database and its backups, so that an older backup brings nothing back.

A verb that takes something away notes an id and what happened to it, never a word and never a time. The lines are
written right before the transaction commits: an act that stands is in the journal, whatever kills the process. The other
way round, a line whose commit failed asks for something that somebody wanted taken away, once more, and does no harm: what
it names is gone, hidden until a moderator has looked, or shorter after the next restore.

Threat: a list of what was erased links what one person erased in one sitting. Lines name no one and no day: a line is kept
until a day drawn at random, lines of one transaction are sorted, and every night so is the file. Until then today's
order is there (THREAT-MODEL.md).
"""

import errno
import fcntl
import json
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event

from forum import clock
from forum.errors import Unwell
from forum.extensions import db
from forum.files import sync_folder, tell_the_day_only

FILE = "journal.jsonl"
# The engine's option that names the file. Without one nothing is noted: what a restore repeats is noted already.
OPTION = "journal"
BACKUP_DAYS = 14
# A line outlives every backup made before it, and by how much is left to chance.
MARGIN_DAYS = 2
SPREAD_DAYS = 7
_PENDING = "nagi taken away"

# What may be noted, and with what besides an id. ``version`` is the thread's after the act: it tells whether a backup
# is older than the act, and which of two acts came last, without a time. A restore begins versions anew above all before.
KINDS: Mapping[str, frozenset[str]] = {
    "post": frozenset({"ends"}),  # deleted by its writer; the thread's last day, when it was the opening post
    # Where words of this revision went (backups/texts.py).
    "text": frozenset({"version", "revision", "gone", "mark", "warning"}),
    "status": frozenset({"version", "status"}),  # held, hidden, removed, shown again
    "fold": frozenset({"version"}),  # put behind a warning
    "title": frozenset({"version"}),  # a thread's title replaced
    "lock": frozenset({"version", "locked"}),
    "quiet": frozenset({"version", "quiet"}),  # its words taken out of lists, or let in again
    "thread": frozenset(),  # ended or deleted
    "blank": frozenset(),  # the words of a removed post, after their days
    "kept": frozenset({"version", "upto", "but"}),  # texts a settled case does not hold any more
    "writer": frozenset(),  # a participant who erased everything
    "deposit": frozenset(),  # a text put aside, taken or thrown away
    "ban": frozenset(),  # lifted
    "login": frozenset(),  # a moderator disabled or reset
    "passkey": frozenset(),  # removed by its moderator
    "epoch": frozenset({"number"}),  # of the board, after a restore
}


@dataclass(frozen=True)
class Entry:
    """One line."""

    kind: str
    id: bytes
    more: Mapping[str, Any]


def note(kind: str, identifier: bytes, **more: object) -> None:
    """Note that something is taken away in this session's transaction; it is written when, and if, that commits.

    Raises ValueError for what is not in :data:`KINDS`.
    """
    line = line_of(kind, identifier, **more)
    connection = db.session.connection()
    if connection.get_execution_options().get(OPTION):
        connection.info.setdefault(_PENDING, set()).add(line)


def line_of(kind: str, identifier: bytes, **more: object) -> str:
    """A line of the journal, with the day until which it is kept. Raises ValueError for what is not in KINDS."""
    if KINDS.get(kind) != more.keys():
        raise ValueError(f"the journal has no {kind!r} with {sorted(more)}")
    until = clock.date_after(BACKUP_DAYS + MARGIN_DAYS + secrets.randbelow(SPREAD_DAYS))
    return json.dumps({"until": until.isoformat(), "kind": kind, "id": identifier.hex()} | more)


@event.listens_for(Engine, "commit")
def _write_pending(connection: Connection) -> None:
    """Before the commit. What cannot be noted is not committed either."""
    lines = connection.info.pop(_PENDING, None)
    if not lines:
        return
    try:
        append(Path(connection.get_execution_options()[OPTION]), lines)
    except Unwell:
        # SQLAlchemy takes a commit that was begun for one that is over: the next one to use this connection would
        # find, and commit, what is left undone here.
        connection.dialect.do_rollback(connection.connection)
        raise


@event.listens_for(Engine, "rollback")
def _forget_pending(connection: Connection) -> None:
    connection.info.pop(_PENDING, None)


def append(path: Path, lines: Iterable[str]) -> None:
    """Put lines at the end, whole and on the disk, or none of them. Raises Unwell when that cannot be done."""
    block = "".join(f"{line}\n" for line in sorted(lines)).encode("ascii")
    try:
        with _held(path) as descriptor:
            _write(descriptor, block)
    except OSError as broken:
        raise Unwell(f"the journal cannot be written: {broken.strerror}") from None


def begin(path: Path) -> None:
    """Make an empty journal where there is none: from now on, none means that it was lost."""
    append(path, ())


def entries(path: Path) -> list[Entry]:
    """What the journal holds. A line that is none was torn before its commit, and that never came."""
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return []
    return [entry for line in sorted(set(lines)) if (entry := _read(line))]


def expire(path: Path) -> int:
    """Drop the lines whose day is over and sort the others, so that their order tells nothing; says how many went."""
    if not path.exists():
        return 0
    with _held(path) as descriptor:
        lines = os.pread(descriptor, os.fstat(descriptor).st_size, 0).splitlines()
        left = sorted(line for line in set(lines) if _read(line) and _until(line) >= clock.today())
        if left != lines:
            _replace(path, b"".join(line + b"\n" for line in left))
    return len(lines) - len(left)


def _read(line: bytes) -> Entry | None:
    try:
        fields = json.loads(line)
        kind, identifier = fields.pop("kind"), bytes.fromhex(fields.pop("id"))
        date.fromisoformat(fields.pop("until"))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return Entry(kind, identifier, fields) if KINDS.get(kind) == fields.keys() else None


def _until(line: bytes) -> date:
    return date.fromisoformat(json.loads(line)["until"])


@contextmanager
def _held(path: Path) -> Iterator[int]:
    """The file, open and locked; opened again when it was replaced while we waited for the lock."""
    while True:
        is_new = not path.exists()
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if is_new:
                sync_folder(path.parent)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if _is_still(path, descriptor):
                yield descriptor
                return
        finally:
            os.close(descriptor)


def _is_still(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _write(descriptor: int, block: bytes) -> None:
    size = os.fstat(descriptor).st_size
    # Power that went in the middle of a line must not take the next one with it.
    torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
    block = b"\n" * torn + block
    try:
        if os.write(descriptor, block) != len(block):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fdatasync(descriptor)
    except OSError:
        os.ftruncate(descriptor, size)
        raise
    tell_the_day_only(descriptor)


def _replace(path: Path, content: bytes) -> None:
    draft = path.with_name(f"{path.name}.new")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
        tell_the_day_only(file.fileno())
    draft.replace(path)
    sync_folder(path.parent)
