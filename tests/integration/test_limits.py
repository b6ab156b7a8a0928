"""Limits: by identity and by bucket, in memory or in Redis, under names that tell nothing."""

import re
from collections.abc import Callable

import pytest
import redis
from flask import Flask

from tests.actors import Reader, Writer, fields_of

ADDRESS = "203.0.113.7"


def writes(reader: Reader, body: str, address: str = ADDRESS) -> int:
    page = reader.browser.get("/n/r2", environ_base={"REMOTE_ADDR": address})
    data = fields_of(page.text, "/n/r2") | {"body": body}
    return reader.browser.post("/n/r2", data=data, environ_base={"REMOTE_ADDR": address}).status_code


def test_one_identity_rests_while_others_behind_the_same_address_write(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app(limit_write="2 per hour")
    busy, calm = Writer(app), Writer(app)
    # The first write has no identity yet and counts for the bucket alone.
    assert [writes(busy, f"話{number}") for number in range(4)] == [303, 303, 303, 429]
    assert writes(calm, "はじめて書きます") == 303


def test_a_bucket_is_counted_many_times_wider_than_an_identity(make_app: Callable[..., Flask]) -> None:
    app = make_app(limit_write="1 per hour", limit_bucket_factor="3")
    assert [writes(Reader(app), "話", ADDRESS) for _ in range(4)] == [303, 303, 303, 429]
    assert writes(Reader(app), "話", "198.51.100.9") == 303


def test_a_flood_with_a_wrong_token_is_counted_too(make_app: Callable[..., Flask]) -> None:
    app = make_app(limit_write="1 per hour", limit_bucket_factor="2")
    sent = [app.test_client().post("/n/r2", data={"body": "x"}).status_code for _ in range(3)]
    assert sent == [422, 422, 429]


def test_search_is_limited_in_both_its_steps(make_app: Callable[..., Flask]) -> None:
    app = make_app(limit_search="1 per hour", limit_bucket_factor="2")
    client = app.test_client()
    answers = [client.post("/s", data={"q": "夜"}).status_code for _ in range(3)]
    assert answers == [303, 303, 429]


def test_guesses_at_a_login_are_not_widened_for_a_bucket(make_app: Callable[..., Flask]) -> None:
    app = make_app(limit_login="2 per hour")
    visitor = Reader(app)
    tries = [
        visitor.sends("/m/login", name="世話人A", password="x", code="000000").status_code for _ in range(3)
    ]
    assert tries == [422, 422, 429]


@pytest.mark.redis
def test_two_processes_share_limits_through_redis_under_names_that_tell_nothing(
    make_app: Callable[..., Flask], redis_url: str
) -> None:
    one = make_app(redis_url=redis_url, limit_write="1 per hour", limit_bucket_factor="2")
    two = make_app(redis_url=redis_url, limit_write="1 per hour", limit_bucket_factor="2")
    assert [writes(Reader(app), "話") for app in (one, two, one)] == [303, 303, 429]
    with redis.Redis.from_url(redis_url) as client:
        names = [name.decode() for name in client.keys("*")]
    assert names
    assert not [name for name in names if re.search(r"203|113\.7", name)]


@pytest.mark.redis
def test_the_board_goes_on_when_redis_is_away(make_app: Callable[..., Flask]) -> None:
    app = make_app(redis_url="redis://127.0.0.1:1/0")
    assert app.test_client().get("/help").status_code == 200
