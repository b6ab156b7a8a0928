"""The operator's bell: a real command, at the right hour, once, with a lane and a number and nothing else."""

import json
import logging
import stat
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select

from forum import clock, firing, ids, logs
from forum.cli import bell as ringing
from forum.cli import cli, work
from forum.cli.check import findings_of
from forum.clock import BOARD_ZONE
from forum.config import load_config
from forum.errors import ConfigError
from forum.extensions import begin_writing, db
from forum.models import Case, Moderator, Post, Rung, Timer
from forum.moderation import bell, duty, leases
from forum.moderation.cases import open_case
from forum.runtime import runtime
from tests.actors import Staff, Writer
from tests.integration.moderation.scenes import open_one, set_scene

FAREWELL = "これで最後です。今夜、薬をためた分を全部飲みます。"
# Staffed: 09:00-12:00 and 20:00-24:00.
NIGHT = datetime(2026, 11, 26, 3, 7, 9, tzinfo=BOARD_ZONE)
MORNING = NIGHT.replace(hour=9, minute=0, second=1)
HOURS = duty.parse("09:00-12:00,20:00-24:00")
GRAVE = [{"label": "crisis", "sub": "suicide", "severity": 2, "field": "body", "spans": []}]


class Bell:
    """A command that writes down what it was told."""

    def __init__(self, folder: Path, make_app: Callable[..., Flask]) -> None:
        self.told = folder / "told by the bell"
        self.script = folder / "ring it"
        self.make_app = make_app
        self.does(f'for word; do :; done; printf "%s|%s\\n" "$#" "$word" >> "{self.told}"')

    def does(self, line: str) -> None:
        """What the command does from now on."""
        self.script.write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
        self.script.chmod(self.script.stat().st_mode | stat.S_IXUSR)

    def app(self, **settings: str) -> Flask:
        """A board with this bell."""
        return self.make_app(bell_command=f"'{self.script}' --now", **settings)

    def lines(self) -> list[str]:
        """What it was told so far, each with how many words it got."""
        return self.told.read_text(encoding="utf-8").splitlines() if self.told.exists() else []


@pytest.fixture
def command(tmp_path: Path, make_app: Callable[..., Flask]) -> Bell:
    return Bell(tmp_path, make_app)


@pytest.fixture
def noted() -> Iterator[list[dict[str, object]]]:
    """What the log holds, field by field."""
    kept: list[dict[str, object]] = []
    handler = logging.Handler()
    handler.emit = lambda record: kept.append(vars(record))  # type: ignore[method-assign]
    logging.getLogger(logs.LOGGER).addHandler(handler)
    yield kept
    logging.getLogger(logs.LOGGER).removeHandler(handler)


def step(app: Flask, at: datetime) -> int:
    """What the board's own work does in one round at this moment."""
    with app.app_context(), clock.frozen(at):
        rang = ringing.ring_if_due()
        for kind, target in firing.due_timers():
            begin_writing()
            firing.fire(kind, target)
            db.session.commit()
        db.session.remove()
    return rang


def some(app: Flask, lane: int, *, at: datetime, count: int = 1, findings: object = ()) -> list[str]:
    """Cases of a lane that came at this moment."""
    with clock.frozen(at):
        found = []
        for _number in range(count):
            post_id = set_scene(app).reply_id
            with app.app_context():
                begin_writing()
                post = db.session.get_one(Post, post_id)
                hour = duty.staffed_hour(HOURS, at)
                case = open_case(post=post, lane=lane, source="screening", hour=hour, findings=findings)  # type: ignore[arg-type]
                found.append(ids.to_text(case.id))
                db.session.commit()
    return found


def test_a_held_farewell_at_night_rings_once_within_one_step(command: Bell) -> None:
    app = command.app()
    with clock.frozen(NIGHT):
        Writer(app).sends("/n/r2", body=FAREWELL)
    assert step(app, NIGHT + timedelta(seconds=1)) == 1
    assert command.lines() == ["2|lane 1: 1 case waiting"]
    for minutes in (0, 1, 6, 40, 200):
        assert step(app, NIGHT + timedelta(minutes=minutes, seconds=2)) == 0
    assert len(command.lines()) == 1


