"""How a small secret is closed to leave the server and come back: AES-256-GCM, one subkey a purpose.

Threat: whatever leaves in a cookie, a form field or a path is in the hands of anybody. It must not be
readable, not be changed, and not be used in a place it was not made for; and asking must never tell more
than "no".
"""

import base64
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from forum import errors

ENVELOPE = b"\x01"
NONCE_BYTES = 12
TAG_BYTES = 16
OVERHEAD = len(ENVELOPE) + NONCE_BYTES + TAG_BYTES

# A sealed query is filled up to one of these, so that its length tells no more than "short, middle, long".
QUERY_SIZES = (96, 320, 960)
_QUERY_HEAD = 6
QUERY_PURPOSE = "search-query"


def encode_text(value: bytes) -> str:
    """URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode("ascii")


def decode_text(text: str) -> bytes | None:
    """The bytes behind :func:`encode_text`, or None for any text that function could not have made.

    Only the one canonical spelling is taken: otherwise a letter could be changed without the seal noticing.
    """
    try:
        value = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
    return value if encode_text(value) == text else None


def encoded_length(size: int) -> int:
    """How many letters :func:`encode_text` makes of ``size`` bytes."""
    return (size * 4 + 2) // 3


def seal(purpose: str, payload: bytes, key: bytes) -> str:
    """Close ``payload`` for one ``purpose`` under a 32-byte key; the text shows only its length."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    box = _cipher(purpose, key).encrypt(nonce, payload, _bound(purpose))
    return encode_text(ENVELOPE + nonce + box)


def unseal(purpose: str, text: str, key: bytes) -> bytes | None:
    """What was sealed for this purpose under this key, or None; never raises, whatever the text is."""
    raw = decode_text(text)
    if raw is None or len(raw) < OVERHEAD or raw[:1] != ENVELOPE:
        return None
    nonce, box = raw[1 : 1 + NONCE_BYTES], raw[1 + NONCE_BYTES :]
    try:
        return _cipher(purpose, key).decrypt(nonce, box, _bound(purpose))
    except InvalidTag:
        return None


def seal_query(text: str, key: bytes, hour: int) -> str:
    """Close a search query; ``hour`` is the number of the present hour. Raises Invalid when too long."""
    body = text.encode("utf-8", "replace")
    size = next((size for size in QUERY_SIZES if len(body) <= size - _QUERY_HEAD), None)
    if size is None:
        raise errors.Invalid("q", "too_long")
    head = hour.to_bytes(4, "big") + len(body).to_bytes(2, "big")
    return seal(QUERY_PURPOSE, (head + body).ljust(size, b"\0"), key)


def open_query(text: str, key: bytes, hour: int) -> str | None:
    """The query, in the hour it was sealed and the one after it; None later, earlier or for anything else."""
    payload = unseal(QUERY_PURPOSE, text, key)
    if payload is None or len(payload) not in QUERY_SIZES:
        return None
    made, length = int.from_bytes(payload[:4], "big"), int.from_bytes(payload[4:_QUERY_HEAD], "big")
    if not made <= hour <= made + 1:
        return None
    return payload[_QUERY_HEAD : _QUERY_HEAD + length].decode("utf-8")


def _cipher(purpose: str, key: bytes) -> AESGCM:
    # One key, one meaning: a box made for one purpose is noise for another before its label is even read.
    return AESGCM(hmac.digest(key, b"seal " + purpose.encode("utf-8"), "sha256"))


def _bound(purpose: str) -> bytes:
    return ENVELOPE + purpose.encode("utf-8")
