"""Help comes in the same answer, whatever else is answered: one test for each way in which words are not simply taken."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from forum import ids
from forum.extensions import begin_writing, db
from forum.models import Post, Thread
from forum.moderation import lifecycle
from forum.runtime import runtime
from tests.actors import Staff, Writer, fields_of

CRISIS = "もう死にたい。今夜は眠れません。"
NUMBER = "0120-279-338"


def shows_help(answer, status: int) -> None:  # type: ignore[no-untyped-def]
    assert answer.status_code == status
    assert 'class="hand"' in answer.text
    assert answer.text.index('class="hand"') < answer.text.index("<h1")
    assert NUMBER in answer.text


def meanwhile(app: Flask, verb: Callable[[Any], object], kind: type[Any], identifier: str) -> None:
    """Somebody else does this to a thread or a post while a form stands open."""
    with app.app_context():
        begin_writing()
        verb(db.session.get_one(kind, ids.from_text(identifier)))
        db.session.commit()


def test_when_a_limit_is_reached(make_app: Callable[..., Flask]) -> None:
    person = Writer(make_app(limit_write="1 per hour", limit_bucket_factor="1"))
    person.vents("夜の話です。")
    page = person.opens("/n/r2").text
    answer = person.browser.post("/n/r2", data=fields_of(page, "/n/r2") | {"body": CRISIS})
    shows_help(answer, 429)
    assert answer.headers["Retry-After"]
    assert CRISIS in answer.text


def test_when_the_words_stand_in_the_title_or_the_warning(make_app: Callable[..., Flask]) -> None:
    person = Writer(make_app(limit_write="1 per hour", limit_bucket_factor="1"))
    person.vents("夜の話です。")
    for field in ("title", "warning"):
        page = person.opens("/n/r2").text
        data = fields_of(page, "/n/r2") | {"body": "夜の話です。", field: "もう死にたい"}
        shows_help(person.browser.post("/n/r2", data=data), 429)


def test_when_somebody_new_has_written_much(make_app: Callable[..., Flask]) -> None:
    person = Writer(make_app(limit_newcomer="1 per hour"))
    person.vents("夜の話です。")
    person.vents("つづきの話です。")
    shows_help(person.vents(CRISIS), 429)


def test_when_a_room_is_full(make_app: Callable[..., Flask]) -> None:
    app = make_app(limit_theme="1 per hour")
    Writer(app).vents("夜の話です。")
    shows_help(Writer(app).vents(CRISIS), 429)


def test_when_somebody_was_asked_to_rest(writer: Writer, other: Writer, moderator: Staff) -> None:
    writer.vents("夜の話です。")
    other.flags(writer.post_id, "attack")
    (case_id,) = moderator.cases()
    moderator.takes(case_id)
    assert moderator.decides(case_id, "hide", rule="3", sanction="board7").status_code == 303
    shows_help(writer.vents(CRISIS), 403)


def test_when_the_form_is_not_filled_in_rightly(writer: Writer) -> None:
    shows_help(writer.vents(CRISIS, title="あ" * 100), 422)


def test_when_the_token_is_wrong(writer: Writer) -> None:
    shows_help(writer.vents(CRISIS, csrf_token="x"), 422)


def test_when_the_ticket_is_wrong_or_a_machine_filled_it_in(writer: Writer) -> None:
    shows_help(writer.vents(CRISIS, ticket="x"), 422)
    shows_help(writer.vents(CRISIS, website="x"), 422)


def test_when_the_words_are_asked_about(writer: Writer) -> None:
    shows_help(writer.vents(f"{CRISIS}090-0000-0000"), 422)


def test_when_the_thread_was_closed_meanwhile(app: Flask, writer: Writer, other: Writer) -> None:
    writer.vents("夜の話です。")
    path = f"/t/{writer.thread_id}/r"
    data = fields_of(other.opens(path).text, path) | {"body": CRISIS}
    meanwhile(app, lifecycle.lock, Thread, writer.thread_id)
    shows_help(other.browser.post(path, data=data), 409)


def test_when_the_thread_or_post_is_gone(app: Flask, writer: Writer, other: Writer) -> None:
    writer.vents("夜の話です。")
    path, edit = f"/t/{writer.thread_id}/r", f"/p/{writer.post_id}/e"
    data = fields_of(other.opens(path).text, path) | {"body": CRISIS}
    meanwhile(app, lifecycle.remove, Post, writer.post_id)
    shows_help(other.browser.post(path, data=data), 404)
    shows_help(other.browser.post(edit, data=data), 404)


def test_when_an_edit_comes_too_late_or_meets_somebody_elses(app: Flask, writer: Writer) -> None:
    writer.vents("夜の話です。")
    path = f"/p/{writer.post_id}/e"
    data = fields_of(writer.opens(path).text, path) | {"body": CRISIS}
    shows_help(writer.browser.post(path, data=data | {"seen": "x"}), 409)
    with app.app_context():
        begin_writing()
        db.session.execute(db.text("DELETE FROM timer WHERE kind = 'edit'"))
        db.session.commit()
    shows_help(writer.browser.post(path, data=data), 409)


def test_when_the_same_form_is_sent_twice(writer: Writer) -> None:
    data = fields_of(writer.opens("/n/r2").text, "/n/r2") | {"body": CRISIS}
    for _ in range(2):
        shows_help(writer.browser.post("/n/r2", data=data), 200)


@pytest.mark.makes_faults
def test_when_the_database_is_broken(app: Flask, writer: Writer, instance) -> None:  # type: ignore[no-untyped-def]
    data = fields_of(writer.opens("/n/r2").text, "/n/r2") | {"body": CRISIS}
    with app.app_context():
        runtime().onlooker.close()
        db.session.remove()
        db.engine.dispose()
    for file in instance.glob("nagi.sqlite3*"):
        file.write_bytes(b"not a database" * 100)
    answer = writer.browser.post("/n/r2", data=data)
    shows_help(answer, answer.status_code)
    assert answer.status_code in {500, 503}
    assert CRISIS in answer.text


def test_when_it_is_put_aside(writer: Writer) -> None:
    shows_help(writer.vents(CRISIS, act="deposit"), 200)


def test_when_a_story_is_closed_with_words_beside_it(writer: Writer) -> None:
    writer.vents("夜の話です。")
    shows_help(writer.ends(writer.thread_id, "close", body=CRISIS), 200)


def test_when_it_stands_in_a_report_or_a_letter(writer: Writer, other: Writer) -> None:
    writer.vents("夜の話です。")
    shows_help(other.flags(writer.post_id, "other", note=CRISIS), 200)
    page = other.opens(f"/p/{writer.post_id}/f").text
    data = fields_of(page, f"/p/{writer.post_id}/f") | {"note": CRISIS, "csrf_token": "x"}
    shows_help(other.browser.post(f"/p/{writer.post_id}/f", data=data), 422)
    shows_help(other.sends("/c", body=CRISIS), 200)
    shows_help(other.sends("/takedown", body=CRISIS, csrf_token="x"), 422)
