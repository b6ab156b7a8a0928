"""Names of services, as people meet them: covered in what is published, told kindly, a case where two play together."""

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from forum import clock, ids, schema
from forum.cli.themes import sync_themes
from forum.extensions import db
from forum.models import Case, Post
from forum.runtime import runtime
from tests.actors import Staff, Writer, fields_of
from tests.privacy.test_bans import dump

NAME = "花の輪クラブ"
LIST = f'[[service]]\nkind = "dating"\nnames = ["{NAME}"]\n'
TOLD = "お店や集まりの名前は、"
PHONE = "080-2345-6789"


@pytest.fixture
def app(make_app: Callable[..., Flask], instance: Path) -> Flask:
    """A board whose operator has a list."""
    (instance / "services.toml").write_text(LIST, encoding="utf-8")
    return make_app()


def cases(app: Flask) -> list[tuple[str, int, str]]:
    with app.app_context():
        rows = db.session.execute(select(Case.target_kind, Case.lane, Case.state)).all()
    return sorted((kind, lane, state) for kind, lane, state in rows)


def thread_text(writer: Writer, thread_id: str) -> str:
    return writer.opens(f"/t/{thread_id}").text


def with_standing(writer: Writer) -> None:
    """Posts on two days."""
    first = datetime(2026, 3, 3, 9, 0, tzinfo=clock.BOARD_ZONE)
    for number in range(2):
        with clock.frozen(first + timedelta(days=number)):
            assert writer.vents(f"ひとりで白湯を飲んでいます。{number}").status_code == 303


def test_a_name_is_covered_for_everybody_everywhere_and_its_writer_is_told_once(
    app: Flask, writer: Writer
) -> None:
    answer = writer.vents(f"去年{NAME}に行きました。", title=f"ハナの輪くらぶと{NAME}", warning=f"{NAME}の話")
    thanks = writer.opens(answer.location).text
    assert TOLD in thanks
    page = thread_text(writer, writer.thread_id)
    assert "去年〇〇に行きました。" in page
    assert NAME not in page
    assert TOLD not in page
    with app.app_context():
        assert NAME not in repr(dump(app))
    assert cases(app) == []


def test_nobody_is_told_where_nothing_was_covered(writer: Writer) -> None:
    answer = writer.vents("去年、海に行きました。")
    assert "n=" not in answer.location
    assert TOLD not in writer.opens(answer.location).text


def test_a_name_beside_a_question_is_shown_on_that_page_and_covered_whatever_is_pressed(
    app: Flask, writer: Writer
) -> None:
    body = f"{NAME}の受付は {PHONE} でした。"
    asked = writer.sends("/n/r2", body=body)
    assert asked.status_code == 422
    assert "いつも伏せて出しています" in asked.text
    assert f"{NAME} → 〇〇" in asked.text
    assert len(re.findall(r'name="m"', asked.text)) == len(re.findall("<sup>", asked.text)) - 1
    assert fields_of(asked.text)["body"] == body  # nothing typed is lost
    kept = writer._keep(writer.browser.post("/n/r2", data=fields_of(asked.text) | {"act": "asis"}))
    assert "n=" not in kept.location  # told already
    with app.app_context():
        post = db.session.get_one(Post, ids.from_text(writer.post_id))
        assert post.source == f"〇〇の受付は {PHONE} でした。"
        case = db.session.scalars(select(Case)).one()
        assert NAME not in case.findings
        phone = next(entry for entry in json.loads(case.findings) if entry["rule"] == "phone")
        ((start, end),) = phone["spans"]
        assert post.source[start:end] == PHONE


def test_masking_the_other_words_covers_the_name_as_well(app: Flask, writer: Writer) -> None:
    asked = writer.sends("/n/r2", body=f"{NAME}の受付は {PHONE} でした。")
    numbers = re.findall(r'name="m" value="(\d+)"', asked.text)
    data = fields_of(asked.text) | {"act": "mask", "m": numbers}
    assert writer._keep(writer.browser.post("/n/r2", data=data)).status_code == 303
    with app.app_context():
        assert db.session.get_one(Post, ids.from_text(writer.post_id)).source == "〇〇の受付は 〇〇 でした。"


def test_an_edit_covers_too(app: Flask, writer: Writer) -> None:
    writer.vents("去年、海に行きました。")
    assert writer.sends(f"/p/{writer.post_id}/e", body=f"去年、{NAME}に行きました。").status_code == 303
    with app.app_context():
        assert db.session.get_one(Post, ids.from_text(writer.post_id)).source == "去年、〇〇に行きました。"


def test_praise_by_somebody_new_waits_for_a_reader_who_never_learns_the_name(
    app: Flask, writer: Writer, moderator: Staff
) -> None:
    writer.vents(f"{NAME}で知り合った人のおかげで、毎日が明るくなりました。")
    with app.app_context():
        assert db.session.get_one(Post, ids.from_text(writer.post_id)).status == "held"
    (case_id,) = moderator.cases()
    moderator.takes(case_id)
    page = moderator.opens(f"/m/c/{case_id}").text
    assert NAME not in page
    assert "いつも伏せて出しています" in page
    assert re.search(r"<mark>〇〇", page)


