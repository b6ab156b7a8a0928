"""The wait ticket in a form: usable after some seconds, for one form, and once: the post's id comes from it.

Threat: a script that writes faster than a person, one form's ticket used on another, the double tap that
makes two posts. Nothing is stored for it; the ticket names no person and holds whole seconds only. It also holds the
level of the price it was given at, so that tickets heaped up while they were cheap are worth little later.
"""

import hmac
import math
import secrets
from dataclasses import dataclass

from forum import errors
from forum.identity.sealed import OVERHEAD, encoded_length, seal, unseal
from forum.identity.seeds import SEED_BYTES

NONCE_BYTES = 16
SECOND_BYTES = 8
LEVEL_BYTES = 1
POST_ID_BYTES = 16
LIFETIME_SECONDS = 24 * 60 * 60
TICKET_LENGTH = encoded_length(NONCE_BYTES + SECOND_BYTES + LEVEL_BYTES + OVERHEAD)


@dataclass(frozen=True, repr=False)
class Ticket:
    """An opened ticket: the one post it stands for, the seed it gives to a first writer, its age in seconds, and the
    level of the price it was given at.

    The seed comes from the ticket, so that a first form sent twice at once makes one writer and one post. It
    cannot be found again from what is stored: the nonce stood in the form and nowhere else.
    """

    post_id: bytes
    seed: bytes
    age: float
    level: int

    def __repr__(self) -> str:
        return "Ticket(…)"


def issue_ticket(key: bytes, purpose: str, target: bytes, now: float, *, level: int = 0) -> str:
    """A fresh ticket for one kind of form about one ``target``; ``now`` in seconds since 1970."""
    payload = (
        secrets.token_bytes(NONCE_BYTES)
        + int(now).to_bytes(SECOND_BYTES, "big")
        + level.to_bytes(LEVEL_BYTES, "big")
    )
    return seal(_bound_purpose(purpose, target), payload, key)


def open_ticket(key: bytes, purpose: str, target: bytes, text: str, now: float) -> Ticket:
    """The ticket behind a text, ripe or not; opened twice it stands for the same post.

    Raises Expired after 24 hours and for any text that is not a ticket for this purpose and target.
    """
    payload = unseal(_bound_purpose(purpose, target), text, key) if len(text) == TICKET_LENGTH else None
    if payload is None:
        raise errors.Expired
    nonce, made = payload[:NONCE_BYTES], int.from_bytes(payload[NONCE_BYTES:-LEVEL_BYTES], "big")
    age = max(0.0, now - made)  # a clock set back must not make somebody wait longer than once
    if age > LIFETIME_SECONDS:
        raise errors.Expired
    return Ticket(
        post_id=hmac.digest(key, b"post-id" + nonce, "sha256")[:POST_ID_BYTES],
        seed=hmac.digest(key, b"first-seed" + nonce, "sha256")[:SEED_BYTES],
        age=age,
        level=payload[-1],
    )


def ensure_ripe(ticket: Ticket, wait_seconds: float) -> None:
    """Raises TooSoon (with whole seconds left, at least 1) before ``wait_seconds`` have passed."""
    if ticket.age < wait_seconds:
        raise errors.TooSoon(math.ceil(wait_seconds - ticket.age))


def redeem_ticket(
    key: bytes, purpose: str, target: bytes, text: str, now: float, wait_seconds: float
) -> Ticket:
    """A ticket that is ripe after one plain wait. Raises TooSoon, Expired."""
    ticket = open_ticket(key, purpose, target, text, now)
    ensure_ripe(ticket, wait_seconds)
    return ticket


def _bound_purpose(purpose: str, target: bytes) -> str:
    return f"ticket {target.hex()} {purpose}"
