"""A sealed text opens for one purpose and under one key; a sealed query for an hour, telling little by its length."""

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as some

from forum import errors
from forum.identity.sealed import (
    QUERY_PURPOSE,
    QUERY_SIZES,
    decode_text,
    encode_text,
    encoded_length,
    open_query,
    seal,
    seal_query,
    unseal,
)

KEY = secrets.token_bytes(32)
HOUR = 494_000


@given(some.binary(max_size=200))
def test_what_is_sealed_comes_back(payload: bytes) -> None:
    text = seal("secret", payload, KEY)
    assert unseal("secret", text, KEY) == payload
    assert len(text) == encoded_length(len(payload) + 29)


@given(some.binary(max_size=100))
def test_text_and_bytes_are_one_to_one(value: bytes) -> None:
    assert decode_text(encode_text(value)) == value
    assert decode_text(encode_text(value) + "=") is None


@pytest.mark.parametrize(
    "text", ["", "A", "AB", "A" * 38, "é" * 40, "\ud800" * 40, "A A" * 20, "+/" * 30, "=" * 60]
)
def test_what_was_never_sealed_does_not_open_and_does_not_raise(text: str) -> None:
    assert unseal("secret", text, KEY) is None


def test_another_purpose_or_key_does_not_open() -> None:
    text = seal("totp", b"payload", KEY)
    assert unseal("totp ", text, KEY) is None
    assert unseal("ticket", text, KEY) is None
    assert unseal("totp", text, secrets.token_bytes(32)) is None


def test_every_flipped_bit_is_noticed() -> None:
    raw = decode_text(seal("secret", b"payload", KEY))
    assert raw is not None
    for place in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[place // 8] ^= 1 << place % 8
        assert unseal("secret", encode_text(bytes(changed)), KEY) is None


@given(some.text(max_size=200))
def test_a_query_opens_in_its_hour_and_the_next_and_never_else(text: str) -> None:
    sealed = seal_query(text, KEY, HOUR)
    expected = text.encode("utf-8", "replace").decode("utf-8")
    assert [open_query(sealed, KEY, HOUR + later) for later in (0, 1)] == [expected, expected]
    assert [open_query(sealed, KEY, HOUR + later) for later in (-1, 2, 24, 8_760)] == [None] * 4


def test_the_length_of_a_sealed_query_tells_little() -> None:
    lengths = {len(seal_query("夜" * count, KEY, HOUR)) for count in range(300)}
    assert len(lengths) == len(QUERY_SIZES)
    assert len(seal_query("夜", KEY, HOUR)) == len(seal_query("夜中に読む場所", KEY, HOUR))


def test_a_query_that_is_too_long_is_refused_by_its_field() -> None:
    with pytest.raises(errors.Invalid) as caught:
        seal_query("夜" * 400, KEY, HOUR)
    assert (caught.value.field, caught.value.code) == ("q", "too_long")


def test_a_query_is_not_readable_and_never_twice_the_same() -> None:
    texts = {seal_query("canary", KEY, HOUR) for _ in range(20)}
    assert len(texts) == 20
    assert all(b"canary" not in (decode_text(text) or b"canary") for text in texts)


def test_another_key_or_another_thing_under_the_key_is_no_query() -> None:
    assert open_query(seal_query("q", KEY, HOUR), secrets.token_bytes(32), HOUR) is None
    assert open_query(seal(QUERY_PURPOSE, b"short", KEY), KEY, HOUR) is None
    assert open_query("", KEY, HOUR) is None
