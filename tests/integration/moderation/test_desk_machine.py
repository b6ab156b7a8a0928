"""Any sequence of presses, timers, reports and edits leaves a case where a simple model says it is."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from forum import clock, errors, firing, ids
from forum.extensions import begin_writing, db
from forum.models import Ban, Case, Decision, Moderator, Notice, Pending, Post
from forum.moderation import audit, cases, duty, leases, lifecycle, passing, pending
from forum.moderation.wishes import Wish
from forum.runtime import runtime
from tests.integration.moderation.scenes import add, open_one, set_scene

PEOPLE = ("アオ", "ミドリ")  # the second leads
HOURS = duty.parse("00:00-24:00")
LIVELY = ("open", "leased", "escalated")
person = st.sampled_from(PEOPLE)
REFUSALS = (errors.Stale, errors.TooLate, errors.Invalid)


WISH = Wish(outcome="fine")
# Each press, and where it is offered at all.
VERBS: dict[str, tuple[Callable[[Any, str], object], tuple[str, ...]]] = {
    "decide": (
        lambda desk, name: pending.decide(**desk.now(name), revision=desk.revision, wish=WISH, in_time=True),
        LIVELY,
    ),
    "undo": (lambda desk, name: pending.undo(**desk.as_(name)), ("decided",)),
    "snooze": (
        lambda desk, name: passing.snooze(**desk.now(name), until="hour", hours=HOURS),
        ("open", "leased"),
    ),
    "escalate": (lambda desk, name: passing.escalate(**desk.now(name)), ("open", "leased")),
    "hand_back": (lambda desk, name: passing.hand_back(**desk.now(name)), ("escalated",)),
    "confirm": (lambda desk, name: pending.confirm(**desk.now(name)), ("waiting_second",)),
    "send_back": (lambda desk, name: pending.send_back(**desk.now(name)), ("waiting_second",)),
}


class Desk(RuleBasedStateMachine):
    """The board on one side, and on the other a few variables that say what must be true of it."""

    app: Flask

    @initialize()
    def begin(self) -> None:
        scene = set_scene(self.app)
        self.post_id = scene.reply_id
        self.case_id = ids.from_text(open_one(self.app, self.post_id, lane=5))
        self.state, self.lane, self.is_read = "open", 5, False
        self.revision = self.seen = 1  # of the text, and the one the case knows
        self.status = "live"
        # What was pressed: by whom, from which state, upon which text, gravely, hiding; and whether news came since.
        self.by, self.came_from, self.upon, self.grave, self.hides, self.outdated = (
            "",
            "",
            0,
            False,
            False,
            False,
        )
        self.stands = False
        self.decisions = self.told = self.bans = 0

    def does(self, act: Callable[..., Any], *args: Any, **fields: Any) -> bool:
        """Do something in a transaction; False when the board refuses."""
        with self.app.app_context():
            begin_writing()
            try:
                act(*args, **fields)
                db.session.commit()
            except REFUSALS:
                db.session.rollback()
                return False
            finally:
                db.session.remove()
        return True

    def as_(self, name: str) -> dict[str, Any]:
        return {
            "case_id": self.case_id,
            "moderator": db.session.scalars(select(Moderator).where(Moderator.name == name)).one(),
            "audit_key": runtime().keys.audit,
        }

    def now(self, name: str) -> dict[str, Any]:
        case = db.session.get_one(Case, self.case_id)
        return self.as_(name) | {"version": case.version}

    @rule(name=person)
    def open(self, name: str) -> None:
        done = self.does(lambda: leases.lease(**self.as_(name)))
        assert done == (self.state not in {"decided", "settled"})
        if done:
            self.is_read = True
            if self.state in {"open", "snoozed"}:
                self.state = "leased"

    @rule()
    def let_the_lease_end(self) -> None:
        with clock.frozen(clock.now() + timedelta(minutes=leases.LEASE_MINUTES + 1)):
            self.does(firing.fire, "lease", self.case_id)
        if self.state != "decided":
            self.is_read = False
        if self.state == "leased":
            self.state = "open"

    @precondition(lambda self: self.state in LIVELY)
    @rule(name=person, grave=st.booleans())
    def press(self, name: str, grave: bool) -> None:
        hides = self.status == "live"
        grave = grave and hides
        wish = Wish(
            outcome="hide" if hides else "publish",
            sanction="board30" if grave else "",
            note_author="読みました。",
        )
        done = self.does(
            lambda: pending.decide(**self.now(name), revision=self.revision, wish=wish, in_time=True)
        )
        may = self.state in {"open", "leased"} or (self.state == "escalated" and name == PEOPLE[1])
        assert done == may
        if done:
            self.by, self.came_from, self.upon = name, self.state, self.revision
            self.grave, self.hides, self.outdated = grave, hides, False
            self.state = "decided"

    @precondition(lambda self: self.state == "decided")
    @rule(name=person)
    def undo(self, name: str) -> None:
        done = self.does(lambda: pending.undo(**self.as_(name)))
        assert done == (self.state == "decided" and name == self.by)
        if done:
            self.state = self.came_from

    @precondition(lambda self: self.state == "decided")
    @rule(alone=st.booleans())
    def let_the_seconds_pass(self, alone: bool) -> None:
        other = next(name for name in PEOPLE if name != self.by)
        self.does(self._set_away, other, alone)
        with clock.frozen(clock.now() + timedelta(seconds=pending.SECONDS)):
            assert self.does(firing.fire, "decide", self.case_id)
        self.does(self._set_away, other, False)
        self.is_read = False
        if self.outdated:
            self.state = "open"
        elif not self.grave:
            self._settle()
        else:
            self.state, self.stands, self.seen = "waiting_second", alone, self.revision
            if alone:
                self._take_effect()

    @rule()
    def rewrite(self) -> None:
        self.does(
            lambda: lifecycle.revise(
                db.session.get_one(Post, self.post_id), source=f"{self.revision}回めに書きなおしました。"
            )
        )
        self.revision, self.outdated = self.revision + 1, True

    @rule(lane=st.sampled_from((2, 3, 4, 5)))
    def report(self, lane: int) -> None:
        self.does(
            lambda: cases.open_case(
                post=db.session.get_one(Post, self.post_id), lane=lane, source="flag", hour=1
            )
        )
        if self.state == "settled":
            self.state, self.lane, self.is_read = "open", lane, False
        elif lane < self.lane or self.seen != self.revision:
            self.lane, self.outdated = min(lane, self.lane), self.outdated or self.state == "decided"
            if self.state == "snoozed":
                self.state = "open"
        self.seen = self.revision

    @precondition(lambda self: self.state in LIVELY)
    @rule(name=person, until=st.sampled_from(tuple(passing.UNTIL)))
    def snooze(self, name: str, until: str) -> None:
        done = self.does(lambda: passing.snooze(**self.now(name), until=until, hours=HOURS))
        assert done == (self.state in {"open", "leased"})
        if done:
            self.state, self.is_read = "snoozed", False

    @precondition(lambda self: self.state == "snoozed")
    @rule()
    def wake(self) -> None:
        with clock.frozen(clock.now() + timedelta(days=4)):
            self.does(firing.fire, "snooze", self.case_id)
        if self.state == "snoozed":
            self.state = "open"

    @precondition(lambda self: self.state in LIVELY)
    @rule(name=person)
    def escalate(self, name: str) -> None:
        done = self.does(lambda: passing.escalate(**self.now(name)))
        assert done == (self.state in {"open", "leased"})
        if done:
            self.state, self.is_read = "escalated", False

    @precondition(lambda self: self.state == "escalated")
    @rule(name=person)
    def hand_back(self, name: str) -> None:
        done = self.does(lambda: passing.hand_back(**self.now(name)))
        assert done == (self.state == "escalated")
        if done:
            self.state, self.is_read = "open", False

    @precondition(lambda self: self.state == "waiting_second")
    @rule(name=person)
    def confirm(self, name: str) -> None:
        done = self.does(lambda: pending.confirm(**self.now(name)))
        assert done == (self.state == "waiting_second" and name != self.by)
        if not done:
            return
        self.is_read = False
        if self.upon != self.revision:
            self.state = "open"
        elif self.stands:
            self.state, self.seen = "settled", self.revision
        else:
            self._settle()

    @precondition(lambda self: self.state == "waiting_second")
    @rule(name=person)
    def send_back(self, name: str) -> None:
        done = self.does(lambda: pending.send_back(**self.now(name)))
        assert done == (self.state == "waiting_second" and name != self.by)
        if done:
            self.state, self.is_read = "open", False
            self.bans -= self.stands

    @rule(name=person, verb=st.sampled_from(sorted(VERBS)))
    def press_what_is_not_offered(self, name: str, verb: str) -> None:
        act, states = VERBS[verb]
        if self.state not in states:
            assert not self.does(lambda: act(self, name))

    @rule(name=st.sampled_from(cases.MOVE_NAMES))
    def move_upon_an_old_version(self, name: str) -> None:
        def stale() -> None:
            cases.move(self.case_id, name, db.session.get_one(Case, self.case_id).version - 1)

        assert not self.does(stale)

    @invariant()
    def the_board_says_what_the_model_says(self) -> None:
        with self.app.app_context():
            case, post = db.session.get_one(Case, self.case_id), db.session.get_one(Post, self.post_id)
            assert (case.state, case.lane, case.revision) == (self.state, self.lane, self.seen)
            assert (post.status, post.revision) == (self.status, self.revision)
            assert (leases.holder(case) is not None) == (self.is_read and self.state != "decided")
            assert self._count(Decision, Decision.case_id == self.case_id) == self.decisions
            assert self._count(Notice, Notice.post_id == self.post_id) == self.told
            live = (Ban.thread_id == post.thread_id, Ban.until_day >= clock.today())
            assert self._count(Ban, *live) == self.bans
            row = db.session.get(Pending, self.case_id)
            stage = row.stage if row else ""
            waits = {"decided": {"waits"}, "waiting_second": {"stands" if self.stands else "second"}}
            assert stage in waits.get(self.state, {"", "undone", "changed", "returned"})
            db.session.remove()

    def teardown(self) -> None:
        with self.app.app_context():
            assert audit.verify(db.session(), runtime().keys.audit).holds
            db.session.remove()

    def _settle(self) -> None:
        self._take_effect()
        self.state, self.seen = "settled", self.revision

    def _take_effect(self) -> None:
        self.status = "hidden" if self.hides else "live"
        self.decisions += 1
        self.told += 1
        if self.grave:
            self.bans += 1
        if not self.hides:
            self.bans = 0  # what did not stand takes its steps with it

    def _set_away(self, name: str, away: bool) -> None:
        db.session.scalars(select(Moderator).where(Moderator.name == name)).one().is_disabled = away

    def _count(self, model: type, *where: Any) -> int:
        return db.session.scalar(select(func.count()).select_from(model).where(*where)) or 0


def test_any_sequence_of_moves_leaves_a_case_where_a_simple_model_says(app: Flask) -> None:
    add(app, PEOPLE[0])
    add(app, PEOPLE[1], role="lead")
    with app.app_context():
        begin_writing()
        for one in db.session.scalars(select(Moderator)).all():
            audit.record(key=runtime().keys.audit, action="sign_in", actor=one)
        db.session.commit()
        db.session.remove()
    machine = type("DeskHere", (Desk,), {"app": app})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=60,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        ),
    )
