"""Cases: one open per target, moved along one table, never past somebody who was first."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from forum import clock, errors, ids
from forum.extensions import begin_writing, db
from forum.models import Case, Flag, Moderator, Participant, Post, Revision
from forum.models.moderation import CASE_STATES
from forum.moderation import cases, flags, leases, lifecycle
from forum.moderation.cases import MOVE_NAMES, MOVES, QUIET_MOVES
from tests.actors import decide_at_once
from tests.integration.moderation.scenes import (
    Scene,
    add,
    add_hands,
    case_now,
    keys_of,
    open_one,
    post_now,
    set_scene,
)

FLAGGERS = 8


@pytest.mark.parametrize("state", CASE_STATES)
@pytest.mark.parametrize("name", MOVE_NAMES)
def test_every_state_allows_the_moves_of_the_table_and_no_other(
    app: Flask, scene: Scene, state: str, name: str
) -> None:
    case_id = ids.from_text(open_one(app, scene.reply_id))
    with app.app_context():
        begin_writing()
        db.session.execute(update(Case).values(state=state, version=7))
        goal = MOVES.get((state, name))
        if goal is None:
            with pytest.raises(errors.Stale) as refused:
                cases.move(case_id, name, 7)
            assert (refused.value.current.state, refused.value.current.version) == (state, 7)
        else:
            moved = cases.move(case_id, name, 7)
            assert (moved.state, moved.version) == (goal, 7 if name in QUIET_MOVES else 8)


def test_every_state_is_reached_and_none_is_a_dead_end() -> None:
    reached = {"open"}
    for _round in CASE_STATES:
        reached |= {goal for (state, _name), goal in MOVES.items() if state in reached}
    assert reached == set(CASE_STATES)
    ends = {"settled"}
    for _round in CASE_STATES:
        ends |= {state for (state, _name), goal in MOVES.items() if goal in ends}
    assert ends == set(CASE_STATES)


def test_a_move_upon_an_old_version_changes_nothing(app: Flask, scene: Scene) -> None:
    case_id = ids.from_text(open_one(app, scene.reply_id))
    with app.app_context():
        begin_writing()
        cases.move(case_id, "lease", 1)
        with pytest.raises(errors.Stale) as refused:
            cases.move(case_id, "decide", 1)
        assert refused.value.current.state == "leased"


def test_a_move_that_does_not_exist_is_a_fault(app: Flask, scene: Scene) -> None:
    with app.app_context(), pytest.raises(ValueError, match="no such move"):
        cases.move(bytes(16), "vanish", 1)


def test_opening_twice_is_one_case_and_the_lane_only_rises(app: Flask, scene: Scene) -> None:
    first = open_one(app, scene.reply_id, lane=3)
    version = case_now(app, first).version
    assert open_one(app, scene.reply_id, lane=5) == first
    assert (case_now(app, first).lane, case_now(app, first).version) == (3, version)
    assert open_one(app, scene.reply_id, lane=1) == first
    assert (case_now(app, first).lane, case_now(app, first).version) == (1, version + 1)


def test_a_case_keeps_the_text_as_it_stood(app: Flask, scene: Scene) -> None:
    open_one(app, scene.reply_id)
    with app.app_context():
        begin_writing()
        post = db.session.get_one(Post, scene.reply_id)
        kept = post.source
        lifecycle.revise(post, source="書きなおしました。")
        db.session.commit()
        assert db.session.get_one(Revision, (scene.reply_id, 1)).source == kept


@pytest.mark.parametrize(("lane", "source", "field"), [(6, "flag", "lane"), (1, "rumour", "source")])
def test_a_lane_or_source_that_does_not_exist_is_refused(
    app: Flask, scene: Scene, lane: int, source: str, field: str
) -> None:
    with app.app_context():
        begin_writing()
        with pytest.raises(errors.Invalid) as refused:
            cases.open_case(post=db.session.get_one(Post, scene.reply_id), lane=lane, source=source, hour=0)
        assert refused.value.field == field


def test_flags_of_many_at_once_open_one_case(app: Flask, scene: Scene) -> None:
    _flag_together(app, scene)


@pytest.mark.postgres
def test_flags_of_many_at_once_open_one_case_on_postgresql(postgres_app: Flask) -> None:
    _flag_together(postgres_app, set_scene(postgres_app))


@pytest.mark.postgres
def test_flags_of_many_at_once_reopen_one_settled_case_on_postgresql(postgres_app: Flask) -> None:
    scene = set_scene(postgres_app)
    case_id = open_one(postgres_app, scene.reply_id)
    with postgres_app.app_context():
        begin_writing()
        db.session.execute(update(Case).values(state="settled"))
        db.session.commit()
    assert _flag_together(postgres_app, scene) == ids.from_text(case_id)


def test_two_decisions_at_once_are_one_decision(app: Flask, scene: Scene) -> None:
    _decide_together(app, scene)


@pytest.mark.postgres
def test_two_decisions_at_once_are_one_decision_on_postgresql(postgres_app: Flask) -> None:
    _decide_together(postgres_app, set_scene(postgres_app))


def test_a_lease_is_seen_taken_over_and_ends_by_itself(app: Flask, scene: Scene) -> None:
    case_id = ids.from_text(open_one(app, scene.reply_id))
    first, second = _moderators(app)
    start = clock.now()
    with clock.frozen(start):
        _lease(app, case_id, first)
        assert _holder(app, case_id) == first
        _lease(app, case_id, second)
        assert _holder(app, case_id) == second
    with clock.frozen(start.replace(year=start.year + 1)):
        assert _holder(app, case_id) is None


def test_renewing_makes_no_new_version(app: Flask, scene: Scene) -> None:
    case_id = open_one(app, scene.reply_id)
    first, _second = _moderators(app)
    _lease(app, ids.from_text(case_id), first)
    version = case_now(app, case_id).version
    _lease(app, ids.from_text(case_id), first)
    assert case_now(app, case_id).version == version


def test_a_settled_case_is_not_leased(app: Flask, scene: Scene) -> None:
    case_id = ids.from_text(open_one(app, scene.reply_id))
    first, _second = _moderators(app)
    with app.app_context():
        begin_writing()
        db.session.execute(update(Case).values(state="settled"))
        db.session.commit()
    with pytest.raises(errors.Stale):
        _lease(app, case_id, first)


def _flag_together(app: Flask, scene: Scene) -> bytes:
    hands = add_hands(app, scene.thread_id, FLAGGERS)
    start = Barrier(FLAGGERS)

    def flag(hand: bytes) -> None:
        with app.app_context():
            start.wait()
            begin_writing()
            flags.flag_post(
                post=db.session.get_one(Post, scene.reply_id),
                participant=db.session.get_one(Participant, hand),
                reason="identity",
                hour=1,
            )
            db.session.commit()
            db.session.remove()

    with ThreadPoolExecutor(FLAGGERS) as pool:
        list(pool.map(flag, hands))
    with app.app_context():
        only = db.session.scalars(select(Case)).one()
        assert only.state == "open"
        assert db.session.scalar(select(func.count()).where(Flag.case_id == only.id)) == FLAGGERS
        return bytes(only.id)


def _decide_together(app: Flask, scene: Scene) -> None:
    case_id = ids.from_text(open_one(app, scene.reply_id))
    moderators, start = _moderators(app), Barrier(2)
    key = keys_of(app).audit

    def decide(given: tuple[bytes, str]) -> str:
        moderator_id, outcome = given
        with app.app_context():
            moderator = db.session.get_one(Moderator, moderator_id)
            start.wait()
            begin_writing()
            try:
                decide_at_once(
                    case_id=case_id,
                    version=1,
                    revision=1,
                    moderator=moderator,
                    outcome=outcome,
                    rule=4,
                    audit_key=key,
                )
                db.session.commit()
            except errors.Stale as stale:
                state = stale.current.state
                db.session.rollback()
                return str(state)
            finally:
                db.session.remove()
        return outcome

    with ThreadPoolExecutor(2) as pool:
        done = set(pool.map(decide, zip(moderators, ("fine", "remove"), strict=True)))
    assert "settled" in done
    assert len(done) == 2
    expected = "removed" if "remove" in done else "live"
    assert post_now(app, scene.reply_id).status == expected


def _moderators(app: Flask) -> list[bytes]:
    for name in ("アオ", "ミドリ"):
        add(app, name)
    with app.app_context():
        return list(db.session.scalars(select(Moderator.id).order_by(Moderator.name)))


def _lease(app: Flask, case_id: bytes, moderator_id: bytes) -> None:
    with app.app_context():
        begin_writing()
        moderator = db.session.get_one(Moderator, moderator_id)
        leases.lease(case_id=case_id, moderator=moderator, audit_key=keys_of(app).audit)
        db.session.commit()


def _holder(app: Flask, case_id: bytes) -> bytes | None:
    with app.app_context():
        lease = leases.holder(db.session.get_one(Case, case_id))
        return lease.moderator_id if lease else None
