"""Answers to somebody who only wants to be heard: a lecture is asked about once, and then it is its writer's to send."""

import re

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from forum.extensions import db
from forum.models import Case
from tests.actors import Writer, fields_of

LECTURE = "ご主人ともう一度話し合ったほうがいいですよ。"


def named(page: TestResponse) -> str:
    """What the page says which words it asked about."""
    return fields_of(page.text)["asked"]


def cases(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Case)) or 0


def test_a_lecture_comes_back_once_with_its_words_marked_and_may_be_sent_as_it_is(
    app: Flask, writer: Writer, other: Writer
) -> None:
    writer.vents("夫と話さなくなって三年です。", wish="listen")
    asked = other.replies(writer.thread_id, LECTURE)
    assert asked.status_code == 422
    assert f"<mark>{LECTURE}<sup>1" in asked.text
    assert "ただ聞いてほしいと" in asked.text
    assert "あとで" not in asked.text  # nobody reads it because of this
    sent = other.replies(writer.thread_id, LECTURE, act="asis")
    assert sent.status_code == 303
    assert cases(app) == 0
    assert LECTURE in writer.opens(f"/t/{writer.thread_id}").text


def test_what_was_written_anew_is_sent_without_another_question(writer: Writer, other: Writer) -> None:
    writer.vents("夫と話さなくなって三年です。", wish="listen")
    assert other.replies(writer.thread_id, LECTURE).status_code == 422
    assert other.replies(writer.thread_id, "読みました。そばにいます。", act="again").status_code == 303


@pytest.mark.parametrize("wish", ["experience", "advice"])
def test_where_more_than_listening_is_wished_for_nothing_is_asked(
    wish: str, writer: Writer, other: Writer
) -> None:
    writer.vents("夫と話さなくなって三年です。", wish=wish)
    assert other.replies(writer.thread_id, LECTURE).status_code == 303


def test_a_lecture_and_a_number_are_asked_about_on_one_page(writer: Writer, other: Writer) -> None:
    writer.vents("夫と話さなくなって三年です。", wish="listen")
    asked = other.replies(writer.thread_id, f"{LECTURE} 電話は 090-0000-1234 です。")
    assert asked.status_code == 422
    assert asked.text.count("<mark>") == 2
    assert re.findall(r'name="m" value="(\d+)"', asked.text) == ["1"]  # the second mark, the only choice
    masked = other.replies(writer.thread_id, f"{LECTURE} 電話は 090-0000-1234 です。", act="asis")
    assert masked.status_code == 303


def test_a_number_inside_a_lecture_can_be_masked_whatever_else_is_marked(
    writer: Writer, other: Writer
) -> None:
    """A tone cannot be masked and gives way to what can."""
    writer.vents("夫と話さなくなって三年です。", wish="listen")
    body = "090-0000-1234にかけて一度ちゃんと話し合うべきですよ。"
    asked = other.replies(writer.thread_id, body)
    assert (
        "<mark>090-0000-1234<sup>1</sup></mark><mark>にかけて一度ちゃんと話し合うべきですよ。<sup>2</sup></mark>"
        in asked.text
    )
    assert re.findall(r'name="m" value="(\d+)"', asked.text) == ["1"]
    assert other.replies(writer.thread_id, body, act="mask", m="1", asked=named(asked)).status_code == 303
    shown = writer.opens(f"/t/{writer.thread_id}").text
    assert "〇〇にかけて一度ちゃんと話し合うべきですよ。" in shown
    assert "1234" not in shown


def test_scorn_is_marked_by_its_sentence(writer: Writer) -> None:
    asked = writer.sends("/n/r2", body="読みました。いい年して恥ずかしくないんですか。おやすみなさい。")
    assert "<mark>いい年して恥ずかしくないんですか。<sup>1</sup></mark>" in asked.text
    assert asked.text.count("<mark>") == 1


def test_masking_holds_behind_a_second_page_of_questions(writer: Writer, other: Writer) -> None:
    """Written anew, the lecture is asked about no more, but a number is; its choice has the same number as before."""
    writer.vents("夫と話さなくなって三年です。", wish="listen")
    assert other.replies(writer.thread_id, LECTURE).status_code == 422
    body = f"{LECTURE} 電話は 090-0000-1234 です。"
    asked = other.replies(writer.thread_id, body, act="again")
    assert asked.status_code == 422
    assert asked.text.count("<mark>") == 1
    assert other.replies(writer.thread_id, body, act="mask", m="1", asked=named(asked)).status_code == 303
    assert "1234" not in writer.opens(f"/t/{writer.thread_id}").text


def test_a_lecture_written_anew_is_asked_about_no_more(writer: Writer, other: Writer) -> None:
    writer.vents("夫と話さなくなって三年です。", wish="listen")
    assert other.replies(writer.thread_id, LECTURE).status_code == 422
    assert other.replies(writer.thread_id, f"{LECTURE}ほんとうに。", act="again").status_code == 303


def test_who_opened_the_thread_is_not_asked(writer: Writer) -> None:
    writer.vents("夫と話さなくなって三年です。", wish="listen")
    assert writer.replies(writer.thread_id, LECTURE).status_code == 303


def test_the_question_has_its_english(writer: Writer, other: Writer) -> None:
    writer.vents("We stopped talking three years ago.", wish="listen")
    asked = other.sends(f"/en/t/{writer.thread_id}/r", body="You should talk to him.")
    assert asked.status_code == 422
    assert "only want to be heard" in asked.text
