"""Whose turn it is to write to an index: one thread of one process at a time, and nobody who waits for ever."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from forum.errors import Busy

WAIT_SECONDS = 10.0
_POLL_SECONDS = 0.05

# A lock that the other processes know too; it is waited for until this moment of the monotonic clock.
Lock = Callable[[float], AbstractContextManager[None]]


class Turns:
    """Gives this process's threads their turn one after the other, and takes ``lock`` for whoever has it."""

    def __init__(self, lock: Lock) -> None:
        self._lock = lock
        self._held = threading.RLock()
        self._depth = 0

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Be the only writer, across threads and processes; may be entered again from inside.

        Raises Busy after WAIT_SECONDS of waiting.
        """
        deadline = time.monotonic() + WAIT_SECONDS
        if not self._held.acquire(timeout=WAIT_SECONDS):
            raise Busy("the search index is being written by another thread")
        try:
            self._depth += 1
            if self._depth > 1:
                yield
            else:
                with self._lock(deadline):
                    yield
        finally:
            self._depth -= 1
            self._held.release()


def wait_for(take: Callable[[], bool], deadline: float) -> None:
    """Try until ``take`` says that it has the lock. Raises Busy after the deadline."""
    while not take():
        if time.monotonic() > deadline:
            raise Busy("the search index is being written by another process")
        time.sleep(_POLL_SECONDS)
