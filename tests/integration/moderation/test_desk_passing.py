"""Cases that are put off, or left to a lead: they come back by themselves, and nobody loses a word."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from forum import clock, ids
from forum.cli import work
from forum.extensions import db
from forum.models import AuditEntry, Timer
from forum.moderation import duty, passing
from forum.moderation.timers import due_of
from tests.actors import Staff, fields_of
from tests.integration.moderation.scenes import Scene, case_now, open_one, set_scene

HOURS = duty.parse("09:00-12:00,20:00-22:00")
NOON = datetime(2026, 11, 26, 11, 30, tzinfo=clock.BOARD_ZONE)


@pytest.fixture
def lead(app: Flask) -> Staff:
    return Staff(app, name="まとめ役", role="lead")


def taken(app: Flask, scene: Scene, moderator: Staff, **fields: int) -> str:
    case_id = open_one(app, scene.reply_id, **fields)
    assert moderator.takes(case_id).status_code == 303
    return case_id


def due(app: Flask, case_id: str) -> datetime | None:
    with app.app_context():
        return due_of(passing.SNOOZE, ids.from_text(case_id))


@pytest.mark.parametrize(
    ("until", "comes"),
    [
        ("hour", datetime(2026, 11, 26, 21, 0, tzinfo=clock.BOARD_ZONE)),
        ("tomorrow", datetime(2026, 11, 27, 9, 0, tzinfo=clock.BOARD_ZONE)),
        ("three_days", datetime(2026, 11, 29, 9, 0, tzinfo=clock.BOARD_ZONE)),
    ],
)
def test_a_case_put_off_comes_back_when_somebody_is_on_duty(until: str, comes: datetime) -> None:
    with clock.frozen(NOON):
        assert passing._moment(until, HOURS) == comes
    assert duty.is_staffed(HOURS, comes)


@pytest.mark.parametrize("until", passing.UNTIL)
def test_a_case_put_off_leaves_the_list_and_returns_by_itself(
    app: Flask, scene: Scene, moderator: Staff, until: str
) -> None:
    case_id = taken(app, scene, moderator, lane=3)
    assert moderator.moves(case_id, until).status_code == 303
    assert "あとに回しました" in moderator.opens("/m/").text
    assert moderator.cases() == []
    case, comes = case_now(app, case_id), due(app, case_id)
    assert (case.state, case.leased_by) == ("snoozed", None)
    assert comes is not None
    with app.app_context(), clock.frozen(comes - timedelta(minutes=1)):
        work.fire_timers()
    assert case_now(app, case_id).state == "snoozed"
    with app.app_context(), clock.frozen(comes):
        work.fire_timers()
    assert case_now(app, case_id).state == "open"
    assert moderator.cases() == [case_id]
    with app.app_context():
        assert db.session.scalars(select(Timer).where(Timer.kind == "snooze")).all() == []


def test_where_a_life_may_be_in_danger_nobody_waits_for_tomorrow(
    app: Flask, scene: Scene, moderator: Staff
) -> None:
    case_id = taken(app, scene, moderator, lane=1)
    page = moderator.opens(f"/m/c/{case_id}").text
    assert 'value="hour"' in page
    assert 'value="tomorrow"' not in page
    assert moderator.moves(case_id, "tomorrow").status_code == 422
    assert case_now(app, case_id).state == "leased"


def test_news_or_somebody_who_opens_it_wakes_a_case(app: Flask, scene: Scene, moderator: Staff) -> None:
    case_id = taken(app, scene, moderator, lane=3)
    moderator.moves(case_id, "three_days")
    open_one(app, scene.reply_id, lane=1)
    assert case_now(app, case_id).state == "open"
    moderator.takes(case_id)
    moderator.moves(case_id, "hour")
    token = fields_of(moderator.opens("/m/").text, "/m/logout")
    assert moderator.browser.post(f"/m/c/{case_id}/open", data=token).status_code == 303
    assert case_now(app, case_id).state == "leased"
    comes = due(app, case_id)
    with app.app_context(), clock.frozen((comes or clock.now()) + timedelta(hours=1)):
        work.fire_timers()
    assert case_now(app, case_id).state == "open"  # the lease ran out; the moment it slept until did nothing


def test_a_case_left_to_a_lead_heads_their_list_and_is_seen_by_the_others(
    app: Flask, scene: Scene, moderator: Staff, lead: Staff
) -> None:
    plain = open_one(app, set_scene(app).reply_id, lane=1)
    case_id = taken(app, scene, moderator, lane=5)
    assert moderator.moves(case_id, "escalate").status_code == 303
    assert case_now(app, case_id).state == "escalated"
    assert lead.cases() == [case_id, plain]
    assert "まとめ役に回ってきたもの" in lead.opens("/m/").text
    assert moderator.cases() == [plain, case_id]
    assert "まとめ役に回っています" in moderator.opens("/m/").text


def test_a_case_left_to_a_lead_is_read_by_others_and_decided_by_a_lead(
    app: Flask, scene: Scene, moderator: Staff, lead: Staff
) -> None:
    case_id = taken(app, scene, moderator)
    mine = fields_of(moderator.opens(f"/m/c/{case_id}").text, f"/m/c/{case_id}")
    moderator.moves(case_id, "escalate")
    moderator.takes(case_id)
    assert case_now(app, case_id).state == "escalated"
    page = moderator.opens(f"/m/c/{case_id}").text
    assert 'name="outcome"' not in page
    sent = mine | {"version": str(case_now(app, case_id).version), "outcome": "hide", "note_team": "急ぎです"}
    answer = moderator.browser.post(f"/m/c/{case_id}", data=sent)
    assert answer.status_code == 422
    assert "まとめ役が決めます" in answer.text
    assert "急ぎです" in answer.text
    lead.takes(case_id)
    assert lead.decides(case_id, "hide", press_only=True).status_code == 303
    assert lead.undoes(case_id).status_code == 303
    assert case_now(app, case_id).state == "escalated"
    assert lead.decides(case_id, "hide").status_code == 303
    assert case_now(app, case_id).state == "settled"


def test_anybody_gives_a_case_back_to_everybody(app: Flask, scene: Scene, moderator: Staff) -> None:
    case_id = taken(app, scene, moderator)
    moderator.moves(case_id, "escalate")
    moderator.takes(case_id)
    assert moderator.moves(case_id, "hand_back").status_code == 303
    assert case_now(app, case_id).state == "open"
    moderator.takes(case_id)
    assert moderator.decides(case_id, "fine").status_code == 303
    with app.app_context():
        done = db.session.scalars(select(AuditEntry.action).where(AuditEntry.case_id.is_not(None)))
        assert [act for act in done if act != "view"] == ["escalate", "hand_back", "decided", "fine"]


@pytest.mark.parametrize("act", ["hour", "escalate"])
def test_a_move_upon_an_old_version_changes_nothing_and_keeps_the_words(
    app: Flask, scene: Scene, moderator: Staff, act: str
) -> None:
    other = Staff(app, name="世話人B")
    case_id = taken(app, scene, moderator, lane=3)
    mine = fields_of(moderator.opens(f"/m/c/{case_id}").text, f"/m/c/{case_id}")
    other.takes(case_id)
    late = moderator.browser.post(
        f"/m/c/{case_id}/move", data=mine | {"act": act, "note_author": "長く考えた言葉です。"}
    )
    assert late.status_code == 409
    assert "長く考えた言葉です。" in late.text
    assert case_now(app, case_id).state == "leased"
    other.moves(case_id, "tomorrow")
    later = moderator.browser.post(
        f"/m/c/{case_id}/move", data=mine | {"act": act, "note_author": "長く考えた言葉です。"}
    )
    assert "あとに回しました" in later.text
    assert "長く考えた言葉です。" in later.text


@pytest.mark.parametrize("act", ["", "vanish", "confirm", "hand_back"])
def test_a_button_that_is_not_offered_changes_nothing(
    app: Flask, scene: Scene, moderator: Staff, act: str
) -> None:
    case_id = taken(app, scene, moderator, lane=3)
    assert moderator.moves(case_id, act).status_code in {409, 422}
    assert case_now(app, case_id).state == "leased"
