"""From a writer's seed to what the board keeps of them: a tag a thread, and a counter's name for one day.

Threat: a stolen database must not tell which tags are one person. A tag needs the seed (in the writer's
cookie only) and the pepper (outside the database); two tags of one seed look like two strangers' to anybody
else.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from forum.identity.keys import Keys, PepperGone

SEED_BYTES = 16
TAG_BYTES = 16
RATE_BYTES = 16
# Frozen with the vectors: another byte here makes every writer a stranger to their own posts.
EXTRACT_SALT = b"nagi seed 1"
TAG_LABEL = b"nagi k_tag 1"
RATE_LABEL = b"nagi k_rate 1"
RECEIPT_LABEL = b"nagi k_receipt 1"


@dataclass(frozen=True, repr=False, eq=False)
class Identity:
    """One writer for the length of one request. Shows nothing of itself; made by :func:`derive`."""

    _k_tag: bytes
    _k_rate: bytes
    _k_receipt: bytes
    _keys: Keys

    def tag(self, thread_id: bytes, pepper_version: int) -> bytes:
        """The writer's 16 bytes in a thread. Raises PepperGone when that thread's pepper was destroyed."""
        inner = hmac.digest(self._k_tag, thread_id, "sha256")
        return hmac.digest(self._keys.pepper(pepper_version), b"tag" + inner, "sha256")[:TAG_BYTES]

    def tag_or_none(self, thread_id: bytes, pepper_version: int) -> bytes | None:
        """The same, or None in a thread whose pepper was destroyed: there nobody can be matched any more."""
        try:
            return self.tag(thread_id, pepper_version)
        except PepperGone:
            return None

    def tags(self, places: Iterable[tuple[bytes, int]]) -> dict[tuple[bytes, int], bytes]:
        """Many tags at once, by (thread id, pepper version); no bytes at all where the pepper was destroyed."""
        inner = _keyed(self._k_tag, b"")
        outer = {version: _keyed(key, b"tag") for version, key in self._keys.peppers.items()}
        return {
            (thread, version): outer[version](inner(thread))[:TAG_BYTES] if version in outer else b""
            for thread, version in places
        }

    def rate_key(self, day_key: bytes) -> str:
        """The writer's name in the limiter for one day: 32 hex digits, nothing without seed and day key."""
        inner = hmac.digest(self._k_rate, day_key, "sha256")
        return hmac.digest(day_key, b"rate" + inner, "sha256")[:RATE_BYTES].hex()

    def receipt_key(self, target_id: bytes) -> bytes:
        """What the receipt words of one thing are made of: 32 bytes that only its writer's seed gives."""
        return hmac.digest(self._k_receipt, target_id, "sha256")

    def __repr__(self) -> str:
        return "Identity(…)"


def new_seed() -> bytes:
    """A fresh writer."""
    return secrets.token_bytes(SEED_BYTES)


def derive(seed: bytes, keys: Keys) -> Identity:
    """What follows from a seed: HKDF-SHA256, one label a subkey. Raises ValueError on a wrong length."""
    if len(seed) != SEED_BYTES:
        raise ValueError(f"a seed has {SEED_BYTES} bytes")
    root = hmac.digest(EXTRACT_SALT, seed, "sha256")  # HKDF-Extract is this one HMAC (RFC 5869, 2.2)
    return Identity(
        _k_tag=_expand(root, TAG_LABEL),
        _k_rate=_expand(root, RATE_LABEL),
        _k_receipt=_expand(root, RECEIPT_LABEL),
        _keys=keys,
    )


def _keyed(key: bytes, label: bytes) -> Callable[[bytes], bytes]:
    """HMAC-SHA256 (RFC 2104) of ``label`` and a message under one key, the key's two blocks hashed once.

    A ban check needs twenty thousand: the library's own, keyed anew each time, takes four times as long.
    """
    block = key.ljust(64, b"\0")
    before = hashlib.sha256(bytes(byte ^ 0x36 for byte in block) + label)
    behind = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))

    def mac(message: bytes) -> bytes:
        inside, around = before.copy(), behind.copy()
        inside.update(message)
        around.update(inside.digest())
        return around.digest()

    return mac


def _expand(root: bytes, label: bytes) -> bytes:
    # HKDF-Expand to one block is this one HMAC (RFC 5869, 2.3).
    return hmac.digest(root, label + b"\x01", "sha256")
