"""Answers to somebody who only wants to be heard: one question about advice, and sentences to begin with."""

import re

import pytest
from flask import Flask

from forum.extensions import db
from forum.models import Case, Post
from tests.actors import Reader, Writer, fields_of

LECTURE = "読みました。もっとご主人と話し合うべきです。"
OTHER_LECTURE = "それなら、別れたほうがいいと思います。"
PHONE = "090-0000-0000"
ASKED = "ただ聞いてほしいと"


@pytest.fixture
def story(writer: Writer) -> str:
    writer.vents("夜の台所の話です。")
    return writer.thread_id


def pressed(person: Reader, page: str, path: str, **fields: str):  # type: ignore[no-untyped-def]
    """Send the form of this very page once more."""
    return person.browser.post(path, data=fields_of(page, path) | fields)


def plain(text: str) -> str:
    return text.replace("<wbr>", "")


def test_advice_is_asked_about_once_and_goes_as_it_is_without_a_case(
    app: Flask, story: str, other: Writer
) -> None:
    asked = other.replies(story, LECTURE)
    assert asked.status_code == 422
    assert ASKED in plain(asked.text)
    assert "<mark>すべき" in asked.text or re.search(r"<mark>[^<]*べき", asked.text)
    assert LECTURE in fields_of(asked.text, f"/t/{story}/r")["body"]
    assert 'value="mask"' not in asked.text
    assert "目を通します" not in plain(asked.text)
    sent = pressed(other, asked.text, f"/t/{story}/r", act="asis")
    assert sent.status_code == 303
    assert LECTURE in other.opens(f"/t/{story}").text
    with app.app_context():
        assert db.session.query(Case).count() == 0


def test_whoever_puts_it_differently_is_not_asked_a_second_time(story: str, other: Writer) -> None:
    asked = other.replies(story, LECTURE)
    again = pressed(other, asked.text, f"/t/{story}/r", act="again", body=OTHER_LECTURE)
    assert again.status_code == 303


def test_a_question_about_something_else_does_not_use_up_the_one_about_advice(
    story: str, other: Writer
) -> None:
    asked = other.replies(story, f"かけてください。{PHONE}")
    assert ASKED not in plain(asked.text)
    again = pressed(other, asked.text, f"/t/{story}/r", act="again", body=LECTURE)
    assert again.status_code == 422
    assert ASKED in plain(again.text)


def test_all_questions_stand_on_one_page_and_only_what_tells_too_much_is_masked(
    story: str, other: Writer
) -> None:
    asked = other.replies(story, f"{LECTURE}電話は{PHONE}です。")
    assert asked.status_code == 422
    assert ASKED in plain(asked.text)
    assert asked.text.count('name="m"') == 1
    number = re.search(r'name="m" value="(\d+)"', asked.text)
    assert number
    sent = pressed(other, asked.text, f"/t/{story}/r", act="mask", m=number[1])
    assert sent.status_code == 303
    page = other.opens(f"/t/{story}").text
    assert PHONE not in page
    assert "話し合うべきです" in page, re.findall(r"<article.*?</article>|note.>.*?</p>", page, re.S)


def test_the_words_asked_about_are_marked_by_their_sentence(
    story: str, writer: Writer, other: Writer
) -> None:
    asked = other.replies(story, LECTURE)
    assert "<mark>もっとご主人と話し合うべきです。<sup>1" in asked.text
    assert "<mark>読みました" not in asked.text
    scorn = writer.sends("/n/r2", body="読みました。いい年して恥ずかしくないんですか。おやすみなさい。")
    assert "<mark>いい年して恥ずかしくないんですか。<sup>1</sup></mark>" in scorn.text
    assert scorn.text.count("<mark>") == 1


def test_a_number_inside_a_lecture_can_be_masked_whatever_else_is_marked(story: str, other: Writer) -> None:
    """A tone cannot be masked and gives way to what can."""
    body = "090-0000-1234にかけて一度ちゃんと話し合うべきですよ。"
    asked = other.replies(story, body)
    assert (
        "<mark>090-0000-1234<sup>1</sup></mark><mark>にかけて一度ちゃんと話し合うべきですよ。<sup>2</sup></mark>"
        in asked.text
    )
    assert re.findall(r'name="m" value="(\d+)"', asked.text) == ["1"]
    assert pressed(other, asked.text, f"/t/{story}/r", act="mask", m="1").status_code == 303
    shown = other.opens(f"/t/{story}").text
    assert "〇〇にかけて一度ちゃんと話し合うべきですよ。" in shown
    assert "1234" not in shown


