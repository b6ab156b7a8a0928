"""Scenes of the desk's tests: a thread with a reply, moderators who enrolled, and what they see and press."""

import re
from dataclasses import dataclass
from datetime import timedelta

import pyotp
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from forum import clock, ids
from forum.extensions import begin_writing, db
from forum.identity.keys import Keys
from forum.models import Case, Participant, Post, Theme, Thread
from forum.moderation import credentials, lifecycle, staff
from forum.moderation.cases import open_case
from forum.runtime import runtime
from tests.actors import fields_of, let_pass

PASSWORD = "静かな海と三つの灯台のある朝"
BODY = "波止ノ沢は小さな町で、診療所の受付をしています。"


@dataclass(frozen=True)
class Scene:
    """A thread: its opening post and one reply, by two writers."""

    thread_id: bytes
    opening_id: bytes
    reply_id: bytes


def keys_of(app: Flask) -> Keys:
    with app.app_context():
        return runtime().keys


def set_scene(
    app: Flask, *, reply_status: str = "live", body: str = BODY, title: str = "会わない日のこと"
) -> Scene:
    """Put a thread with one reply into the database."""
    with app.app_context():
        begin_writing()
        theme = db.session.query(Theme).order_by(Theme.position).first()
        assert theme is not None
        thread_id, opening_id = ids.new_id(), ids.new_id()
        thread = Thread(
            id=thread_id,
            theme_code=theme.code,
            opening_id=opening_id,
            title=title,
            wish="listen",
            lifetime_days=365,
            created_day=clock.today(),
            ends_on=clock.today() + timedelta(days=365),
            status="scheduled",
            bumped_day=clock.today(),
            pepper_version=1,
        )
        db.session.add(thread)
        db.session.flush()
        opening = _post(thread, _hand(thread_id, 1, opener=True), "はじめの投稿です。", post_id=opening_id)
        lifecycle.place(thread, opening, "live")
        reply = _post(thread, _hand(thread_id, 2), body)
        lifecycle.place(thread, reply, reply_status)
        scene = Scene(thread_id, opening_id, reply.id)
        db.session.commit()
    return scene


def _hand(thread_id: bytes, number: int, *, opener: bool = False) -> Participant:
    hand = Participant(thread_id=thread_id, tag=ids.new_id(), adjective=number, noun=number, is_opener=opener)
    db.session.add(hand)
    db.session.flush()
    return hand


def _post(thread: Thread, hand: Participant, body: str, post_id: bytes | None = None) -> Post:
    post = Post(
        id=post_id or ids.new_id(),
        thread_id=thread.id,
        participant_id=hand.id,
        status="scheduled",
        source=body,
        html=f"<p>{body}</p>",
        day=clock.today(),
        revision=1,
    )
    db.session.add(post)
    db.session.flush()
    return post


def add_hands(app: Flask, thread_id: bytes, count: int) -> list[bytes]:
    """More participants of a thread, who may flag."""
    with app.app_context():
        begin_writing()
        made = [_hand(thread_id, 10 + number).id for number in range(count)]
        db.session.commit()
    return made


def open_one(
    app: Flask, post_id: bytes, *, lane: int = 2, source: str = "screening", findings: object = ()
) -> str:
    """Open a case about a post and return its id as it stands in addresses."""
    with app.app_context():
        begin_writing()
        post = db.session.get_one(Post, post_id)
        case = open_case(post=post, lane=lane, source=source, hour=0, findings=findings)  # type: ignore[arg-type]
        text = ids.to_text(case.id)
        db.session.commit()
    return text


def case_now(app: Flask, case_id: str) -> Case:
    """The case as the database has it, detached."""
    with app.app_context():
        case = db.session.get_one(Case, ids.from_text(case_id))
        db.session.expunge(case)
        return case


def post_now(app: Flask, post_id: bytes) -> Post:
    """The post as the database has it, detached."""
    with app.app_context():
        post = db.session.get_one(Post, post_id)
        db.session.expunge(post)
        return post


def add(app: Flask, name: str, role: str = "moderator") -> str:
    """A moderator without a password; returns the token of the link."""
    with app.app_context():
        begin_writing()
        _moderator, token = staff.add_moderator(name=name, role=role, keys=runtime().keys)
        db.session.commit()
    return token


def code_for(app: Flask, token: str) -> str:
    """The code an authenticator shows now."""
    secret = credentials.totp_secret(token, keys_of(app))
    return pyotp.TOTP(secret).at(int(clock.now().timestamp()))


class Desk:
    """A moderator at the desk, with a browser of their own."""

    def __init__(self, app: Flask, name: str = "アオ") -> None:
        self.app = app
        self.name = name
        self.token = add(app, name)
        self.browser: FlaskClient = app.test_client()
        # Two minutes ago, so that the next code of the same device is a new one.
        with clock.frozen(clock.now() - timedelta(minutes=2)):
            page = self.browser.get(f"/m/enrol/{self.token}")
            answer = self.browser.post(
                f"/m/enrol/{self.token}",
                data=fields_of(page.text)
                | {"password": PASSWORD, "again": PASSWORD, "code": code_for(app, self.token)},
            )
        assert answer.status_code == 303, answer.text

    def opens(self, case_id: str) -> TestResponse:
        """Take a case and read it."""
        token = csrf_of(self.browser.get(f"/m/c/{case_id}").text)
        answer = self.browser.post(f"/m/c/{case_id}/open", data={"csrf_token": token})
        assert answer.status_code == 303, answer.text
        return self.browser.get(f"/m/c/{case_id}")

    def decides(self, case_id: str, page: TestResponse, **fields: str) -> TestResponse:
        """Send the decision form of a page read before, and let the fifteen seconds pass."""
        answer = self.presses(case_id, page, **fields)
        if answer.status_code == 303:
            let_pass(self.app)
        return answer

    def presses(self, case_id: str, page: TestResponse, **fields: str) -> TestResponse:
        """Only send the form."""
        return self.browser.post(f"/m/c/{case_id}", data=decision_fields(page.text) | fields)


def csrf_of(html: str) -> str:
    """The token of the page's forms."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', html)
    assert found, html[:1500]
    return found[1]


def decision_fields(html: str) -> dict[str, str]:
    """What the decision form sends untouched, without the marks that are ticked."""
    found = re.search(r'<form method="post" action="(/m/c/[\w-]{22})"', html)
    assert found, html[:3000]
    return {name: value for name, value in fields_of(html, found[1]).items() if name != "marks"}
