"""A second pair of eyes: the gravest decisions wait for another person, or stand until one has looked."""

import re
from datetime import timedelta

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select

from forum import clock, errors, ids
from forum.cli import work
from forum.extensions import begin_writing, db
from forum.models import AuditEntry, Ban, Case, Decision, Moderator, Notice, Pending, Post
from forum.moderation import audit, letters, lifecycle, pending, second
from tests.actors import Staff, fields_of
from tests.integration.moderation.scenes import (
    Scene,
    add_hands,
    case_now,
    keys_of,
    open_one,
    post_now,
    set_scene,
)

NOTE = "読みました。ここにいます。"


@pytest.fixture
def other(app: Flask) -> Staff:
    return Staff(app, name="世話人B")


def pressed(app: Flask, scene: Scene, moderator: Staff, outcome: str, *, lane: int = 3, **fields: str) -> str:
    case_id = open_one(app, scene.reply_id, lane=lane)
    moderator.takes(case_id)
    assert moderator.decides(case_id, outcome, **fields).status_code == 303
    return case_id


def pending_of(app: Flask, case_id: str) -> tuple[str, str]:
    with app.app_context():
        row = db.session.get_one(Pending, ids.from_text(case_id))
        return row.stage, row.why


def count(app: Flask, model: type) -> int:
    with app.app_context():
        return len(db.session.scalars(select(model)).all())


def live_bans(app: Flask) -> int:
    with app.app_context():
        return len(db.session.scalars(select(Ban).where(Ban.until_day >= clock.today())).all())


def acts(app: Flask) -> list[tuple[str, str]]:
    with app.app_context():
        assert audit.verify(db.session(), keys_of(app).audit).holds
        rows = db.session.execute(
            select(AuditEntry.action, Moderator.name)
            .join(Moderator, Moderator.id == AuditEntry.actor_id)
            .where(AuditEntry.case_id.is_not(None))
            .order_by(AuditEntry.number)
        )
        return [(action, name) for action, name in rows]


def rewrite(app: Flask, post_id: bytes) -> None:
    with app.app_context():
        begin_writing()
        lifecycle.revise(db.session.get_one(Post, post_id), source="書きなおしました。")
        db.session.commit()


GRAVE = [
    ("remove", 3, {"rule": "3", "sanction": "board7"}, "board"),
    ("hide", 3, {"rule": "3", "sanction": "board30"}, "board"),
    ("fold", 3, {"warning": "重い話", "sanction": "board90"}, "board"),
    ("hide", 3, {"sanction": "thread"}, "sanction"),
    ("remove", 1, {"rule": "5", "note_author": NOTE}, "evidence"),
    ("fine", 1, {}, "no_contact"),
    ("hide", 1, {}, "no_contact"),
]


@pytest.mark.parametrize(("outcome", "lane", "fields", "why"), GRAVE)
def test_the_gravest_decisions_wait_for_another_person(
    app: Flask,
    scene: Scene,
    moderator: Staff,
    other: Staff,
    outcome: str,
    lane: int,
    fields: dict[str, str],
    why: str,
) -> None:
    case_id = pressed(app, scene, moderator, outcome, lane=lane, **fields)
    assert case_now(app, case_id).state == "waiting_second"
    assert pending_of(app, case_id) == ("second", why)
    assert post_now(app, scene.reply_id).status == "live"
    assert [count(app, model) for model in (Decision, Notice, Ban)] == [0, 0, 0]
    assert other.name not in moderator.opens(f"/m/c/{case_id}").text
    other.takes(case_id)
    page = other.opens(f"/m/c/{case_id}").text
    assert "世話人Aさんの決定" in page
    assert 'value="confirm"' in page
    assert 'name="outcome"' not in page
    assert other.moves(case_id, "confirm").status_code == 303
    assert case_now(app, case_id).state == "settled"
    assert [count(app, model) for model in (Decision, Pending)] == [1, 0]
    assert post_now(app, scene.reply_id).status == {"remove": "removed", "hide": "hidden"}.get(
        outcome, "live"
    )
    assert live_bans(app) == ("sanction" in fields)
    done = acts(app)
    assert (outcome, "世話人A") in done
    assert ("second", "世話人A") in done
    assert done[-1] == ("confirmed", "世話人B")


