"""A moderator who leaves: the desk closes for them at once, what they held is free, what they decided is listed."""

from datetime import timedelta

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import select

from forum import clock, ids, worker
from forum.cli import cli
from forum.extensions import begin_writing, db
from forum.models import AuditEntry, Ban, Case, Decision, Moderator, Notice, Pending, Post, Shift, Timer
from forum.moderation import audit, leases, leaving, lifecycle, pending, staff
from forum.queries import staff as lately
from forum.runtime import runtime
from tests.actors import Staff, Writer, fields_of, let_pass
from tests.integration.moderation.scenes import (
    Desk,
    case_now,
    open_one,
    post_now,
    set_scene,
)


@pytest.fixture
def lead(app: Flask) -> Staff:
    return Staff(app, "まとめ役", role="lead")


def row(app: Flask, name: str) -> Moderator:
    with app.app_context():
        found = db.session.scalars(select(Moderator).where(Moderator.name == name)).one()
        db.session.expunge(found)
        return found


def page_of(app: Flask, name: str) -> str:
    return f"/m/people/{ids.to_text(row(app, name).id)}"


def run(app: Flask, *words: str) -> Result:
    environ = {"FORUM_INSTANCE": app.instance_path, "FORUM_SEARCH": "memory"}
    return CliRunner(env=environ).invoke(cli, list(words), prog_name="forum")


@pytest.fixture
def at_work(app: Flask, moderator: Staff, writer: Writer, other: Writer) -> Staff:
    """A moderator with one decision of today, one of long ago, a case they are reading, and hours to come."""
    for number in range(3):
        writer.vents(f"夜の台所の話、{number}つめです。")
        other.flags(writer.post_id, "other")
    first, second, third = moderator.cases()
    for case_id in (first, second):
        moderator.takes(case_id)
        moderator.decides(case_id, "fine")
    moderator.takes(third)
    with app.app_context():
        begin_writing()
        old = db.session.scalars(select(Decision).where(Decision.case_id == ids.from_text(second))).one()
        old.day = clock.today() - timedelta(days=15)
        who = db.session.scalars(select(Moderator.id).where(Moderator.name == moderator.name)).one()
        db.session.add(Shift(day=clock.date_after(1), hour=20, moderator_id=who))
        db.session.commit()
    return moderator


def has_gone(app: Flask, name: str, *, role: str) -> None:
    with app.app_context():
        person = db.session.scalars(select(Moderator).where(Moderator.name == name)).one()
        assert person.is_disabled
        assert (person.password_hash, person.totp_sealed, person.enrol_hash) == ("", "", None)
        assert db.session.scalars(select(Case.leased_by).where(Case.leased_by.is_not(None))).all() == []
        assert db.session.scalars(select(Timer).where(Timer.kind == leases.KIND)).all() == []
        assert db.session.scalars(select(Shift)).all() == []
        act = db.session.scalars(select(AuditEntry).order_by(AuditEntry.number.desc()).limit(1)).one()
        assert (act.action, act.role) == ("moderator_left", role)
        assert audit.verify(db.session(), runtime().keys.audit).holds


def test_a_lead_ends_it_on_the_desk_and_sees_what_was_decided(
    app: Flask, lead: Staff, at_work: Staff
) -> None:
    page = page_of(app, at_work.name)
    assert at_work.name in lead.opens("/m/people").text
    before = lead.opens(page).text
    assert before.count("/m/c/") == 1  # of the last fourteen days
    assert lead.sends(page).status_code == 303
    has_gone(app, at_work.name, role="lead")
    assert at_work.opens("/m/").location == "/m/login"  # with the very next request
    after = lead.opens(page).text
    assert after.count("/m/c/") == 1
    assert "もう机を離れています" in after
    assert f'action="{page}"' not in after
    assert at_work.name not in lead.opens("/m/people").text


def test_the_command_does_the_same_and_prints_the_decisions(app: Flask, at_work: Staff) -> None:
    done = run(app, "staff", "leave", at_work.name)
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert len(lines) == 1
    assert "\tfine\t/m/c/" in lines[0]
    assert "left" in done.stderr
    has_gone(app, at_work.name, role="operator")
    again = run(app, "staff", "leave", at_work.name)
    assert "had left already" in again.stderr
    assert again.exit_code == 0
    refused = run(app, "staff", "leave", "だれでもない人")
    assert refused.exit_code == 1
    assert "there is no moderator" in refused.output


