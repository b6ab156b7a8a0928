"""Two tags of one seed are two strangers to everybody who lacks the seed or the pepper."""

import hmac
import secrets
import timeit

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from forum import errors
from forum.identity import seeds
from forum.identity.keys import PepperGone
from forum.identity.seeds import derive, new_seed
from tests.unit.identity.samples import FIXED, random_keys


def test_a_seed_is_sixteen_fresh_bytes() -> None:
    made = {new_seed() for _ in range(100)}
    assert len(made) == 100
    assert {len(seed) for seed in made} == {16}


@pytest.mark.parametrize("length", [0, 15, 17, 32])
def test_a_seed_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        derive(bytes(length), FIXED)


def test_subkeys_are_hkdf_as_the_library_makes_it() -> None:
    seed, thread = new_seed(), secrets.token_bytes(16)
    by_library = HKDF(SHA256(), 32, salt=seeds.EXTRACT_SALT, info=seeds.RECEIPT_LABEL).derive(seed)
    expected = hmac.digest(by_library, thread, "sha256")
    assert derive(seed, FIXED).receipt_key(thread) == expected


def test_a_writer_has_one_tag_in_a_thread_and_another_in_every_other() -> None:
    identity, threads = derive(new_seed(), FIXED), [secrets.token_bytes(16) for _ in range(200)]
    tags = [identity.tag(thread, 1) for thread in threads]
    assert tags == [identity.tag(thread, 1) for thread in threads]
    assert len(set(tags)) == 200
    assert {len(tag) for tag in tags} == {16}


def test_two_writers_and_two_peppers_give_different_tags() -> None:
    thread, first, second = secrets.token_bytes(16), derive(new_seed(), FIXED), derive(new_seed(), FIXED)
    assert (
        len({first.tag(thread, 1), first.tag(thread, 2), second.tag(thread, 1), second.tag(thread, 2)}) == 4
    )


def test_a_stolen_seed_without_the_pepper_finds_nothing_in_a_stolen_database() -> None:
    seed, threads = new_seed(), [secrets.token_bytes(16) for _ in range(300)]
    stored = {derive(seed, FIXED).tag(thread, version) for thread in threads for version in (1, 2)}
    thief = derive(seed, random_keys())
    assert not stored & {thief.tag(thread, 1) for thread in threads}


def test_the_pepper_without_the_seed_finds_nothing_either() -> None:
    threads = [secrets.token_bytes(16) for _ in range(300)]
    stored = {derive(new_seed(), FIXED).tag(thread, 1) for thread in threads}
    guess = derive(new_seed(), FIXED)
    assert not stored & {guess.tag(thread, 1) for thread in threads}


def test_a_destroyed_pepper_says_so_by_a_domain_error() -> None:
    with pytest.raises(PepperGone) as caught:
        derive(new_seed(), FIXED).tag(bytes(16), 9)
    assert isinstance(caught.value, errors.NotFound)


def test_the_counter_name_dies_with_the_day() -> None:
    identity, today, tomorrow = derive(new_seed(), FIXED), secrets.token_bytes(32), secrets.token_bytes(32)
    assert identity.rate_key(today) == identity.rate_key(today)
    assert identity.rate_key(today) != identity.rate_key(tomorrow)
    assert identity.rate_key(today) != derive(new_seed(), FIXED).rate_key(today)
    assert len(bytes.fromhex(identity.rate_key(today))) == 16


def test_an_identity_shows_nothing_of_itself() -> None:
    seed = new_seed()
    shown = f"{derive(seed, FIXED)!r} {derive(seed, FIXED)} {FIXED!r} {FIXED}"
    assert shown == "Identity(…) Identity(…) Keys(…) Keys(…)"


def test_five_thousand_tags_are_quick_enough_for_one_step_of_the_own_place() -> None:
    identity, thread = derive(new_seed(), FIXED), secrets.token_bytes(16)
    best = min(timeit.repeat(lambda: identity.tag(thread, 1), number=1_000, repeat=5)) / 1_000
    assert best < 30e-6  # 3 to 6 µs on a quiet machine


def test_many_tags_at_once_are_the_same_tags() -> None:
    identity = derive(new_seed(), FIXED)
    places = [(secrets.token_bytes(16), version) for version in FIXED.peppers for _ in range(20)]
    gone = (secrets.token_bytes(16), max(FIXED.peppers) + 1)
    expected = {place: identity.tag(*place) for place in places} | {gone: b""}
    assert identity.tags([*places, gone]) == expected
