"""Passkeys: made at the desk, shown at the door, each answer good once; whatever does not fit opens nothing."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from forum import clock, firing
from forum.extensions import begin_writing, db
from forum.models import AuditEntry, Passkey, Timer
from forum.moderation import ceremony, passkeys, staff
from forum.runtime import runtime
from tests.actors import Staff, fields_of
from tests.authenticator import PRESENT, VERIFIED, Authenticator, text_of
from tests.integration.moderation.scenes import csrf_of
from tests.keeping import Keeper


def asks(browser: FlaskClient, aim: str, page: str = "/m/login") -> dict[str, Any]:
    """What the script does first: it fetches a challenge with the page's own token."""
    token = csrf_of(browser.get(page).text)
    answer = browser.post("/m/challenge", data={"csrf_token": token, "aim": aim})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def makes(moderator: Staff, device: Authenticator, name: str = "台所の電話") -> TestResponse:
    """Add a passkey at the desk."""
    asked = asks(moderator.browser, "new", "/m/keys")
    answer = device.makes(asked["options"])
    return moderator.sends("/m/keys", name=name, box=asked["box"], answer=answer)


def shows(browser: FlaskClient, device: Authenticator, **bent: str) -> TestResponse:
    """Come in with a passkey."""
    asked = asks(browser, "in")
    return sends(browser, box=asked["box"], answer=device.shows(asked["options"]), **bent)


def sends(browser: FlaskClient, **fields: str) -> TestResponse:
    token = csrf_of(browser.get("/m/login").text)
    return browser.post("/m/login/passkey", data={"csrf_token": token} | fields)


def removes(moderator: Staff, path: str) -> TestResponse:
    """Press 外す."""
    token = csrf_of(moderator.opens("/m/keys").text)
    return moderator.browser.post(path, data={"csrf_token": token})


def acts(app: Flask) -> list[tuple[str, str]]:
    with app.app_context():
        rows = db.session.scalars(select(AuditEntry).order_by(AuditEntry.number))
        return [(row.action, row.reason) for row in rows]


@pytest.fixture
def device(moderator: Staff) -> Authenticator:
    """A device whose key was added by the moderator."""
    made = Authenticator()
    answer = makes(moderator, made)
    assert (answer.status_code, answer.location) == (303, "/m/keys"), answer.text
    return made


def test_a_passkey_is_made_at_the_desk_and_opens_it(
    app: Flask, moderator: Staff, device: Authenticator
) -> None:
    assert "台所の電話" in moderator.opens("/m/keys").text
    browser = app.test_client()
    answer = shows(browser, device)
    assert (answer.status_code, answer.location) == (303, "/m/")
    assert browser.get("/m/").status_code == 200
    assert acts(app)[-1] == ("sign_in", "passkey")
    assert "passkey_added" in dict(acts(app))
    with app.app_context():
        assert db.session.scalars(select(Passkey.sign_count)).one() == 1


def test_several_passkeys_have_names_and_each_can_be_taken_away(
    app: Flask, moderator: Staff, device: Authenticator
) -> None:
    other = Authenticator()
    assert makes(moderator, other, name="仕事の鍵").status_code == 303
    page = moderator.opens("/m/keys").text
    assert "仕事の鍵" in page
    assert "台所の電話" in page
    with app.app_context():
        known = {key.name: key.id for key in db.session.scalars(select(Passkey))}
    path = "/m/keys/" + text_of(known["台所の電話"])
    assert removes(moderator, path).status_code == 303
    assert "台所の電話" not in moderator.opens("/m/keys").text
    assert shows(app.test_client(), device).status_code == 422
    assert shows(app.test_client(), other).status_code == 303
    assert "passkey_removed" in dict(acts(app))


@pytest.mark.parametrize(
    ("name", "said"), [("", "名前を付けて"), ("あ" * 41, "40文字"), ("台所の電話", "同じ名前")]
)
def test_a_name_that_does_not_fit_is_said(
    moderator: Staff, device: Authenticator, name: str, said: str
) -> None:
    answer = makes(moderator, Authenticator(), name=name)
    assert answer.status_code == 422
    assert said in answer.text


