"""Random names for rows: 16 bytes inside, 22 URL-safe letters outside. They tell nothing about order or time."""

import base64
import binascii
import secrets

from forum import errors

ID_BYTES = 16
TEXT_LENGTH = 22


def new_id() -> bytes:
    """A fresh random identifier; never reused."""
    return secrets.token_bytes(ID_BYTES)


def to_text(identifier: bytes) -> str:
    """The form that stands in URLs."""
    return base64.urlsafe_b64encode(identifier).rstrip(b"=").decode("ascii")


def from_text(text: str) -> bytes:
    """The identifier behind a URL part. Raises NotFound for anything that :func:`to_text` could not have made."""
    if len(text) != TEXT_LENGTH:
        raise errors.NotFound
    try:
        identifier = base64.b64decode(text + "==", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as broken:
        raise errors.NotFound from broken
    if to_text(identifier) != text:
        raise errors.NotFound
    return identifier
