"""What a browser carries: one sealed box of constant length, for a writer and, apart from it, for staff.

Threat: whoever looks at the device, the wire or a backup of the browser learns that there is a cookie, but
not since when, of whom, or with which standing. A box that does not open is simply a reader's: no error, no
difference.
"""

import struct
from dataclasses import dataclass, replace
from typing import Any

from forum.identity.keys import Keys
from forum.identity.sealed import OVERHEAD, encoded_length, seal, unseal
from forum.identity.seeds import SEED_BYTES

WRITER_PURPOSE = "writer-cookie"
STAFF_PURPOSE = "staff-cookie"
DEVICE_PURPOSE = "staff-device"
LOCK_BYTES = 48  # a salt, and a seed closed under the lock word (see lock.py)
CSRF_BYTES = 20
MODERATOR_BYTES = 16
DEVICE_BYTES = 16
NO_LOCK = bytes(LOCK_BYTES)
NO_CSRF = bytes(CSRF_BYTES)
NOBODY = bytes(MODERATOR_BYTES)

# Layout version, seed there?, seed, standing, hour, ban number, notice number, epoch, lock, awake minute, the lock's own
# seed?, csrf, message.
_WRITER = struct.Struct(f">B?{SEED_BYTES}sHIQQI{LOCK_BYTES}sI?{CSRF_BYTES}sB")
_WRITER_LAYOUT = 2
# Layout version, moderator, session epoch, hour, second factor passed?, csrf, message, minute of the last proof, minute
# of the last page.
_STAFF = struct.Struct(f">B{MODERATOR_BYTES}sII?{CSRF_BYTES}sBII")
_STAFF_LAYOUT = 2
# Layout version, moderator, session epoch, the device's own number.
_DEVICE = struct.Struct(f">B{MODERATOR_BYTES}sI{DEVICE_BYTES}s")
_DEVICE_LAYOUT = 1

#: Length of the cookies' texts, whatever they hold.
WRITER_LENGTH = encoded_length(_WRITER.size + OVERHEAD)
STAFF_LENGTH = encoded_length(_STAFF.size + OVERHEAD)
DEVICE_LENGTH = encoded_length(_DEVICE.size + OVERHEAD)


@dataclass(frozen=True, repr=False)
class CookieState:
    """What a writer's browser remembers for us; hours and minutes are counted since 1970, ``message`` is one byte.

    ``lock`` is the seed of a remembered device, closed under its word; ``awake_minute`` the last one in which the open
    seed beside it holds, and ``is_locks_own`` whether that is the seed behind the lock: on a sleeping device somebody else
    may have written.
    """

    seed: bytes | None = None
    standing: int = 0
    issued_hour: int = 0
    ban_number: int = 0
    notice_number: int = 0
    epoch: int = 0
    lock: bytes = NO_LOCK
    awake_minute: int = 0
    is_locks_own: bool = False
    csrf: bytes = NO_CSRF
    message: int = 0

    def __post_init__(self) -> None:
        _ensure_length("seed", self.seed, SEED_BYTES)
        _ensure_length("lock", self.lock, LOCK_BYTES)
        _ensure_length("csrf", self.csrf, CSRF_BYTES)

    def __repr__(self) -> str:
        return "CookieState(…)"


@dataclass(frozen=True, repr=False)
class StaffState:
    """What a moderator's browser remembers for us.

    ``proved_minute`` is when they last showed that it is they, ``seen_minute`` when a page was last opened or sent.
    """

    moderator_id: bytes = NOBODY
    session_epoch: int = 0
    issued_hour: int = 0
    second_factor: bool = False
    csrf: bytes = NO_CSRF
    message: int = 0
    proved_minute: int = 0
    seen_minute: int = 0

    def __post_init__(self) -> None:
        _ensure_length("moderator_id", self.moderator_id, MODERATOR_BYTES)
        _ensure_length("csrf", self.csrf, CSRF_BYTES)

    def __repr__(self) -> str:
        return "StaffState(…)"


