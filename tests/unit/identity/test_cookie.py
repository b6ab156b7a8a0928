"""A cookie opens only where and as it was sealed; everything else is a reader, and says nothing."""

import base64
import secrets
import time
from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from forum.identity import cookie
from forum.identity.cookie import (
    CookieState,
    StaffState,
    open_cookie,
    open_staff,
    seal_cookie,
    seal_staff,
)
from forum.identity.sealed import decode_text, encode_text, seal
from tests.unit.identity.samples import random_keys

KEYS = random_keys()

states = some.builds(
    CookieState,
    seed=some.none() | some.binary(min_size=16, max_size=16),
    standing=some.integers(0, 2**16 - 1),
    issued_hour=some.integers(0, 2**32 - 1),
    ban_number=some.integers(0, 2**63),
    notice_number=some.integers(0, 2**63),
    epoch=some.integers(0, 2**32 - 1),
    lock=some.just(cookie.NO_LOCK) | some.binary(min_size=cookie.LOCK_BYTES, max_size=cookie.LOCK_BYTES),
    awake_minute=some.integers(0, 2**32 - 1),
    is_locks_own=some.booleans(),
    csrf=some.binary(min_size=20, max_size=20),
    message=some.integers(0, 255),
)
staff_states = some.builds(
    StaffState,
    moderator_id=some.binary(min_size=16, max_size=16),
    session_epoch=some.integers(0, 2**32 - 1),
    issued_hour=some.integers(0, 2**32 - 1),
    second_factor=some.booleans(),
    csrf=some.binary(min_size=20, max_size=20),
    message=some.integers(0, 255),
    proved_minute=some.integers(0, 2**32 - 1),
    seen_minute=some.integers(0, 2**32 - 1),
)


def full_state() -> CookieState:
    return CookieState(
        seed=secrets.token_bytes(16),
        standing=2,
        issued_hour=int(time.time()) // 3600,
        ban_number=41,
        notice_number=7,
        epoch=1,
        lock=secrets.token_bytes(cookie.LOCK_BYTES),
        awake_minute=int(time.time()) // 60,
        csrf=secrets.token_bytes(20),
        message=3,
    )


@given(states)
def test_a_writers_cookie_comes_back_as_it_was_and_always_as_long(state: CookieState) -> None:
    text = seal_cookie(state, KEYS)
    assert open_cookie(text, KEYS) == state
    assert len(text) == cookie.WRITER_LENGTH
    assert text.isascii()
    assert text.replace("-", "").replace("_", "").isalnum()


@given(staff_states)
def test_a_staff_cookie_comes_back_as_it_was_and_always_as_long(state: StaffState) -> None:
    text = seal_staff(state, KEYS)
    assert open_staff(text, KEYS) == state
    assert len(text) == cookie.STAFF_LENGTH


def test_a_devices_cookie_comes_back_as_it_was_and_opens_neither_desk_nor_board() -> None:
    state = cookie.DeviceState(secrets.token_bytes(16), 7, secrets.token_bytes(16))
    text = cookie.seal_device(state, KEYS)
    assert cookie.open_device(text, KEYS) == state
    assert len(text) == cookie.DEVICE_LENGTH
    assert open_staff(text, KEYS) is None
    assert open_cookie(text, KEYS) is None
    assert cookie.open_device(text, random_keys()) is None
    assert cookie.open_device(seal_staff(StaffState(), KEYS), KEYS) is None
    assert state.number.hex() not in repr(state)


def test_the_empty_state_holds_nobody() -> None:
    opened = open_cookie(seal_cookie(CookieState(), KEYS), KEYS)
    assert opened == CookieState()
    assert opened.seed is None
    assert not any(opened.lock + opened.csrf)


def test_a_seed_of_zeros_is_not_no_seed() -> None:
    opened = open_cookie(seal_cookie(CookieState(seed=bytes(16)), KEYS), KEYS)
    assert opened is not None
    assert opened.seed == bytes(16)