@pytest.mark.parametrize(
    ("outcome", "lane", "fields"),
    [
        ("remove", 3, {"rule": "3"}),
        ("hide", 3, {"sanction": "slow"}),
        ("hide", 3, {"sanction": "warning"}),
        ("hide", 1, {"note_author": NOTE}),
        ("fine", 2, {}),
    ],
)
def test_the_others_need_one_person(
    app: Flask, scene: Scene, moderator: Staff, other: Staff, outcome: str, lane: int, fields: dict[str, str]
) -> None:
    case_id = pressed(app, scene, moderator, outcome, lane=lane, **fields)
    assert case_now(app, case_id).state == "settled"


def test_a_text_that_a_letter_is_open_about_is_not_removed_by_one_person(
    app: Flask, scene: Scene, moderator: Staff, other: Staff
) -> None:
    with app.app_context():
        begin_writing()
        post = db.session.get_one(Post, scene.reply_id)
        letters.write_letter(kind="takedown", body="わたしのことです。", about_post=post, hour=1)
        db.session.commit()
    case_id = pressed(app, scene, moderator, "remove", rule="1")
    assert pending_of(app, case_id) == ("second", "evidence")


def test_nobody_is_the_second_person_of_their_own_decision(
    app: Flask, scene: Scene, moderator: Staff, other: Staff
) -> None:
    case_id = pressed(app, scene, moderator, "hide", sanction="board30")
    moderator.takes(case_id)
    page = moderator.opens(f"/m/c/{case_id}").text
    assert 'value="confirm"' not in page
    assert "自分で決めた案件です" in page
    token = fields_of(moderator.opens("/m/").text, "/m/logout")
    sent = token | {"version": str(case_now(app, case_id).version), "act": "confirm"}
    answer = moderator.browser.post(f"/m/c/{case_id}/move", data=sent)
    assert answer.status_code == 422
    assert "自分で決めた案件です" in answer.text
    assert case_now(app, case_id).state == "waiting_second"


def test_a_decision_sent_back_does_nothing_and_its_moderator_finds_the_words_again(
    app: Flask, scene: Scene, moderator: Staff, other: Staff
) -> None:
    case_id = pressed(app, scene, moderator, "hide", sanction="board30", note_author=NOTE)
    other.takes(case_id)
    assert other.moves(case_id, "send_back").status_code == 303
    assert case_now(app, case_id).state == "open"
    assert [count(app, model) for model in (Decision, Notice, Ban)] == [0, 0, 0]
    assert acts(app)[-1] == ("returned", "世話人B")
    assert "二人めの人から戻ってきました" in moderator.opens("/m/").text
    moderator.takes(case_id)
    sent = fields_of(moderator.opens(f"/m/c/{case_id}").text, f"/m/c/{case_id}")
    assert (sent["note_author"], sent["sanction"]) == (NOTE, "board30")
    assert moderator.decides(case_id, "hide", sanction="slow").status_code == 303
    assert case_now(app, case_id).state == "settled"


def test_when_nobody_else_is_about_it_stands_and_heads_the_next_list(
    app: Flask, scene: Scene, moderator: Staff
) -> None:
    first = pressed(app, scene, moderator, "hide", sanction="board30", note_author=NOTE)
    assert case_now(app, first).state == "waiting_second"
    assert pending_of(app, first) == ("stands", "board")
    assert post_now(app, scene.reply_id).status == "hidden"
    assert [count(app, Notice), live_bans(app)] == [1, 1]
    plain = open_one(app, set_scene(app).reply_id, lane=1)
    late = Staff(app, name="世話人B")
    assert late.cases() == [first, plain]
    listed = late.opens("/m/").text
    assert "もう効いています" in listed
    late.takes(first)
    assert late.moves(first, "confirm").status_code == 303
    assert case_now(app, first).state == "settled"
    assert [count(app, model) for model in (Decision, Notice, Pending)] == [1, 1, 0]
    assert live_bans(app) == 1


