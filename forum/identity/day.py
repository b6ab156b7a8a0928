"""The key of the day: what limits are counted under, random, and gone with the day.

Threat: a counter that could be matched with yesterday's would follow a person. After the board's midnight
nobody, not even whoever holds the server, can compute yesterday's counters again.
"""

import secrets
import threading
from datetime import date
from typing import Protocol

from forum import clock, errors

DAY_KEY_BYTES = 32
REDIS_NAME = "nagi:day:{day}"
# The name carries the day, so a late reader never meets an old key; the expiry only clears what is left over.
REDIS_SECONDS = 26 * 60 * 60


class DayKey(Protocol):
    """Gives the key of the board's present day, 32 bytes; the same one all day long."""

    def current(self) -> bytes:
        """The key of today."""


class RedisClient(Protocol):
    """The two commands used of a Redis client that returns bytes."""

    def set(self, name: str, value: bytes, *, ex: int, nx: bool) -> object:
        """SET with expiry, only when there is none."""

    def get(self, name: str) -> object:
        """GET."""


class MemoryDayKey:
    """For one process: the key exists in its memory only and is replaced when the day changes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._day: date | None = None
        self._key = b""

    def current(self) -> bytes:
        """The key of today; the first call of a day makes it and lets the old one go."""
        with self._lock:
            today = clock.today()
            if today != self._day:
                self._day, self._key = today, secrets.token_bytes(DAY_KEY_BYTES)
            return self._key


class RedisDayKey:
    """For several processes: the first of a day puts the key into a Redis that writes nothing to disk.

    The client must return bytes (no ``decode_responses``).
    """

    def __init__(self, client: RedisClient) -> None:
        self._client = client
        self._known: tuple[date, bytes] | None = None

    def current(self) -> bytes:
        """The key of today, the same in every process. Raises Unwell when Redis holds something else.

        Asked of Redis once a day: the key does not change before midnight.
        """
        today = clock.today()
        if self._known is None or self._known[0] != today:
            self._known = (today, self._fetch())
        return self._known[1]

    def _fetch(self) -> bytes:
        name = REDIS_NAME.format(day=clock.today().isoformat())
        found = self._client.get(name)
        if found is None:
            self._client.set(name, secrets.token_bytes(DAY_KEY_BYTES), ex=REDIS_SECONDS, nx=True)
            found = self._client.get(name)
        if not isinstance(found, bytes) or len(found) != DAY_KEY_BYTES:
            raise errors.Unwell("the key of the day is not readable")
        return found


class SteadyDayKey:
    """The shared key, or, while whatever shares it is away, one of this process alone.

    A board whose Redis is away counts less exactly for a while; it must not stop being readable.
    """

    def __init__(self, shared: DayKey, failures: tuple[type[Exception], ...]) -> None:
        self._shared = shared
        self._own = MemoryDayKey()
        self._failures = failures

    def current(self) -> bytes:
        """The key of today (32 bytes)."""
        try:
            return self._shared.current()
        except self._failures:
            return self._own.current()