def test_when_nobody_has_looked_by_the_morning_it_rings_once_more(command: Bell) -> None:
    app = command.app()
    some(app, 1, at=NIGHT, findings=GRAVE)
    assert step(app, NIGHT) == 1
    assert step(app, MORNING) == 1
    assert step(app, MORNING + timedelta(hours=1)) == 0
    assert step(app, MORNING + timedelta(hours=12)) == 0


@pytest.mark.parametrize("lane", [1, 2, 3, 4, 5])
def test_everything_else_waits_for_staffed_hours(command: Bell, lane: int) -> None:
    app = command.app()
    quiet = [GRAVE[0] | {"severity": 1}] if lane == 1 else ()
    some(app, lane, at=NIGHT, count=2, findings=quiet)
    assert step(app, NIGHT) == 0
    assert step(app, MORNING - timedelta(minutes=1)) == 0
    assert step(app, MORNING) == 1
    assert command.lines() == [f"2|lane {lane}: 2 cases waiting"]


def test_a_lane_is_gathered_and_rings_no_more_often_than_the_setting_says(command: Bell) -> None:
    app = command.app(bell_minutes="30")
    some(app, 5, at=MORNING)
    assert step(app, MORNING) == 1
    some(app, 5, at=MORNING, count=3)
    for minutes in (1, 10, 29):
        assert step(app, MORNING + timedelta(minutes=minutes)) == 0
    assert step(app, MORNING + timedelta(minutes=36)) == 1
    assert command.lines()[1:] == ["2|lane 5: 4 cases waiting"]


def test_one_lane_does_not_keep_another_from_ringing(command: Bell) -> None:
    app = command.app()
    some(app, 3, at=MORNING)
    assert step(app, MORNING) == 1
    some(app, 2, at=MORNING)
    assert step(app, MORNING + timedelta(seconds=1)) == 1
    assert [line[2:] for line in command.lines()] == ["lane 3: 1 case waiting", "lane 2: 1 case waiting"]


def test_it_rings_again_when_the_time_of_a_case_is_nearly_over(command: Bell) -> None:
    app = command.app()
    some(app, 3, at=MORNING)  # four staffed hours
    rang = [step(app, at) for at in (MORNING, MORNING + timedelta(hours=2))]
    evening = MORNING.replace(hour=20)
    assert rang == [1, 0]
    assert step(app, evening + timedelta(minutes=1)) == 1
    assert step(app, evening + timedelta(hours=1)) == 0


def test_many_farewells_in_a_night_are_gathered_for_some_minutes(command: Bell) -> None:
    app = command.app()
    some(app, 1, at=NIGHT, findings=GRAVE)
    assert step(app, NIGHT) == 1
    some(app, 1, at=NIGHT, count=3, findings=GRAVE)
    assert step(app, NIGHT + timedelta(minutes=1)) == 0
    assert step(app, NIGHT + timedelta(minutes=11)) == 1
    assert command.lines()[1:] == ["2|lane 1: 4 cases waiting"]


def test_a_case_that_becomes_grave_rings_at_night(command: Bell) -> None:
    app = command.app()
    post_id = set_scene(app).reply_id
    with clock.frozen(NIGHT):
        open_one(app, post_id, lane=5)
        assert step(app, NIGHT) == 0
        open_one(app, post_id, lane=1, findings=GRAVE)
    assert step(app, NIGHT + timedelta(seconds=1)) == 1


def test_reports_that_a_life_is_in_danger_wait_for_the_morning(command: Bell) -> None:
    app = command.app()
    some(app, 1, at=NIGHT)
    assert step(app, NIGHT) == 0
    assert step(app, MORNING) == 1


def test_what_somebody_reads_or_has_decided_does_not_ring(command: Bell) -> None:
    app = command.app()
    reader = Staff(app)
    (found,) = some(app, 1, at=NIGHT, findings=GRAVE)
    with clock.frozen(NIGHT):
        staff_reads(app, found, reader)
        assert step(app, NIGHT) == 0
    # The lease runs out, and nobody has decided.
    assert step(app, NIGHT + timedelta(minutes=11)) + step(app, NIGHT + timedelta(minutes=12)) == 1