@dataclass(frozen=True, repr=False)
class DeviceState:
    """A browser in which a moderator has signed in before. It opens nothing; wrong tries elsewhere do not slow it."""

    moderator_id: bytes
    session_epoch: int
    number: bytes

    def __post_init__(self) -> None:
        _ensure_length("moderator_id", self.moderator_id, MODERATOR_BYTES)
        _ensure_length("number", self.number, DEVICE_BYTES)

    def __repr__(self) -> str:
        return "DeviceState(…)"


def for_another_seed(state: CookieState) -> CookieState:
    """The same cookie without what was found out about the seed it held: it does not hold for any other."""
    return replace(state, standing=0, issued_hour=0, ban_number=0, notice_number=0, message=0)


def seal_cookie(state: CookieState, keys: Keys) -> str:
    """The writer's cookie, always WRITER_LENGTH letters. Raises ValueError when a number does not fit."""
    fields = (
        *(_WRITER_LAYOUT, state.seed is not None, state.seed or bytes(SEED_BYTES)),
        *(state.standing, state.issued_hour, state.ban_number, state.notice_number, state.epoch),
        *(state.lock, state.awake_minute, state.is_locks_own, state.csrf, state.message),
    )
    return seal(WRITER_PURPOSE, _packed(_WRITER, fields), keys.cookie)


def open_cookie(text: str, keys: Keys) -> CookieState | None:
    """What a writer's cookie holds, or None for anything else; never raises."""
    if len(text) != WRITER_LENGTH:
        return None
    fields = _unpacked(_WRITER, _opened(WRITER_PURPOSE, text, keys), _WRITER_LAYOUT)
    if fields is None:
        return None
    has_seed, seed, *rest = fields
    return CookieState(seed if has_seed else None, *rest)


def seal_staff(payload: StaffState, keys: Keys) -> str:
    """The staff cookie, always STAFF_LENGTH letters. Raises ValueError when a number does not fit."""
    fields = (
        *(_STAFF_LAYOUT, payload.moderator_id, payload.session_epoch, payload.issued_hour),
        *(payload.second_factor, payload.csrf, payload.message, payload.proved_minute, payload.seen_minute),
    )
    return seal(STAFF_PURPOSE, _packed(_STAFF, fields), keys.cookie)


def open_staff(text: str, keys: Keys) -> StaffState | None:
    """What a staff cookie holds, or None for anything else; never raises."""
    if len(text) != STAFF_LENGTH:
        return None
    fields = _unpacked(_STAFF, _opened(STAFF_PURPOSE, text, keys), _STAFF_LAYOUT)
    return None if fields is None else StaffState(*fields)


def seal_device(state: DeviceState, keys: Keys) -> str:
    """The cookie of a device, always DEVICE_LENGTH letters. Raises ValueError when a number does not fit."""
    fields = (_DEVICE_LAYOUT, state.moderator_id, state.session_epoch, state.number)
    return seal(DEVICE_PURPOSE, _packed(_DEVICE, fields), keys.cookie)


def open_device(text: str, keys: Keys) -> DeviceState | None:
    """What the cookie of a device holds, or None for anything else; never raises."""
    if len(text) != DEVICE_LENGTH:
        return None
    fields = _unpacked(_DEVICE, _opened(DEVICE_PURPOSE, text, keys), _DEVICE_LAYOUT)
    return None if fields is None else DeviceState(*fields)


def _opened(purpose: str, text: str, keys: Keys) -> bytes | None:
    payload = unseal(purpose, text, keys.cookie)
    if payload is None and keys.cookie_before is not None:
        return unseal(purpose, text, keys.cookie_before)
    return payload


def _packed(layout: struct.Struct, fields: tuple[object, ...]) -> bytes:
    try:
        return layout.pack(*fields)
    except struct.error as broken:
        raise ValueError("a number of the cookie does not fit") from broken


def _unpacked(layout: struct.Struct, payload: bytes | None, version: int) -> list[Any] | None:
    if payload is None or len(payload) != layout.size:
        return None
    found, *fields = layout.unpack(payload)
    return fields if found == version else None


def _ensure_length(name: str, value: bytes | None, size: int) -> None:
    # struct would cut or fill silently, and a cut seed is somebody else.
    if value is not None and len(value) != size:
        raise ValueError(f"{name} has {size} bytes")
