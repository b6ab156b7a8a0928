"""A moderator who leaves: the desk closes for them at once, what they held is free, what they decided is listed."""

from datetime import timedelta

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import select

from forum import clock, ids
from forum.cli import cli
from forum.extensions import begin_writing, db
from forum.models import AuditEntry, Case, Decision, Moderator, Shift, Timer
from forum.moderation import audit, leases, staff
from forum.runtime import runtime
from tests.actors import Staff, Writer, fields_of


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
    assert "<form" not in after
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