def test_masking_holds_behind_a_second_page_of_questions(story: str, other: Writer) -> None:
    """Written anew, the lecture is asked about no more, but a number is; its choice has the same number as before."""
    first = other.replies(story, LECTURE)
    body = f"{LECTURE} 電話は 090-0000-1234 です。"
    asked = pressed(other, first.text, f"/t/{story}/r", act="again", body=body)
    assert asked.status_code == 422
    assert asked.text.count("<mark>") == 1
    assert pressed(other, asked.text, f"/t/{story}/r", act="mask", m="1").status_code == 303
    assert "1234" not in other.opens(f"/t/{story}").text


def test_the_question_has_its_english(writer: Writer, other: Writer) -> None:
    writer.vents("We stopped talking three years ago.", wish="listen")
    asked = other.sends(
        f"/en/t/{writer.thread_id}/r",
        body="I read it at 3.15 a.m. twice. You should talk to him. Good night.",
    )
    assert asked.status_code == 422
    assert "<mark>You should talk to him.<sup>1</sup></mark> Good night." in asked.text
    assert "hopes only to be heard" in plain(asked.text)


@pytest.mark.parametrize("wish", ["experience", "advice"])
def test_where_more_is_welcome_nothing_is_asked(writer: Writer, other: Writer, wish: str) -> None:
    writer.vents("夜の台所の話です。", wish=wish)
    assert other.replies(writer.thread_id, LECTURE).status_code == 303


def test_an_opener_may_say_what_they_ought_to_do(story: str, writer: Writer) -> None:
    assert writer.replies(story, LECTURE).status_code == 303


def test_openings_come_in_three_tones_and_fit_the_wish(writer: Writer, other: Writer) -> None:
    shown = {}
    for wish in ("listen", "experience", "advice"):
        writer.vents("夜の台所の話です。", wish=wish)
        page = other.opens(f"/t/{writer.thread_id}/r").text
        shown[wish] = re.findall(r'name="o" value="(\d+)"', page)
        assert len(re.findall(r'<ul class="opens">', page)) == 3
    assert all(9 <= len(numbers) <= 12 for numbers in shown.values())
    assert shown["experience"][0] == "9"
    assert "13" in shown["advice"]
    assert "13" not in shown["listen"]


def test_a_link_with_a_neutral_number_begins_the_form(story: str, other: Writer) -> None:
    page = other.opens(f"/t/{story}/r?o=3&to=1").text
    assert fields_of(page, f"/t/{story}/r")["body"] == ">>1\n言葉にするまで、長かったでしょうね。\n"
    assert other.opens(f"/t/{story}/r?o=99").status_code == 200
    assert fields_of(other.opens(f"/t/{story}/r?o=x").text, f"/t/{story}/r")["body"] == ""


def test_without_script_a_press_puts_the_sentence_before_what_was_typed_and_writes_nothing(
    app: Flask, story: str, other: Writer
) -> None:
    page = other.sends(f"/t/{story}/r", body="途中の言葉", warning="夜の話", o="1")
    assert page.status_code == 200
    fields = fields_of(page.text, f"/t/{story}/r")
    assert fields["body"] == "読みました。\n途中の言葉"
    assert fields["warning"] == "夜の話"
    with app.app_context():
        assert db.session.query(Post).count() == 1
    assert pressed(other, page.text, f"/t/{story}/r").status_code == 303
    assert "途中の言葉" in other.opens(f"/t/{story}").text


def test_looking_through_the_openings_uses_up_no_limit_and_sending_does(make_app, writer: Writer) -> None:  # type: ignore[no-untyped-def]
    app = make_app(limit_write="2 per hour")
    owner, other = Writer(app), Writer(app)
    owner.vents("夜の台所の話です。")
    other.replies(owner.thread_id, "読みました。ひとつ目です。")
    tried = [other.sends(f"/t/{owner.thread_id}/r", body="x", o="1").status_code for _ in range(6)]
    assert tried == [200] * 6
    sent = [other.replies(owner.thread_id, f"返事{number}です。").status_code for number in range(3)]
    assert sent == [303, 303, 429]
    flood = [other.browser.post("/n/r2", data={"o": "1", "body": "x"}).status_code for _ in range(2)]
    assert flood == [429, 429]


def test_help_comes_with_an_opening_as_well(story: str, other: Writer) -> None:
    page = other.sends(f"/t/{story}/r", body="もう死にたい。", o="1")
    assert 'class="hand"' in page.text


def test_english_has_openings_of_its_own(story: str, other: Writer) -> None:
    page = other.opens(f"/en/t/{story}/r").text
    assert "I am awake tonight as well." in page
    assert "言葉にするまで" not in page
