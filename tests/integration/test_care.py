"""Answers where a life may be in danger: looked-over sentences go at once, a newcomer's own words wait for a reader."""

import re

import pytest
from flask import Flask
from sqlalchemy import select

from forum import ids
from forum.extensions import db
from forum.models import Case, Post
from forum.web import openings
from tests.actors import Staff, Writer, fields_of
from tests.privacy.test_standing import day, wrote_on

CRISIS = "もう死にたい。今夜は眠れません。"
OWN = "わたしにも、眠れない夜がありました。"


@pytest.fixture
def story(writer: Writer) -> str:
    assert writer.vents(CRISIS).status_code == 200
    return writer.thread_id


def form_of(person: Writer, story: str, prefix: str = "") -> str:
    return person.opens(f"{prefix}/t/{story}/r").text.replace("<wbr>", "")


def says(person: Writer, story: str, number: str, body: str = ""):  # type: ignore[no-untyped-def]
    return person._keep(person.sends(f"/t/{story}/r", said=number, body=body))


def statuses(app: Flask) -> list[tuple[str, str]]:
    with app.app_context():
        return [(source, status) for source, status in db.session.execute(select(Post.source, Post.status))]


def test_a_newcomers_own_words_wait_and_they_are_told_when(app: Flask, story: str, other: Writer) -> None:
    page = form_of(other, story)
    assert "世話人が先に読んでから出します" in page
    assert re.search(r"時までに、世話人が読みます|日のうちに、世話人が読みます", page)
    answer = other.replies(story, OWN)
    assert answer.status_code == 303
    assert (OWN, "held") in statuses(app)
    assert (
        "時までに" in other.opens(answer.location).text or "日のうちに" in other.opens(answer.location).text
    )
    with app.app_context():
        lanes = db.session.execute(select(Case.lane, Case.state).order_by(Case.lane)).all()
    assert [tuple(row) for row in lanes] == [(1, "open"), (5, "open")]


@pytest.mark.parametrize("number", "123456")
def test_each_of_the_six_sentences_goes_at_once(app: Flask, story: str, other: Writer, number: str) -> None:
    page = form_of(other, story)
    assert page.count('name="said"') == 6
    assert f"/p/{first_of(app)}/k?kind=with_you" in page
    assert says(other, story, number).status_code == 303
    with app.test_request_context("/"):
        sentence = openings.reviewed_sentences()[int(number)]
    assert (sentence, "live") in statuses(app)
    assert sentence in other.opens(f"/t/{story}").text


def first_of(app: Flask) -> str:
    with app.app_context():
        return ids.to_text(db.session.scalars(select(Post).where(Post.source == CRISIS)).one().id)


def test_being_there_goes_at_once_as_well(app: Flask, story: str, other: Writer) -> None:
    assert other.reacts(first_of(app), "with_you").status_code == 303
    assert "人がそばにいます" in other.opens(f"/t/{story}").text


def test_what_was_being_written_is_not_lost_by_pressing_a_sentence(
    app: Flask, story: str, other: Writer
) -> None:
    answer = says(other, story, "2", body=OWN)
    assert answer.status_code == 200
    fields = fields_of(answer.text, f"/t/{story}/r")
    assert fields["body"] == OWN
    sent = other.browser.post(f"/t/{story}/r", data=fields)
    assert sent.status_code == 303
    assert [status for _source, status in statuses(app)] == ["live", "live", "held"] or sorted(
        status for _source, status in statuses(app)
    ) == ["held", "live", "live"]


def test_a_number_that_is_none_sends_nothing(app: Flask, story: str, other: Writer) -> None:
    for number in ("0", "7", "x", "١"):
        assert other.sends(f"/t/{story}/r", said=number).status_code == 422
    assert len(statuses(app)) == 1


def test_a_sentence_is_not_put_right_into_own_words_past_the_reader(
    app: Flask, story: str, other: Writer
) -> None:
    says(other, story, "1")
    other.sends(f"/p/{other.post_id}/e", body=OWN)
    assert (OWN, "hidden") in statuses(app)


def test_the_opener_is_heard_at_once_in_their_own_story(app: Flask, story: str, writer: Writer) -> None:
    page = form_of(writer, story)
    assert "世話人が先に読んでから" not in page
    writer.replies(story, "お湯をのみました。")
    assert ("お湯をのみました。", "live") in statuses(app)


def test_writers_with_standing_are_published(app: Flask, writer: Writer) -> None:
    person = Writer(app)
    wrote_on(person, 1, 2)
    with day(3):
        writer.vents(CRISIS)
        assert "世話人が先に読んでから" not in form_of(person, writer.thread_id)
        person.replies(writer.thread_id, OWN)
    assert (OWN, "live") in statuses(app)


def test_once_somebody_has_looked_after_it_everybody_writes_as_ever(
    app: Flask, story: str, other: Writer, moderator: Staff
) -> None:
    (case_id,) = moderator.cases()
    moderator.takes(case_id)
    assert moderator.decides(case_id, "fine", note_author="読みました。ここにいます。").status_code == 303
    assert 'name="said"' not in form_of(other, story)
    other.replies(story, OWN)
    assert (OWN, "live") in statuses(app)


def test_a_story_without_a_worry_for_a_life_has_none_of_it(app: Flask, writer: Writer, other: Writer) -> None:
    writer.vents("夜の台所の話です。")
    other.flags(writer.post_id, "life")
    assert 'name="said"' not in form_of(other, writer.thread_id)
    other.replies(writer.thread_id, OWN)
    assert (OWN, "live") in statuses(app)


def test_the_sentences_are_in_english_on_english_pages(app: Flask, story: str, other: Writer) -> None:
    assert "Thank you for writing this here." in form_of(other, story, "/en")
    other.sends(f"/en/t/{story}/r", said="2")
    assert ("Thank you for writing this here.", "live") in statuses(app)