def test_ten_passkeys_are_the_most(moderator: Staff) -> None:
    for number in range(passkeys.MOST):
        assert makes(moderator, Authenticator(), name=f"鍵{number}").status_code == 303
    answer = makes(moderator, Authenticator(), name="もう一つ")
    assert answer.status_code == 422
    assert "十個まで" in answer.text


def test_nobody_takes_away_anothers_passkey(app: Flask, moderator: Staff, device: Authenticator) -> None:
    other = Staff(app, name="世話人B")
    with app.app_context():
        path = "/m/keys/" + text_of(db.session.scalars(select(Passkey.id)).one())
    assert removes(other, path).status_code == 404
    assert "台所の電話" not in other.opens("/m/keys").text
    assert shows(app.test_client(), device).status_code == 303


def test_an_answer_that_was_seen_once_opens_nothing_again(app: Flask, device: Authenticator) -> None:
    browser = app.test_client()
    asked = asks(browser, "in")
    # A key that does not count: the challenge alone must hold.
    device.count = -1
    with app.app_context():
        db.session.execute(db.update(Passkey).values(sign_count=0))
        db.session.commit()
    seen = {"box": asked["box"], "answer": device.shows(asked["options"])}
    before = browser.get_cookie("m", path="/m")
    assert before is not None
    assert sends(browser, **seen).status_code == 303
    # Even whoever copied the browser's cookie from before.
    again = app.test_client()
    again.set_cookie("m", before.value, path="/m")
    answer = sends(again, **seen)
    assert answer.status_code == 422
    assert "このパスキーでは入れませんでした。" in answer.text
    with app.app_context():
        kinds = list(db.session.scalars(select(Timer.kind)))
        assert kinds.count("challenge") == 2, "one for the key that was made, one for the way in"


def test_a_used_challenge_is_forgotten_when_it_would_have_ended(app: Flask, device: Authenticator) -> None:
    assert shows(app.test_client(), device).status_code == 303
    with clock.frozen(clock.now() + timedelta(seconds=ceremony.SECONDS + 1)), app.app_context():
        begin_writing()
        for kind, target in firing.due_timers():
            firing.fire(kind, target)
        db.session.commit()
        assert "challenge" not in db.session.scalars(select(Timer.kind)).all()


def test_a_challenge_is_good_for_two_minutes(app: Flask, device: Authenticator) -> None:
    browser, now = app.test_client(), clock.now()
    with clock.frozen(now):
        asked = asks(browser, "in")
        answer = device.shows(asked["options"])
    with clock.frozen(now + timedelta(seconds=ceremony.SECONDS)):
        assert sends(browser, box=asked["box"], answer=answer).status_code == 422
    with clock.frozen(now + timedelta(seconds=ceremony.SECONDS - 1)):
        assert sends(browser, box=asked["box"], answer=answer).status_code == 303


def test_a_challenge_is_good_in_the_browser_that_asked_alone(app: Flask, device: Authenticator) -> None:
    asked = asks(app.test_client(), "in")
    assert (
        sends(app.test_client(), box=asked["box"], answer=device.shows(asked["options"])).status_code == 422
    )


def test_a_challenge_is_good_for_its_aim_alone(app: Flask, moderator: Staff, device: Authenticator) -> None:
    asked = asks(moderator.browser, "again", "/m/keys")
    answer = device.shows(asked["options"])
    token = csrf_of(moderator.opens("/m/keys").text)
    fields = {"csrf_token": token, "box": asked["box"], "answer": answer}
    assert moderator.browser.post("/m/login/passkey", data=fields).status_code == 422


def without_its_own_check(device: Authenticator) -> None:
    device.flags = PRESENT


def without_a_touch(device: Authenticator) -> None:
    device.flags = VERIFIED


def at_another_site(device: Authenticator) -> None:
    device.origin = "https://nagi.example"