def staff_reads(app: Flask, case_id: str, reader: Staff) -> None:
    with app.app_context():
        begin_writing()
        moderator = db.session.scalars(select(Moderator).where(Moderator.name == reader.name)).one()
        leases.lease(case_id=ids.from_text(case_id), moderator=moderator, audit_key=runtime().keys.audit)
        db.session.commit()


def test_a_case_that_is_opened_anew_is_news_again(command: Bell) -> None:
    app = command.app()
    post_id = set_scene(app).reply_id
    with clock.frozen(NIGHT):
        open_one(app, post_id, lane=1, findings=GRAVE)
    assert step(app, NIGHT) == 1
    with app.app_context():
        begin_writing()
        case = db.session.scalars(select(Case)).one()
        case.state = "settled"
        db.session.commit()
    with clock.frozen(NIGHT):
        open_one(app, post_id, lane=1, findings=GRAVE)
    assert step(app, NIGHT + timedelta(minutes=20)) == 1


def test_a_restart_does_not_ring_again(command: Bell) -> None:
    first = command.app()
    some(first, 1, at=NIGHT, findings=GRAVE)
    assert step(first, NIGHT) == 1
    assert step(command.app(), NIGHT + timedelta(hours=1)) == 0


def test_no_moment_of_a_post_stands_anywhere_because_it_rang(command: Bell) -> None:
    app = command.app()
    some(app, 1, at=NIGHT, findings=GRAVE)
    step(app, NIGHT)
    with app.app_context():
        assert [row.reasons for row in db.session.scalars(select(Rung))] == [bell.GRAVE]
        due = [row.due for row in db.session.scalars(select(Timer).where(Timer.kind == bell.TIMER))]
    assert due
    assert all((moment.minute % 5, moment.second, moment.microsecond) == (0, 0, 0) for moment in due)
    step(app, NIGHT + timedelta(hours=1))
    with app.app_context():
        assert not db.session.scalars(select(Timer).where(Timer.kind == bell.TIMER)).all()


