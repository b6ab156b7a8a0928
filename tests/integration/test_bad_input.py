"""Whatever is sent, the answer is clear and nothing somebody typed is lost."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from tests.actors import Reader, Staff, Writer, fields_of

LONG = "長い夜です。" * 1000
WORDS = "なくしたくない言葉です。"


@pytest.fixture
def thread_id(writer: Writer) -> str:
    writer.vents("元の話です。", title="元の話")
    return writer.thread_id


def test_an_empty_text_is_asked_for_in_words(reader: Reader) -> None:
    answer = reader.sends("/n/r2", body=" 　\n")
    assert answer.status_code == 422
    assert "一言でもかまいません" in answer.text
    assert 'role="alert"' in answer.text


def test_a_text_that_is_too_long_comes_back_whole(reader: Reader) -> None:
    answer = reader.sends("/n/r2", body=LONG, title="題", wish="advice", lifetime="7")
    assert answer.status_code == 422
    kept = fields_of(answer.text, "/n/r2")
    assert kept["body"] == LONG
    assert (kept["title"], kept["wish"], kept["lifetime"]) == ("題", "advice", "7")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("wish", "whatever"),
        ("lifetime", "2"),
        ("lifetime", "x"),
        ("publish", "never"),
        ("title", "あ" * 61),
        ("warning", "あ" * 61),
    ],
)
def test_a_choice_that_does_not_exist_gives_the_text_back(reader: Reader, field: str, value: str) -> None:
    answer = reader.sends("/n/r2", body=WORDS, **{field: value})
    assert answer.status_code == 422
    assert WORDS in answer.text


def test_control_and_bidi_characters_are_taken_out(writer: Writer, reader: Reader) -> None:
    writer.vents("夜\x00の\x07話\u202e\u2066です\ud7ff。")
    page = reader.opens(f"/t/{writer.thread_id}").text
    assert "夜の話です" in page
    assert not re.search("[\x00-\x08\u202a-\u202e\u2066-\u2069]", page)


def test_markup_in_a_text_is_shown_and_does_nothing(writer: Writer, reader: Reader) -> None:
    hostile = '<script>alert(1)</script> <img src=x onerror=alert(1)> [押して](javascript:alert(1)) "quoted"'
    writer.vents(hostile, title="<b>題</b>", warning="<i>注意</i>")
    for path in ("/", "/b/r2", f"/t/{writer.thread_id}"):
        page = reader.opens(path).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "<b>題" not in page
        assert "<i>注意" not in page


@pytest.mark.parametrize("token", ["", "x", "A" * 200])
def test_a_wrong_token_shows_the_form_again_with_its_text(reader: Reader, token: str) -> None:
    answer = reader.sends("/n/r2", body=WORDS, csrf_token=token)
    assert answer.status_code == 422
    kept = fields_of(answer.text, "/n/r2")
    assert kept["body"] == WORDS
    again = reader.browser.post("/n/r2", data=kept)
    assert again.status_code == 303


@pytest.mark.parametrize("ticket", ["", "x", "A" * 90])
def test_an_expired_form_shows_a_fresh_one_with_its_text(reader: Reader, ticket: str) -> None:
    answer = reader.sends("/n/r2", body=WORDS, ticket=ticket)
    assert answer.status_code == 422
    kept = fields_of(answer.text, "/n/r2")
    assert kept["body"] == WORDS
    assert reader.browser.post("/n/r2", data=kept).status_code == 303


def test_a_form_sent_too_soon_says_how_long_and_keeps_the_text(make_app: Callable[..., Flask]) -> None:
    reader = Reader(make_app(ticket_seconds="30"))
    answer = reader.sends("/n/r2", body=WORDS)
    assert answer.status_code == 422
    assert "秒ほどで送れます" in answer.text
    assert WORDS in answer.text


def test_a_form_filled_in_by_a_machine_gets_nowhere(reader: Reader) -> None:
    answer = reader.sends("/n/r2", body=WORDS, website="http://example.com")
    assert answer.status_code == 422
    assert "r2" in reader.opens("/b/r2").text
    assert WORDS not in reader.opens("/b/r2").text


@pytest.mark.parametrize(
    "path", ["/t/{}", "/t/{}/r", "/p/{}/k", "/p/{}/f", "/p/{}/e", "/p/{}/d", "/p/{}/ok", "/b/{}", "/n/{}"]
)
@pytest.mark.parametrize("name", ["A" * 22, "x", "%00", "..%2f", "あ" * 22, "A" * 500])
def test_what_does_not_exist_is_not_found(reader: Reader, path: str, name: str) -> None:
    answer = reader.opens(path.format(name), follow_redirects=True)
    assert answer.status_code == 404
    assert "見つかりませんでした" in answer.text


@pytest.mark.parametrize("page", ["0", "-1", "99", "999999999999", "x", "", "１", "new'", "1.0"])
def test_a_page_that_does_not_exist_never_breaks(reader: Reader, thread_id: str, page: str) -> None:
    assert reader.opens(f"/t/{thread_id}?p={page}").status_code in {200, 404}


@pytest.mark.parametrize("after", ["x", "-", "1-", "-1", "9999999-1", "1-99999999999", "739000-1", "１-１"])
def test_a_place_in_a_list_that_does_not_exist_never_breaks(
    reader: Reader, thread_id: str, after: str
) -> None:
    assert reader.opens(f"/b/r2?after={after}").status_code == 200


def test_a_reply_to_a_locked_thread_gives_the_text_back(
    writer: Writer, other: Writer, moderator: Staff, thread_id: str
) -> None:
    form = other.opens(f"/t/{thread_id}/r").text
    Writer(other.app).flags(writer.post_id, "attack")
    (case_id,) = moderator.cases()
    moderator.takes(case_id)
    assert moderator.decides(case_id, "lock").status_code == 303
    answer = other.browser.post(
        f"/t/{thread_id}/r", data=fields_of(form, f"/t/{thread_id}/r") | {"body": WORDS}
    )
    assert answer.status_code == 409
    assert WORDS in answer.text


def test_a_post_that_went_meanwhile_gives_the_words_to_the_caretakers_back(
    writer: Writer, other: Writer, thread_id: str
) -> None:
    other.replies(thread_id, "すぐに消す返事です。")
    flagger = Writer(other.app)
    form = flagger.opens(f"/p/{other.post_id}/f").text
    other.sends(f"/p/{other.post_id}/d")
    data = fields_of(form, f"/p/{other.post_id}/f") | {"reason": "other", "note": WORDS}
    answer = flagger.browser.post(f"/p/{other.post_id}/f", data=data)
    assert answer.status_code == 410
    assert WORDS in answer.text


def test_a_reply_to_a_withdrawn_thread_gives_the_text_back(
    writer: Writer, other: Writer, thread_id: str
) -> None:
    other.replies(thread_id, "先に一つ。")
    form = other.opens(f"/t/{thread_id}/r").text
    writer.sends(f"/p/{writer.post_id}/d")
    answer = other.browser.post(
        f"/t/{thread_id}/r", data=fields_of(form, f"/t/{thread_id}/r") | {"body": WORDS}
    )
    assert answer.status_code == 409
    assert WORDS in answer.text


def test_who_writes_too_often_rests_and_keeps_the_text(make_app: Callable[..., Flask]) -> None:
    app = make_app(limit_write="2 per hour")
    writer = Writer(app)
    for number in range(3):
        answer = writer.sends("/n/r2", body=f"話その{number}")
        if number == 0:
            writer.browser.get(answer.location)
    last = writer.sends("/n/r2", body=WORDS)
    assert last.status_code == 429
    assert last.headers["Retry-After"]
    assert fields_of(last.text, "/n/r2")["body"] == WORDS
    assert Writer(app).vents("別の人は書けます。").status_code == 303


def test_a_form_larger_than_any_letter_is_refused_in_words(reader: Reader) -> None:
    answer = reader.browser.post("/n/r2", data={"body": "あ" * 200_000})
    assert answer.status_code == 413
    assert "五千字まで" in answer.text


def test_words_of_a_receipt_that_do_not_fit_say_so_kindly(reader: Reader) -> None:
    for phrase in ("あいう", "つばき ろうか こなゆき まどべ", "a b c d", "\x00", "x" * 150):
        answer = reader.sends("/back", phrase=phrase)
        assert answer.status_code == 422
        assert "見なおして" in answer.text


def test_refusals_speak_the_readers_language(reader: Reader) -> None:
    page = reader.opens("/en/nowhere").text
    assert 'lang="en"' in page
    assert "見つかりませんでした" not in page