def test_nobody_signs_in_any_more_until_a_new_link(app: Flask, at_work: Staff) -> None:
    run(app, "staff", "leave", at_work.name)
    answer = at_work.sends("/m/login", name=at_work.name, password=at_work.PASSWORD, code=at_work.code())
    assert answer.status_code == 422
    assert "/m/enrol/" in run(app, "moderators", "reset", at_work.name).output


def test_what_somebody_decided_stays(app: Flask, at_work: Staff) -> None:
    run(app, "staff", "leave", at_work.name)
    with app.app_context():
        assert len(db.session.scalars(select(Decision)).all()) == 2


def test_only_leads_end_a_place_and_not_their_own_nor_an_operators(
    app: Flask, lead: Staff, moderator: Staff
) -> None:
    operator = Staff(app, "運営の人", role="operator")
    assert moderator.opens(page_of(app, lead.name)).status_code == 403
    token = fields_of(moderator.opens("/m/").text, "/m/logout")
    assert moderator.browser.post(page_of(app, lead.name), data=token).status_code == 403
    token = fields_of(lead.opens("/m/").text, "/m/logout")
    for name in (lead.name, operator.name):
        assert "<form" not in lead.opens(page_of(app, name)).text
        assert lead.browser.post(page_of(app, name), data=token).status_code == 403
    assert not any(row(app, name).is_disabled for name in (lead.name, operator.name))
    assert operator.sends(page_of(app, lead.name)).status_code == 303
    assert row(app, lead.name).is_disabled


@pytest.mark.postgres
def test_on_postgresql_leases_and_hours_go_too(postgres_app: Flask) -> None:
    writer, other, desk = Writer(postgres_app), Writer(postgres_app), Staff(postgres_app)
    writer.vents("夜の台所の話です。")
    other.flags(writer.post_id, "other")
    (case_id,) = desk.cases()
    desk.takes(case_id)
    with postgres_app.app_context():
        begin_writing()
        person = staff.moderator_named(desk.name)
        db.session.add(Shift(day=clock.date_after(1), hour=20, moderator_id=person.id))
        db.session.flush()
        assert staff.leave(moderator=person, keys=runtime().keys)
        db.session.commit()
    has_gone(postgres_app, desk.name, role="operator")


def opened(app: Flask, count: int, *, lane: int = 3) -> list[tuple[bytes, str]]:
    """Replies that readers see, each with an open case."""
    scenes = [set_scene(app) for _number in range(count)]
    return [(scene.reply_id, open_one(app, scene.reply_id, lane=lane)) for scene in scenes]


def holds(app: Flask) -> bool:
    with app.app_context():
        return audit.verify(db.session(), runtime().keys.audit).holds


def count(app: Flask, model: type) -> int:
    with app.app_context():
        return len(db.session.scalars(select(model)).all())


def reopens(app: Flask, lead: Staff, name: str) -> str:
    answer = lead.sends(f"{page_of(app, name)}/reopen", form=page_of(app, name))
    assert answer.status_code == 200, answer.text[-1800:]
    return answer.text


def _stops_what_has_no_effect(app: Flask) -> None:
    desk, _other = Desk(app, "アオ"), Desk(app, "ミドリ")
    (first, pressed), (second, waits), (third, undone) = opened(app, 3)
    desk.presses(waits, desk.opens(waits), outcome="hide", rule="4", sanction="board7")
    let_pass(app)
    assert case_now(app, waits).state == "waiting_second"
    desk.presses(undone, desk.opens(undone), outcome="hide", note_author="書きかけの言葉")
    page = desk.browser.get("/m/").text
    desk.browser.post(f"/m/c/{undone}/undo", data=fields_of(page, "/m/logout"))
    desk.presses(pressed, desk.opens(pressed), outcome="remove", rule="4", note_author="届かない言葉")
    assert case_now(app, pressed).state == "decided"
    with app.app_context():
        begin_writing()
        staff.leave(moderator=staff.moderator_named("アオ"), keys=runtime().keys)
        db.session.commit()
    assert {case_now(app, case_id).state for case_id in (pressed, waits, undone)} == {"open"}
    let_pass(app)
    assert {post_now(app, post_id).status for post_id in (first, second, third)} == {"live"}
    assert (count(app, Notice), count(app, Ban), count(app, Decision)) == (0, 0, 0)
    with app.app_context():
        kept = db.session.scalars(select(Pending)).all()
        assert {row.stage for row in kept} <= {"changed"}
        assert not any(row.note_author for row in kept)  # nobody fills in that form again
        assert db.session.scalars(select(Timer).where(Timer.kind == pending.KIND)).all() == []
    assert holds(app)


