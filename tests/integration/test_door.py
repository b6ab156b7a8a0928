"""When no moderator comes for long the board closes writing by itself; reading stays, and the first sign-in opens it."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pyotp
import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from forum import clock
from forum.cli import cli, work
from forum.config import load_config
from forum.errors import ConfigError
from forum.extensions import begin_writing, db
from forum.models import Timer
from forum.moderation import door, state
from forum.runtime import runtime
from tests.actors import Reader, Staff, Writer

WORDS = "今夜のことを書きました。"


def fires(app: Flask, at: datetime) -> None:
    with app.app_context(), clock.frozen(at):
        assert work.fire_timers() == 0


def due(app: Flask) -> list[datetime]:
    with app.app_context():
        moments = db.session.scalars(select(Timer.due).where(Timer.kind == door.TIMER))
        return [moment.replace(tzinfo=clock.BOARD_ZONE) for moment in moments]


def signs_in(desk: Staff, at: datetime) -> TestResponse:
    code = pyotp.TOTP(desk.secret).at(int(at.timestamp()))
    desk.browser.delete_cookie("m", path="/m")
    fresh = Reader(desk.app)
    return fresh.sends("/m/login", name=desk.name, password=desk.PASSWORD, code=code)


def plain(answer: TestResponse) -> str:
    return answer.text.replace("<wbr>", "")


def test_it_closes_after_72_hours_and_the_first_sign_in_opens_it(
    app: Flask, writer: Writer, reader: Reader
) -> None:
    desk = Staff(app)
    writer.vents("夜の話です。")
    (moment,) = due(app)
    assert timedelta(hours=72) <= moment - clock.now() <= timedelta(hours=73)
    fires(app, moment - timedelta(minutes=1))
    assert writer.replies(writer.thread_id, "まだ書けます。").status_code == 303
    fires(app, moment)

    answer = writer.vents(WORDS)
    assert answer.status_code == 503
    assert WORDS in answer.text  # the text comes back
    assert "だれかが戻るまで" in answer.text
    assert "tel:" in answer.text  # with the contacts
    assert writer.reacts(writer.post_id, "same").status_code == 503
    assert reader.sends("/c", body="いつまでお休みですか。").status_code == 200
    assert writer.sends(f"/p/{writer.post_id}/d").status_code == 200

    for path in ("/", "/b/r2", f"/t/{writer.thread_id}", "/help", "/n/r2", "/me", "/s", "/m/login", "/back"):
        page = reader.opens(path)
        assert page.status_code == 200, path
        assert "世話人の手が足りていません" in plain(page), path
    assert "enough caretakers" in reader.opens("/en/").text

    later = moment + timedelta(hours=5)
    with clock.frozen(later):
        assert signs_in(desk, later).status_code == 303
        assert "足りていません" not in plain(reader.opens("/"))
        assert "足りていません" not in plain(reader.opens(f"/t/{writer.thread_id}"))
        assert writer.vents(WORDS).status_code == 303
        (again,) = due(app)
        assert timedelta(hours=72) <= again - later <= timedelta(hours=73)


def test_every_sign_in_gives_the_whole_time_anew(app: Flask) -> None:
    desk = Staff(app)
    (first,) = due(app)
    later = clock.now() + timedelta(hours=50)
    with clock.frozen(later):
        assert signs_in(desk, later).status_code == 303
    (second,) = due(app)
    assert second - first >= timedelta(hours=49)


def test_a_try_that_fails_opens_nothing(app: Flask, writer: Writer) -> None:
    desk = Staff(app)
    (moment,) = due(app)
    fires(app, moment)
    with clock.frozen(moment):
        refused = Reader(app).sends("/m/login", name=desk.name, password="falsch und lang genug", code="1")
        assert refused.status_code == 422
        assert writer.vents(WORDS).status_code == 503


def test_the_time_is_a_setting(make_app: Callable[..., Flask]) -> None:
    app = make_app(door_hours="24")
    Staff(app)
    (moment,) = due(app)
    assert timedelta(hours=24) <= moment - clock.now() <= timedelta(hours=25)
    with pytest.raises(ConfigError, match="door_hours"):
        load_config({"FORUM_DOOR_HOURS": "0"})


def test_a_board_where_nobody_ever_came_or_that_was_put_back_has_its_hours_too(app: Flask) -> None:
    with app.app_context():
        assert work.watch_door()
        assert not work.watch_door()
    (moment,) = due(app)
    fires(app, moment)
    with app.app_context():
        assert state.board_state().is_shut
        assert not work.watch_door()  # it is shut already: nothing to wait for


def test_when_somebody_came_is_kept_in_whole_hours_for_all_together(app: Flask) -> None:
    moment = datetime(2026, 12, 1, 3, 41, 7, tzinfo=clock.BOARD_ZONE)
    with app.app_context(), clock.frozen(moment):
        begin_writing()
        door.someone_came(hours=72)
        db.session.commit()
        timer = db.session.scalars(select(Timer).where(Timer.kind == door.TIMER)).one()
    assert (timer.due.minute, timer.due.second, timer.target) == (0, 0, bytes(16))


def test_a_pause_by_hand_outlasts_a_sign_in(app: Flask, writer: Writer) -> None:
    environ = {"FORUM_INSTANCE": app.instance_path, "FORUM_SEARCH": "memory"}

    def run(name: str) -> str:
        return str(CliRunner(env=environ).invoke(cli, [name], prog_name="forum").output)

    desk = Staff(app)
    run("pause")
    (moment,) = due(app)
    fires(app, moment)
    assert "until a moderator signs in" in run("resume")
    run("pause")
    later = moment + timedelta(hours=1)
    with clock.frozen(later):
        assert signs_in(desk, later).status_code == 303
        page = plain(Reader(app).opens("/"))
        assert "いまは、書くのをお休みしています。" in page
        assert writer.vents(WORDS).status_code == 503
        assert "until a moderator" not in run("resume")
        assert writer.vents(WORDS).status_code == 303


@pytest.mark.postgres
def test_on_postgresql_it_closes_and_opens_too(postgres_app: Flask) -> None:
    writer = Writer(postgres_app)
    desk = Staff(postgres_app)
    (moment,) = due(postgres_app)
    fires(postgres_app, moment)
    assert writer.vents(WORDS).status_code == 503
    with clock.frozen(moment):
        assert signs_in(desk, moment).status_code == 303
        assert writer.vents(WORDS).status_code == 303
    with postgres_app.app_context():
        assert runtime().settings.door_hours == 72