def with_another_key(device: Authenticator) -> None:
    device.private = Authenticator().private


def as_another_key(device: Authenticator) -> None:
    device.key_id = bytes(32)


@pytest.mark.parametrize(
    "bend", [without_its_own_check, without_a_touch, at_another_site, with_another_key, as_another_key]
)
def test_an_answer_that_does_not_fit_opens_nothing(
    app: Flask, device: Authenticator, bend: Callable[[Authenticator], None]
) -> None:
    bend(device)
    browser = app.test_client()
    answer = shows(browser, device)
    assert answer.status_code == 422
    assert "このパスキーでは入れませんでした。" in answer.text
    assert browser.get("/m/").location == "/m/login"


@pytest.mark.parametrize("bend", [without_its_own_check, at_another_site])
def test_a_key_that_is_made_in_another_way_is_not_kept(
    app: Flask, moderator: Staff, bend: Callable[[Authenticator], None]
) -> None:
    device = Authenticator()
    bend(device)
    answer = makes(moderator, device)
    assert answer.status_code == 422
    assert "受けとれませんでした" in answer.text
    with app.app_context():
        assert db.session.scalars(select(Passkey)).all() == []


def test_one_key_is_nobody_elses_too(app: Flask, moderator: Staff, device: Authenticator) -> None:
    assert makes(Staff(app, name="世話人B"), device).status_code == 422


BROKEN = (
    *("x", "[]", "null", '{"rawId": 5}', '{"rawId": "あ"}', "{" * 5000, "[" * 5000),
    json.dumps({"id": "AA", "rawId": "AA", "type": "public-key", "response": {}}),
)


@pytest.mark.parametrize("broken", BROKEN, ids=range(len(BROKEN)))
def test_whatever_is_sent_in_place_of_an_answer_is_only_refused(
    app: Flask, moderator: Staff, broken: str
) -> None:
    browser = app.test_client()
    asked = asks(browser, "in")
    assert sends(browser, box=asked["box"], answer=broken).status_code == 422
    assert sends(browser, box="あ" * 40, answer=broken).status_code == 422
    new = asks(moderator.browser, "new", "/m/keys")
    assert moderator.sends("/m/keys", name="鍵", box=new["box"], answer=broken).status_code == 422


def test_a_key_whose_count_goes_back_opens_nothing_and_it_is_recorded(
    app: Flask, device: Authenticator
) -> None:
    assert shows(app.test_client(), device).status_code == 303
    device.count -= 1  # a copy of it, which has not heard of that
    answer = shows(app.test_client(), device)
    assert answer.status_code == 422
    assert acts(app)[-1][0] == "passkey_doubted"
    with app.app_context():
        assert db.session.scalars(select(Passkey.sign_count)).one() == 1


def test_of_two_answers_at_once_with_one_count_one_gets_in(app: Flask, device: Authenticator) -> None:
    with app.app_context():
        keys = runtime().keys
        site = ceremony.Site("localhost", "http://localhost", "凪")
        shown = []
        for _one in range(2):
            box = ceremony.new_challenge(aim="in", owner=bytes(16), browser="b", keys=keys)
            opened = ceremony.opened_challenge(box=box, aim="in", owner=bytes(16), browser="b", keys=keys)
            options = ceremony.options_for_answer(box=box, site=site, keys=keys)
            device.count = 0
            shown.append(passkeys.check(answer=device.shows(options), challenge=opened, site=site))
        begin_writing()
        passkeys.take(shown=shown[0], keys=keys)
        with pytest.raises(ceremony.PasskeyRefused):
            passkeys.take(shown=shown[1], keys=keys)


def test_a_disabled_moderators_passkey_opens_nothing(
    app: Flask, moderator: Staff, device: Authenticator
) -> None:
    with app.app_context():
        begin_writing()
        staff.disable_moderator(moderator=staff.moderator_named(moderator.name), keys=runtime().keys)
        db.session.commit()
    assert shows(app.test_client(), device).status_code == 422


