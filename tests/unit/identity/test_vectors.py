"""What a seed has meant once it means for ever: a change here makes writers strangers to their own posts."""

import json
from typing import Any

import pytest

from forum.identity import sealed
from forum.identity.handles import candidates
from forum.identity.phrase import phrase_for, seed_from
from forum.identity.receipts import receipt_id, words_for
from forum.identity.seeds import derive
from forum.identity.tickets import redeem_ticket
from tests.unit.identity import derivation
from tests.unit.identity.samples import FIXED

FROZEN: dict[str, Any] = json.loads(derivation.VECTORS.read_text(encoding="utf-8"))


def test_the_frozen_vectors_are_what_the_straight_lines_give() -> None:
    assert derivation.vectors() == FROZEN


@pytest.mark.parametrize("vector", FROZEN["threads"])
def test_a_seed_keeps_its_tag_and_first_handle_in_a_thread(vector: dict[str, Any]) -> None:
    thread, version = bytes.fromhex(vector["thread"]), vector["pepper_version"]
    tag = derive(bytes.fromhex(vector["seed"]), FIXED).tag(thread, version)
    assert tag.hex() == vector["tag"]
    counts = (FROZEN["word_counts"][0], FROZEN["word_counts"][1])
    assert list(next(candidates(FIXED.pepper(version), thread, tag, counts))) == vector["first_handle"]


@pytest.mark.parametrize("vector", FROZEN["seeds"])
def test_a_seed_keeps_its_phrase_its_counter_and_its_receipt_words(vector: dict[str, Any]) -> None:
    seed = bytes.fromhex(vector["seed"])
    identity = derive(seed, FIXED)
    assert identity.rate_key(bytes.fromhex(FROZEN["day_key"])) == vector["rate_key"]
    for locale in ("ja", "en"):
        assert list(phrase_for(seed, locale)) == vector["phrase"][locale]
        assert seed_from(vector["phrase"][locale]) == seed
        words = words_for(identity.receipt_key(bytes.fromhex(vector["receipt_target"])), locale)
        assert list(words) == vector["receipt_words"][locale]


@pytest.mark.parametrize("vector", FROZEN["receipts"])
@pytest.mark.parametrize("locale", ["ja", "en"])
def test_receipt_words_keep_the_name_under_which_they_are_stored(vector: dict[str, Any], locale: str) -> None:
    assert receipt_id(FIXED.pepper(vector["pepper_version"]), vector[locale]).hex() == vector["id"]


def test_a_ticket_keeps_the_post_and_the_writer_it_stands_for() -> None:
    vector = FROZEN["ticket"]
    payload = bytes.fromhex(vector["nonce"]) + (1_000).to_bytes(8, "big") + bytes([3])
    text = sealed.seal(f"ticket {b'there'.hex()} reply", payload, FIXED.form)
    ticket = redeem_ticket(FIXED.form, "reply", b"there", text, 1_000.0, 0)
    assert (ticket.post_id.hex(), ticket.seed.hex()) == (vector["post_id"], vector["seed"])
    assert (ticket.age, ticket.level) == (0, 3)
