"""Bursts in a room, heated threads, a newcomer's link: who comes a moment later is told so, and keeps the text."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from forum import clock, firing, ids, worker
from forum.backups.archive import LEFT_OUT
from forum.extensions import begin_writing, db
from forum.models import Case, Post, Timer
from forum.moderation import heat
from forum.web import pacing
from tests.actors import Reader, Staff, Writer, fields_of

SLOW = "十分に一つずつに"


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """A board where somebody is always on duty: what reports do at night is another file's."""
    return make_app(staffed_hours="00:00-24:00")


def plain(text: str) -> str:
    return text.replace("<wbr>", "")


def test_many_posts_in_one_room_make_the_next_one_wait_and_other_rooms_go_on(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app(limit_theme="3 per hour")
    people = [Writer(app) for _ in range(4)]
    assert [person.vents(f"話{number}です。").status_code for number, person in enumerate(people[:3])] == [
        303
    ] * 3
    late = people[3].vents("遅れて来た話です。")
    assert late.status_code == 429
    assert int(late.headers["Retry-After"]) > 0
    assert fields_of(late.text, "/n/r2")["body"] == "遅れて来た話です。"
    assert "書いたものはここに残っています" in late.text
    assert people[3].replies(people[0].thread_id, "返事です。").status_code == 429
    assert people[3].vents("べつの部屋の話です。", theme="r1").status_code == 303


def test_a_form_sent_twice_counts_once_in_its_room(make_app: Callable[..., Flask]) -> None:
    app = make_app(limit_theme="1 per hour")
    person = Writer(app)
    data = fields_of(person.opens("/n/r2").text, "/n/r2") | {"body": "話です。"}
    assert [person.browser.post("/n/r2", data=data).status_code for _ in range(3)] == [303] * 3


def several_report(app: Flask, name: str) -> None:
    """Readers of several networks found this post harsh."""
    for number in range(pacing.SEVERAL_SORE):
        person = Reader(app)
        address = {"REMOTE_ADDR": f"198.51.{number}.7"}
        page = person.browser.get(f"/p/{name}/f", environ_base=address)
        data = fields_of(page.text, f"/p/{name}/f") | {"reason": "harsh"}
        assert person.browser.post(f"/p/{name}/f", data=data, environ_base=address).status_code == 200


@pytest.fixture
def heated(app: Flask, writer: Writer) -> str:
    """A thread with many answers in which several people were hurt."""
    writer.vents("夜の台所の話です。")
    for number in range(pacing.MANY_ANSWERS):
        Writer(app).replies(writer.thread_id, f"返事の{number}です。")
    with app.app_context():
        last = db.session.scalars(select(Post).where(Post.number == 2)).one()
        name = ids.to_text(last.id)
    several_report(app, name)
    return writer.thread_id


def test_a_heated_thread_says_so_slows_everybody_down_and_keeps_the_text(
    app: Flask, heated: str, other: Writer, reader: Reader
) -> None:
    assert SLOW in plain(reader.opens(f"/t/{heated}").text)
    assert SLOW in plain(other.opens(f"/t/{heated}/r").text)
    assert other.replies(heated, "ひとつめの返事です。").status_code == 303
    second = other.replies(heated, "ふたつめの返事です。")
    assert second.status_code == 429
    assert 0 < int(second.headers["Retry-After"]) <= 600
    assert fields_of(second.text, f"/t/{heated}/r")["body"] == "ふたつめの返事です。"
    assert Writer(app).replies(heated, "ほかの人の返事です。").status_code == 303


def test_it_cools_down_by_itself_and_nothing_of_it_stays(app: Flask, heated: str, other: Writer) -> None:
    with app.app_context(), clock.frozen(clock.now() + timedelta(minutes=heat.MINUTES + 1)):
        assert not heat.is_heated(ids.from_text(heated))
        begin_writing()
        due = [timer for timer in firing.due_timers() if timer[0] == heat.KIND]
        assert [firing.fire(*timer) for timer in due] == [True]
        db.session.commit()
        assert db.session.scalars(select(Timer).where(Timer.kind == heat.KIND)).all() == []
    assert SLOW not in plain(other.opens(f"/t/{heated}").text)
    assert [other.replies(heated, f"返事{number}").status_code for number in range(2)] == [303, 303]


def test_a_moderator_sees_it(app: Flask, heated: str, moderator: Staff) -> None:
    (case_id,) = moderator.cases()
    moderator.takes(case_id)
    assert "ゆっくりにしてあります" in plain(moderator.opens(f"/m/c/{case_id}").text)


def test_the_timer_goes_with_the_thread(app: Flask, heated: str) -> None:
    with app.app_context():
        begin_writing()
        worker.delete_threads([ids.from_text(heated)])
        db.session.commit()
        assert db.session.scalars(select(Timer).where(Timer.kind == heat.KIND)).all() == []


def test_answers_that_come_after_the_reports_heat_it_as_well(
    app: Flask, writer: Writer, other: Writer
) -> None:
    writer.vents("夜の台所の話です。")
    several_report(app, writer.post_id)
    for number in range(pacing.MANY_ANSWERS - 1):
        Writer(app).replies(writer.thread_id, f"返事の{number}です。")
    assert SLOW not in plain(other.opens(f"/t/{writer.thread_id}").text)
    other.replies(writer.thread_id, "もうひとつの返事です。")
    assert SLOW in plain(other.opens(f"/t/{writer.thread_id}").text)


def test_many_answers_alone_heat_nothing(app: Flask, writer: Writer, other: Writer) -> None:
    writer.vents("夜の台所の話です。")
    for number in range(pacing.MANY_ANSWERS + 2):
        assert other.replies(writer.thread_id, f"返事の{number}です。").status_code == 303
    assert SLOW not in plain(other.opens(f"/t/{writer.thread_id}").text)


def test_many_reports_alone_and_reports_of_one_network_heat_nothing(
    app: Flask, writer: Writer, other: Writer
) -> None:
    writer.vents("夜の台所の話です。")
    for _ in range(pacing.SEVERAL_SORE + 2):
        Writer(app).flags(writer.post_id, "harsh")
    for number in range(pacing.MANY_ANSWERS):
        Writer(app).replies(writer.thread_id, f"返事の{number}です。")
    assert SLOW not in plain(other.opens(f"/t/{writer.thread_id}").text)


def test_a_worry_for_a_life_heats_nothing() -> None:
    assert pacing.SORE_REASONS.isdisjoint({"life", "identity"})


def test_a_heated_thread_comes_out_of_no_backup() -> None:
    assert Timer.__tablename__ in LEFT_OUT


LINK = "ここに詳しく書いてあります。 https://yoru.example/story"


def test_a_newcomers_link_waits_for_a_reader_and_leads_nowhere(app: Flask, writer: Writer) -> None:
    asked = writer.vents(LINK)
    assert asked.status_code == 422
    sent = writer.browser.post("/n/r2", data=fields_of(asked.text, "/n/r2") | {"act": "asis"})
    assert sent.status_code == 303
    with app.app_context():
        (row,) = db.session.execute(select(Post.status, Case.lane).join(Case, Case.target_id == Post.id))
        assert tuple(row) == ("held", 4)
        assert "<a" not in db.session.scalars(select(Post.html)).one()
