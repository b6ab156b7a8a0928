"""Calm days: one switch. What newcomers write waits for a reader, limits are tighter, and pages say so."""

from collections.abc import Callable
from datetime import timedelta

from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select

from forum import clock
from forum.cli import cli
from forum.extensions import begin_writing, db
from forum.models import AuditEntry, Case, Post
from forum.moderation import state
from tests.actors import Reader, Staff, Writer, fields_of

SAID = "ゆっくりの日にしています"
WORDS = "夜の台所で、白湯を飲んでいます。"


def switch(app: Flask, wanted: str) -> str:
    environ = {"FORUM_INSTANCE": app.instance_path, "FORUM_SEARCH": "memory"}
    answer = CliRunner(env=environ).invoke(cli, ["calm", wanted], prog_name="forum")
    assert answer.exit_code == 0, answer.output
    return str(answer.output)


def statuses(app: Flask) -> list[str]:
    with app.app_context():
        return sorted(db.session.scalars(select(Post.status)))


def says_so(app: Flask, path: str = "/") -> bool:
    return SAID in Reader(app).opens(path).text.replace("<wbr>", "")


def test_everything_by_newcomers_waits_and_nothing_by_others(
    app: Flask, writer: Writer, other: Writer
) -> None:
    for before in (3, 2):
        with clock.frozen(clock.now() - timedelta(days=before)):
            assert writer.vents(f"べつの夜の話、{before}つめです。").status_code == 303
    assert "calm" in switch(app, "on")
    assert "already" in switch(app, "on")
    assert writer.vents(WORDS).status_code == 303
    answer = other.replies(writer.thread_id, "読みました。")
    assert answer.status_code == 303
    assert "世話人が先に読みます" in other.opens(answer.location).text
    assert other.vents("はじめての話です。").status_code == 303
    assert statuses(app) == ["held", "held", "live", "live", "live"]
    with app.app_context():
        assert {(case.lane, case.source) for case in db.session.scalars(select(Case))} == {(5, "screening")}
    assert "other days" in switch(app, "off")
    assert Writer(app).vents("また、ふだんの日の話です。").status_code == 303
    assert statuses(app).count("live") == 4


def test_an_edit_of_a_newcomer_waits_too(app: Flask, writer: Writer) -> None:
    writer.vents(WORDS)
    switch(app, "on")
    assert writer.sends(f"/p/{writer.post_id}/e", body="書きなおしました。").status_code == 303
    assert statuses(app) == ["hidden"]


def test_the_desk_says_why_it_waits(app: Flask, writer: Writer, moderator: Staff) -> None:
    switch(app, "on")
    writer.vents(WORDS)
    assert "はじめての人の言葉を先に読みます" in moderator.opens("/m/").text


def test_every_page_says_so_and_stops_saying_it(app: Flask, writer: Writer) -> None:
    writer.vents(WORDS)
    paths = ("/", "/b/r2", f"/t/{writer.thread_id}", "/n/r2", "/help", "/m/login")
    assert not any(says_so(app, path) for path in paths)
    switch(app, "on")
    assert all(says_so(app, path) for path in paths)
    assert "taking things slowly" in Reader(app).opens(f"/en/t/{writer.thread_id}").text
    switch(app, "off")
    assert not any(says_so(app, path) for path in paths)


def test_limits_are_tighter_by_the_factor_and_reporting_is_not(make_app: Callable[..., Flask]) -> None:
    app = make_app(limit_write="6 per hour", limit_flag="6 per hour", limit_calm_factor="3")
    writer, reporter = Writer(app), Writer(app)
    assert writer.vents(WORDS).status_code == 303
    first = writer.post_id
    reporter.flags(first, "other")
    with app.app_context():
        begin_writing()
        state.calm(True)
        db.session.commit()
    answers = [writer.replies(writer.thread_id, f"つづき{number}です。").status_code for number in range(3)]
    assert answers == [303, 303, 429]
    assert [reporter.flags(first, "other").status_code for _ in range(4)] == [200] * 4


def test_a_room_and_somebody_new_have_less_too(make_app: Callable[..., Flask]) -> None:
    app = make_app(limit_theme="6 per hour", limit_newcomer="3 per hour")
    switch(app, "on")
    assert [Writer(app).vents(f"話{number}です。").status_code for number in range(3)] == [303, 303, 429]
    writer = Writer(app)
    assert writer.vents("べつの部屋の話です。", theme="r1").status_code == 303
    assert writer.vents("べつの部屋のつづきです。", theme="r1").status_code == 429


def test_whoever_leads_switches_it_on_the_desk_and_nobody_else(app: Flask, moderator: Staff) -> None:
    lead = Staff(app, "まとめ役", role="lead")
    page = lead.opens("/m/").text
    assert 'name="act" value="on"' in page
    data = fields_of(page, "/m/calm") | {"act": "on"}
    assert lead.browser.post("/m/calm", data=data).status_code == 303
    assert says_so(app)
    assert "/m/calm" not in moderator.opens("/m/").text
    assert moderator.opens("/m/calm").status_code == 403
    data = fields_of(moderator.opens("/m/").text, "/m/logout") | {"act": "off"}
    assert moderator.browser.post("/m/calm", data=data).status_code == 403
    assert says_so(app)
    assert lead.sends("/m/calm", form="/m/", act="off").status_code == 303
    assert not says_so(app)
    with app.app_context():
        acts = db.session.execute(
            select(AuditEntry.action, AuditEntry.role)
            .where(AuditEntry.action.like("calm%"))
            .order_by("number")
        )
        assert [tuple(act) for act in acts] == [("calm_on", "lead"), ("calm_off", "lead")]


def test_a_switch_without_its_token_changes_nothing(app: Flask) -> None:
    lead = Staff(app, role="lead")
    assert lead.browser.post("/m/calm", data={"act": "on"}).status_code == 422
    assert not says_so(app)