def test_what_has_no_effect_yet_never_has_one_when_its_moderator_leaves(app: Flask) -> None:
    _stops_what_has_no_effect(app)


@pytest.mark.postgres
def test_what_has_no_effect_yet_never_has_one_on_postgresql(postgres_app: Flask) -> None:
    _stops_what_has_no_effect(postgres_app)


def test_whoever_is_kept_out_for_a_while_stops_too_and_finds_their_words_again(app: Flask) -> None:
    desk = Desk(app, "アオ")
    ((_post, case_id),) = opened(app, 1)
    desk.presses(case_id, desk.opens(case_id), outcome="hide", note_author="長い言葉")
    assert run(app, "moderators", "disable", "アオ").exit_code == 0
    assert case_now(app, case_id).state == "open"
    with app.app_context():
        assert [row.note_author for row in db.session.scalars(select(Pending))] == ["長い言葉"]


def _goes_back_to_everybody(app: Flask) -> None:
    desk, lead = Desk(app, "アオ"), Staff(app, "まとめ役", role="lead")
    (gone, removed), (kept, fine), (other_post, others), (old_post, old) = opened(app, 4)
    desk.decides(removed, desk.opens(removed), outcome="remove", rule="4", sanction="slow")
    desk.decides(fine, desk.opens(fine), outcome="fine")
    desk.decides(others, desk.opens(others), outcome="hide")
    desk.decides(old, desk.opens(old), outcome="hide")
    with app.app_context():
        begin_writing()
        late = db.session.scalars(select(Decision).where(Decision.case_id == ids.from_text(old))).one()
        late.day = clock.today() - timedelta(days=15)
        db.session.commit()
    open_one(app, other_post, lane=2)
    lead.takes(others)
    lead.decides(others, "publish")
    with app.app_context():
        live = select(Ban.id).where(Ban.until_day >= clock.today())
        assert len(db.session.scalars(live).all()) == 1
    # Not while they are at the desk.
    assert "みんなで見なおす" not in lead.opens(page_of(app, "アオ")).text
    token = fields_of(lead.opens("/m/").text, "/m/logout")
    assert lead.browser.post(f"{page_of(app, 'アオ')}/reopen", data=token).status_code == 403
    lead.sends(page_of(app, "アオ"))
    said = reopens(app, lead, "アオ")
    assert "2件を開きなおしました。" in said
    assert "また書けます" in said
    assert {case_now(app, case_id).state for case_id in (removed, fine)} == {"open"}
    assert {case_now(app, case_id).state for case_id in (others, old)} == {"settled"}
    # Not a text comes back to readers before somebody has read it.
    now = {post_id: post_now(app, post_id).status for post_id in (gone, kept, other_post, old_post)}
    assert now == {gone: "removed", kept: "live", other_post: "live", old_post: "hidden"}
    with app.app_context():
        assert db.session.scalars(live).all() == []
        acts = select(AuditEntry.case_id, AuditEntry.role).where(AuditEntry.action == "reopened")
        assert set(db.session.execute(acts).all()) == {
            (ids.from_text(removed), "lead"),
            (ids.from_text(fine), "lead"),
        }
        ended = select(AuditEntry.case_id).where(AuditEntry.action == "sanction_ended")
        assert db.session.scalars(ended).all() == [ids.from_text(removed)]
    assert "みんなで見なおす" not in lead.opens(page_of(app, "アオ")).text
    # And it is all decided anew by whoever looks now.
    assert {removed, fine} <= set(lead.cases())
    lead.takes(removed)
    lead.decides(removed, "publish")
    assert post_now(app, gone).status == "live"
    assert case_now(app, removed).state == "settled"
    assert holds(app)


def test_a_lead_gives_everybody_the_decisions_of_somebody_who_left_to_look_at_anew(app: Flask) -> None:
    _goes_back_to_everybody(app)


@pytest.mark.postgres
def test_the_same_on_postgresql(postgres_app: Flask) -> None:
    _goes_back_to_everybody(postgres_app)


