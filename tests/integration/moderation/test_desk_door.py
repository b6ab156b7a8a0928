"""Who is let in how fast, how long a desk stays open, when it asks once more, and who may let somebody in again."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from forum import clock, firing
from forum.cli.moderators import moderators as moderators_command
from forum.extensions import begin_writing, db
from forum.models import AuditEntry, Ban, Decision, Moderator
from forum.models.staff import ROLES
from forum.moderation import audit, roles, staff
from forum.runtime import runtime
from forum.web import devices
from forum.web.sessions import IDLE_MINUTES, PROOF_MINUTES, SESSION_HOURS
from tests.actors import Staff, fields_of, let_pass
from tests.authenticator import Authenticator
from tests.integration.moderation.scenes import csrf_of, open_one, set_scene
from tests.integration.moderation.test_desk_passkeys import asks, makes

FORUM = Path(__file__).resolve().parents[3] / "forum"
MANY = 30
HERE, ELSEWHERE = "203.0.113.7", "198.51.100.9"


def tries(browser: FlaskClient, place: str = HERE, **fields: str) -> TestResponse:
    """Send the login from a network."""
    origin = {"REMOTE_ADDR": place}
    page = browser.get("/m/login", environ_overrides=origin).text
    return browser.post("/m/login", data=fields_of(page, "/m/login") | fields, environ_overrides=origin)


def wrong(browser: FlaskClient, name: str, place: str = HERE) -> TestResponse:
    return tries(browser, place, name=name, password="まちがい", code="123456")


def right(moderator: Staff, browser: FlaskClient, place: str = HERE) -> TestResponse:
    return tries(browser, place, name=moderator.name, password=Staff.PASSWORD, code=code_at(moderator))


def code_at(moderator: Staff, moment: datetime | None = None) -> str:
    return pyotp.TOTP(moderator.secret).at(int((moment or clock.now()).timestamp()))


@pytest.fixture
def later() -> datetime:
    """Two minutes from now: the code of enrolling is used, and the next one is another."""
    return clock.now() + timedelta(minutes=2)


# Tries.


def test_wrong_tries_are_slowed_by_network_and_name_and_say_for_how_long(
    app: Flask, moderator: Staff, later: datetime
) -> None:
    with clock.frozen(later):
        answers = [wrong(app.test_client(), moderator.name) for _try in range(6)]
        assert [answer.status_code for answer in answers] == [422] * 5 + [429]
        assert 1 <= int(answers[-1].headers["Retry-After"]) <= 300
        assert "ほどで送れます" in answers[-1].text
        # Not even the right words are looked at from there now: nobody learns by trying on.
        assert right(moderator, app.test_client()).status_code == 429


def test_tries_under_a_name_slow_no_other_name_and_no_other_network(
    app: Flask, moderator: Staff, later: datetime
) -> None:
    other = Staff(app, name="世話人B")
    with clock.frozen(later):
        for _try in range(MANY):
            wrong(app.test_client(), moderator.name)
        assert right(other, app.test_client()).status_code == 303
        assert right(moderator, app.test_client(), ELSEWHERE).status_code == 303


def test_tries_of_others_never_shut_out_a_device_that_has_signed_in(
    make_app: Callable[..., Flask], later: datetime
) -> None:
    app = make_app(limit_login="3 per minute; 10 per hour", limit_bucket_factor="1")
    moderator = Staff(app)
    moderator.browser.delete_cookie("m", path="/m")  # signed out; the device is known
    with clock.frozen(later):
        answers = [wrong(app.test_client(), moderator.name) for _try in range(MANY)]
        assert answers[-1].status_code == 429
        assert right(moderator, app.test_client()).status_code == 429, "a device nobody knows waits"
        assert right(moderator, moderator.browser).status_code == 303


def test_a_known_device_is_slowed_by_its_own_tries(app: Flask, moderator: Staff, later: datetime) -> None:
    moderator.browser.delete_cookie("m", path="/m")
    with clock.frozen(later):
        for place in (HERE, ELSEWHERE, HERE, ELSEWHERE, HERE):
            assert wrong(moderator.browser, moderator.name, place).status_code == 422
        assert wrong(moderator.browser, moderator.name).status_code == 429


def test_a_known_device_is_known_for_its_own_moderator_alone(
    app: Flask, moderator: Staff, later: datetime
) -> None:
    other = Staff(app, name="世話人B")
    moderator.browser.delete_cookie("m", path="/m")
    with clock.frozen(later):
        answers = [wrong(moderator.browser, other.name).status_code for _try in range(6)]
        assert answers[-1] == 429
        assert wrong(app.test_client(), other.name).status_code == 429, "counted by network and name"
        assert right(moderator, moderator.browser).status_code == 303


def test_a_device_is_not_known_any_more_after_a_new_way_in(app: Flask, moderator: Staff) -> None:
    with app.app_context():
        begin_writing()
        staff.reset_moderator(moderator=staff.moderator_named(moderator.name), keys=runtime().keys)
        db.session.commit()
    for _try in range(MANY):
        wrong(app.test_client(), moderator.name)
    moderator.browser.delete_cookie("m", path="/m")
    assert wrong(moderator.browser, moderator.name).status_code == 429


@pytest.mark.parametrize("forged", ["", "x", "A" * 86, "あ"])
def test_a_device_cookie_that_is_none_of_ours_is_nothing(app: Flask, moderator: Staff, forged: str) -> None:
    for _try in range(MANY):
        wrong(app.test_client(), moderator.name)
    browser = app.test_client()
    browser.set_cookie("d", forged, path="/m")
    assert wrong(browser, moderator.name).status_code == 429


def test_names_that_nobody_has_are_slowed_alike(app: Flask) -> None:
    answers = [wrong(app.test_client(), "だれでもない人").status_code for _try in range(6)]
    assert answers == [422] * 5 + [429]


def test_a_right_try_forgets_what_was_mistyped(app: Flask, moderator: Staff, later: datetime) -> None:
    browser = app.test_client()
    with clock.frozen(later):
        for _try in range(4):
            wrong(browser, moderator.name)
        assert right(moderator, browser).status_code == 303
        assert [wrong(app.test_client(), moderator.name).status_code for _try in range(5)] == [422] * 5


def test_the_cookie_of_a_device_stays_ninety_days_on_the_desks_path_and_goes_with_the_exit(
    app: Flask, moderator: Staff
) -> None:
    known = moderator.browser.get_cookie("d", path="/m")
    assert known is not None
    assert (known.max_age, known.path) == (devices.DAYS * 24 * 3600, "/m")
    assert known.http_only
    assert known.same_site == "Strict"
    moderator.browser.get("/x", headers={"Sec-Fetch-Site": "same-origin"})
    assert moderator.browser.get_cookie("d", path="/m") is None


# How long a desk stays open.


def test_a_desk_where_nobody_does_anything_closes_after_an_hour(moderator: Staff) -> None:
    began = clock.now()
    with clock.frozen(began + timedelta(minutes=IDLE_MINUTES - 1)):
        assert moderator.opens("/m/").status_code == 200
    with clock.frozen(began + timedelta(minutes=2 * IDLE_MINUTES - 2)):
        assert moderator.opens("/m/").status_code == 200
    with clock.frozen(began + timedelta(minutes=3 * IDLE_MINUTES)):
        assert moderator.opens("/m/").location == "/m/login"


def test_what_a_script_asks_by_itself_keeps_no_desk_open(moderator: Staff) -> None:
    began = clock.now()
    for minutes in range(10, IDLE_MINUTES, 10):
        with clock.frozen(began + timedelta(minutes=minutes)):
            answer = moderator.opens("/m/", headers={"Sec-Fetch-Mode": "cors"})
            assert answer.status_code == 200
    with clock.frozen(began + timedelta(minutes=IDLE_MINUTES + 1)):
        assert moderator.opens("/m/").location == "/m/login"


def test_however_busy_a_desk_closes_after_twelve_hours(moderator: Staff) -> None:
    began = clock.now()
    for half_hours in range(1, 2 * SESSION_HOURS - 2):
        with clock.frozen(began + timedelta(minutes=30 * half_hours)):
            assert moderator.opens("/m/").status_code == 200
    with clock.frozen(began + timedelta(hours=SESSION_HOURS)):
        assert moderator.opens("/m/").location == "/m/login"


def test_what_was_typed_comes_back_when_the_desk_has_closed(app: Flask, moderator: Staff) -> None:
    case_id = open_one(app, set_scene(app).reply_id)
    moderator.takes(case_id)
    page = moderator.opens(f"/m/c/{case_id}").text
    fields = fields_of(page, f"/m/c/{case_id}") | {
        "outcome": "hide",
        "note_author": "読みました。長い返事です。",
    }
    with clock.frozen(clock.now() + timedelta(minutes=IDLE_MINUTES + 5)):
        answer = moderator.browser.post(f"/m/c/{case_id}", data=fields)
    assert answer.status_code == 403
    assert "読みました。長い返事です。" in answer.text


# Once more who it is.


class Sanction:
    """A decision with a step against the writer, typed and sent."""

    def __init__(self, app: Flask, moderator: Staff, at: datetime) -> None:
        self.app, self.moderator, self.at = app, moderator, at
        self.case_id = open_one(app, set_scene(app).reply_id)
        self.path = f"/m/c/{self.case_id}"
        with clock.frozen(at):
            moderator.takes(self.case_id)
            page = moderator.opens(self.path).text
        typed = {"outcome": "hide", "rule": "1", "sanction": "board7", "act": "decide"}
        typed |= {"note_author": "一行目\n「二行目」<b>", "note_team": "見てください"}
        self.fields = fields_of(page, self.path) | typed

    def sends(self, minutes: float = 0, **fields: str) -> TestResponse:
        with clock.frozen(self.at + timedelta(minutes=minutes)):
            return self.moderator.browser.post(self.path, data=self.fields | fields)

    def proves(self, page: TestResponse, minutes: float = 0, **fields: str) -> TestResponse:
        sent = fields_of(page.text) | fields
        with clock.frozen(self.at + timedelta(minutes=minutes)):
            return self.moderator.browser.post(self.path, data=sent)

    def decisions(self) -> int:
        with clock.frozen(self.at):
            let_pass(self.app)
        with self.app.app_context():
            return len(db.session.scalars(select(Decision)).all())


@pytest.fixture
def sanction(app: Flask, moderator: Staff) -> Sanction:
    """Typed a quarter of an hour after the moderator came in."""
    return Sanction(app, moderator, clock.now() + timedelta(minutes=15))


def test_a_step_against_a_writer_asks_once_more_and_keeps_what_was_typed(
    app: Flask, moderator: Staff, sanction: Sanction
) -> None:
    asked = sanction.sends()
    assert asked.status_code == 200
    assert "もう一度、確かめます" in asked.text
    assert sanction.decisions() == 0
    code = code_at(moderator, sanction.at)
    back = sanction.proves(asked, password=Staff.PASSWORD, code=code)
    assert back.status_code == 200, back.text
    assert "確かめました。" in back.text
    assert sanction.decisions() == 0, "nothing is decided by the page that asks"
    again = fields_of(back.text, sanction.path)
    for name in ("outcome", "rule", "sanction", "note_author", "note_team"):
        assert again[name].replace("\r\n", "\n") == sanction.fields[name], name
    assert Staff.PASSWORD not in back.text
    with clock.frozen(sanction.at):
        done = moderator.browser.post(sanction.path, data=again | {"act": "decide"})
    assert done.status_code == 303, done.text
    assert sanction.decisions() == 1
    with app.app_context():
        assert db.session.scalars(select(Ban)).all()
        assert "proved_again" in set(db.session.scalars(select(AuditEntry.action)))


def test_a_proof_is_good_for_ten_minutes(sanction: Sanction, moderator: Staff) -> None:
    asked = sanction.sends()
    code = code_at(moderator, sanction.at)
    assert "確かめました。" in sanction.proves(asked, password=Staff.PASSWORD, code=code).text
    assert sanction.sends(PROOF_MINUTES - 1, note_team="まだ", act="stay").status_code == 200
    assert sanction.decisions() == 0
    assert "もう一度、確かめます" not in sanction.sends(PROOF_MINUTES - 1, rule="0").text
    assert "もう一度、確かめます" in sanction.sends(PROOF_MINUTES).text


def test_a_decision_without_a_step_asks_nothing(sanction: Sanction) -> None:
    assert sanction.sends(sanction="").status_code == 303
    assert sanction.decisions() == 1


@pytest.mark.parametrize("step", ["warning", "slow", "thread", "board7", "board30", "board90"])
def test_every_step_asks(sanction: Sanction, step: str) -> None:
    assert "もう一度、確かめます" in sanction.sends(sanction=step).text
    assert sanction.decisions() == 0


@pytest.mark.parametrize(
    "fields", [{"password": "まちがい"}, {"code": "000000"}, {"password": "", "code": ""}]
)
def test_a_proof_that_does_not_fit_asks_again_and_keeps_what_was_typed(
    sanction: Sanction, moderator: Staff, fields: dict[str, str]
) -> None:
    asked = sanction.sends()
    sent = {"password": Staff.PASSWORD, "code": code_at(moderator, sanction.at)} | fields
    again = sanction.proves(asked, **sent)
    assert again.status_code == 422
    kept = fields_of(again.text)
    assert kept["note_author"] == sanction.fields["note_author"]
    assert kept["sanction"] == "board7"
    assert "もう一度、確かめます" in sanction.sends().text
    assert sanction.decisions() == 0


def test_tries_at_the_desk_are_slowed_too(sanction: Sanction) -> None:
    asked = sanction.sends()
    answers = [sanction.proves(asked, password="まちがい", code="123456").status_code for _try in range(6)]
    assert answers == [422] * 5 + [429]


def test_nobody_elses_password_proves_anything(app: Flask, sanction: Sanction) -> None:
    other = Staff(app, name="世話人B")
    asked = sanction.sends()
    sent = sanction.proves(asked, password=Staff.PASSWORD, code=code_at(other, sanction.at))
    assert sent.status_code == 422


def test_a_passkey_proves_it_as_well(app: Flask, moderator: Staff) -> None:
    device = Authenticator()
    makes(moderator, device)
    sanction = Sanction(app, moderator, clock.now() + timedelta(minutes=15))
    asked = sanction.sends()
    assert 'data-passkey="again"' in asked.text
    with clock.frozen(sanction.at):
        given = asks(moderator.browser, "again", "/m/keys")
    shown = device.shows(given["options"])
    back = sanction.proves(asked, box=given["box"], answer=shown)
    assert "確かめました。" in back.text
    assert sanction.sends(note_author="").status_code == 303
    other = Staff(app, name="世話人B")
    second = Sanction(app, other, clock.now() + timedelta(minutes=15))
    asked = second.sends()
    with clock.frozen(second.at):
        given = asks(other.browser, "again", "/m/keys")
    assert second.proves(asked, box=given["box"], answer=device.shows(given["options"])).status_code == 422


def test_keys_are_changed_after_another_proof_only(moderator: Staff) -> None:
    later = clock.now() + timedelta(minutes=15)
    with clock.frozen(later):
        page = moderator.opens("/m/keys")
        assert "もう一度、確かめます" in page.text
        token = csrf_of(page.text)
        sent = {"csrf_token": token, "name": "鍵", "box": "x", "answer": "{}"}
        assert "もう一度、確かめます" in moderator.browser.post("/m/keys", data=sent).text
        proof = fields_of(page.text) | {"password": Staff.PASSWORD, "code": code_at(moderator, later)}
        answer = moderator.browser.post("/m/keys", data=proof)
        assert answer.status_code == 200
        assert "新しく作る" in answer.text
        assert "新しく作る" in moderator.opens("/m/keys").text


# Somebody cannot come in any more.


def recovers(lead: Staff, whom: str) -> TestResponse:
    """Press 新しい入口を渡す beside a name."""
    page = lead.opens("/m/").text
    with lead.app.app_context():
        identifier = staff.moderator_named(whom).id
    path = "/m/people/" + staff.encode_text(identifier) + "/recover"
    return lead.browser.post(path, data={"csrf_token": csrf_of(page)})


def link_in(page: str) -> str:
    found = re.search(r"http://localhost(/m/enrol/[\w-]{43})", page)
    assert found, page
    return found[1]


@pytest.fixture
def lead(app: Flask) -> Staff:
    """Somebody who leads."""
    return Staff(app, name="まとめ役", role="lead")


def test_a_lead_gives_a_way_in_for_a_day_and_everything_before_ends(
    app: Flask, moderator: Staff, lead: Staff
) -> None:
    device, began = Authenticator(), clock.now()
    makes(moderator, device)
    given = recovers(lead, moderator.name)
    path = link_in(given.text)
    assert given.headers["Cache-Control"] == "no-store"
    assert moderator.opens("/m/").location == "/m/login"
    with clock.frozen(began + timedelta(minutes=2)):
        assert right(moderator, app.test_client()).status_code == 422, "the old password is over"
    assert path not in lead.opens("/m/people").text, "shown once"
    with clock.frozen(began + timedelta(hours=staff.RECOVERY_HOURS - 1)):
        assert app.test_client().get(path).status_code == 200
    with clock.frozen(began + timedelta(hours=staff.RECOVERY_HOURS, seconds=5)):
        assert app.test_client().get(path).status_code == 404
    with app.app_context():
        row = db.session.scalars(select(AuditEntry).order_by(AuditEntry.number.desc())).first()
        assert row is not None
        whom = staff.moderator_named(moderator.name)
        assert (row.action, row.role, row.reason) == ("recovery_given", "lead", staff.encode_text(whom.id))
        assert row.actor_id == staff.moderator_named(lead.name).id
        assert audit.verify(db.session, runtime().keys.audit).holds


def test_whoever_got_the_way_in_enrols_anew_once(app: Flask, moderator: Staff, lead: Staff) -> None:
    path = link_in(recovers(lead, moderator.name).text)
    browser = app.test_client()
    page = browser.get(path).text
    found = re.search(r'translate="no">([A-Z2-7 ]{39})<', page)
    assert found
    moderator.secret = found[1].replace(" ", "")
    new = {"password": "つぎの朝の静かな海です", "again": "つぎの朝の静かな海です", "code": moderator.code()}
    new = {name: value + ("。よい朝" if name != "code" else "") for name, value in new.items()}
    assert browser.post(path, data=fields_of(page) | new).location == "/m/"
    assert browser.get("/m/").status_code == 200
    assert app.test_client().get(path).status_code == 404


def test_the_hour_of_a_way_in_is_forgotten_when_it_is_over_and_the_link_with_it(
    app: Flask, moderator: Staff, lead: Staff
) -> None:
    recovers(lead, moderator.name)
    with clock.frozen(clock.now() + timedelta(hours=staff.RECOVERY_HOURS, minutes=1)), app.app_context():
        begin_writing()
        for kind, target in firing.due_timers():
            firing.fire(kind, target)
        db.session.commit()
        whom = staff.moderator_named(moderator.name)
        assert (whom.enrol_hash, whom.enrol_until) == (None, None)


def test_a_later_link_of_the_operator_does_not_end_with_the_leads(
    app: Flask, moderator: Staff, lead: Staff
) -> None:
    recovers(lead, moderator.name)
    path = app.test_cli_runner().invoke(moderators_command, ["reset", moderator.name]).output.strip()
    with clock.frozen(clock.now() + timedelta(hours=staff.RECOVERY_HOURS + 1)):
        assert app.test_client().get(path).status_code == 200


def test_giving_a_way_in_asks_once_more(app: Flask, moderator: Staff, lead: Staff) -> None:
    later = clock.now() + timedelta(minutes=15)
    with clock.frozen(later):
        assert "もう一度、確かめます" in recovers(lead, moderator.name).text
    assert moderator.opens("/m/").status_code == 200


def test_a_way_in_never_leads_upwards(app: Flask, moderator: Staff, lead: Staff) -> None:
    operator = Staff(app, name="場所の人", role="operator")
    assert recovers(lead, operator.name).status_code == 404
    assert recovers(lead, lead.name).status_code == 404
    assert recovers(operator, lead.name).status_code == 200
    assert moderator.opens("/m/people").status_code == 403
    with app.app_context():
        path = "/m/people/" + staff.encode_text(staff.moderator_named(operator.name).id) + "/recover"
    token = csrf_of(moderator.opens("/m/").text)
    assert moderator.browser.post(path, data={"csrf_token": token}).status_code == 403
    assert operator.opens("/m/").status_code == 200


def test_a_lead_lets_nobody_in_again_who_was_shut_out(app: Flask, moderator: Staff, lead: Staff) -> None:
    app.test_cli_runner().invoke(moderators_command, ["disable", moderator.name])
    assert recovers(lead, moderator.name).status_code == 404
    with app.app_context():
        assert staff.moderator_named(moderator.name).is_disabled


def test_each_role_may_what_the_table_says() -> None:
    def somebody(role: str, **more: bool) -> Moderator:
        return Moderator(id=role.ljust(16).encode(), name=role, role=role, is_disabled=False, **more)

    people = {role: somebody(role) for role in ROLES}
    assert {act: {role for role in ROLES if roles.may(people[role], act)} for act in roles.ALLOWED} == {
        "decide": {"moderator", "lead", "operator"},
        "lead": {"lead", "operator"},
        "recover": {"lead", "operator"},
    }
    assert not roles.may(None, "decide")
    people["lead"].is_disabled = True
    assert not roles.may(people["lead"], "lead")


def test_a_role_is_asked_about_in_one_place() -> None:
    asks_itself = re.compile(r"\.role\s*(==|!=|in|not in)\b|\"(lead|operator)\"\s*(==|in)\b")
    found = [
        str(path.relative_to(FORUM))
        for path in FORUM.rglob("*.py")
        if path.name != "roles.py" and asks_itself.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []
    templates = [
        path for path in (FORUM / "templates").rglob("*.html") if ".role ==" in path.read_text("utf-8")
    ]
    assert templates == []