def test_what_stands_and_is_sent_back_ends_its_step_at_once(
    app: Flask, scene: Scene, moderator: Staff
) -> None:
    case_id = pressed(app, scene, moderator, "hide", sanction="board30")
    late = Staff(app, name="世話人B")
    late.takes(case_id)
    assert late.moves(case_id, "send_back").status_code == 303
    assert (case_now(app, case_id).state, live_bans(app)) == ("open", 0)
    assert post_now(app, scene.reply_id).status == "live"


def test_on_a_board_with_one_moderator_a_night_is_the_second_person(
    app: Flask, scene: Scene, moderator: Staff
) -> None:
    case_id = pressed(app, scene, moderator, "hide", sanction="board30")
    moderator.takes(case_id)
    assert 'value="confirm"' not in moderator.opens(f"/m/c/{case_id}").text
    with clock.frozen(clock.now() + timedelta(days=1)):
        again = by_the_first(app, case_id)
    assert again == "settled"


def test_a_night_is_not_enough_where_there_is_somebody_else(
    app: Flask, scene: Scene, moderator: Staff, other: Staff
) -> None:
    case_id = pressed(app, scene, moderator, "hide", sanction="board30")
    with clock.frozen(clock.now() + timedelta(days=1)), pytest.raises(errors.Invalid):
        by_the_first(app, case_id)
    assert case_now(app, case_id).state == "waiting_second"


def by_the_first(app: Flask, case_id: str) -> str:
    """The moderator who decided confirms; how the case stands then."""
    with app.app_context():
        begin_writing()
        case = db.session.get_one(Case, ids.from_text(case_id))
        person = db.session.scalars(select(Moderator).where(Moderator.name == "世話人A")).one()
        pending.confirm(case_id=case.id, version=case.version, moderator=person, audit_key=keys_of(app).audit)
        db.session.commit()
        return case.state


def test_a_text_that_changed_while_it_waited_is_read_again(
    app: Flask, scene: Scene, moderator: Staff, other: Staff
) -> None:
    case_id = pressed(app, scene, moderator, "hide", sanction="board30")
    other.takes(case_id)
    rewrite(app, scene.reply_id)
    assert other.moves(case_id, "confirm").status_code == 303
    assert "そのあいだに文が変わっていました" in other.opens("/m/").text
    assert case_now(app, case_id).state == "open"
    assert post_now(app, scene.reply_id).status == "live"
    assert count(app, Decision) == 0


def test_a_text_that_changed_under_what_stands_is_read_again(
    app: Flask, scene: Scene, moderator: Staff
) -> None:
    case_id = pressed(app, scene, moderator, "hide", sanction="board30")
    rewrite(app, scene.reply_id)
    late = Staff(app, name="世話人B")
    late.takes(case_id)
    assert late.moves(case_id, "confirm").status_code == 303
    assert (case_now(app, case_id).state, post_now(app, scene.reply_id).status) == ("open", "hidden")


def test_agreeing_to_a_step_against_a_writer_asks_once_more_who_it_is(
    app: Flask, scene: Scene, moderator: Staff, other: Staff
) -> None:
    case_id = pressed(app, scene, moderator, "hide", rule="3", sanction="board30")
    path = f"/m/c/{case_id}/move"
    with clock.frozen(clock.now() + timedelta(minutes=40)):
        other.takes(case_id)
        asked = other.moves(case_id, "confirm")
        assert asked.status_code == 200
        assert "もう一度、確かめます" in asked.text
        assert (case_now(app, case_id).state, live_bans(app)) == ("waiting_second", 0)
        code = pyotp.TOTP(other.secret).at(int(clock.now().timestamp()))
        proof = fields_of(asked.text) | {"password": Staff.PASSWORD, "code": code}
        proved = other.browser.post(path, data=proof)
        assert "確かめました。" in proved.text
        assert (case_now(app, case_id).state, live_bans(app)) == ("waiting_second", 0)
        assert other.moves(case_id, "confirm").status_code == 303
    assert (case_now(app, case_id).state, live_bans(app)) == ("settled", 1)


