"""Twelve words: the seed itself, nothing of it stored; they open everything again, and only whole."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from forum import clock, ids
from forum.extensions import begin_writing, db
from forum.identity.phrase import phrase_for, stands_in
from forum.models import Flag, Notice, Participant, Post, Reaction, Receipt, Thread
from forum.queries import own
from tests.actors import Staff, Writer, fields_of

WORDS = "夜になると、台所の音だけが聞こえます。"
HALF_WIDTH = str.maketrans(
    {"あ": "ｱ", "い": "ｲ", "う": "ｳ", "か": "ｶ", "さ": "ｻ", "た": "ﾀ", "な": "ﾅ", "の": "ﾉ"}
)


def phrase_of(writer: Writer, prefix: str = "") -> list[str]:
    page = writer.sends(f"{prefix}/me/key")
    assert page.status_code == 200
    kept = re.search(r'<ol class="keep".*?</ol>', page.text, re.DOTALL)
    assert kept
    return re.findall(r"<li>(.+?)</li>", kept[0])


def enters(person: Writer, words: str, **fields: str) -> TestResponse:
    return person.sends("/back", phrase=words, **fields)


def katakana(word: str) -> str:
    return "".join(chr(ord(letter) + 0x60) if "ぁ" <= letter <= "ゖ" else letter for letter in word)


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_twelve_words_bring_everything_back_on_another_device(
    app: Flask, writer: Writer, prefix: str
) -> None:
    writer.vents(WORDS)
    words = phrase_of(writer, prefix)
    assert len(words) == 12
    elsewhere = Writer(app)
    assert writer.thread_id not in elsewhere.opens("/me").text
    assert enters(elsewhere, " ".join(words)).status_code == 303
    assert writer.thread_id in elsewhere.opens("/me").text


@pytest.mark.parametrize(
    "spelling",
    [
        "　".join,
        "\n".join,
        "、".join,
        lambda words: " ".join(map(katakana, words)),
        lambda words: " ".join(words).translate(HALF_WIDTH),
    ],
    ids=["wide space", "lines", "commas", "katakana", "half width"],
)
def test_any_hand_may_have_written_them(
    app: Flask, writer: Writer, spelling: Callable[[list[str]], str]
) -> None:
    writer.vents(WORDS)
    elsewhere = Writer(app)
    assert enters(elsewhere, spelling(phrase_of(writer))).status_code == 303
    assert writer.thread_id in elsewhere.opens("/me").text


def test_one_wrong_word_says_that_they_open_nothing_and_not_which(app: Flask, writer: Writer) -> None:
    writer.vents(WORDS)
    words = phrase_of(writer)
    told = set()
    for place in range(12):
        wrong = [
            *words[:place],
            "あいこくしん" if words[place] != "あいこくしん" else "あいさつ",
            *words[place + 1 :],
        ]
        answer = enters(Writer(app), " ".join(wrong))
        if answer.status_code == 422:  # one try in sixteen has a right checksum: somebody without a past
            told.add(re.search(r'role="alert">(.+?)</p>', answer.text)[1])  # type: ignore[index]
    assert len(told) == 1
    assert enters(Writer(app), "ことば " * 12).status_code == 422


def test_the_phrase_is_shown_on_request_only_and_never_kept(app: Flask, writer: Writer) -> None:
    writer.vents(WORDS)
    assert 'class="keep"' not in writer.opens("/me/key").text
    answer = writer.sends("/me/key")
    assert answer.headers["Cache-Control"] == "no-store"
    assert 'class="keep"' not in Writer(app).opens("/me/key").text


def test_a_browser_that_holds_another_key_is_asked_before_it_loses_it(
    app: Flask, writer: Writer, other: Writer
) -> None:
    writer.vents(WORDS)
    other.vents("べつの人の夜です。")
    words = " ".join(phrase_of(writer))
    asked = enters(other, words)
    assert asked.status_code == 422
    assert other.thread_id in other.opens("/me").text
    again = other.browser.post(
        "/back", data=fields_of(asked.text, "/back") | {"phrase": words, "act": "instead"}
    )
    assert again.status_code == 303
    mine = other.opens("/me").text
    assert writer.thread_id in mine
    assert other.thread_id not in mine


def test_it_costs_what_a_new_identity_costs(make_app: Callable[..., Flask], writer: Writer) -> None:
    writer.vents(WORDS)
    words = " ".join(phrase_of(writer))
    hurried = Writer(make_app(ticket_seconds="2"))
    answer = enters(hurried, words)
    assert answer.status_code == 422
    with clock.frozen(clock.now() + timedelta(seconds=3)):
        ripe = hurried.browser.post("/back", data=fields_of(answer.text, "/back") | {"phrase": words})
    assert ripe.status_code == 303


def test_ten_thousand_wrong_tries_keep_nobody_else_out(
    make_app: Callable[..., Flask], writer: Writer
) -> None:
    writer.vents(WORDS)
    words = " ".join(phrase_of(writer))
    app = make_app(limit_back="10 per minute", limit_bucket_factor="2")
    guesser = Writer(app)
    page = guesser.opens("/back")
    sent = fields_of(page.text) | {"phrase": "あいこくしん あいさつ あいだ あおぞら"}
    near = {"REMOTE_ADDR": "203.0.113.9"}
    tried = [guesser.browser.post("/back", data=sent, environ_base=near).status_code for _ in range(40)]
    assert tried[-1] == 429
    elsewhere = Writer(app)
    elsewhere.browser.environ_base["REMOTE_ADDR"] = "198.51.100.7"
    assert enters(elsewhere, words).status_code == 303


def test_a_text_with_ones_own_phrase_in_it_is_given_back(app: Flask, writer: Writer, other: Writer) -> None:
    writer.vents(WORDS)
    words = phrase_of(writer)
    for text in (" ".join(words), "".join(words), "・".join(map(katakana, words))):
        answer = writer.vents(f"忘れないように書いておきます。{text}")
        assert answer.status_code == 422
        assert "十二の言葉が入っています" in answer.text
        assert "忘れないように" in answer.text
    assert writer.sends("/c", body=" ".join(words)).status_code == 422
    # Words of chance may sound like something to ask about; to anybody else they are no key.
    assert "十二の言葉が入っています" not in other.vents(" ".join(words)).text


def test_either_language_of_the_phrase_is_seen() -> None:
    seed = bytes(range(16))
    for locale in ("ja", "en"):
        assert stands_in(seed, "… " + " ".join(phrase_for(seed, locale)) + " …")
        assert not stands_in(seed, " ".join(phrase_for(seed, locale)[:11]))


def erases(writer: Writer) -> TestResponse:
    answer = writer.sends("/me/erase")
    while "<progress" in answer.text:
        answer = writer.browser.post("/me/erase", data=fields_of(answer.text))
    return answer


def test_erasing_takes_everything_of_ones_own_and_nothing_else(
    app: Flask, writer: Writer, other: Writer
) -> None:
    with clock.frozen(clock.now() - timedelta(days=300)):
        writer.vents("三百日まえに書いた、古い話です。")
        old = writer.thread_id
    other.vents("となりの人の話です。")
    other.replies(old, "となりの人の返事です。")
    writer.replies(other.thread_id, "わたしの返事です。")
    writer.reacts(other.post_id, "same")
    writer.flags(other.post_id, "harsh", note="わたしの書いた理由です。")
    answer = erases(writer)
    assert answer.status_code == 200
    assert answer.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert "Max-Age=0" in answer.headers["Set-Cookie"]
    with app.app_context():
        kept = " ".join(post.source + post.html for post in db.session.scalars(db.select(Post)))
        assert "古い話" not in kept
        assert "わたしの返事" not in kept
        assert "となりの人の話" in kept
        assert "となりの人の返事" in kept
        assert not db.session.scalars(db.select(Reaction)).all()
        assert {flag.note for flag in db.session.scalars(db.select(Flag))} == {""}
        assert not db.session.scalars(db.select(Notice)).all()
        living = set(db.session.scalars(db.select(Post.id).where(Post.status != "deleted")))
        assert {receipt.target_id for receipt in db.session.scalars(db.select(Receipt))} <= living


@pytest.mark.parametrize("status", ["live", "hidden", "removed", "withdrawn"])
@pytest.mark.parametrize("is_over", [False, True])
def test_erasing_goes_into_threads_that_nobody_sees_any_more(
    app: Flask, writer: Writer, other: Writer, status: str, is_over: bool
) -> None:
    other.vents("となりの人の話です。")
    writer.replies(other.thread_id, "わたしの返事です。")
    with app.app_context():
        begin_writing()
        ends_on = clock.date_after(-1 if is_over else 30)
        db.session.execute(db.update(Thread).values(status=status, ends_on=ends_on))
        db.session.commit()
    erases(writer)
    with app.app_context():
        assert not [post for post in db.session.scalars(db.select(Post)) if "わたしの返事" in post.source]


def test_erasing_takes_what_the_caretakers_told_this_writer_and_nobody_else(
    app: Flask, writer: Writer, other: Writer, moderator: Staff
) -> None:
    for person, reporter in ((writer, other), (other, writer)):
        person.vents(WORDS)
        reporter.flags(person.post_id, "identity")
        (case_id,) = moderator.cases()
        moderator.takes(case_id)
        assert moderator.decides(case_id, "hide", rule="1").status_code == 303
    with app.app_context():
        assert len(db.session.scalars(db.select(Notice)).all()) == 2
    erases(writer)
    with app.app_context():
        (left,) = db.session.scalars(db.select(Notice))
        assert ids.to_text(left.post_id) == other.post_id


def test_after_erasing_not_even_the_seed_leads_back(app: Flask, writer: Writer) -> None:
    writer.vents(WORDS)
    words = " ".join(phrase_of(writer))
    with app.app_context():
        before = set(db.session.scalars(db.select(Participant.tag)))
    erases(writer)
    with app.app_context():
        assert not before & set(db.session.scalars(db.select(Participant.tag)))
    again = Writer(app)
    assert enters(again, words).status_code == 303
    assert writer.thread_id not in again.opens("/me").text


def test_erasing_goes_step_by_step_and_may_be_begun_again(
    app: Flask, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own, "STEP", 2)
    for number in range(5):
        writer.vents(f"{number}つめの夜の話です。")
    halfway = writer.sends("/me/erase")
    assert "<progress" in halfway.text
    assert erases(writer).headers["Clear-Site-Data"]
    with app.app_context():
        assert {post.status for post in db.session.scalars(db.select(Post))} == {"deleted"}


def test_erasing_asks_for_a_press_of_ones_own(app: Flask, writer: Writer) -> None:
    writer.vents(WORDS)
    answer = writer.browser.post("/me/erase", data={"csrf_token": "x" * 96})
    assert answer.status_code == 422
    with app.app_context():
        assert {post.status for post in db.session.scalars(db.select(Post))} == {"live"}


def test_one_ticket_takes_up_one_identity(app: Flask, writer: Writer, other: Writer) -> None:
    writer.vents(WORDS)
    other.vents("べつの人の夜です。")
    first, second = (" ".join(phrase_of(person)) for person in (writer, other))
    elsewhere = Writer(app)
    form = fields_of(elsewhere.opens("/back").text, "/back")
    assert elsewhere.browser.post("/back", data=form | {"phrase": first}).status_code == 303
    # The same press again is the same; other words want a ticket of their own, and get one.
    assert elsewhere.browser.post("/back", data=form | {"phrase": first}).status_code == 303
    refused = elsewhere.browser.post("/back", data=form | {"phrase": second, "act": "instead"})
    assert refused.status_code == 422
    assert writer.thread_id in elsewhere.opens("/me").text
    again = fields_of(refused.text, "/back") | {"phrase": second, "act": "instead"}
    assert elsewhere.browser.post("/back", data=again).status_code == 303
    assert other.thread_id in elsewhere.opens("/me").text
