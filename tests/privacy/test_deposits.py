"""預ける: an unfinished text is kept for seven days under four words, and is nobody's without them."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from forum import clock
from forum.extensions import db
from forum.identity.receipts import deposit_key, new_words, receipt_id
from forum.identity.sealed import unseal
from forum.models import Deposit, Participant, Post, Receipt
from forum.posting import deposits
from forum.runtime import runtime
from forum.worker import end_small_rows
from tests.actors import Reader, Writer, fields_of

UNFINISHED = "まだ途中なのですが、夫に言えないことが"
FAREWELL = "今夜、もう死のうと思います。薬は用意しました。"


def puts_aside(person: Reader, path: str, body: str, **fields: str) -> TestResponse:
    return person.sends(path, body=body, act="deposit", **fields)


def words_of(answer: TestResponse) -> str:
    assert answer.status_code == 200, answer.text
    kept = re.search(r'<ol class="keep".*?</ol>', answer.text, re.DOTALL)
    assert kept
    return " ".join(re.findall(r"<li>(.+?)</li>", kept[0]))


def opens(person: Reader, words: str) -> TestResponse:
    return person.sends("/back", phrase=words)


def kept_rows(app: Flask) -> list[Deposit]:
    with app.app_context():
        return list(db.session.scalars(db.select(Deposit)))


def test_the_text_comes_back_on_another_device_and_goes_on_from_there(app: Flask, reader: Reader) -> None:
    words = words_of(
        puts_aside(reader, "/n/r2", UNFINISHED, title="言えないこと", wish="advice", lifetime="30")
    )
    elsewhere = Writer(app)
    page = opens(elsewhere, words)
    filled = fields_of(page.text, "/n/r2")
    assert (filled["body"], filled["title"]) == (UNFINISHED, "言えないこと")
    assert (filled["wish"], filled["lifetime"]) == ("advice", "30")
    answer = elsewhere.browser.post("/n/r2", data=filled | {"body": UNFINISHED + "あります。"})
    assert answer.status_code == 303
    assert not kept_rows(app)
    assert opens(Reader(app), words).status_code == 422


def test_a_reply_goes_on_in_its_thread(app: Flask, writer: Writer, reader: Reader) -> None:
    writer.vents("夜の話です。")
    path = f"/t/{writer.thread_id}/r"
    words = words_of(puts_aside(reader, path, UNFINISHED))
    page = opens(Reader(app), words)
    assert fields_of(page.text, path)["body"] == UNFINISHED


def test_a_thread_that_closed_meanwhile_loses_no_word(app: Flask, writer: Writer, reader: Reader) -> None:
    writer.vents("夜の話です。")
    words = words_of(puts_aside(reader, f"/t/{writer.thread_id}/r", UNFINISHED))
    writer.sends(f"/p/{writer.post_id}/d")
    page = opens(reader, words)
    assert page.status_code == 200
    assert UNFINISHED in page.text


def test_it_gives_nobody_a_key_and_leaves_nothing_on_the_device(app: Flask, reader: Reader) -> None:
    answer = puts_aside(reader, "/n/r2", UNFINISHED)
    assert answer.headers["Cache-Control"] == "no-store"
    assert UNFINISHED not in answer.text
    assert "まだ鍵がありません" in reader.opens("/me/key").text
    with app.app_context():
        assert not db.session.scalars(db.select(Participant)).all()
        assert not db.session.scalars(db.select(Post)).all()
        assert not db.session.scalars(db.select(Receipt)).all()


def test_without_the_words_the_box_stays_shut_even_with_every_key(app: Flask, reader: Reader) -> None:
    words = words_of(puts_aside(reader, "/n/r2", UNFINISHED)).split()
    [kept] = kept_rows(app)
    with app.app_context():
        keys = runtime().keys
    pepper = keys.pepper(keys.pepper_version)
    box = kept.box.decode()
    for key in (pepper, keys.seal, keys.form, keys.cookie, kept.id, deposit_key(pepper, new_words("ja"))):
        assert unseal(deposits.PURPOSE, box, key) is None
    assert UNFINISHED.encode() in (unseal(deposits.PURPOSE, box, deposit_key(pepper, words)) or b"")
    assert kept.id == receipt_id(pepper, words)


def test_two_of_one_person_share_nothing_and_lengths_say_little(app: Flask, writer: Writer) -> None:
    writer.vents("鍵のある人です。")
    for body in ("みじかい。", UNFINISHED * 5):
        puts_aside(writer, "/n/r2", body)
    first, second = kept_rows(app)
    assert len(first.box) == len(second.box)
    assert not set(zip(*[iter(first.box)] * 24, strict=False)) & set(
        zip(*[iter(second.box)] * 24, strict=False)
    )
    assert set(Deposit.__table__.columns.keys()) == {"id", "box", "ends_on"}


def test_after_seven_days_it_is_shut_and_then_gone(app: Flask, reader: Reader) -> None:
    words = words_of(puts_aside(reader, "/n/r2", UNFINISHED))
    with clock.frozen(clock.now() + timedelta(days=7)):
        assert opens(reader, words).status_code == 200
    with clock.frozen(clock.now() + timedelta(days=8)):
        assert opens(reader, words).status_code == 422
        with app.app_context():
            end_small_rows()
        assert not kept_rows(app)


def test_it_can_be_thrown_away(app: Flask, reader: Reader) -> None:
    words = words_of(puts_aside(reader, "/n/r2", UNFINISHED))
    filled = fields_of(opens(reader, words).text, "/n/r2")
    assert reader.browser.post("/n/r2", data=filled | {"act": "discard"}).status_code == 200
    assert not kept_rows(app)


def test_putting_aside_again_leaves_one(app: Flask, reader: Reader) -> None:
    words = words_of(puts_aside(reader, "/n/r2", UNFINISHED))
    filled = fields_of(opens(reader, words).text, "/n/r2")
    again = reader.browser.post("/n/r2", data=filled | {"body": "書きなおし。", "act": "deposit"})
    assert fields_of(opens(reader, words_of(again)).text, "/n/r2")["body"] == "書きなおし。"
    assert len(kept_rows(app)) == 1


def test_help_comes_with_it_when_the_words_ask_for_help(reader: Reader) -> None:
    answer = puts_aside(reader, "/n/r2", FAREWELL)
    assert 'class="hand"' in answer.text
    assert answer.text.index('class="hand"') < answer.text.index('class="keep"')


@pytest.mark.parametrize("body", ["", "あ" * 5001])
def test_what_no_post_could_be_is_given_back(app: Flask, reader: Reader, body: str) -> None:
    answer = puts_aside(reader, "/n/r2", body)
    assert answer.status_code == 422
    assert body in answer.text
    assert not kept_rows(app)