def test_a_new_way_in_ends_every_passkey(app: Flask, moderator: Staff, device: Authenticator) -> None:
    with app.app_context():
        begin_writing()
        staff.reset_moderator(moderator=staff.moderator_named(moderator.name), keys=runtime().keys)
        db.session.commit()
        assert db.session.scalars(select(Passkey)).all() == []
    assert shows(app.test_client(), device).status_code == 422


def test_strangers_get_no_challenge_for_keys(app: Flask) -> None:
    browser = app.test_client()
    token = csrf_of(browser.get("/m/login").text)
    for aim in ("new", "again"):
        assert browser.post("/m/challenge", data={"csrf_token": token, "aim": aim}).status_code == 403
    assert browser.post("/m/challenge", data={"csrf_token": "x", "aim": "in"}).status_code == 422
    assert browser.post("/m/challenge", data={"csrf_token": token, "aim": "out"}).status_code in {403, 422}


def test_a_challenge_tells_nobody_who_has_passkeys(app: Flask, device: Authenticator) -> None:
    options = asks(app.test_client(), "in")["options"]
    assert options["allowCredentials"] == []
    assert options["userVerification"] == "required"
    assert text_of(device.key_id) not in json.dumps(options)


def test_asking_for_a_challenge_stores_nothing(app: Flask, moderator: Staff) -> None:
    with app.app_context():
        before = len(db.session.scalars(select(Timer)).all())
    for _time in range(5):
        asks(app.test_client(), "in")
    with app.app_context():
        assert len(db.session.scalars(select(Timer)).all()) == before


def test_at_an_address_without_a_name_there_are_no_passkeys_and_the_other_way_is_whole(app: Flask) -> None:
    page = app.test_client().get("/m/login", base_url="http://127.0.0.1:8000")
    assert "passkey.js" not in page.text
    assert fields_of(page.text, "/m/login").keys() >= {"name", "password", "code"}


def test_without_script_the_login_shows_the_whole_other_way_and_no_dead_button(app: Flask) -> None:
    page = app.test_client().get("/m/login").text
    part = page[page.index("data-passkey=") : page.index("パスキーで入る")]
    assert " hidden>" in part, "the script uncovers the button it serves"
    assert 'type="button"' in part
    assert page.index('name="password"') < page.index("data-passkey=")


def test_the_script_is_served_by_the_board_under_a_policy_without_inline_script(app: Flask) -> None:
    page = app.test_client().get("/m/login")
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    script = app.test_client().get("/static/passkey.js")
    assert script.mimetype == "text/javascript"
    assert not any(word in script.text for word in ("innerHTML", "eval(", "document.write", "http:"))
    assert len(script.data) < 5000


def test_passkeys_may_be_asked_for_on_the_desk_alone(app: Flask) -> None:
    def allowed(path: str) -> bool:
        return "publickey-credentials-get=(self)" in app.test_client().get(path).headers["Permissions-Policy"]

    assert allowed("/m/login")
    assert not any(allowed(path) for path in ("/", "/n/r2", "/me", "/en/", "/mm"))


def test_a_passkey_that_was_removed_does_not_come_back_with_a_backup(app: Flask, moderator: Staff) -> None:
    device, keeper = Authenticator(), Keeper(app)
    assert makes(moderator, device).status_code == 303
    file = keeper.backs_up()
    with app.app_context():
        path = "/m/keys/" + text_of(db.session.scalars(select(Passkey.id)).one())
    assert removes(moderator, path).status_code == 303
    keeper.restores(file)
    with app.app_context():
        assert db.session.scalars(select(Passkey)).all() == []


def test_a_passkey_that_stands_comes_back_with_a_backup(app: Flask, moderator: Staff) -> None:
    device, keeper = Authenticator(), Keeper(app)
    assert makes(moderator, device).status_code == 303
    keeper.restores(keeper.backs_up())
    assert shows(app.test_client(), device).status_code == 303
