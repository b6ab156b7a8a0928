"""Several processes and several people at the same cases: none decided twice, none lost, all in the record."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select

from forum import clock
from forum.cli import work
from forum.extensions import db
from forum.models import AuditEntry, Case, Decision, Moderator, Pending, Timer
from forum.moderation import audit
from forum.runtime import runtime
from tests.actors import fields_of, let_pass
from tests.integration.moderation.deciding import OUTCOMES
from tests.integration.moderation.scenes import Desk, add, case_now, open_one, post_now, set_scene

ROOT = Path(__file__).resolve().parents[3]
PROCESSES, CASES = 4, 200
EVERYBODY, MANY_CASES = 8, 2000
LONGEST = 3000  # seconds; a busy machine is slow, and only standing still is a fault


def cases_open(app: Flask, count: int) -> None:
    for _number in range(count):
        open_one(app, set_scene(app).reply_id, lane=3)


def at_the_desk(app: Flask, manners: Sequence[str], url: str = "") -> list[tuple[int, int]]:
    """Let a process for each of ``manners`` decide everything at once; what each that lived to say it won and lost."""
    start = Path(app.instance_path) / "start"
    environ = os.environ | {
        "FORUM_INSTANCE": app.instance_path,
        "FORUM_SEARCH": "memory",
        "PYTHONPATH": str(ROOT),
        **({"FORUM_DATABASE_URL": url} if url else {}),
    }
    names = [f"世話人{number}" for number in range(len(manners))]
    for name in names:
        add(app, name)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.integration.moderation.deciding", name, str(start), how],
            env=environ,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name, how in zip(names, manners, strict=True)
    ]
    until = time.monotonic() + LONGEST
    while not all(Path(f"{start}.{name}").exists() for name in names):
        assert all(process.poll() is None for process in running)
        assert time.monotonic() < until
        time.sleep(0.05)
    start.touch()
    said = [process.communicate(timeout=LONGEST)[0] for process in running]
    died = [-signal.SIGKILL if how == "killed" else 0 for how in manners]
    assert [process.returncode for process in running] == died
    return [(int(won), int(lost)) for won, lost in (line.split() for line in said if line)]


def carried_out(app: Flask) -> None:
    with app.app_context(), clock.frozen(clock.now() + timedelta(minutes=1)):
        assert work.fire_timers() == 0


def everything_was_decided_once(app: Flask, count: int) -> None:
    with app.app_context():
        assert set(db.session.scalars(select(Case.state))) == {"settled"}
        of_case = select(func.count()).select_from(Decision).group_by(Decision.case_id)
        assert list(db.session.scalars(of_case)) == [1] * count
        assert db.session.scalars(select(Pending)).all() == []
        assert db.session.scalars(select(Timer).where(Timer.kind == "decide")).all() == []
        assert audit.verify(db.session(), runtime().keys.audit).holds
        for action in (("decided",), OUTCOMES):
            done = select(AuditEntry.case_id).where(AuditEntry.action.in_(action))
            assert sorted(db.session.scalars(done)) == sorted(db.session.scalars(select(Case.id)))
        who = select(Decision.case_id, Decision.outcome).order_by(Decision.case_id)
        told = select(AuditEntry.case_id, AuditEntry.reason).where(AuditEntry.action == "decided")
        assert db.session.execute(who).all() == db.session.execute(told.order_by(AuditEntry.case_id)).all()


def _decide_from_processes(app: Flask, manners: Sequence[str], count: int, url: str = "") -> None:
    cases_open(app, count)
    said = at_the_desk(app, manners, url)
    assert sum(won for won, _lost in said) == count
    assert sum(lost for _won, lost in said) == count * (len(manners) - 1)
    carried_out(app)
    everything_was_decided_once(app, count)


def _decide_while_one_is_killed(app: Flask, processes: int, count: int, url: str = "") -> None:
    cases_open(app, count)
    said = at_the_desk(app, ["killed", *["pressing"] * (processes - 1)], url)
    with app.app_context():
        assert set(db.session.scalars(select(Case.state))) == {"decided"}
        assert db.session.scalars(select(Decision)).all() == []  # all of it is left to whoever starts again
        mine = select(func.count()).where(AuditEntry.action == "decided", AuditEntry.actor_id == Moderator.id)
        by_killed = db.session.scalar(mine.where(Moderator.name == "世話人0")) or 0
    assert by_killed
    assert sum(won for won, _lost in said) + by_killed == count
    carried_out(app)
    everything_was_decided_once(app, count)


def test_several_processes_decide_each_case_once(app: Flask) -> None:
    _decide_from_processes(app, ["working"] * PROCESSES, CASES)


@pytest.mark.postgres
def test_several_processes_decide_each_case_once_on_postgresql(
    postgres_app: Flask, postgres_url: str
) -> None:
    _decide_from_processes(postgres_app, ["working"] * PROCESSES, CASES, postgres_url)


@pytest.mark.soak
def test_eight_people_decide_two_thousand_cases(app: Flask) -> None:
    _decide_from_processes(app, ["working"] * EVERYBODY, MANY_CASES)


@pytest.mark.soak
@pytest.mark.postgres
def test_eight_people_decide_two_thousand_cases_on_postgresql(postgres_app: Flask, postgres_url: str) -> None:
    _decide_from_processes(postgres_app, ["working"] * EVERYBODY, MANY_CASES, postgres_url)


def test_what_was_pressed_takes_effect_at_the_next_start_when_one_is_killed_within_a_press(
    app: Flask,
) -> None:
    _decide_while_one_is_killed(app, PROCESSES, CASES)


@pytest.mark.postgres
def test_what_was_pressed_takes_effect_at_the_next_start_when_one_is_killed_within_a_press_on_postgresql(
    postgres_app: Flask, postgres_url: str
) -> None:
    _decide_while_one_is_killed(postgres_app, PROCESSES, CASES, postgres_url)


@pytest.mark.soak
def test_one_of_eight_is_killed_among_two_thousand_cases(app: Flask) -> None:
    _decide_while_one_is_killed(app, EVERYBODY, MANY_CASES)


@pytest.mark.soak
@pytest.mark.postgres
def test_one_of_eight_is_killed_among_two_thousand_cases_on_postgresql(
    postgres_app: Flask, postgres_url: str
) -> None:
    _decide_while_one_is_killed(postgres_app, EVERYBODY, MANY_CASES, postgres_url)


def test_two_who_decide_many_together_decide_each_case_once(app: Flask) -> None:
    _decide_from_processes(app, ["many"] * 2, 120)


@pytest.mark.postgres
def test_two_who_decide_many_together_decide_each_case_once_on_postgresql(
    postgres_app: Flask, postgres_url: str
) -> None:
    _decide_from_processes(postgres_app, ["many"] * 2, 120, postgres_url)


@pytest.mark.postgres
def test_those_who_decide_one_by_one_and_many_together_do_not_wait_for_each_other_for_ever(
    postgres_app: Flask, postgres_url: str
) -> None:
    _decide_from_processes(postgres_app, ["many", "working"] * 2, 120, postgres_url)


def test_of_two_who_press_at_once_one_wins_and_the_other_keeps_their_words(app: Flask) -> None:
    _press_together(app)


@pytest.mark.postgres
def test_of_two_who_press_at_once_one_wins_on_postgresql(postgres_app: Flask) -> None:
    _press_together(postgres_app)


def _press_together(app: Flask) -> None:
    desks = [Desk(app, "アオ"), Desk(app, "ミドリ")]
    for _round in range(5):
        scene = set_scene(app)
        case_id = open_one(app, scene.reply_id, lane=3)
        page = _form_of_both(app, desks, case_id)
        start = Barrier(2)

        def press(
            desk: Desk, fields: dict[str, str], start: Barrier = start, case_id: str = case_id
        ) -> tuple[int, str]:
            start.wait()
            answer = desk.browser.post(f"/m/c/{case_id}", data=fields)
            return answer.status_code, answer.text

        with ThreadPoolExecutor(2) as pool:
            said = list(pool.map(press, desks, page))
        assert sorted(status for status, _text in said) == [303, 409]
        late = next(number for number, (status, _text) in enumerate(said) if status == 409)
        first = desks[1 - late].name
        assert f"{first}さんが先に" in said[late][1]
        assert f"{desks[late].name}の言葉" in said[late][1]
        let_pass(app)
        assert case_now(app, case_id).state == "settled"
        assert post_now(app, scene.reply_id).status == ("hidden" if late == 1 else "live")
        with app.app_context():
            assert db.session.scalar(select(func.count()).select_from(Pending)) == 0


def _form_of_both(app: Flask, desks: list[Desk], case_id: str) -> list[dict[str, str]]:
    """The form as both have it before their eyes: the second read on while the first took the case over."""
    outcome: Callable[[int], str] = ("hide", "fine").__getitem__
    forms = [fields_of(desk.opens(case_id).text, f"/m/c/{case_id}") for desk in desks]
    version = str(case_now(app, case_id).version)
    return [
        form | {"version": version, "outcome": outcome(number), "note_author": f"{desks[number].name}の言葉"}
        for number, form in enumerate(forms)
    ]