def test_praise_by_somebody_with_standing_is_out_at_once_with_a_case(app: Flask, writer: Writer) -> None:
    with_standing(writer)
    with clock.frozen(datetime(2026, 3, 5, 9, 0, tzinfo=clock.BOARD_ZONE)):
        writer.vents(f"{NAME}で知り合った人のおかげで、毎日が明るくなりました。")
        assert "〇〇で知り合った人" in thread_text(writer, writer.thread_id)
    assert cases(app) == [("post", 4, "open")]


ANSWER = f"{NAME}というところですよ。"


def played(app: Flask, writer: Writer, asker: Writer, question: str = "どこで知り合ったんですか？") -> str:
    """A story, a question and an answer with a name; returns the thread."""
    writer.vents("さみしかったけれど、話せる人ができました。")
    thread_id = writer.thread_id
    asker.replies(thread_id, question)
    Writer(app).replies(thread_id, ANSWER)
    return thread_id


def test_question_and_answer_raise_one_case_for_the_thread_however_often(
    app: Flask, writer: Writer, other: Writer
) -> None:
    thread_id = played(app, writer, other)
    assert cases(app) == [("thread", 4, "open")]
    other.replies(thread_id, "なんていうアプリですか？")
    Writer(app).replies(thread_id, f"わたしも{NAME}です。")
    assert cases(app) == [("thread", 4, "open")]
    assert "〇〇というところですよ。" in thread_text(writer, thread_id)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("読みました。", ANSWER),
        ("どこで知り合ったんですか？", "ここでは書かないことになっています。"),
    ],
    ids=["nobody asked", "no name given"],
)
def test_one_half_alone_raises_none(
    app: Flask, writer: Writer, other: Writer, question: str, answer: str
) -> None:
    writer.vents("さみしかったけれど、話せる人ができました。")
    other.replies(writer.thread_id, question)
    Writer(app).replies(writer.thread_id, answer)
    assert cases(app) == []


def test_ones_own_question_answered_by_oneself_is_no_pair(app: Flask, writer: Writer, other: Writer) -> None:
    writer.vents("さみしかったけれど、話せる人ができました。")
    other.replies(writer.thread_id, "どこで知り合ったんですか？")
    other.replies(writer.thread_id, ANSWER)
    assert cases(app) == []


def test_an_answer_by_somebody_with_standing_raises_none(app: Flask, writer: Writer, other: Writer) -> None:
    person = Writer(app)
    with_standing(person)
    with clock.frozen(datetime(2026, 3, 5, 9, 0, tzinfo=clock.BOARD_ZONE)):
        writer.vents("さみしかったけれど、話せる人ができました。")
        other.replies(writer.thread_id, "どこで知り合ったんですか？")
        person.replies(writer.thread_id, ANSWER)
    assert cases(app) == []


def test_the_case_of_a_thread_shows_its_opening_and_where_to_look_and_can_be_decided(
    app: Flask, writer: Writer, other: Writer, moderator: Staff
) -> None:
    thread_id = played(app, writer, other)
    (case_id,) = moderator.cases()
    moderator.takes(case_id)
    page = moderator.opens(f"/m/c/{case_id}").text
    assert "話せる人ができました" in page
    assert "&gt;&gt;2 &gt;&gt;3" in page
    assert set(re.findall(r'name="outcome" value="(\w+)"', page)) == {"fine", "hide", "lock", "move"}
    refused = moderator.decides(case_id, "remove", rule="4")
    assert refused.status_code == 422
    assert moderator.decides(case_id, "lock").status_code == 303
    assert cases(app) == [("thread", 4, "settled")]
    assert other.opens(f"/t/{thread_id}/r").status_code != 200


def test_a_settled_case_of_a_thread_opens_again_with_the_next_pair(
    app: Flask, writer: Writer, other: Writer, moderator: Staff
) -> None:
    thread_id = played(app, writer, other)
    (case_id,) = moderator.cases()
    moderator.takes(case_id)
    moderator.decides(case_id, "fine")
    Writer(app).replies(thread_id, ANSWER)
    assert cases(app) == [("thread", 4, "open")]


def test_a_flag_on_the_opening_post_is_a_case_of_its_own(app: Flask, writer: Writer, other: Writer) -> None:
    writer.vents("さみしかったけれど、話せる人ができました。")
    opening = writer.post_id
    other.replies(writer.thread_id, "どこで知り合ったんですか？")
    Writer(app).replies(writer.thread_id, ANSWER)
    other.flags(opening, "solicitation")
    assert cases(app) == [("post", 4, "open"), ("thread", 4, "open")]


def test_it_is_the_same_on_postgresql(
    postgres_url: str, make_app: Callable[..., Flask], instance: Path
) -> None:
    (instance / "services.toml").write_text(LIST, encoding="utf-8")
    app = make_app(database_url=postgres_url)
    with app.app_context():
        from_scratch(app)
    writer, other = Writer(app), Writer(app)
    played(app, writer, other)
    assert cases(app) == [("thread", 4, "open")]
    moderator = Staff(app, "世話人P", role="lead")
    (case_id,) = moderator.cases()
    moderator.takes(case_id)
    assert moderator.decides(case_id, "fine").status_code == 303
    assert "named_service" in moderator.opens("/m/rules").text


def from_scratch(app: Flask) -> None:
    schema.upgrade(db.engine)
    sync_themes(runtime().settings)
    db.session.commit()
