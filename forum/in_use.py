"""Whether a board is at work: what `forum restore` must know before it puts another database in its place.

Whoever opens the database holds a share of one lock; restoring takes the whole. The system gives a lock back when its
holder ends, however that happens, so a killed server keeps nobody out.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from forum.errors import ConfigError

LOCK_FILE = "in-use.lock"


class Share:
    """A share of the lock, held until :meth:`give_back` or the end of this process and of every copy of it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def give_back(self) -> None:
        """End it; a second time does no harm."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def share(folder: Path) -> Share:
    """Say that this process works with the board in ``folder``. Raises ConfigError while a backup is being put back."""
    return Share(_locked(folder, fcntl.LOCK_SH, "a backup is being put back; wait until that is done"))


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Be the only one at work. Raises ConfigError when somebody serves the board or a command is under way."""
    lock = _locked(folder, fcntl.LOCK_EX, "the board is at work; end `forum serve` and other commands first")
    try:
        yield
    finally:
        os.close(lock)


def _locked(folder: Path, kind: int, refusal: str) -> int:
    try:
        descriptor = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as broken:
        raise ConfigError(f"instance: cannot write {folder / LOCK_FILE}: {broken.strerror}") from None
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise ConfigError(f"instance: {refusal}") from None
    return descriptor
