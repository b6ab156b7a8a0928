"""The price of an identity in numbers: it rises by budgets, ends at some minutes, and a proof is checked by one hash."""

import hashlib
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as some

from forum.identity.price import (
    MOST_BOARD_LEVEL,
    MOST_LEVEL,
    MOST_UNPROVEN_SECONDS,
    MOST_WAIT_SECONDS,
    is_proof,
    level_of,
    price_at,
)

# Frozen: ticket text, number, and how many zero bits SHA-256 of "text.number" begins with.
KNOWN = [
    ("abc", "10", 5),
    ("AQ" * 36, "146990", 16),
    ("x" * 55, "16806", 12),
    ("x" * 64, "10522", 13),
]


def work_for(ticket: str, bits: int) -> str:
    """A proof, found as a script finds it."""
    number = 0
    while not is_proof(ticket, str(number), bits):
        number += 1
    return str(number)


def test_every_full_budget_raises_the_level_by_one_and_no_further_than_the_last() -> None:
    assert [level_of(count, 50) for count in (0, 49, 50, 99, 100, 199, 10**9)] == [
        0,
        0,
        1,
        1,
        2,
        3,
        MOST_LEVEL,
    ]
    assert level_of(10**9, 1000, MOST_BOARD_LEVEL) == MOST_BOARD_LEVEL
    assert level_of(-1, 50) == 0


def test_on_an_ordinary_day_nobody_works_and_script_makes_no_difference() -> None:
    price = price_at(0, 2)
    assert (price.wait, price.wait_unproven, price.bits) == (2, 2, 0)


def test_the_wait_doubles_and_ends_at_some_minutes() -> None:
    prices = [price_at(level, 2) for level in range(MOST_LEVEL + 1)]
    assert [price.wait for price in prices] == [2, 4, 8, 16, 32, 64, 128, MOST_WAIT_SECONDS]
    assert [price.wait_unproven for price in prices] == [2, 16, 32, 64, 128, 256, 512, MOST_UNPROVEN_SECONDS]
    assert [price.bits for price in prices] == [0, 16, 17, 18, 19, 20, 21, 22]


@given(some.integers(0, MOST_LEVEL), some.integers(1, 2000))
def test_a_proof_never_makes_the_wait_longer_and_no_level_is_cheaper_than_the_one_below(
    level: int, seconds: int
) -> None:
    price, below = price_at(level, seconds), price_at(level - 1, seconds)
    assert seconds <= price.wait <= price.wait_unproven
    assert below.wait <= price.wait
    assert below.wait_unproven <= price.wait_unproven


@pytest.mark.parametrize("level", range(MOST_LEVEL + 1))
def test_no_seconds_mean_no_price_at_all(level: int) -> None:
    price = price_at(level, 0)
    assert (price.wait, price.wait_unproven, price.bits) == (0, 0, 0)


@pytest.mark.parametrize(("ticket", "proof", "bits"), KNOWN)
def test_known_proofs_hold_for_their_bits_and_not_for_one_more(ticket: str, proof: str, bits: int) -> None:
    assert is_proof(ticket, proof, bits)
    assert not is_proof(ticket, proof, bits + 1)


def test_a_proof_belongs_to_its_ticket() -> None:
    mine, other = secrets.token_urlsafe(54), secrets.token_urlsafe(54)
    proof = work_for(mine, 12)
    assert is_proof(mine, proof, 12)
    digest = hashlib.sha256(f"{other}.{proof}".encode()).digest()
    assert is_proof(other, proof, 12) == (digest[0] == 0 and digest[1] < 16)


@pytest.mark.parametrize(
    "proof", ["", " ", "-1", "1.5", "１２", "1" * 13, "1" * 100_000, "x", "0x10", "1\n", "１"]
)
def test_what_is_no_number_of_digits_is_no_proof(proof: str) -> None:
    assert not is_proof("ticket", proof, 0)


@given(some.text())
def test_no_text_breaks_the_check(proof: str) -> None:
    assert is_proof("ticket", proof, 200) is False
