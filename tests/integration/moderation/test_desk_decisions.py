"""Decisions act on the post, tell its writer why, and are made upon what the moderator really read."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from forum import clock, errors, ids
from forum.extensions import begin_writing, db
from forum.models import (
    AuditEntry,
    Case,
    Decision,
    IndexJob,
    Moderator,
    Notice,
    Participant,
    Post,
    Revision,
    Thread,
)
from forum.models.content import POST_STATUSES
from forum.moderation import audit, decisions, lifecycle
from forum.moderation.wishes import OFFERED, Span
from tests.actors import decide_at_once
from tests.integration.moderation.scenes import (
    BODY,
    Scene,
    add,
    case_now,
    keys_of,
    open_one,
    post_now,
    set_scene,
)

OUTCOMES = ("fine", "publish", "fold", "mask", "hide", "remove", "lock")
FITTING = {"rule": 1, "warning": "重い話", "mask_spans": [Span("body", 0, 2)]}
AFTER = {
    ("live", "fine"): "live",
    ("live", "fold"): "live",
    ("live", "mask"): "live",
    ("live", "hide"): "hidden",
    ("live", "remove"): "removed",
    ("live", "lock"): "live",
    ("held", "publish"): "live",
    ("held", "fold"): "live",
    ("held", "mask"): "live",
    ("held", "remove"): "removed",
    ("scheduled", "fine"): "scheduled",
    ("scheduled", "fold"): "scheduled",
    ("scheduled", "mask"): "scheduled",
    ("scheduled", "remove"): "removed",
    ("hidden", "publish"): "live",
    ("hidden", "fold"): "live",
    ("hidden", "mask"): "live",
    ("hidden", "remove"): "removed",
    ("removed", "fine"): "removed",
    ("removed", "publish"): "live",
    ("deleted", "fine"): "deleted",
    ("deleted", "lock"): "deleted",
}


@pytest.fixture
def scene(app: Flask) -> Scene:
    add(app, "アオ")
    return set_scene(app)


def decide(app: Flask, case_id: str, outcome: str, **fields: object) -> None:
    with app.app_context():
        begin_writing()
        case = db.session.get_one(Case, ids.from_text(case_id))
        post = db.session.get_one(Post, case.target_id)
        given = {"version": case.version, "revision": post.revision} | fields
        decide_at_once(
            case_id=case.id,
            moderator=db.session.scalars(select(Moderator)).one(),
            outcome=outcome,
            audit_key=keys_of(app).audit,
            **given,  # type: ignore[arg-type]
        )
        db.session.commit()


def bring_to(app: Flask, post_id: bytes, status: str) -> None:
    with app.app_context():
        begin_writing()
        post = db.session.get_one(Post, post_id)
        {"hidden": lifecycle.hide, "removed": lifecycle.remove, "deleted": lifecycle.erase}[status](post)
        db.session.commit()


def the_notice(app: Flask) -> Notice | None:
    with app.app_context():
        notice = db.session.scalars(select(Notice)).one_or_none()
        if notice:
            db.session.expunge(notice)
        return notice


@pytest.mark.parametrize("status", POST_STATUSES)
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_every_outcome_does_what_it_says_or_is_refused(app: Flask, status: str, outcome: str) -> None:
    add(app, "アオ")
    scene = set_scene(app, reply_status=status if status in {"live", "held", "scheduled"} else "live")
    case_id = open_one(app, scene.reply_id)
    if status in {"hidden", "removed", "deleted"}:
        bring_to(app, scene.reply_id, status)
    fitting = FITTING if status != "deleted" else {"rule": 1}
    assert (outcome in OFFERED[status]) == ((status, outcome) in AFTER)
    if (status, outcome) not in AFTER:
        with pytest.raises(errors.Invalid):
            decide(app, case_id, outcome, **fitting)
        return
    decide(app, case_id, outcome, **fitting)
    assert post_now(app, scene.reply_id).status == AFTER[status, outcome]
    assert case_now(app, case_id).state == "settled"


def test_masking_leaves_the_rest_and_quotes_the_passage_to_the_writer(app: Flask, scene: Scene) -> None:
    case_id = open_one(app, scene.reply_id)
    decide(
        app,
        case_id,
        "mask",
        rule=1,
        mask_spans=[Span("body", 12, 17), Span("body", 0, 4)],
        note_author="伏せました。",
    )
    post, notice = post_now(app, scene.reply_id), the_notice(app)
    assert "波止ノ沢" not in post.source + post.html
    assert "診療所の受" not in post.source
    assert "小さな町" in post.source
    assert notice is not None
    assert (notice.passage, notice.words) == (f"波止ノ沢 … {BODY[12:17]}", "伏せました。")
    assert (notice.outcome, notice.rule) == ("mask", 1)


def test_masking_a_title_masks_it_in_lists_and_search(app: Flask, scene: Scene) -> None:
    case_id = open_one(app, scene.opening_id)
    decide(app, case_id, "mask", rule=1, mask_spans=[Span("title", 0, 4)])
    with app.app_context():
        assert "会わない" not in db.session.get_one(Thread, scene.thread_id).title
        assert db.session.get(IndexJob, scene.opening_id) is not None


def test_a_text_found_fine_tells_its_writer_nothing(app: Flask, scene: Scene) -> None:
    decide(app, open_one(app, scene.reply_id), "fine")
    assert the_notice(app) is None


def test_a_text_that_waited_is_told_when_it_comes_out(app: Flask) -> None:
    add(app, "アオ")
    scene = set_scene(app, reply_status="held")
    decide(app, open_one(app, scene.reply_id), "publish")
    notice = the_notice(app)
    assert notice is not None
    assert notice.outcome == "publish"


def test_closing_a_thread_is_told_to_the_one_who_opened_it(app: Flask, scene: Scene) -> None:
    decide(app, open_one(app, scene.reply_id), "lock", rule=3)
    notice = the_notice(app)
    assert notice is not None
    with app.app_context():
        assert db.session.get_one(Participant, notice.participant_id).is_opener
        assert db.session.get_one(Thread, scene.thread_id).is_locked


def test_a_decision_upon_an_old_version_changes_nothing(app: Flask, scene: Scene) -> None:
    case_id = open_one(app, scene.reply_id, lane=3)
    open_one(app, scene.reply_id, lane=1)
    with pytest.raises(errors.Stale):
        decide(app, case_id, "remove", version=1, rule=4)
    assert post_now(app, scene.reply_id).status == "live"
    with app.app_context():
        assert db.session.scalars(select(Decision)).all() == []


def test_a_decision_upon_a_text_that_was_edited_meanwhile_changes_nothing(app: Flask, scene: Scene) -> None:
    case_id = open_one(app, scene.reply_id)
    with app.app_context():
        begin_writing()
        lifecycle.revise(db.session.get_one(Post, scene.reply_id), source="町の名前を消しました。")
        db.session.commit()
    with pytest.raises(errors.Stale):
        decide(app, case_id, "mask", revision=1, rule=1, mask_spans=[Span("body", 0, 4)])
    assert post_now(app, scene.reply_id).source == "町の名前を消しました。"


@pytest.mark.parametrize(
    ("outcome", "fields", "field", "code"),
    [
        ("remove", {}, "rule", "empty"),
        ("mask", {"mask_spans": [Span("body", 0, 1)]}, "rule", "empty"),
        ("mask", {"rule": 1}, "mask_spans", "empty"),
        ("mask", {"rule": 1, "mask_spans": [Span("body", 0, 9999)]}, "mask_spans", "unknown"),
        ("mask", {"rule": 1, "mask_spans": [Span("title", 0, 2)]}, "mask_spans", "unknown"),
        ("fold", {"warning": " "}, "warning", "empty"),
        ("fold", {"warning": "あ" * 61}, "warning", "too_long"),
        ("remove", {"rule": 6}, "rule", "unknown"),
        ("vanish", {}, "outcome", "unknown"),
        ("fine", {"note_author": "[どの言葉]を伏せました。"}, "note_author", "unfilled"),
        ("fine", {"note_author": "［その部分］を伏せました。"}, "note_author", "unfilled"),
        ("fine", {"note_author": "あ" * 2001}, "note_author", "too_long"),
        ("fine", {"note_team": "あ" * 2001}, "note_team", "too_long"),
    ],
)
def test_a_decision_that_does_not_fit_names_the_field(
    app: Flask, scene: Scene, outcome: str, fields: dict[str, object], field: str, code: str
) -> None:
    case_id = open_one(app, scene.reply_id)
    with pytest.raises(errors.Invalid) as refused:
        decide(app, case_id, outcome, **fields)
    assert (refused.value.field, refused.value.code) == (field, code)


def test_every_decision_stands_in_the_record_and_holds_no_text(app: Flask, scene: Scene) -> None:
    case_id = open_one(app, scene.reply_id, lane=4)
    decide(app, case_id, "remove", rule=4, note_author="取り除きました。", note_team="要注意")
    with app.app_context():
        row = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "remove")).one()
        assert (row.case_id, row.lane, row.rule, row.role, row.reason) == (
            ids.from_text(case_id), 4, 4, "moderator", "screening",
        )  # fmt: skip
        assert audit.verify(db.session(), keys_of(app).audit).holds


def test_the_house_itself_gets_no_statement(app: Flask, scene: Scene) -> None:
    with app.app_context():
        begin_writing()
        db.session.get_one(Post, scene.reply_id).participant_id = None
        db.session.commit()
    decide(app, open_one(app, scene.reply_id), "remove", rule=3)
    assert the_notice(app) is None


def test_a_settled_case_keeps_no_text(app: Flask, scene: Scene) -> None:
    decide(app, open_one(app, scene.reply_id), "fine")
    with app.app_context():
        assert db.session.scalars(select(Revision)).all() == []


def test_words_a_writer_deleted_are_gone_once_the_case_is_settled(app: Flask, scene: Scene) -> None:
    case_id = open_one(app, scene.reply_id, findings=[{"label": "personal_info", "spans": [[0, 4]]}])
    bring_to(app, scene.reply_id, "deleted")
    with app.app_context():
        assert db.session.scalars(select(Revision.source)).one() == BODY
    decide(app, case_id, "fine")
    with app.app_context():
        assert db.session.scalars(select(Revision)).all() == []
        assert db.session.scalars(select(Case.findings)).one() == ""


def test_a_masked_text_is_kept_for_an_appeal_and_then_erased(app: Flask, scene: Scene) -> None:
    decide(app, open_one(app, scene.reply_id), "mask", rule=1, mask_spans=[Span("body", 0, 4)])
    with app.app_context():
        assert db.session.scalars(select(Revision.source)).one() == BODY
        begin_writing()
        assert decisions.erase_masked_texts(clock.today()) == 0
        assert decisions.erase_masked_texts(clock.today() + timedelta(days=1)) == 1
        db.session.commit()
        assert db.session.scalars(select(Revision)).all() == []
