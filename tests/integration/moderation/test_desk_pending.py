"""Fifteen seconds between the press and the effect: taken back completely, carried out by itself, never lost."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from forum import clock, ids
from forum.cli import work
from forum.extensions import begin_writing, db
from forum.models import AuditEntry, Ban, Decision, Moderator, Notice, Pending, Post, Timer
from forum.moderation import audit, lifecycle, pending, staff
from forum.runtime import runtime
from tests.actors import Staff, Writer, fields_of, let_pass
from tests.integration.moderation.scenes import Scene, case_now, keys_of, open_one, post_now

WORDS = "町の名前のところだけ、そっと伏せました。"


def taken(app: Flask, scene: Scene, moderator: Staff, **fields: object) -> str:
    case_id = open_one(app, scene.reply_id, **fields)  # type: ignore[arg-type]
    assert moderator.takes(case_id).status_code == 303
    return case_id


def count(app: Flask, model: type) -> int:
    with app.app_context():
        return len(db.session.scalars(select(model)).all())


def acts(app: Flask) -> list[tuple[str, str]]:
    with app.app_context():
        assert audit.verify(db.session(), keys_of(app).audit).holds
        rows = db.session.scalars(select(AuditEntry).order_by(AuditEntry.number))
        return [(row.action, row.reason) for row in rows if row.case_id]


def rewrite(app: Flask, post_id: bytes) -> None:
    with app.app_context():
        begin_writing()
        lifecycle.revise(db.session.get_one(Post, post_id), source="書きなおしました。")
        db.session.commit()


def test_a_press_does_nothing_and_tells_nothing_until_the_seconds_are_over(
    app: Flask, scene: Scene, moderator: Staff
) -> None:
    case_id = taken(app, scene, moderator, lane=3)
    answer = moderator.decides(case_id, "hide", press_only=True, sanction="slow", note_author=WORDS)
    assert answer.status_code == 303
    let_pass(app, seconds=pending.SECONDS - 2)
    assert case_now(app, case_id).state == "decided"
    assert post_now(app, scene.reply_id).status == "live"
    assert [count(app, model) for model in (Decision, Notice, Ban)] == [0, 0, 0]
    let_pass(app)
    assert case_now(app, case_id).state == "settled"
    assert post_now(app, scene.reply_id).status == "hidden"
    assert [count(app, model) for model in (Decision, Notice, Ban, Pending)] == [1, 1, 1, 0]
    with app.app_context():
        assert db.session.scalars(select(Timer.kind).where(Timer.kind == pending.KIND)).all() == []
    assert acts(app) == [("view", ""), ("decided", "hide"), ("hide", "screening"), ("sanction", "slow")]


def test_taking_back_leaves_nothing_but_two_entries_and_the_words_in_the_form(
    app: Flask, scene: Scene, moderator: Staff
) -> None:
    case_id = taken(app, scene, moderator, lane=3)
    before = case_now(app, case_id)
    moderator.decides(
        case_id, "remove", press_only=True, rule="3", sanction="warning", note_author=WORDS, words="波止ノ沢"
    )
    assert moderator.undoes(case_id).status_code == 303
    let_pass(app)
    after = case_now(app, case_id)
    assert (after.state, after.leased_by, after.version) == ("leased", before.leased_by, before.version + 2)
    assert post_now(app, scene.reply_id).status == "live"
    assert [count(app, model) for model in (Decision, Notice, Ban)] == [0, 0, 0]
    assert acts(app) == [("view", ""), ("decided", "remove"), ("undone", "remove")]
    page = moderator.opens(f"/m/c/{case_id}").text
    sent = fields_of(page, f"/m/c/{case_id}")
    assert (sent["outcome"], sent["rule"], sent["sanction"]) == ("remove", "3", "warning")
    assert (sent["note_author"], sent["words"]) == (WORDS, "波止ノ沢")
    assert moderator.decides(case_id, "fine", sanction="").status_code == 303
    assert case_now(app, case_id).state == "settled"


def test_what_was_pressed_without_a_lease_goes_back_to_the_list(
    app: Flask, scene: Scene, moderator: Staff
) -> None:
    case_id = taken(app, scene, moderator)
    page = fields_of(moderator.opens(f"/m/c/{case_id}").text, f"/m/c/{case_id}")
    with app.app_context(), clock.frozen(clock.now() + timedelta(minutes=11)):
        work.fire_timers()  # the lease runs out while somebody still thinks
    assert case_now(app, case_id).state == "open"
    moderator.browser.post(f"/m/c/{case_id}", data=page | {"outcome": "hide"})
    moderator.undoes(case_id)
    assert (case_now(app, case_id).state, case_now(app, case_id).version) == ("open", 4)


def test_the_button_stands_in_the_list_of_whoever_pressed_and_nowhere_else(
    app: Flask, scene: Scene, moderator: Staff
) -> None:
    case_id = taken(app, scene, moderator)
    other = Staff(app, name="世話人B")
    moderator.decides(case_id, "hide", press_only=True)
    button = f"/m/c/{case_id}/undo"
    assert button in moderator.opens("/m/").text
    assert button in moderator.opens(f"/m/c/{case_id}").text
    assert case_id not in other.opens("/m/").text
    assert button not in other.opens(f"/m/c/{case_id}").text
    token = fields_of(other.opens("/m/").text, "/m/logout")
    assert other.browser.post(button, data=token).status_code == 409
    assert case_now(app, case_id).state == "decided"
    assert moderator.browser.post(button).status_code == 422
    let_pass(app)
    assert button not in moderator.opens("/m/").text


def test_after_the_effect_nothing_is_taken_back(app: Flask, scene: Scene, moderator: Staff) -> None:
    case_id = taken(app, scene, moderator)
    moderator.decides(case_id, "hide", press_only=True)
    late = fields_of(moderator.opens("/m/").text, f"/m/c/{case_id}/undo")
    let_pass(app)
    answer = moderator.browser.post(f"/m/c/{case_id}/undo", data=late)
    assert answer.status_code == 409
    assert "もう取り消せません" in answer.text
    assert post_now(app, scene.reply_id).status == "hidden"


def test_a_late_undo_wins_as_long_as_nothing_was_carried_out(
    app: Flask, scene: Scene, moderator: Staff
) -> None:
    case_id = taken(app, scene, moderator)
    moderator.decides(case_id, "hide", press_only=True)
    with clock.frozen(clock.now() + timedelta(minutes=3)):
        assert moderator.undoes(case_id).status_code == 303
    assert case_now(app, case_id).state == "leased"


def test_a_process_that_ends_in_between_loses_nothing(
    app: Flask, scene: Scene, moderator: Staff, make_app: Callable[..., Flask]
) -> None:
    case_id = taken(app, scene, moderator)
    moderator.decides(case_id, "hide", press_only=True, note_author=WORDS)
    another = make_app()
    with another.app_context(), clock.frozen(clock.now() + timedelta(days=1)):
        assert work.fire_timers() == 0
    assert case_now(app, case_id).state == "settled"
    with app.app_context():
        assert db.session.scalars(select(Notice.words)).one() == WORDS


def test_carrying_out_twice_is_carrying_out_once(app: Flask, scene: Scene, moderator: Staff) -> None:
    case_id = taken(app, scene, moderator)
    moderator.decides(case_id, "hide")
    with app.app_context():
        begin_writing()
        assert pending.carry_out(case_id=ids.from_text(case_id), audit_key=runtime().keys.audit) is None
        db.session.commit()
    assert count(app, Decision) == 1


def test_a_text_that_changed_meanwhile_opens_the_case_and_tells_the_moderator(
    app: Flask, scene: Scene, moderator: Staff
) -> None:
    case_id = taken(app, scene, moderator)
    moderator.decides(case_id, "mask", press_only=True, rule="1", words="波止ノ沢", note_author=WORDS)
    rewrite(app, scene.reply_id)
    let_pass(app)
    case = case_now(app, case_id)
    assert (case.state, case.leased_by) == ("open", None)
    assert post_now(app, scene.reply_id).source == "書きなおしました。"
    assert [count(app, model) for model in (Decision, Notice)] == [0, 0]
    assert acts(app)[-1] == ("changed", "mask")
    assert "文か案件が変わったので、まだ何もしていません" in moderator.opens("/m/").text
    assert "文か案件が変わったので" not in Staff(app, name="世話人B").opens("/m/").text
    moderator.takes(case_id)
    sent = fields_of(moderator.opens(f"/m/c/{case_id}").text, f"/m/c/{case_id}")
    assert (sent["note_author"], sent["words"]) == (WORDS, "")
    assert moderator.decides(case_id, "fine", note_author="").status_code == 303
    assert (case_now(app, case_id).state, count(app, Pending)) == ("settled", 0)


def news(app: Flask, scene: Scene) -> None:
    open_one(app, scene.reply_id, lane=1)


def deletion(app: Flask, scene: Scene) -> None:
    with app.app_context():
        begin_writing()
        lifecycle.erase(db.session.get_one(Post, scene.reply_id))
        db.session.commit()


def leaving(app: Flask, _scene: Scene) -> None:
    with app.app_context():
        begin_writing()
        person = db.session.scalars(select(Moderator).where(Moderator.name == "世話人A")).one()
        staff.disable_moderator(moderator=person, keys=runtime().keys)
        db.session.commit()


@pytest.mark.parametrize("happens", [news, deletion, leaving])
def test_what_else_happens_meanwhile_keeps_a_decision_from_taking_effect(
    app: Flask, scene: Scene, moderator: Staff, happens: Callable[[Flask, Scene], None]
) -> None:
    case_id = taken(app, scene, moderator, lane=3)
    moderator.decides(case_id, "hide", press_only=True)
    happens(app, scene)
    let_pass(app)
    assert case_now(app, case_id).state == "open"
    assert [count(app, model) for model in (Decision, Notice)] == [0, 0]


def test_another_who_comes_second_learns_what_was_pressed_and_keeps_their_words(
    app: Flask, scene: Scene, moderator: Staff
) -> None:
    case_id = taken(app, scene, moderator)
    other = Staff(app, name="世話人B")
    mine = fields_of(moderator.opens(f"/m/c/{case_id}").text, f"/m/c/{case_id}")
    other.takes(case_id)
    assert other.decides(case_id, "hide", press_only=True).status_code == 303
    late = moderator.browser.post(
        f"/m/c/{case_id}", data=mine | {"outcome": "fine", "note_author": "長く考えた言葉です。"}
    )
    assert late.status_code == 409
    assert "世話人Bさんが先に「見えなくする」と決めました。" in late.text
    assert "長く考えた言葉です。" in late.text


def test_words_to_the_writer_of_a_text_found_fine_reach_them(
    app: Flask, scene: Scene, moderator: Staff
) -> None:
    case_id = taken(app, scene, moderator)
    moderator.decides(case_id, "fine", note_author="読みました。ここにいます。")
    with app.app_context():
        notice = db.session.scalars(select(Notice)).one()
        assert (notice.outcome, notice.words) == ("fine", "読みました。ここにいます。")


def test_the_writer_hears_of_it_when_it_takes_effect_and_not_before(
    app: Flask, writer: Writer, other: Writer, moderator: Staff
) -> None:
    writer.vents("夜の台所で、白湯を飲んでいます。")
    other.flags(writer.post_id, "identity")
    (case_id,) = moderator.cases()
    moderator.takes(case_id)
    moderator.decides(case_id, "hide", press_only=True, note_author=WORDS)
    assert WORDS not in writer.opens("/me").text
    assert other.opens(f"/t/{writer.thread_id}").status_code == 200
    let_pass(app)
    assert WORDS in writer.opens("/me").text
    assert other.opens(f"/t/{writer.thread_id}").status_code == 404
