"""What the caretakers write to somebody is found by trying the seed, told once, and leads nobody else to anybody."""

import hmac

import pytest
from flask import Flask

from forum.extensions import begin_writing, db
from forum.identity.seeds import derive, new_seed
from forum.models import BoardState, Notice, Participant
from forum.moderation import notices
from forum.runtime import runtime
from tests.actors import Staff, Writer
from tests.privacy.test_bans import sanctioned
from tests.privacy.test_recovery import enters, phrase_of

NEWS = "世話人からのお知らせが"


def thanks_after(writer: Writer, words: str) -> str:
    assert writer.vents(words).status_code == 303
    return writer.opens(f"/p/{writer.post_id}/ok").text


def test_the_next_thanks_in_any_thread_tells_once_that_there_is_a_statement(
    app: Flask, writer: Writer, other: Writer
) -> None:
    sanctioned(app, writer, other, "warning")
    assert NEWS not in thanks_after(other, "世話人を待っていた人の話です。")
    assert NEWS in thanks_after(writer, "べつの部屋で、べつの話です。")
    assert NEWS not in thanks_after(writer, "そのつぎの話です。")


def test_whoever_comes_new_hears_nothing_of_others(app: Flask, writer: Writer, other: Writer) -> None:
    sanctioned(app, writer, other, "warning")
    assert NEWS not in thanks_after(Writer(app), "はじめて書きます。")


def test_a_second_statement_is_told_again(app: Flask, writer: Writer, other: Writer) -> None:
    sanctioned(app, writer, other, "warning")
    assert NEWS in thanks_after(writer, "べつの話です。")
    other.flags(writer.post_id, "identity")
    moderator = Staff(app, name="世話人Z")
    (case_id,) = moderator.cases()
    moderator.takes(case_id)
    assert moderator.decides(case_id, "hide", rule="1").status_code == 303
    assert NEWS in thanks_after(writer, "さらにべつの話です。")


def test_the_work_is_the_same_whosoever_statement_it_is(
    app: Flask, writer: Writer, other: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    sanctioned(app, writer, other, "warning")
    sanctioned(app, Writer(app), Writer(app), "warning")
    compare, counts, told = hmac.compare_digest, [], []
    with app.app_context():
        rows = db.session.execute(
            db.select(Notice.thread_id, Notice.participant_id).order_by(Notice.number)
        ).all()
        assert len(rows) == 2
        mine = derive(new_seed(), runtime().keys)
        for place in (None, *rows):
            if place:
                person = db.session.get_one(Participant, place.participant_id)
                person.tag = mine.tag(place.thread_id, 1)
                db.session.flush()
            compared: list[int] = []
            monkeypatch.setattr(hmac, "compare_digest", lambda a, b, c=compared: c.append(1) or compare(a, b))
            told.append(notices.is_news_for(mine, since=0, epoch=1))
            monkeypatch.setattr(hmac, "compare_digest", compare)
            counts.append(len(compared))
            db.session.rollback()
    assert told == [False, True, True]
    assert counts == [2, 2, 2]


def test_after_a_restore_the_numbers_of_before_hide_no_statement(
    app: Flask, writer: Writer, other: Writer
) -> None:
    sanctioned(app, writer, other, "warning")
    assert NEWS in thanks_after(writer, "べつの話です。")
    other.flags(writer.post_id, "identity")
    moderator = Staff(app, name="世話人Z")
    (case_id,) = moderator.cases()
    moderator.takes(case_id)
    assert moderator.decides(case_id, "hide", rule="1").status_code == 303
    with app.app_context():
        begin_writing()
        db.session.execute(db.update(BoardState).values(epoch=BoardState.epoch + 1, notice_number=2))
        # The backup was older: what is decided after it gets numbers that this cookie has seen.
        db.session.execute(db.update(Notice).values(number=1))
        db.session.commit()
    assert NEWS in thanks_after(writer, "さらにべつの話です。")


def test_on_another_device_it_is_told_again(app: Flask, writer: Writer, other: Writer) -> None:
    sanctioned(app, writer, other, "warning")
    assert NEWS in thanks_after(writer, "べつの話です。")
    elsewhere, words = Writer(app), " ".join(phrase_of(writer))
    elsewhere.vents("べつの鍵のある、ほかの端末です。")
    assert enters(elsewhere, words, act="instead").status_code == 303
    assert NEWS in thanks_after(elsewhere, "ほかの端末からです。")
