"""この端末で続ける: under a lock word a device goes on; asleep, it cannot be told from a reader's."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from forum import clock
from forum.identity import lock
from forum.identity.cookie import CookieState, open_cookie, seal_cookie
from forum.runtime import runtime
from tests.actors import Reader, Writer, fields_of
from tests.privacy.test_recovery import enters, phrase_of

WORDS = "夜になると、台所の音だけが聞こえます。"
LOCK_WORD = "みずうみの白い椅子"
DIFFERENT_ON_EVERY_PAGE = re.compile(r'(name="(?:csrf_token|ticket)"[^>]*?value=")[^"]*|(\?v=)[0-9a-f]+')


@contextmanager
def later(**apart: float) -> Iterator[None]:
    with clock.frozen(clock.now() + timedelta(**apart)):
        yield


def stays(writer: Writer, word: str = LOCK_WORD) -> None:
    answer = writer.sends("/me/stay", word=word, act="set")
    assert answer.status_code == 200, answer.text
    assert 'role="alert"' not in answer.text


def leaves(person: Reader) -> None:
    """The quick exit, and the minute after it."""
    person.browser.get("/x", headers={"Sec-Fetch-Site": "same-origin"})
    person.browser.delete_cookie("x")


def is_in(writer: Writer) -> bool:
    return writer.thread_id in writer.opens("/me").text


def state_of(app: Flask, person: Reader) -> CookieState:
    cookie = person.browser.get_cookie("s")
    assert cookie
    with app.app_context():
        state = open_cookie(cookie.value, runtime().keys)
    assert state
    return state


def same_for_everybody(page: str) -> str:
    return DIFFERENT_ON_EVERY_PAGE.sub(r"\1\2", page)


def nameless(page: str) -> str:
    """The page without the two words each writer has in a thread."""
    return re.sub(r'(<p class="meta"><span>)[^<]*', r"\1", same_for_everybody(page))


@pytest.fixture
def settled(writer: Writer) -> Writer:
    """Somebody who wrote and goes on in this browser."""
    writer.vents(WORDS)
    stays(writer)
    return writer


def test_the_cookie_stays_thirty_days_under_a_lock_and_not_otherwise(settled: Writer, other: Writer) -> None:
    other.vents("べつの人の夜です。")
    kept, plain = settled.browser.get_cookie("s"), other.browser.get_cookie("s")
    assert kept
    assert kept.max_age
    assert abs(kept.max_age - lock.DAYS_REMEMBERED * 24 * 3600) <= 3600
    assert plain
    assert plain.max_age is None


def test_half_an_hour_after_the_last_write_it_sleeps_and_reading_does_not_keep_it_awake(
    settled: Writer,
) -> None:
    with later(minutes=29):
        assert is_in(settled)
    with later(minutes=32):
        assert not is_in(settled)
    with later(minutes=20):
        settled.replies(settled.thread_id, "つづきです。")
    with later(minutes=45):
        assert is_in(settled)


def test_asleep_every_page_is_a_readers_page(app: Flask, settled: Writer, reader: Reader) -> None:
    post, thread = settled.post_id, settled.thread_id
    leaves(settled)
    pages = [
        "/",
        f"/t/{thread}",
        f"/t/{thread}/r",
        "/n/r2",
        "/me",
        "/me/key",
        "/me/stay",
        "/me/erase",
        "/back",
        "/s",
    ]
    pages += [f"/p/{post}/{act}" for act in ("ok", "e", "d", "k", "f")]
    for path in pages:
        asleep, plain = settled.opens(path), reader.opens(path)
        assert asleep.status_code == plain.status_code, path
        assert same_for_everybody(asleep.text) == same_for_everybody(plain.text), path


def test_a_wrong_word_gets_the_same_answer_and_the_same_work_with_a_lock_and_without(
    settled: Writer, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaves(settled)
    slow_steps = []
    slow = lock.hash_secret_raw
    monkeypatch.setattr(lock, "hash_secret_raw", lambda *given: slow_steps.append(1) or slow(*given))
    told = [person.sends("/back", phrase="ちがう言葉です") for person in (settled, reader)]
    assert len(slow_steps) == 2
    assert {answer.status_code for answer in told} == {422}
    assert len({same_for_everybody(answer.text) for answer in told}) == 1


@pytest.mark.parametrize(
    "typed", [LOCK_WORD, "ミズウミノ白イ椅子", " みずうみの　白い椅子 ", "ﾐｽﾞｳﾐの白い椅子"]
)
def test_after_the_exit_the_word_opens_it_however_it_is_typed(settled: Writer, typed: str) -> None:
    leaves(settled)
    assert not is_in(settled)
    assert enters(settled, typed).status_code == 303
    assert is_in(settled)


def test_asleep_not_even_the_boards_keys_find_the_seed_in_the_cookie(app: Flask, settled: Writer) -> None:
    awake = state_of(app, settled)
    assert awake.seed
    leaves(settled)
    asleep = state_of(app, settled)
    assert asleep.seed is None
    assert awake.seed not in asleep.lock
    assert lock.opened_by("ちがう言葉です", asleep.lock) is None
    assert lock.opened_by(LOCK_WORD, asleep.lock) == awake.seed


def test_asleep_the_cookie_keeps_nothing_that_was_found_out_about_its_owner() -> None:
    awake = CookieState(
        seed=bytes(16), standing=2200, issued_hour=490_000, ban_number=7, notice_number=9, lock=b"l" * 48,
        awake_minute=29_000_000, csrf=b"c" * 20, epoch=1,
    )  # fmt: skip
    left = CookieState(lock=b"l" * 48, awake_minute=29_000_000, csrf=b"c" * 20, epoch=1)
    assert lock.fallen_asleep(awake) == left
    assert lock.as_of(awake, 29_000_001) == left


def test_guessing_a_lock_word_is_slow_and_of_use_for_one_device(monkeypatch: pytest.MonkeyPatch) -> None:
    salts, slow = [], lock.hash_secret_raw

    def noted(secret: bytes, salt: bytes, rounds: int, kibibytes: int, *rest: Any) -> bytes:
        salts.append(salt)
        # As OWASP's cheat sheet asks at the least: whoever copied a cookie and the keys tries words at this price.
        assert rounds >= 2
        assert kibibytes >= 19 * 1024
        return slow(secret, salt, rounds, kibibytes, *rest)

    monkeypatch.setattr(lock, "hash_secret_raw", noted)
    one, two = (lock.close_under(LOCK_WORD, bytes(16)) for _ in range(2))
    assert len(set(salts)) == 2
    assert one[lock.SALT_BYTES :] != two[lock.SALT_BYTES :]


def test_ten_wrong_words_an_hour_are_all_a_browser_may_try(
    settled: Writer, reader: Reader, other: Writer
) -> None:
    other.vents("べつの人の夜です。")
    stays(other)
    for person in (settled, reader):
        leaves(person)
        for number in range(10):
            assert person.sends("/back", phrase=f"あてずっぽう{number}").status_code == 422
        assert person.sends("/back", phrase=LOCK_WORD).status_code == 429
    assert not is_in(settled)
    # A copied cookie has tried as often as the one it was copied from.
    copy = Writer(settled.app)
    kept = settled.browser.get_cookie("s")
    assert kept
    copy.browser.set_cookie("s", kept.value)
    assert copy.sends("/back", phrase=LOCK_WORD).status_code == 429
    leaves(other)
    assert enters(other, LOCK_WORD).status_code == 303


def test_after_thirty_days_the_device_is_forgotten(settled: Writer) -> None:
    with later(days=30, minutes=40):
        assert enters(settled, LOCK_WORD).status_code == 422


def test_whoever_writes_on_a_sleeping_device_is_somebody_else_and_takes_nothing_from_its_owner(
    settled: Writer,
) -> None:
    mine = settled.thread_id
    leaves(settled)
    settled.vents("この端末を借りて書いています。")
    assert settled.thread_id != mine
    assert mine not in settled.opens("/me").text
    asked = enters(settled, LOCK_WORD)
    assert asked.status_code == 422
    again = fields_of(asked.text, "/back") | {"phrase": LOCK_WORD, "act": "instead"}
    assert settled.browser.post("/back", data=again).status_code == 303
    page = settled.opens("/me").text
    assert mine in page
    assert settled.thread_id not in page


def test_a_guest_is_told_what_any_writer_is_told_and_cannot_stop_what_is_not_theirs(
    app: Flask, settled: Writer, other: Writer
) -> None:
    leaves(settled)
    settled.vents("この端末を借りて書いています。")
    other.vents("べつの人の夜です。")
    for path in ("/me/stay", "/n/r2", "/me/erase"):
        assert same_for_everybody(settled.opens(path).text) == same_for_everybody(other.opens(path).text), (
            path
        )
    assert "続けています" not in settled.opens("/me").text
    settled.sends("/me/stay", act="stop", word="")
    leaves(settled)
    assert enters(settled, LOCK_WORD).status_code == 303


def test_sleep_forgets_that_the_caretakers_have_written(app: Flask, settled: Writer) -> None:
    cookie = settled.browser.get_cookie("s")
    assert cookie
    with app.app_context():
        keys = runtime().keys
        told = replace(state_of(app, settled), message=1, standing=9)
        settled.browser.set_cookie("s", seal_cookie(told, keys))
    leaves(settled)
    asleep = state_of(app, settled)
    assert (asleep.message, asleep.standing, asleep.is_locks_own) == (0, 0, False)


def test_a_guests_key_sleeps_like_the_owners(settled: Writer) -> None:
    leaves(settled)
    settled.vents("この端末を借りて書いています。")
    assert is_in(settled)
    with later(minutes=32):
        assert not is_in(settled)


def test_a_guest_finds_no_word_of_the_lock_on_any_page_and_cannot_take_it_away(
    settled: Writer, other: Writer
) -> None:
    leaves(settled)
    for guest in (settled, other):
        guest.reacts(settled.post_id, "same")
    for path in (
        "/me",
        "/me/stay",
        "/me/key",
        "/n/r2",
        f"/t/{settled.thread_id}/r",
        f"/p/{settled.post_id}/h",
    ):
        lent, plain = settled.opens(path), other.opens(path)
        assert lent.status_code == plain.status_code == 200, path
        assert nameless(lent.text) == nameless(plain.text), path
    told = [guest.sends("/me/stay", act="stop", word="") for guest in (settled, other)]
    assert len({same_for_everybody(answer.text) for answer in told}) == 1
    leaves(settled)
    assert enters(settled, LOCK_WORD).status_code == 303
    assert "続けるのをやめる" in settled.opens("/me/stay").text


def test_a_form_from_before_the_exit_is_as_old_as_a_readers(settled: Writer, reader: Reader) -> None:
    forms = [(person, fields_of(person.opens("/back").text, "/back")) for person in (settled, reader)]
    for person, _ in forms:
        leaves(person)
    told = [person.browser.post("/back", data=form | {"phrase": "ちがう言葉"}) for person, form in forms]
    assert {answer.status_code for answer in told} == {422}
    assert len({same_for_everybody(answer.text) for answer in told}) == 1


def test_who_stops_going_on_has_a_key_that_ends_with_the_browser(settled: Writer) -> None:
    settled.sends("/me/stay", act="stop", word="")
    kept = settled.browser.get_cookie("s")
    assert kept
    assert kept.max_age is None
    with later(minutes=40):
        assert is_in(settled)


def test_the_twelve_words_of_another_key_take_the_lock_away(
    app: Flask, settled: Writer, other: Writer
) -> None:
    other.vents("べつの人の夜です。")
    words = " ".join(phrase_of(other))
    leaves(settled)
    assert enters(settled, words).status_code == 303
    assert not any(state_of(app, settled).lock)


@pytest.mark.parametrize("word", ["", "あ", "みっつ", "  み　つ ", "あ" * 61])
def test_a_word_that_is_no_lock_is_told_so_and_nothing_changes(settled: Writer, word: str) -> None:
    answer = settled.sends("/me/stay", word=word, act="set")
    assert answer.status_code == 422
    leaves(settled)
    assert enters(settled, LOCK_WORD).status_code == 303


def test_erasing_everything_takes_the_lock_too(settled: Writer) -> None:
    settled.sends("/me/erase")
    assert settled.browser.get_cookie("s") is None