def test_nothing_of_the_board_leaves_with_it(command: Bell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORUM_KEY_SEAL", "canary of a key")
    command.does(f'env > "{command.told}"; printf "%s" "$*" >> "{command.told}"; cat >> "{command.told}"')
    app = command.app()
    writer = Writer(app)
    with clock.frozen(NIGHT):
        writer.sends("/n/r2", body=FAREWELL)
    assert step(app, NIGHT) == 1
    told = command.told.read_text(encoding="utf-8")
    assert told.endswith("--now lane 1: 1 case waiting")
    with app.app_context():
        case = db.session.scalars(select(Case)).one()
        secrets = [ids.to_text(case.id), ids.to_text(case.target_id), ids.to_text(case.thread_id)]
    for word in (*secrets, "薬", "FORUM_", "canary"):
        assert word not in told


def test_a_command_that_hangs_is_ended_and_tried_again_later(
    command: Bell, noted: list[dict[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ringing, "LONGEST_SECONDS", 0.5)
    command.does(f'(sleep 3; echo late >> "{command.told}") & sleep 60')
    app = command.app()
    some(app, 1, at=NIGHT, findings=GRAVE)
    began = time.monotonic()
    assert step(app, NIGHT) == 0
    assert time.monotonic() - began < 5
    assert [record["event"] for record in noted] == [ringing.TOO_LONG]
    assert step(app, NIGHT + timedelta(minutes=1)) == 0
    assert len(noted) == 1  # not every second
    command.does(f'echo now >> "{command.told}"')
    assert step(app, NIGHT + timedelta(minutes=11)) == 1
    time.sleep(3)
    assert command.lines() == ["now"]  # what the hanging one had started ended with it


@pytest.mark.parametrize(
    ("line", "event"), [("echo 薬をためた; echo 薬 >&2; exit 3", ringing.FAILED), (None, ringing.MISSING)]
)
def test_one_that_fails_or_is_not_there_is_noted_without_its_words(
    command: Bell, noted: list[dict[str, object]], capfd: pytest.CaptureFixture[str], line: str, event: str
) -> None:
    app = command.app()
    if line:
        command.does(line)
    else:
        command.script.unlink()
    some(app, 1, at=NIGHT, findings=GRAVE)
    assert step(app, NIGHT) == 0
    assert [record["event"] for record in noted] == [event]
    assert "薬" not in "".join(capfd.readouterr()) + json.dumps(noted, default=str, ensure_ascii=False)


def test_without_a_command_nothing_is_kept(app: Flask) -> None:
    some(app, 1, at=NIGHT, findings=GRAVE)
    assert step(app, NIGHT) == 0
    with app.app_context():
        assert db.session.scalars(select(Rung)).all() == []
    assert ringing.keep_ringing(app, work.Stop()) is None


def test_the_boards_own_work_rings_beside_everything_else_and_stops_when_told(command: Bell) -> None:
    app, stop = command.app(), work.Stop()
    thread = ringing.keep_ringing(app, stop)
    assert thread is not None
    Writer(app).sends("/n/r2", body=FAREWELL)
    ends = time.monotonic() + 10
    while not command.lines() and time.monotonic() < ends:
        time.sleep(0.1)
    stop.set()
    thread.join(5)
    assert not thread.is_alive()
    assert command.lines() == ["2|lane 1: 1 case waiting"]


def test_when_the_board_stops_a_hanging_command_is_ended(command: Bell) -> None:
    command.does("sleep 60")
    app, stop = command.app(), work.Stop()
    some(app, 1, at=NIGHT, findings=GRAVE)
    thread = ringing.keep_ringing(app, stop)
    assert thread is not None
    time.sleep(2.5)
    stop.set()
    thread.join(3)
    assert not thread.is_alive()


def test_on_postgresql_it_rings_the_same(command: Bell, postgres_app: Flask, postgres_url: str) -> None:
    app = command.app(database_url=postgres_url)
    some(app, 1, at=NIGHT, findings=GRAVE)
    some(app, 4, at=NIGHT)
    assert [step(app, NIGHT), step(app, NIGHT), step(app, MORNING)] == [1, 0, 2]
    assert [line[2:] for line in command.lines()][1:] == ["lane 1: 1 case waiting", "lane 4: 1 case waiting"]


def test_an_operator_can_try_it(command: Bell, instance: Path) -> None:
    environ = {"FORUM_INSTANCE": str(instance), "FORUM_SEARCH": "memory"}

    def says(*words: str, bell_command: str = f"'{command.script}'"):  # type: ignore[no-untyped-def]
        env = environ | {"FORUM_BELL_COMMAND": bell_command}
        return CliRunner(env=env).invoke(cli, ["moderators", "bell", *words], prog_name="forum")

    assert says("--try").output == "it rang: trial: 0 cases waiting\n"
    assert command.lines() == ["1|trial: 0 cases waiting"]
    assert says().output == "nothing to ring for\n"
    for told, said in (
        ("/nowhere/at/all", "no such command"),
        ("false", "another code than 0"),
        ("", "never rings"),
    ):
        refused = says("--try", bell_command=told)
        assert refused.exit_code == 1
        assert said in refused.output
        assert refused.output.count("\n") == 1


def test_the_check_names_a_command_that_is_not_there(instance: Path, command: Bell) -> None:
    def lines(told: str) -> list[str]:
        environ = {"FORUM_INSTANCE": str(instance), "FORUM_SEARCH": "memory", "FORUM_BELL_COMMAND": told}
        return [f"{level}: {text}" for level, text in findings_of(environ) if text.startswith("bell")]

    assert lines(f"'{command.script}'") == []
    assert [line.split(":")[0] for line in lines("/nowhere/at/all --now")] == ["wrong"]
    assert [line.split(":")[0] for line in lines("")] == ["note"]


@pytest.mark.parametrize(("name", "value"), [("BELL_COMMAND", "ring 'it"), ("BELL_MINUTES", "0")])
def test_settings_that_make_no_sense_are_refused(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=name.lower()):
        load_config({f"FORUM_{name}": value})