def test_every_flipped_bit_makes_a_reader() -> None:
    raw = decode_text(seal_cookie(full_state(), KEYS))
    assert raw is not None
    for place in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[place // 8] ^= 1 << place % 8
        assert open_cookie(encode_text(bytes(changed)), KEYS) is None


def test_every_flipped_bit_of_the_text_makes_a_reader() -> None:
    text = seal_cookie(full_state(), KEYS).encode("ascii")
    for place in range(len(text) * 8):
        changed = bytearray(text)
        changed[place // 8] ^= 1 << place % 8
        assert open_cookie(changed.decode("latin-1"), KEYS) is None


def test_every_other_last_letter_makes_a_reader() -> None:
    text = seal_cookie(full_state(), KEYS)
    for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=":
        if letter != text[-1]:
            assert open_cookie(text[:-1] + letter, KEYS) is None


def test_every_cut_and_every_addition_makes_a_reader() -> None:
    text = seal_cookie(full_state(), KEYS)
    assert all(open_cookie(text[:length], KEYS) is None for length in range(len(text)))
    assert all(open_cookie(text + more, KEYS) is None for more in ("A", "=", "==", " ", "\n", text))


@given(some.text())
@settings(max_examples=300)
def test_any_string_at_all_makes_a_reader(text: str) -> None:
    assert open_cookie(text, KEYS) is None
    assert open_staff(text, KEYS) is None
    assert open_cookie((text + "A" * cookie.WRITER_LENGTH)[: cookie.WRITER_LENGTH], KEYS) is None


@pytest.mark.parametrize("odd", ["\ud800", "\0", "é", "１"])
def test_letters_that_no_cookie_holds_make_a_reader(odd: str) -> None:
    text = seal_cookie(full_state(), KEYS)
    assert open_cookie(odd + text[1:], KEYS) is None


def test_another_key_makes_a_reader() -> None:
    assert open_cookie(seal_cookie(full_state(), KEYS), random_keys()) is None
    assert open_staff(seal_staff(StaffState(), KEYS), random_keys()) is None


def test_after_a_rotation_the_old_key_opens_for_its_window_and_seals_nothing() -> None:
    state, old = full_state(), random_keys()
    rotated = random_keys(cookie_before=old.cookie)
    assert open_cookie(seal_cookie(state, old), rotated) == state
    assert open_cookie(seal_cookie(state, rotated), old) is None
    assert open_cookie(seal_cookie(state, old), replace(rotated, cookie_before=None)) is None


@pytest.mark.parametrize("version", [0, 3, 255])
def test_another_version_makes_a_reader(version: int) -> None:
    raw = decode_text(seal_cookie(full_state(), KEYS))
    assert raw is not None
    assert open_cookie(encode_text(bytes([version]) + raw[1:]), KEYS) is None
    # Even sealed with the right key: another layout's fields would be read as something they are not.
    payload = bytes([version]) + bytes(cookie._WRITER.size - 1)
    assert open_cookie(seal(cookie.WRITER_PURPOSE, payload, KEYS.cookie), KEYS) is None


def test_the_layout_of_an_older_version_makes_a_reader() -> None:
    older = bytes([cookie._WRITER_LAYOUT - 1]) + bytes(cookie._WRITER.size - 1)
    assert open_cookie(seal(cookie.WRITER_PURPOSE, older, KEYS.cookie), KEYS) is None


def test_another_length_under_the_right_key_makes_a_reader() -> None:
    for size in (0, 1, cookie._WRITER.size - 1, cookie._WRITER.size + 1):
        assert open_cookie(seal(cookie.WRITER_PURPOSE, b"\x02" * size, KEYS.cookie), KEYS) is None


def test_a_writers_cookie_is_nothing_on_the_desk_and_the_other_way_round() -> None:
    writer = seal(cookie.WRITER_PURPOSE, b"\x02" + bytes(cookie._STAFF.size - 1), KEYS.cookie)
    staff = seal(cookie.STAFF_PURPOSE, b"\x02" + bytes(cookie._WRITER.size - 1), KEYS.cookie)
    assert len(writer) == cookie.STAFF_LENGTH
    assert open_staff(writer, KEYS) is None
    assert open_cookie(staff, KEYS) is None


def test_neither_time_nor_seed_can_be_read_and_no_two_cookies_are_alike() -> None:
    state = full_state()
    texts = [seal_cookie(state, KEYS) for _ in range(50)]
    assert len(set(texts)) == 50
    for text in texts:
        raw = base64.urlsafe_b64decode(text + "==")
        for secret in (
            *(state.seed, state.lock, state.csrf),
            *(state.issued_hour.to_bytes(4, "big"), state.awake_minute.to_bytes(4, "big")),
        ):
            assert secret is not None
            assert secret not in raw
    # No place but the version byte is the same in all of them: no counter, no clock, no flag in clear.
    columns = zip(*(base64.urlsafe_b64decode(text + "==") for text in texts), strict=True)
    assert [place for place, column in enumerate(columns) if len(set(column)) == 1] == [0]


def test_the_printed_form_shows_no_field() -> None:
    state = full_state()
    assert repr(state) == str(state) == "CookieState(…)"
    assert repr(StaffState()) == "StaffState(…)"
    assert len(fields(state)) == 11


@pytest.mark.parametrize(
    "wrong",
    [
        {"seed": bytes(15)},
        {"lock": bytes(cookie.LOCK_BYTES - 1)},
        {"csrf": b""},
        {"seed": bytes(17)},
        {"csrf": bytes(21)},
    ],
)
def test_a_field_of_the_wrong_length_is_never_cut_silently(wrong: dict[str, bytes]) -> None:
    with pytest.raises(ValueError, match="bytes"):
        CookieState(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong", [{"standing": 2**16}, {"message": 256}, {"issued_hour": -1}, {"epoch": 2**32}]
)
def test_a_number_that_does_not_fit_is_an_error_at_home(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        seal_cookie(CookieState(**wrong), KEYS)  # type: ignore[arg-type]
