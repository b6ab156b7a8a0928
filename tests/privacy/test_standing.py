"""Standing comes from deeds: own posts that still stand on two different days, found from tags and kept in the cookie."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from forum import clock, ids
from forum.extensions import begin_writing, db
from forum.identity.cookie import CookieState, open_cookie, seal_cookie
from forum.models import Post, Thread
from forum.moderation import lifecycle
from forum.posting import standing
from forum.runtime import runtime
from forum.web import standing as kept
from tests.actors import Writer
from tests.privacy.test_bans import dump
from tests.privacy.test_recovery import enters, phrase_of

FIRST = datetime(2026, 3, 3, 9, 0, tzinfo=clock.BOARD_ZONE)
WORDS = "夜の台所で、ひとり白湯を飲んでいます。"
# What screening asks everybody about, and holds when somebody new sends it unchanged.
SCORN = "自業自得でしょう。同情の余地なし"


def day(number: int, hour: int = 9) -> Any:
    """The board's clock, held on this day of the story."""
    return clock.frozen(FIRST.replace(hour=hour) + timedelta(days=number - 1))


def state_of(person: Writer) -> CookieState:
    cookie = person.browser.get_cookie("s")
    assert cookie
    with person.app.app_context():
        state = open_cookie(cookie.value, runtime().keys)
    assert state
    return state


def has_standing(person: Writer) -> bool:
    return state_of(person).standing != 0


def in_board(app: Flask, act: Callable[[Post], Any], post_id: str) -> None:
    with app.app_context():
        begin_writing()
        act(db.session.get_one(Post, ids.from_text(post_id)))
        db.session.commit()


def wrote_on(person: Writer, *days: int) -> list[str]:
    made = []
    for number in days:
        with day(number):
            assert person.vents(f"{WORDS}{number}日め。").status_code == 303
            made.append(person.post_id)
    return made


def test_posts_on_two_days_give_standing_with_the_next_write(writer: Writer) -> None:
    wrote_on(writer, 1, 2)
    assert not has_standing(writer)  # computed before the second day's first post stood
    with day(2):
        writer.vents("つづきです。")
    assert has_standing(writer)


def test_many_posts_on_one_day_give_none(writer: Writer) -> None:
    wrote_on(writer, *[1] * 8)
    assert not has_standing(writer)
    with day(5):
        writer.vents("ひさしぶりです。")
    assert not has_standing(writer)


def test_waiting_and_pressing_give_none(writer: Writer, other: Writer) -> None:
    with day(1):
        other.vents(WORDS)
    for number in range(1, 9):
        with day(number):
            assert writer.reacts(other.post_id, "same").status_code == 303
    assert not has_standing(writer)


@pytest.mark.parametrize("act", [lifecycle.remove, lifecycle.hide, lifecycle.erase])
def test_a_post_that_was_taken_away_does_not_count(
    app: Flask, writer: Writer, act: Callable[[Post], Any]
) -> None:
    first, _second = wrote_on(writer, 1, 2)
    in_board(app, act, first)
    with day(2, hour=12):
        writer.vents("つづきです。")
        assert not has_standing(writer)
    with day(3):
        writer.vents("三日めです。")
        writer.vents("もう一つ。")
        assert has_standing(writer)


def test_a_post_shown_again_counts_again(app: Flask, writer: Writer) -> None:
    first, _second = wrote_on(writer, 1, 2)
    in_board(app, lifecycle.hide, first)
    with day(2, hour=12):
        writer.vents("つづきです。")
        assert not has_standing(writer)
    in_board(app, lifecycle.show, first)
    with day(2, hour=13):
        writer.vents("もう一つ。")
        assert has_standing(writer)


def test_a_reply_in_a_thread_that_was_taken_away_does_not_count(
    app: Flask, writer: Writer, other: Writer
) -> None:
    with day(1):
        other.vents(WORDS)
        writer.replies(other.thread_id, "読みました。")
    in_board(app, lifecycle.remove, other.post_id)
    wrote_on(writer, 2, 2)
    assert not has_standing(writer)


def test_what_is_written_into_a_sample_gives_none(app: Flask, writer: Writer, other: Writer) -> None:
    with day(1):
        other.vents(WORDS)
    with app.app_context():
        begin_writing()
        db.session.get_one(Thread, ids.from_text(other.thread_id)).is_sample = True
        db.session.commit()
    with day(1):
        writer.replies(other.thread_id, "読みました。")
    wrote_on(writer, 2, 2)
    assert not has_standing(writer)


