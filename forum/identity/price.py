"""What a new identity costs at each level: a wait, and for whoever has script some work that shortens it.

Threat: whoever can have as many identities as they like makes every limit and every ban worthless, yet a first post may
never be refused: thousands of people stand behind one address. So the price only rises. Level 0 is the ordinary day:
nobody works, nobody waits longer than the plain ticket. These are numbers alone; `web/price.py` counts.
"""

import hashlib
from dataclasses import dataclass

MOST_LEVEL = 7
#: What others do elsewhere must not make a quiet network wait for minutes.
MOST_BOARD_LEVEL = 4
#: A ticket is good up to so many levels above the one it was given at: a person who writes for an hour loses nothing.
GRACE_LEVELS = 1
MOST_WAIT_SECONDS = 240
UNPROVEN_FACTOR = 4
MOST_UNPROVEN_SECONDS = 600
# Level 1 asks for 16 bits (a blink on a phone), level 7 for 22 (some seconds of work, far less than its wait).
BITS_BELOW_LEVEL_1 = 15
MOST_PROOF_DIGITS = 12


@dataclass(frozen=True)
class Price:
    """Seconds to wait with a proof of ``bits`` leading zero bits, and without one."""

    level: int
    wait: int
    bits: int
    wait_unproven: int


def level_of(count: int, budget: int, most: int = MOST_LEVEL) -> int:
    """The level at which the next identity is given when there were ``count``: one more for every full budget."""
    return min(max(count, 0) // budget, most)


def price_at(level: int, ticket_seconds: int) -> Price:
    """The price at a level; ``ticket_seconds`` is the plain wait of level 0. With 0 seconds nothing costs anything."""
    if level <= 0 or ticket_seconds == 0:
        return Price(0, ticket_seconds, 0, ticket_seconds)
    wait = max(ticket_seconds, min(ticket_seconds << level, MOST_WAIT_SECONDS))
    unproven = max(wait, min(wait * UNPROVEN_FACTOR, MOST_UNPROVEN_SECONDS))
    return Price(level, wait, BITS_BELOW_LEVEL_1 + level, unproven)


def is_proof(ticket: str, proof: str, bits: int) -> bool:
    """Whether SHA-256 of ``ticket.proof`` (a number in digits) begins with so many zero bits: one hash, whatever is sent."""
    if not (0 < len(proof) <= MOST_PROOF_DIGITS and proof.isascii() and proof.isdigit()):
        return False
    digest = hashlib.sha256(f"{ticket}.{proof}".encode()).digest()
    return int.from_bytes(digest, "big") >> (256 - bits) == 0
