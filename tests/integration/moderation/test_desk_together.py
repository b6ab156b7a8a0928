"""Moderators, writers, readers and the clock at the same rows at once: they wait for each other, and nobody is lost."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select

from forum import clock, errors, firing, ids
from forum.extensions import begin_writing, db
from forum.identity.keys import Keys
from forum.models import Case, Flag, Moderator, Participant, Post, Timer
from forum.moderation import flags, leases, letters, lifecycle, wishes
from tests.actors import decide_at_once
from tests.integration.moderation.scenes import Scene, add, add_hands, keys_of, open_one, post_now, set_scene

ROUNDS = 20

pytestmark = pytest.mark.postgres


@pytest.fixture
def scene(postgres_app: Flask) -> Scene:
    add(postgres_app, "アオ")
    return set_scene(postgres_app)


def together(app: Flask, *acts: Callable[[int], object]) -> None:
    """Do each act ROUNDS times, all of a round at once; a deadlock comes out as the driver's own error."""
    start = Barrier(len(acts), timeout=60)

    def rounds(act: Callable[[int], object]) -> None:
        for number in range(ROUNDS):
            start.wait()
            with app.app_context():
                begin_writing()
                try:
                    act(number)
                    db.session.commit()
                except (errors.Stale, errors.Gone):
                    db.session.rollback()
                except BaseException:
                    start.abort()  # the others need not wait for this one any more
                    raise
                finally:
                    db.session.remove()

    with ThreadPoolExecutor(len(acts)) as pool:
        for done in [pool.submit(rounds, act) for act in acts]:
            done.result()


def mask_one_letter(post_id: bytes, keys: Keys) -> None:
    case = db.session.scalars(select(Case).where(Case.target_id == post_id)).one()
    revision, text = db.session.execute(select(Post.revision, Post.source).where(Post.id == post_id)).one()
    decide_at_once(
        case_id=case.id,
        version=case.version,
        revision=revision,
        moderator=db.session.scalars(select(Moderator)).one(),
        outcome="mask",
        rule=1,
        mask_spans=[wishes.Span("body", 0, len(text) // 2 + 1)],
        audit_key=keys.audit,
    )


def flag_as(post_id: bytes, hand: bytes) -> None:
    flags.flag_post(
        post=db.session.get_one(Post, post_id),
        participant=db.session.get_one(Participant, hand),
        reason="identity",
        hour=1,
    )


def edit(post_id: bytes, number: int) -> None:
    lifecycle.revise(db.session.get_one(Post, post_id), source=f"{number}回めに書きなおしました。")


def test_masking_editing_and_flagging_one_post_wait_for_each_other(postgres_app: Flask, scene: Scene) -> None:
    hands, keys, post_id = (
        add_hands(postgres_app, scene.thread_id, ROUNDS),
        keys_of(postgres_app),
        scene.reply_id,
    )
    open_one(postgres_app, post_id)
    together(
        postgres_app,
        lambda _number: mask_one_letter(post_id, keys),
        lambda number: edit(post_id, number),
        lambda number: flag_as(post_id, hands[number]),
    )
    with postgres_app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Flag)) == ROUNDS
        assert db.session.scalar(select(func.count()).select_from(Case)) == 1
    assert post_now(postgres_app, post_id).revision > ROUNDS


def test_a_request_about_a_post_and_a_decision_on_it_wait_for_each_other(
    postgres_app: Flask, scene: Scene
) -> None:
    keys, post_id = keys_of(postgres_app), scene.reply_id
    open_one(postgres_app, post_id)

    def ask(number: int) -> None:
        post = db.session.get_one(Post, post_id)
        letters.write_letter(kind="takedown", body=f"わたしのことです。{number}", about_post=post, hour=1)

    together(postgres_app, lambda _number: mask_one_letter(post_id, keys), ask)
    with postgres_app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Case)) == 1


def test_the_clock_and_a_writer_who_deletes_wait_for_each_other(postgres_app: Flask, scene: Scene) -> None:
    with postgres_app.app_context():
        begin_writing()
        due = clock.now().replace(tzinfo=None) - timedelta(minutes=1)
        scenes = [set_scene(postgres_app, reply_status="scheduled") for _number in range(ROUNDS)]
        db.session.add_all(Timer(kind="publish", target=scene.reply_id, due=due) for scene in scenes)
        db.session.commit()
    together(
        postgres_app,
        lambda number: firing.fire("publish", scenes[number].reply_id),
        lambda number: lifecycle.erase(db.session.get_one(Post, scenes[number].reply_id)),
    )
    with postgres_app.app_context():
        assert db.session.scalars(select(Timer)).all() == []
    assert {post_now(postgres_app, scene.reply_id).status for scene in scenes} == {"deleted"}


def test_a_lease_that_ends_and_a_decision_wait_for_each_other(postgres_app: Flask, scene: Scene) -> None:
    keys = keys_of(postgres_app)
    case_ids = [
        ids.from_text(open_one(postgres_app, set_scene(postgres_app).reply_id)) for _ in range(ROUNDS)
    ]
    with postgres_app.app_context(), clock.frozen(clock.now() - timedelta(hours=1)):
        moderator = db.session.scalars(select(Moderator)).one()
        for case_id in case_ids:
            leases.lease(case_id=case_id, moderator=moderator, audit_key=keys.audit)
        db.session.commit()

    def decide(number: int) -> None:
        case = db.session.get_one(Case, case_ids[number])
        decide_at_once(
            case_id=case.id,
            version=case.version,
            revision=1,
            moderator=db.session.scalars(select(Moderator)).one(),
            outcome="fine",
            audit_key=keys.audit,
        )

    together(postgres_app, decide, lambda number: firing.fire("lease", case_ids[number]))
    with postgres_app.app_context():
        assert set(db.session.scalars(select(Case.state))) == {"settled"}
        assert db.session.scalars(select(Timer)).all() == []