def test_what_stands_until_a_second_person_has_looked_is_opened_too(app: Flask) -> None:
    # Nobody else is about, so it stands provisionally.
    desk = Desk(app, "アオ")
    ((post_id, case_id),) = opened(app, 1)
    desk.decides(case_id, desk.opens(case_id), outcome="hide", rule="4", sanction="board30")
    assert case_now(app, case_id).state == "waiting_second"
    assert post_now(app, post_id).status == "hidden"
    assert run(app, "staff", "leave", "アオ").exit_code == 0
    assert (
        case_now(app, case_id).state == "waiting_second"
    )  # leaving alone takes nothing back that is in force
    done = run(app, "staff", "leave", "アオ", "--reopen")
    assert "reopened 1, steps ended 1" in done.stderr
    assert case_now(app, case_id).state == "open"
    assert count(app, Pending) == 0
    assert holds(app)


def test_a_removed_text_is_not_forgotten_while_it_waits_to_be_looked_at_anew(app: Flask) -> None:
    desk = Desk(app, "アオ")
    ((post_id, case_id),) = opened(app, 1)
    desk.decides(case_id, desk.opens(case_id), outcome="remove", rule="4")
    with clock.frozen(clock.now() + timedelta(days=13)):
        run(app, "staff", "leave", "アオ", "--reopen")
    with clock.frozen(clock.now() + timedelta(days=20)), app.app_context():
        worker.blank_removed()
        db.session.commit()
    assert post_now(app, post_id).source


def test_a_text_that_is_gone_is_not_opened(app: Flask) -> None:
    desk = Desk(app, "アオ")
    ((post_id, case_id),) = opened(app, 1)
    desk.decides(case_id, desk.opens(case_id), outcome="fine")
    with app.app_context():
        begin_writing()
        lifecycle.erase(db.session.get_one(Post, post_id))
        db.session.commit()
    done = run(app, "staff", "leave", "アオ", "--reopen")
    assert "reopened 0" in done.stderr
    assert case_now(app, case_id).state == "settled"


def test_many_are_opened_in_steps_that_can_be_taken_up_again(
    app: Flask, lead: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(app, "アオ")
    for _post, case_id in opened(app, 5):
        desk.decides(case_id, desk.opens(case_id), outcome="fine")
    monkeypatch.setattr(leaving, "CASES_A_STEP", 2)
    lead.sends(page_of(app, "アオ"))
    said = reopens(app, lead, "アオ")
    assert "2件を開きなおしました。" in said
    assert "あと3件あります。" in said
    assert len(lead.cases()) == 2
    done = run(app, "staff", "leave", "アオ", "--reopen")
    assert [line for line in done.stderr.splitlines() if "reopened" in line] == [
        "reopened 2, steps ended 0",
        "reopened 1, steps ended 0",
    ]
    assert len(lead.cases()) == 5
    assert "reopened 0" in run(app, "staff", "leave", "アオ", "--reopen").stderr
    assert holds(app)


def test_giving_back_decisions_asks_once_more_who_it_is(app: Flask) -> None:
    lead, desk = Staff(app, "まとめ役", role="lead"), Desk(app, "アオ")
    ((_post, case_id),) = opened(app, 1)
    desk.decides(case_id, desk.opens(case_id), outcome="fine")
    lead.sends(page_of(app, "アオ"))
    with clock.frozen(clock.now() + timedelta(minutes=40)):
        assert "もう一度、確かめます" in reopens(app, lead, "アオ")
        assert case_now(app, case_id).state == "settled"
        page = f"{page_of(app, 'アオ')}/reopen"
        asked = lead.sends(page, form=page_of(app, "アオ"))
        proved = lead.browser.post(
            page, data=fields_of(asked.text) | {"password": lead.PASSWORD, "code": lead.code()}
        )
        assert "確かめました" in proved.text
        assert "1件を開きなおしました。" in reopens(app, lead, "アオ")


def test_no_token_and_no_lead_gives_nothing_back(app: Flask, lead: Staff, moderator: Staff) -> None:
    desk = Desk(app, "アオ")
    ((_post, case_id),) = opened(app, 1)
    desk.decides(case_id, desk.opens(case_id), outcome="fine")
    lead.sends(page_of(app, "アオ"))
    page = f"{page_of(app, 'アオ')}/reopen"
    assert lead.browser.post(page).status_code == 422
    token = fields_of(moderator.opens("/m/").text, "/m/logout")
    assert moderator.browser.post(page, data=token).status_code == 403
    assert case_now(app, case_id).state == "settled"


def test_as_many_days_are_listed_as_can_be_opened_anew() -> None:
    assert leaving.DAYS == lately.DAYS_LISTED