def test_a_post_that_waits_for_its_time_gives_none_until_it_stands(app: Flask, writer: Writer) -> None:
    with day(1):
        writer.vents(WORDS, publish="tomorrow")
        waiting = writer.post_id
    wrote_on(writer, 3, 3)
    assert not has_standing(writer)
    with day(4):
        in_board(app, lifecycle.publish, waiting)
        writer.vents("つづきです。")
    assert has_standing(writer)


def test_a_reaction_or_flag_finds_it_too(writer: Writer, other: Writer) -> None:
    with day(1):
        other.vents(WORDS)
    wrote_on(writer, 1, 2)
    with day(3):
        assert writer.reacts(other.post_id, "same").status_code == 303
    assert has_standing(writer)


def test_twelve_words_find_it_again_on_another_device(app: Flask, writer: Writer) -> None:
    wrote_on(writer, 1, 2)
    phrase = " ".join(phrase_of(writer))
    with day(40):
        elsewhere = Writer(app)
        assert enters(elsewhere, phrase).status_code == 303
        assert has_standing(elsewhere)


def test_after_coming_back_with_one_old_day_the_next_day_is_enough(app: Flask, writer: Writer) -> None:
    wrote_on(writer, 1)
    phrase = " ".join(phrase_of(writer))
    elsewhere = Writer(app)
    with day(200):
        assert enters(elsewhere, phrase).status_code == 303
        assert not has_standing(elsewhere)
        elsewhere.vents("また来ました。")
        elsewhere.vents("もう一つ。")
    assert has_standing(elsewhere)


def test_coming_back_as_somebody_else_leaves_the_standing_of_before_behind(
    app: Flask, writer: Writer, other: Writer
) -> None:
    wrote_on(writer, 1, 2, 2)
    assert has_standing(writer)
    with day(2):
        other.vents(WORDS)
        phrase = " ".join(phrase_of(other))
        assert enters(writer, phrase, act="instead").status_code == 303
        assert not has_standing(writer)


def test_it_is_looked_at_again_after_some_days(app: Flask, writer: Writer) -> None:
    first, *_ = wrote_on(writer, 1, 2, 2)
    assert has_standing(writer)
    in_board(app, lifecycle.remove, first)
    with day(2 + kept.DAYS_KEPT - 1):
        writer.vents("まだ覚えています。")
        assert has_standing(writer)
        in_board(app, lifecycle.remove, writer.post_id)
    with day(2 + kept.DAYS_KEPT):
        writer.vents("見なおされました。")
        assert not has_standing(writer)


