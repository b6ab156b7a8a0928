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
LOCK_BYTES = 48  # a salt, and a seed closed under the lock word (see lock.py)
CSRF_BYTES = 20
MODERATOR_BYTES = 16
NO_LOCK = bytes(LOCK_BYTES)
NO_CSRF = bytes(CSRF_BYTES)
NOBODY = bytes(MODERATOR_BYTES)

# Layout version, whose seed, seed, standing, hour, ban number, notice number, epoch, lock, awake minute, csrf, message.
_WRITER = struct.Struct(f">BB{SEED_BYTES}sHIQQI{LOCK_BYTES}sI{CSRF_BYTES}sB")
_WRITER_LAYOUT = 2
_NOBODYS, _OWN, _GUESTS = 0, 1, 2
# Layout version, moderator, session epoch, hour, second factor passed?, csrf, message.
_STAFF = struct.Struct(f">B{MODERATOR_BYTES}sII?{CSRF_BYTES}sB")
_STAFF_LAYOUT = 1

#: Length of the two cookies' texts, whatever they hold.
WRITER_LENGTH = encoded_length(_WRITER.size + OVERHEAD)
STAFF_LENGTH = encoded_length(_STAFF.size + OVERHEAD)


@dataclass(frozen=True, repr=False)
class CookieState:
    """What a writer's browser remembers for us; hours and minutes are counted since 1970, ``message`` is one byte.

    ``lock`` is the seed of a remembered device, closed under its word; ``awake_minute`` the last one in which the open
    seed beside it holds. ``is_guest`` says that the open seed is not the one behind the lock: somebody wrote while the
    device slept.
    """

    seed: bytes | None = None
    standing: int = 0
    issued_hour: int = 0
    ban_number: int = 0
    notice_number: int = 0
    epoch: int = 0
    lock: bytes = NO_LOCK
    awake_minute: int = 0
    csrf: bytes = NO_CSRF
    message: int = 0
    is_guest: bool = False

    def __post_init__(self) -> None:
        _ensure_length("seed", self.seed, SEED_BYTES)
        _ensure_length("lock", self.lock, LOCK_BYTES)
        _ensure_length("csrf", self.csrf, CSRF_BYTES)

    def __repr__(self) -> str:
        return "CookieState(…)"


@dataclass(frozen=True, repr=False)
class StaffState:
    """What a moderator's browser remembers for us."""

    moderator_id: bytes = NOBODY
    session_epoch: int = 0
    issued_hour: int = 0
    second_factor: bool = False
    csrf: bytes = NO_CSRF
    message: int = 0

    def __post_init__(self) -> None:
        _ensure_length("moderator_id", self.moderator_id, MODERATOR_BYTES)
        _ensure_length("csrf", self.csrf, CSRF_BYTES)

    def __repr__(self) -> str:
        return "StaffState(…)"


def seal_cookie(state: CookieState, keys: Keys) -> str:
    """The writer's cookie, always WRITER_LENGTH letters. Raises ValueError when a number does not fit."""
    fields = (
        *(_WRITER_LAYOUT, _whose(state), state.seed or bytes(SEED_BYTES)),
        *(state.standing, state.issued_hour, state.ban_number, state.notice_number, state.epoch),
        *(state.lock, state.awake_minute, state.csrf, state.message),
    )
    return seal(WRITER_PURPOSE, _packed(_WRITER, fields), keys.cookie)


def open_cookie(text: str, keys: Keys) -> CookieState | None:
    """What a writer's cookie holds, or None for anything else; never raises."""
    if len(text) != WRITER_LENGTH:
        return None
    fields = _unpacked(_WRITER, _opened(WRITER_PURPOSE, text, keys), _WRITER_LAYOUT)
    if fields is None:
        return None
    whose, seed, *rest = fields
    state = CookieState(seed if whose != _NOBODYS else None, *rest)
    return replace(state, is_guest=True) if whose == _GUESTS else state


def _whose(state: CookieState) -> int:
    if state.seed is None:
        return _NOBODYS
    return _GUESTS if state.is_guest else _OWN


def seal_staff(payload: StaffState, keys: Keys) -> str:
    """The staff cookie, always STAFF_LENGTH letters. Raises ValueError when a number does not fit."""
    fields = (
        *(_STAFF_LAYOUT, payload.moderator_id, payload.session_epoch, payload.issued_hour),
        *(payload.second_factor, payload.csrf, payload.message),
    )
    return seal(STAFF_PURPOSE, _packed(_STAFF, fields), keys.cookie)


def open_staff(text: str, keys: Keys) -> StaffState | None:
    """What a staff cookie holds, or None for anything else; never raises."""
    if len(text) != STAFF_LENGTH:
        return None
    fields = _unpacked(_STAFF, _opened(STAFF_PURPOSE, text, keys), _STAFF_LAYOUT)
    return None if fields is None else StaffState(*fields)


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
