"""What was decided can be undone completely: every row a reader's page is made of is as it was before."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from forum import clock, firing, ids
from forum.extensions import begin_writing, db
from forum.models import Ban, Case, Moderator, Post, Theme, Thread
from forum.moderation import decisions
from forum.moderation.wishes import Span
from forum.posting import pace
from tests.actors import decide_at_once
from tests.integration.moderation.scenes import add, case_now, keys_of, open_one, set_scene

ACTS: dict[str, dict[str, Any]] = {
    "edit_request": {"sanction": "note"},
    "fold": {"warning": "重い話", "sanction": "warning"},
    "mask": {"rule": 1, "mask_spans": [Span("body", 0, 2), Span("title", 0, 2)]},
    "hide": {},
    "remove": {"rule": 4, "sanction": "slow"},
    "lock": {},
    "move": {},
}


def decide(app: Flask, case_id: str, outcome: str, **wish: Any) -> None:
    with app.app_context():
        begin_writing()
        case = db.session.get_one(Case, ids.from_text(case_id))
        post = db.session.get_one(Post, case.target_id)
        decide_at_once(
            case_id=case.id,
            version=case.version,
            revision=post.revision,
            moderator=db.session.scalars(select(Moderator)).one(),
            audit_key=keys_of(app).audit,
            outcome=outcome,
            **wish,
        )
        db.session.commit()


def rows(app: Flask, thread_id: bytes) -> tuple[Any, ...]:
    """All that readers see, and how many bans hold; numbers that only go up are left out."""
    with app.app_context():
        thread = db.session.get_one(Thread, thread_id)
        kept = {
            name.key: getattr(thread, name.key) for name in Thread.__table__.columns if name.key != "version"
        }
        posts = select(Post.id, Post.source, Post.html, Post.warning, Post.status, Post.number, Post.day)
        bans = [ban for ban in db.session.scalars(select(Ban)) if ban.until_day >= ban.from_day]
        return kept, sorted(map(tuple, db.session.execute(posts))), len(bans)


@pytest.mark.parametrize("outcome", ACTS)
def test_undoing_puts_back_every_row(app: Flask, outcome: str) -> None:
    add(app, "アオ")
    scene = set_scene(app)
    before = rows(app, scene.thread_id)
    with app.app_context():
        other = db.session.scalars(select(Theme.code).order_by(Theme.position.desc())).first()
    wish = ACTS[outcome] | ({"theme": other} if outcome == "move" else {})
    decide(app, open_one(app, scene.opening_id), outcome, **wish)
    if outcome != "edit_request":
        assert rows(app, scene.thread_id) != before
    decide(app, open_one(app, scene.opening_id), "publish")
    assert rows(app, scene.thread_id) == before


def test_whoever_was_asked_for_other_words_can_write_them_and_the_case_comes_back_once(app: Flask) -> None:
    add(app, "アオ")
    scene = set_scene(app)
    case_id = open_one(app, scene.reply_id)
    decide(app, case_id, "edit_request")
    assert case_now(app, case_id).state == "settled"
    with app.app_context():
        assert pace.may_edit(db.session.get_one(Post, scene.reply_id))
    with clock.frozen(clock.now() + timedelta(days=decisions.DAYS_TO_EDIT, minutes=1)):
        for _again in range(2):
            with app.app_context():
                begin_writing()
                firing.fire("edit", scene.reply_id)
                db.session.commit()
        assert case_now(app, case_id).state == "open"
        decide(app, case_id, "fine")
        with app.app_context():
            begin_writing()
            firing.fire("edit", scene.reply_id)
            db.session.commit()
        assert case_now(app, case_id).state == "settled"
