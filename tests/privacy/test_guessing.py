"""Guessing at words: wrong tries are counted for the whole board; beyond some each try costs its own ticket, and nobody
is kept out."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from forum import clock
from forum.identity.price import price_at
from forum.identity.receipts import new_words
from forum.web import price
from tests.actors import Reader, Writer, fields_of
from tests.integration.test_price import asked_on
from tests.privacy.test_recovery import phrase_of

SECONDS = 2
BEGAN = datetime(2026, 3, 3, 9, 0, tzinfo=clock.BOARD_ZONE)
WRONG = "あいこくしん あいさつ あいだ あおぞら"
NOTHING = "この言葉では、何も開きませんでした。"
OPENED = "夜の台所で、白湯を飲んでいます。"


@pytest.fixture(autouse=True)
def morning() -> Iterator[None]:
    with clock.frozen(BEGAN):
        yield


@contextmanager
def later(seconds: float) -> Iterator[None]:
    with clock.frozen(clock.now() + timedelta(seconds=seconds)):
        yield


@pytest.fixture
def written(writer: Writer) -> tuple[str, str]:
    """Four words and twelve that open something."""
    writer.vents(OPENED)
    page = writer.opens(f"/p/{writer.post_id}/ok").text
    kept = page.partition('class="keep"')[2].partition("</ol>")[0]
    four = [item.partition("</li>")[0] for item in kept.split("<li>")[1:]]
    return " ".join(four), " ".join(phrase_of(writer))


@pytest.fixture
def board(make_app: Callable[..., Flask], written: tuple[str, str]) -> Flask:
    return make_app(ticket_seconds=str(SECONDS))


def sends(person: Reader, fields: dict[str, str], words: str, **more: str) -> TestResponse:
    return person.browser.post("/back", data=fields | {"phrase": words} | more)


def opens(person: Reader) -> dict[str, str]:
    return fields_of(person.opens("/back").text, "/back")


def wrong_tries(app: Flask, count: int) -> None:
    """Tries of words that open nothing, from a network of their own each."""
    for number in range(count):
        guesser = Reader(app)
        guesser.browser.environ_base["REMOTE_ADDR"] = f"10.{number // 250}.{number % 250}.1"
        assert NOTHING in sends(guesser, opens(guesser), WRONG).text


def many_wrong_tries(app: Flask, count: int) -> None:
    with app.test_request_context():
        for _ in range(count):
            price.count_wrong_try()


def test_as_long_as_few_are_wrong_four_words_open_at_once(board: Flask, written: tuple[str, str]) -> None:
    person = Reader(board)
    assert OPENED in sends(person, opens(person), written[0]).text


def test_ten_thousand_wrong_tries_from_many_networks_keep_nobody_out(
    board: Flask, written: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(price, "FREE_TRIES", 40)
    wrong_tries(board, 40)
    with board.test_request_context():
        assert price.tries_level() == 1
    monkeypatch.undo()
    many_wrong_tries(board, 10_000)
    four, twelve = Reader(board), Reader(board)
    fields, others = opens(four), opens(twelve)
    early = sends(four, fields, written[0])
    assert early.status_code == 429
    assert "書いたものはここに残っています" in early.text
    assert written[0] in early.text
    assert int(early.headers["Retry-After"]) <= price_at(4, SECONDS).wait_unproven
    with later(price_at(4, SECONDS).wait_unproven):
        assert OPENED in sends(four, fields, written[0]).text
        assert sends(twelve, others, written[1]).status_code == 303


def test_then_every_further_try_costs_its_own_ticket(board: Flask, written: tuple[str, str]) -> None:
    many_wrong_tries(board, 10_000)
    guesser = Reader(board)
    fields = opens(guesser)
    with later(price_at(4, SECONDS).wait_unproven):
        assert NOTHING in sends(guesser, fields, WRONG).text
        for _ in range(3):
            again = sends(guesser, fields, " ".join(new_words("ja")))
            assert again.status_code == 422
            assert NOTHING not in again.text
        right = sends(guesser, fields, written[0])
        assert right.status_code == 422
        assert OPENED not in right.text
        fresh = fields_of(right.text, "/back")
        assert fresh["ticket"] != fields["ticket"]
        assert asked_on(right.text)["bits"] == 19
        with later(price_at(4, SECONDS).wait_unproven):
            assert OPENED in sends(guesser, fresh, written[0]).text


def test_what_words_opened_can_be_deleted_with_the_same_ticket(
    board: Flask, written: tuple[str, str]
) -> None:
    many_wrong_tries(board, 10_000)
    person = Reader(board)
    fields = opens(person)
    with later(price_at(4, SECONDS).wait_unproven):
        page = sends(person, fields, written[0]).text
        assert OPENED in page
        assert sends(person, fields, written[0], act="delete").status_code == 200
        assert OPENED not in person.opens("/b/r2").text


def test_a_ticket_for_tries_is_not_kept_for_later(board: Flask, written: tuple[str, str]) -> None:
    many_wrong_tries(board, 10_000)
    person = Reader(board)
    fields = opens(person)
    with later(price_at(4, SECONDS).wait_unproven + price.TRY_SECONDS + 1):
        many_wrong_tries(board, 10_000)
        assert OPENED not in sends(person, fields, written[0]).text


def test_who_has_a_key_pays_for_tries_like_everybody(board: Flask, other: Writer) -> None:
    other.vents("べつの人の話です。")
    cookie = other.browser.get_cookie("s")
    assert cookie
    many_wrong_tries(board, 10_000)
    holder = Reader(board)
    holder.browser.set_cookie("s", cookie.value)
    assert sends(holder, opens(holder), WRONG).status_code == 429


def test_the_next_hour_is_free_again_and_typing_errors_never_count(
    board: Flask, written: tuple[str, str]
) -> None:
    for _ in range(price.FREE_TRIES + 1):
        person = Reader(board)
        sends(person, {"csrf_token": ""}, WRONG)
    typist = Reader(board)
    for _ in range(5):
        sends(typist, opens(typist), "これは ことば では ない")
    with board.test_request_context():
        assert price.tries_level() == 0
    many_wrong_tries(board, 10_000)
    with later(60 * 60):
        person = Reader(board)
        assert OPENED in sends(person, opens(person), written[0]).text