def test_a_key_of_today_asks_the_database_nothing(app: Flask, writer: Writer) -> None:
    wrote_on(writer, 1)
    asked: list[str] = []
    with app.app_context():
        engine = db.engine

    def listen(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "bumped_day DESC, thread.id" in statement:
            asked.append(statement)

    event.listen(engine, "before_cursor_execute", listen)
    with day(1, hour=20):
        writer.vents("おなじ日です。")
    assert asked == []
    with day(2):
        writer.vents("つぎの日です。")
    assert len(asked) == 1


def test_a_key_that_is_days_old_looks_only_at_threads_touched_since(app: Flask, writer: Writer) -> None:
    with day(1):
        old = [Writer(app) for _ in range(3)]
        for person in old:
            person.vents(WORDS)
    wrote_on(writer, 3)
    with day(3), app.app_context():
        since = [thread for step in standing._threads(FIRST.date() + timedelta(days=2)) for thread in step]
        everything = [thread for step in standing._threads(None) for thread in step]
    assert len(since) == 1
    assert len(everything) == 4


def test_the_walk_goes_on_over_steps_and_ends_where_it_must(
    app: Flask, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "STEP", 2)
    wrote_on(writer, 1)
    for number in range(2, 9):
        with day(number):
            Writer(app).vents(WORDS)
    phrase = " ".join(phrase_of(writer))
    with day(9):
        person = Writer(app)
        enters(person, phrase)
        person.vents("また来ました。")
        monkeypatch.setattr(standing, "MOST_THREADS", 4)
        person.vents("もう一つ。")
        assert not has_standing(person)
        monkeypatch.setattr(standing, "MOST_THREADS", 100)
        person.vents("さらに一つ。")
        assert has_standing(person)


def test_nothing_of_it_is_stored_anywhere(app: Flask, writer: Writer) -> None:
    wrote_on(writer, 1, 2)
    before = dump(app)
    with day(3):
        phrase = " ".join(phrase_of(writer))
        elsewhere = Writer(app)
        enters(elsewhere, phrase)
    assert has_standing(elsewhere)
    assert dump(app) == before
    columns = {column.name for table in db.metadata.tables.values() for column in table.columns}
    assert not [name for name in columns if "standing" in name]


def test_a_first_day_writer_is_held_for_no_more_than_the_table_says(app: Flask, writer: Writer) -> None:
    """Newcomers wait for a reader only where a finding must be read first; what hurts nobody is published at once."""
    with day(1):
        for text in (
            WORDS,
            "夫には言えないのですが、別の人のことを考えてしまいます。",
            "五十三歳です。家の中で話すのは用事だけです。",
            "もう消えてしまいたいと思う夜もありました。",
        ):
            assert writer.vents(text).status_code in {200, 303}
    with app.app_context():
        assert {post.status for post in db.session.scalars(db.select(Post))} == {"live"}


def test_scorn_sent_unchanged_waits_for_a_reader_only_from_somebody_new(
    app: Flask, writer: Writer, other: Writer
) -> None:
    wrote_on(writer, 1, 2, 2)
    with day(2):
        other.vents(WORDS)
        for person, status in ((writer, "live"), (other, "held")):
            person.replies(other.thread_id, SCORN, act="asis")
            with app.app_context():
                assert db.session.get_one(Post, ids.from_text(person.post_id)).status == status


@pytest.fixture
def strict(make_app: Callable[..., Flask]) -> Iterator[Flask]:
    with day(1):
        yield make_app(limit_newcomer="3 per minute; 5 per day")


def test_somebody_new_rests_after_a_few_posts_and_the_text_stays(strict: Flask) -> None:
    person = Writer(strict)
    assert [person.vents(f"{number}つめ。").status_code for number in range(3)] == [303] * 3
    rested = person.vents("よっつめ。")
    assert rested.status_code == 429
    assert int(rested.headers["Retry-After"]) >= 1
    assert "ほどで送れます。書いたものはここに残っています。" in rested.text
    assert "よっつめ。</textarea>" in rested.text


def test_somebody_with_standing_does_not_rest_there(make_app: Callable[..., Flask]) -> None:
    app = make_app(limit_newcomer="1 per hour")
    person = Writer(app)
    with day(1):
        assert person.vents(WORDS).status_code == 303
    with day(2):
        assert person.vents(WORDS).status_code == 303
        answers = [person.vents(f"{number}つめ。").status_code for number in range(6)]
    assert answers == [303] * 6


def test_what_screening_gives_back_is_no_post_and_counts_as_none(strict: Flask) -> None:
    person = Writer(strict)
    for _ in range(6):
        assert person.vents(SCORN).status_code == 422
    assert [person.vents(f"{number}つめ。").status_code for number in range(3)] == [303] * 3


def test_deleting_editing_and_pressing_are_never_kept_from_somebody_new(strict: Flask, other: Writer) -> None:
    other.vents("べつの人の話です。")
    person = Writer(strict)
    for number in range(3):
        person.vents(f"{number}つめ。")
    assert person.vents("よっつめ。").status_code == 429
    assert person.reacts(other.post_id, "same").status_code == 303
    assert person.flags(other.post_id, "other").status_code == 200
    assert person.sends(f"/p/{person.post_id}/e", body="直しました。").status_code == 303
    assert person.sends(f"/p/{person.post_id}/d").status_code == 200


def test_a_cookie_of_before_without_an_hour_is_looked_at_in_full(app: Flask, writer: Writer) -> None:
    wrote_on(writer, 1, 2)
    with app.app_context():
        keys = runtime().keys
        state = state_of(writer)
        plain = CookieState(seed=state.seed, csrf=state.csrf)
        writer.browser.set_cookie("s", seal_cookie(plain, keys))
    with day(30):
        writer.vents("また来ました。")
    assert has_standing(writer)


def test_a_board_of_others_gives_nobody_standing(app: Flask, writer: Writer) -> None:
    for number in range(1, 4):
        with day(number):
            Writer(app).vents(WORDS)
    with day(3):
        writer.vents(WORDS)
    with day(4):
        writer.vents(WORDS)
    assert not has_standing(writer)
