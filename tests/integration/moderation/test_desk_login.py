"""Who gets to the desk, and who does not: nobody learns why, nobody can lock another out."""

from datetime import timedelta

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from forum import clock, errors
from forum.cli.moderators import moderators as moderators_command
from forum.extensions import begin_writing, db
from forum.models import AuditEntry, Case, Moderator
from forum.moderation import credentials, staff
from forum.runtime import runtime
from tests.actors import Staff, fields_of
from tests.integration.moderation.scenes import (
    PASSWORD,
    Desk,
    add,
    code_for,
    csrf_of,
    keys_of,
    open_one,
    set_scene,
)


def log_in(app: Flask, *, browser: FlaskClient | None = None, **fields: str) -> TestResponse:
    browser = browser or app.test_client()
    page = browser.get("/m/login")
    return browser.post("/m/login", data=fields_of(page.text, "/m/login") | fields)


def test_name_password_and_code_open_the_desk(app: Flask, desk: Desk) -> None:
    browser = app.test_client()
    answer = log_in(app, browser=browser, name="アオ", password=PASSWORD, code=code_for(app, desk.token))
    assert (answer.status_code, answer.location) == (303, "/m/")
    assert browser.get("/m/").status_code == 200


def test_other_widths_and_spaces_in_name_and_code_are_forgiven(app: Flask, desk: Desk) -> None:
    code = code_for(app, desk.token)
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in code[:3]) + " " + code[3:]
    assert log_in(app, name="ｱｵ ", password=PASSWORD, code=wide).status_code == 303


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "Zさん"},
        {"password": "別のパスワードの長い言葉"},
        {"code": "000000"},
        {"code": "abc"},
        {"code": "あ"},
    ],
)
def test_whatever_is_wrong_the_answer_is_the_same(app: Flask, desk: Desk, wrong: dict[str, str]) -> None:
    right = {"name": "アオ", "password": PASSWORD, "code": code_for(app, desk.token)}
    answer = log_in(app, **(right | wrong))
    assert answer.status_code == 422
    assert "名前、パスワード、コードのどれかが合いませんでした。" in answer.text
    assert PASSWORD not in answer.text


def test_a_code_works_once(app: Flask, desk: Desk) -> None:
    with clock.frozen(clock.now()):
        code = code_for(app, desk.token)
        assert log_in(app, name="アオ", password=PASSWORD, code=code).status_code == 303
        assert log_in(app, name="アオ", password=PASSWORD, code=code).status_code == 422


def test_of_two_at_once_with_one_code_one_gets_in(app: Flask, desk: Desk) -> None:
    with app.app_context():
        keys = runtime().keys
        proof = staff.check_login(name="アオ", password=PASSWORD, code=code_for(app, desk.token), keys=keys)
        begin_writing()
        staff.log_in(proof=proof, keys=keys)
        with pytest.raises(staff.LoginRefused):
            staff.log_in(proof=proof, keys=keys)


def test_a_clock_half_a_minute_off_is_forgiven_and_more_is_not(app: Flask, desk: Desk) -> None:
    now = clock.now()
    secret = credentials.totp_secret(desk.token, keys_of(app))
    for seconds, status in ((-65, 422), (65, 422), (-30, 303)):
        code = pyotp.TOTP(secret).at(int(now.timestamp()) + seconds)
        with clock.frozen(now):
            assert log_in(app, name="アオ", password=PASSWORD, code=code).status_code == status, seconds


def test_tries_are_limited_by_where_they_come_from(make_app: object) -> None:
    app = make_app(limit_login="2 per minute", limit_bucket_factor="1")  # type: ignore[operator]
    answers = [log_in(app, name="Zさん", password="まちがい", code="123456").status_code for _try in range(4)]
    assert answers[0] == 422
    assert answers[-1] == 429


def test_a_disabled_moderator_is_out_with_the_next_request(app: Flask, desk: Desk) -> None:
    case_id = open_one(app, set_scene(app).reply_id)
    desk.opens(case_id)
    assert desk.browser.get("/m/").status_code == 200
    with app.app_context():
        begin_writing()
        staff.disable_moderator(moderator=staff.moderator_named("アオ"), keys=runtime().keys)
        db.session.commit()
        case = db.session.scalars(select(Case)).one()
        assert (case.state, case.leased_by) == ("open", None)
    assert desk.browser.get("/m/").location == "/m/login"
    assert log_in(app, name="アオ", password=PASSWORD, code=code_for(app, desk.token)).status_code == 422


def test_a_session_ends_after_twelve_hours(app: Flask, desk: Desk) -> None:
    began = clock.now()
    for half_hours in range(1, 22):
        with clock.frozen(began + timedelta(minutes=30 * half_hours)):
            assert desk.browser.get("/m/").status_code == 200, half_hours
    with clock.frozen(began + timedelta(hours=12)):
        assert desk.browser.get("/m/").location == "/m/login"


def test_leaving_ends_the_session(app: Flask, desk: Desk) -> None:
    page = desk.browser.get("/m/")
    answer = desk.browser.post("/m/logout", data={"csrf_token": csrf_of(page.text)})
    assert answer.location == "/m/login"
    assert desk.browser.get("/m/").location == "/m/login"


def test_the_desk_has_a_cookie_of_its_own(app: Flask, desk: Desk) -> None:
    answer = log_in(app, name="アオ", password=PASSWORD, code=code_for(app, desk.token))
    told = answer.headers.getlist("Set-Cookie")
    assert {cookie.partition("=")[0] for cookie in told} == {"m", "d"}
    for cookie in told:
        assert "Path=/m" in cookie.split("; ")
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie


def test_a_link_works_once(app: Flask, desk: Desk) -> None:
    assert app.test_client().get(f"/m/enrol/{desk.token}").status_code == 404


def test_a_link_ends_after_three_days(app: Flask) -> None:
    token = add(app, "ミドリ")
    with clock.frozen(clock.now() + timedelta(days=3)):
        assert app.test_client().get(f"/m/enrol/{token}").status_code == 200
    with clock.frozen(clock.now() + timedelta(days=4)):
        assert app.test_client().get(f"/m/enrol/{token}").status_code == 404


@pytest.mark.parametrize("token", ["x", "A" * 43, "あ" * 43, "A" * 4000])
def test_a_link_that_is_none_of_ours_is_not_found(app: Flask, token: str) -> None:
    assert app.test_client().get(f"/m/enrol/{token}").status_code == 404


def test_the_link_shows_the_second_factor_as_text_and_picture_and_stores_nothing(app: Flask) -> None:
    token = add(app, "ミドリ")
    browser = app.test_client()
    page, again = browser.get(f"/m/enrol/{token}"), browser.get(f"/m/enrol/{token}")
    secret = credentials.totp_secret(token, keys_of(app))
    assert secret[:4] in page.text
    assert "ミドリ" in page.text
    assert secret[-4:] in again.text
    picture = browser.get(f"/m/enrol/{token}/qr")
    assert picture.mimetype == "image/svg+xml"
    assert b"<svg" in picture.data
    with app.app_context():
        moderator = staff.moderator_named("ミドリ")
        assert moderator.totp_sealed == moderator.password_hash == ""
        assert token.encode() not in bytes(moderator.enrol_hash or b"")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"password": "みじかい", "again": "みじかい"}, "十二文字以上にしてください。"),
        ({"again": "ちがう言葉をならべたもの"}, "二つのパスワードがそろっていません。"),
        ({"code": "000000"}, "コードが合いませんでした。"),
    ],
)
def test_what_does_not_fit_at_enrolment_is_said_and_the_link_stays(
    app: Flask, fields: dict[str, str], said: str
) -> None:
    token = add(app, "ミドリ")
    browser = app.test_client()
    page = browser.get(f"/m/enrol/{token}")
    right = {"password": PASSWORD, "again": PASSWORD, "code": code_for(app, token)}
    answer = browser.post(f"/m/enrol/{token}", data=fields_of(page.text) | right | fields)
    assert answer.status_code == 422
    assert said in answer.text
    assert browser.get(f"/m/enrol/{token}").status_code == 200


def test_nothing_of_a_password_or_a_link_stands_in_the_database_in_clear(app: Flask, desk: Desk) -> None:
    with app.app_context():
        moderator = staff.moderator_named("アオ")
        assert moderator.password_hash.startswith("$argon2id$")
        assert credentials.totp_secret(desk.token, runtime().keys) not in moderator.totp_sealed
        assert moderator.enrol_hash is None


def test_the_command_adds_lists_disables_and_resets(app: Flask) -> None:
    runner = app.test_cli_runner()
    added = runner.invoke(moderators_command, ["add", "Cさん", "--role", "lead"])
    assert added.exit_code == 0
    assert added.output.startswith("/m/enrol/")
    assert "lead\tinvited" in runner.invoke(moderators_command, ["list"]).output
    twice = runner.invoke(moderators_command, ["add", "Cさん"])
    assert twice.exit_code == 1
    assert "already" in twice.output
    assert runner.invoke(moderators_command, ["disable", "Cさん"]).output == "disabled\n"
    assert app.test_client().get(added.output.strip()).status_code == 404
    assert runner.invoke(moderators_command, ["reset", "Cさん"]).output.startswith("/m/enrol/")
    assert runner.invoke(moderators_command, ["disable", "Dさん"]).exit_code == 1
    with app.app_context():
        acts = set(db.session.scalars(select(AuditEntry.action)))
        assert {"moderator_added", "moderator_disabled", "moderator_reset"} <= acts
        assert set(db.session.scalars(select(AuditEntry.role))) == {"operator"}


def test_a_board_without_moderators_makes_the_first_one_once(app: Flask) -> None:
    with app.app_context():
        begin_writing()
        first = staff.first_enrolment(keys=runtime().keys)
        again = staff.first_enrolment(keys=runtime().keys)
        db.session.commit()
        assert first is not None
        assert again is not None
        assert db.session.scalars(select(Moderator)).one().role == "operator"
    browser = app.test_client()
    assert browser.get(first).status_code == 404, "the newest link is the one that works"
    assert browser.get(again).status_code == 200


def test_a_board_with_moderators_makes_no_other(app: Flask, desk: Desk) -> None:
    with app.app_context():
        begin_writing()
        assert staff.first_enrolment(keys=runtime().keys) is None


@pytest.mark.parametrize(
    ("name", "role", "code"),
    [("", "lead", "empty"), ("あ" * 41, "lead", "too_long"), ("E", "king", "unknown")],
)
def test_a_moderator_needs_a_name_and_a_role(app: Flask, name: str, role: str, code: str) -> None:
    with app.app_context():
        begin_writing()
        with pytest.raises(errors.Invalid) as refused:
            staff.add_moderator(name=name, role=role, keys=runtime().keys)
        assert refused.value.code == code


def test_the_quick_exit_ends_the_session_of_the_desk(moderator: Staff) -> None:
    assert moderator.opens("/m/").status_code == 200
    moderator.browser.get("/x", headers={"Sec-Fetch-Site": "same-origin"})
    moderator.browser.delete_cookie("x")
    assert moderator.opens("/m/").location == "/m/login"
