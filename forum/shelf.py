"""What a process keeps in memory for a moment, so that it need not be made again.

Threat: words that their writer deleted stay where a copy of them was kept. So everything on a shelf is forgotten when
the shelf's stamp is another one (something was written, a minute is over), a thing is only given out for the version it
was made of, and there is a bound to it all.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from forum import clock

MOST_BYTES = 4 * 1024 * 1024
LARGEST = 512 * 1024

Made = TypeVar("Made")
Stamp = Callable[[], Hashable]


def minute() -> Hashable:
    """The stamp of what is good for this minute at most: days, lifetimes and hours of contacts stand on pages."""
    return int(clock.now().timestamp()) // 60


class Shelf:
    """Keeps things by key, each for one version. ``stamp`` is None when nothing is known: then nothing is kept."""

    def __init__(self, stamp: Stamp) -> None:
        self._stamp = stamp
        self._known: Hashable = None
        self._lock = threading.Lock()
        self._things: OrderedDict[Hashable, tuple[Hashable, int, Any]] = OrderedDict()
        self._bytes = 0

    def find_or_make(
        self, key: Hashable, make: Callable[[], tuple[Made, int]], *, version: Hashable = None
    ) -> Made:
        """What stands under ``key`` for this version, or what ``make`` makes, with its size (0: not to be kept).

        The stamp is taken before anything is made: what changes meanwhile ends it.
        """
        stamp = self.tidy()
        with self._lock:
            found = self._things.get(key)
            if found is not None and found[0] == version:
                self._things.move_to_end(key)
                return found[2]  # type: ignore[no-any-return]
        thing, size = make()
        self._put(stamp, key, (version, size, thing))
        return thing

    def tidy(self) -> Hashable:
        """Forget everything that was kept under another stamp; returns the present one."""
        stamp = self._stamp()
        if stamp is None or stamp != self._known:
            with self._lock:
                self._known = stamp
                self._things.clear()
                self._bytes = 0
        return stamp

    def _put(self, stamp: Hashable, key: Hashable, entry: tuple[Hashable, int, Any]) -> None:
        with self._lock:
            # Of a thread's page only the newest version is kept: an older one may hold what was deleted since.
            self._bytes -= self._things.pop(key, (None, 0))[1]
            if stamp is None or stamp != self._known or not 0 < entry[1] <= LARGEST:
                return
            self._things[key] = entry
            self._bytes += entry[1]
            while self._bytes > MOST_BYTES:
                self._bytes -= self._things.popitem(last=False)[1][1]
