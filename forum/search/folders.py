"""Where index files live: one folder a build, a pointer to the one that counts, and a lock for who writes.

A rebuild fills a folder of its own and becomes the index by one rename; killed before that, it never was.
Readers in other processes keep the files they have open and find the new ones with their next look at the
pointer.
"""

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from forum.search import turns

POINTER = "current"
LOCK = "lock"


class IndexFolder:
    """The folder of one index; ``edition`` stands before each build's name, other editions are not read."""

    def __init__(self, folder: Path, edition: str) -> None:
        self._folder = folder
        self._edition = edition
        self._turns = turns.Turns(self._file_lock)

    def alone(self) -> AbstractContextManager[None]:
        """Be the only writer, across threads and processes; may be entered again from inside.

        Raises Busy when another writer does not end.
        """
        return self._turns.alone()

    def current(self) -> Path | None:
        """The folder of the present build, or None when there is none of this edition."""
        name, before = self._pointer(), ""
        # A folder that went between two looks was replaced: only a pointer that stays the same is one to nothing.
        while name != before and name.startswith(f"{self._edition}-"):
            if (path := self._folder / name).is_dir():
                return path
            name, before = self._pointer(), name
        return None

    def begin(self) -> Path:
        """An empty folder for a new build. Call inside :meth:`alone`."""
        path = self._folder / f"{self._edition}-{secrets.token_hex(8)}"
        path.mkdir(mode=0o700, parents=True)
        return path

    def publish(self, build: Path) -> None:
        """Make a build the present one, and take the others away. Call inside :meth:`alone`."""
        fresh = self._folder / f"{POINTER}.new"
        fresh.write_text(build.name, encoding="ascii")
        os.replace(fresh, self._folder / POINTER)
        self.keep_only(build)

    def keep_only(self, build: Path) -> None:
        """Take away every other build: older ones, and what killed rebuilds left. Call inside :meth:`alone`."""
        for other in self._folder.iterdir():
            if other.is_dir() and other != build:
                shutil.rmtree(other, ignore_errors=True)

    def _pointer(self) -> str:
        try:
            return (self._folder / POINTER).read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            return ""

    @contextmanager
    def _file_lock(self, deadline: float) -> Iterator[None]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._folder / LOCK).open("a") as handle:
            turns.wait_for(lambda: _locked(handle.fileno()), deadline)
            yield  # closing the file gives the lock back, and so does being killed


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
