"""Where backups lie: one file a day under its day's name, closed to others, and gone after two weeks.

A file appears whole: it is written under another name, put on the disk and moved. What a killed backup left is taken
away by the next one. No name and no time of a file says more than a day.
"""

import fcntl
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from pathlib import Path
from typing import BinaryIO

from forum import clock
from forum.errors import ConfigError
from forum.files import sync_folder, tell_the_day_only
from forum.journal import BACKUP_DAYS

FOLDER = "backups"
_NAME = re.compile(r"nagi-(\d{4}-\d{2}-\d{2})\.backup")
_DRAFT = re.compile(r"\.nagi-[0-9a-f]{16}\.draft")


@contextmanager
def fresh_file(folder: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """A file to write today's backup to, and the path it has after the block: there when the block ends well, or not at all.

    Raises ConfigError when the folder cannot be written.
    """
    target = folder / f"nagi-{clock.today().isoformat()}.backup"
    draft = folder / f".nagi-{secrets.token_hex(8)}.draft"
    try:
        _ensure_folder(folder)
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX)  # somebody is still writing here
            yield file, target
            file.flush()
            tell_the_day_only(file.fileno())
            os.fsync(file.fileno())
            draft.replace(target)
        sync_folder(folder)
    except OSError as broken:
        raise ConfigError(f"backup: cannot write to {folder}: {broken.strerror}") from None
    finally:
        with suppress(OSError):  # moved away, or never made
            draft.unlink()


def forget_old(folder: Path) -> int:
    """Delete our backups of more than BACKUP_DAYS days ago, and what killed ones left; says how many backups."""
    if not folder.is_dir():
        return 0
    for draft in folder.iterdir():
        if _DRAFT.fullmatch(draft.name) and not _is_being_written(draft):
            draft.unlink(missing_ok=True)
    old = old_ones(folder)
    for path in old:
        path.unlink(missing_ok=True)
    if old:
        sync_folder(folder)
    return len(old)


def ours(folder: Path) -> list[tuple[date, Path]]:
    """The backups in a folder with the days in their names, the oldest first. Other files are nobody's business."""
    found = []
    for path in folder.iterdir() if folder.is_dir() else ():
        if name := _NAME.fullmatch(path.name):
            with suppress(ValueError):
                found.append((date.fromisoformat(name[1]), path))
    return sorted(found)


def old_ones(folder: Path) -> list[Path]:
    """Those that should be gone by now."""
    return [path for day, path in ours(folder) if is_too_old(day)]


def is_too_old(day: date) -> bool:
    """Whether a backup of that day should be gone: what was erased since is not known for ever."""
    return day <= clock.today() - timedelta(days=BACKUP_DAYS)


def open_to_others(folder: Path) -> list[Path]:
    """Backups that somebody else on this machine can read."""
    return [path for _, path in ours(folder) if stat.S_IMODE(path.stat().st_mode) & 0o077]


def _ensure_folder(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True)


def _is_being_written(draft: Path) -> bool:
    try:
        with draft.open("rb") as file:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