def test_the_first_to_confirm_wins_and_the_next_learns_it(
    app: Flask, scene: Scene, moderator: Staff, other: Staff
) -> None:
    third = Staff(app, name="世話人C")
    case_id = pressed(app, scene, moderator, "hide", sanction="board30")
    other.takes(case_id)
    page = fields_of(other.opens(f"/m/c/{case_id}").text, f"/m/c/{case_id}/move")
    third.takes(case_id)
    assert third.moves(case_id, "confirm").status_code == 303
    late = other.browser.post(f"/m/c/{case_id}/move", data=page | {"act": "send_back"})
    assert late.status_code == 409
    assert "世話人Aさんが先に「見えなくする」と決めました。" in late.text
    assert case_now(app, case_id).state == "settled"


def test_more_than_twenty_removals_in_an_hour_wait_for_a_second_person_whoever_is_about(
    app: Flask, moderator: Staff
) -> None:
    post_ids = [set_scene(app).reply_id for _number in range(second.MANY_REMOVALS + 2)]
    case_ids = [open_one(app, post_id, lane=4) for post_id in post_ids]
    for case_id in case_ids[:-1]:
        # From its own page: the list shows twenty of a lane, whichever those are.
        moderator.sends(f"/m/c/{case_id}/open", form=f"/m/c/{case_id}")
        assert moderator.decides(case_id, "remove", rule="4").status_code == 303
    assert [case_now(app, one).state for one in case_ids[:-2]] == ["settled"] * second.MANY_REMOVALS
    assert pending_of(app, case_ids[-2]) == ("second", "many")
    assert post_now(app, post_ids[-2]).status == "live"
    # Another person, and another hour, begin from nothing.
    other = Staff(app, name="世話人B")
    other.takes(case_ids[-2])
    assert other.moves(case_ids[-2], "confirm").status_code == 303
    assert post_now(app, post_ids[-2]).status == "removed"
    with clock.frozen(clock.now() + timedelta(minutes=61)):
        with app.app_context():
            work.fire_timers()
        moderator.signs_in()
        moderator.takes(case_ids[-1])
        assert moderator.decides(case_ids[-1], "remove", rule="4").status_code == 303
    assert case_now(app, case_ids[-1]).state == "settled"


def test_masking_a_text_from_end_to_end_counts_as_a_removal_and_masking_a_word_does_not(
    app: Flask, moderator: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second, "MANY_REMOVALS", 1)
    states = []
    for words in (lambda text: text[:2], lambda text: text, lambda text: text):
        scene = set_scene(app)
        text = post_now(app, scene.reply_id).source
        case_id = pressed(app, scene, moderator, "mask", rule="1", words=words(text))
        states.append((case_now(app, case_id).state, post_now(app, scene.reply_id).source == text))
    assert states == [("settled", False), ("settled", False), ("waiting_second", True)]


def test_a_report_meanwhile_joins_the_case_and_takes_nothing_from_the_second_person(
    app: Flask, scene: Scene, moderator: Staff, other: Staff
) -> None:
    add_hands(app, scene.thread_id, 1)
    case_id = pressed(app, scene, moderator, "hide", sanction="board30")
    assert open_one(app, scene.reply_id, lane=2) == case_id
    assert (case_now(app, case_id).state, case_now(app, case_id).lane) == ("waiting_second", 2)
    with app.app_context():
        assert db.session.scalars(select(Case)).one()


def test_the_desk_says_why_a_second_person_looks_in_words(
    app: Flask, scene: Scene, moderator: Staff, other: Staff
) -> None:
    case_id = pressed(app, scene, moderator, "fine", lane=1)
    other.takes(case_id)
    page = re.sub(r"\s+", " ", other.opens(f"/m/c/{case_id}").text)
    assert "命が心配な話を、書いた人に声をかけないまま閉じる決定です。" in page
    assert "書いた人への言葉はありません。" in page
