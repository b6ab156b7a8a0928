"""What came of a report, told to whoever made it: in one's own place and under the receipt, never anything about anybody."""

import re

import pytest
from flask import Flask

from forum import ids
from forum.extensions import begin_writing, db
from forum.models import Decision, Flag, Post
from forum.moderation import notices
from tests.actors import Reader, Staff, Writer

BODY = "どうしてそんなことを言うのか、わたしには分かりません。"
SAID = {
    "received": ("受けとっています。世話人が順に読みます。", "The caretakers read everything in turn."),
    "checked": ("確認しました。", "We have looked at it."),
    "acted": ("対応しました。", "We have taken care of it."),
    "within_rules": ("約束の範囲だったので", "It is within the promises"),
    "spoken": ("書いた人に声をかけています。", "We have spoken to the writer"),
    "softly": ("きつく感じられたこと、受けとめました。知らせて", "it felt harsh to you"),
}


def reports(person: Writer, post_id: str, reason: str) -> str:
    """Send the form; returns the four words."""
    answer = person.flags(post_id, reason)
    assert answer.status_code == 200
    (listed,) = re.findall(r'<ol class="keep"[^>]*>(.*?)</ol>', answer.text, re.S)
    return " ".join(re.findall(r"<li>(.*?)</li>", listed))


def decides(moderator: Staff, outcome: str, **fields: str) -> None:
    """Take the one case and decide it."""
    (case_id,) = moderator.cases()
    moderator.takes(case_id)
    assert moderator.decides(case_id, outcome, **fields).status_code == 303


def pages(app: Flask, person: Writer, words: str, prefix: str = "") -> tuple[str, str]:
    """One's own place, and what the four words open in any browser."""
    return person.opens(f"{prefix}/me").text, Reader(app).sends(f"{prefix}/back", phrase=words).text


def is_told(app: Flask, person: Writer, words: str, outcome: str) -> None:
    for page in pages(app, person, words):
        assert SAID[outcome][0] in page
        for other in SAID.keys() - {outcome}:
            assert SAID[other][0] not in page, other
        assert BODY not in page


@pytest.fixture
def post_id(writer: Writer, other: Writer) -> str:
    """An answer in somebody's thread."""
    writer.vents("夜の台所で、白湯を飲んでいます。", title="白湯の話")
    other.replies(writer.thread_id, BODY)
    return other.post_id


@pytest.mark.parametrize("reason", ["life", "identity", "attack", "harsh", "solicitation", "other"])
def test_before_anybody_decided_it_is_with_us(app: Flask, writer: Writer, post_id: str, reason: str) -> None:
    is_told(app, writer, reports(writer, post_id, reason), "received")


@pytest.mark.parametrize("reason", ["life", "identity", "attack", "solicitation", "other"])
def test_what_stays_was_within_the_promises(
    app: Flask, writer: Writer, moderator: Staff, post_id: str, reason: str
) -> None:
    words = reports(writer, post_id, reason)
    decides(moderator, "fine")
    is_told(app, writer, words, "within_rules")


@pytest.mark.parametrize("reason", ["attack", "harsh", "other"])
@pytest.mark.parametrize("outcome", ["remove", "hide", "fold", "lock"])
def test_what_was_done_is_told_as_done(
    app: Flask, writer: Writer, moderator: Staff, post_id: str, reason: str, outcome: str
) -> None:
    words = reports(writer, post_id, reason)
    decides(moderator, outcome, rule="3", warning="強い言葉")
    is_told(app, writer, words, "acted")


@pytest.mark.parametrize("reason", ["attack", "harsh"])
def test_what_its_writer_took_away_is_told_as_looked_at(
    app: Flask, writer: Writer, other: Writer, moderator: Staff, post_id: str, reason: str
) -> None:
    words = reports(writer, post_id, reason)
    assert other.sends(f"/p/{post_id}/d").status_code == 200
    decides(moderator, "fine")
    is_told(app, writer, words, "checked")


def test_who_felt_it_as_harsh_gets_a_soft_word_and_no_rule(
    app: Flask, writer: Writer, moderator: Staff, post_id: str
) -> None:
    words = reports(writer, post_id, "harsh")
    decides(moderator, "fine")
    is_told(app, writer, words, "softly")


def test_that_somebody_was_spoken_to_is_told_only_when_somebody_was(
    app: Flask, writer: Writer, moderator: Staff, post_id: str
) -> None:
    words = reports(writer, post_id, "harsh")
    decides(moderator, "fine")
    with app.app_context():
        begin_writing()
        post = db.session.get_one(Post, ids.from_text(post_id))
        assert post.participant_id
        notices.tell(
            decision=db.session.scalars(db.select(Decision)).one(),
            post=post,
            participant_id=post.participant_id,
            passage="",
            words="あなたの側から書くと、届きやすくなります。",
        )
        db.session.commit()
    is_told(app, writer, words, "spoken")


@pytest.mark.parametrize(("reason", "outcome"), [("harsh", "softly"), ("attack", "within_rules")])
def test_it_is_told_in_english_too(
    app: Flask, writer: Writer, moderator: Staff, post_id: str, reason: str, outcome: str
) -> None:
    words = reports(writer, post_id, reason)
    decides(moderator, "fine")
    for page in pages(app, writer, words, "/en"):
        assert SAID[outcome][1] in page


def test_who_reported_a_whole_story_learns_of_it_though_the_story_is_gone(
    app: Flask, writer: Writer, other: Writer, moderator: Staff
) -> None:
    writer.vents("夜の台所で、白湯を飲んでいます。", title="白湯の話")
    words = reports(other, writer.post_id, "solicitation")
    assert "白湯の話" in other.opens("/me").text
    decides(moderator, "remove", rule="4")
    is_told(app, other, words, "acted")
    assert "白湯の話" not in other.opens("/me").text


def test_nobody_else_finds_the_report_in_their_place(
    app: Flask, writer: Writer, other: Writer, moderator: Staff, post_id: str
) -> None:
    reports(writer, post_id, "attack")
    decides(moderator, "fine")
    for person in (other, Writer(app)):
        assert "知らせたこと" not in person.opens("/me").text
    with app.app_context():
        assert len(db.session.scalars(db.select(Flag)).all()) == 1
