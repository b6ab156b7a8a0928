"""People of the tests: they open pages, read forms off them and send them, token and all."""

import re
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pyotp
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from forum import clock, firing
from forum.extensions import begin_writing, db
from forum.models import Decision, Moderator
from forum.moderation import credentials, pending, staff
from forum.moderation.wishes import Wish
from forum.runtime import runtime


class _Fields(HTMLParser):
    """The fields of the form that posts to ``action`` (one without an action posts to its own page)."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action = action
        self.fields: dict[str, str] = {}
        self._inside = False
        self._done = False
        self._area: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("method") == "post" and not self._done:
            self._inside = given.get("action", self.action) == self.action
        if not self._inside:
            return
        name = given.get("name", "")
        if tag == "textarea":
            self._area = name
            self.fields[name] = ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and ("selected" in given or self._select not in self.fields):
            self.fields[self._select] = given.get("value", "")
        elif tag == "input" and name:
            kind = given.get("type", "text")
            if kind in {"radio", "checkbox"} and "checked" not in given:
                return
            self.fields[name] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self._inside:
            self._inside, self._done = False, True
        if tag == "textarea":
            self._area = None
        if tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._inside and self._area is not None:
            self.fields[self._area] += data


def fields_of(html: str, action: str = "") -> dict[str, str]:
    """What a browser would send to ``action`` with its form on this page, untouched."""
    parser = _Fields(action)
    parser.feed(html)
    return {name: value.lstrip("\n") for name, value in parser.fields.items()}


def let_pass(app: Flask, seconds: int = pending.SECONDS + 1) -> None:
    """Let the seconds pass after which decisions take effect: the board's own work carries them out."""
    with app.app_context(), clock.frozen(clock.now() + timedelta(seconds=seconds)):
        for kind, target in firing.due_timers():
            if kind == pending.KIND:
                begin_writing()
                firing.fire(kind, target)
                db.session.commit()
        db.session.remove()


def decide_at_once(
    *,
    case_id: bytes,
    version: int,
    revision: int,
    moderator: Moderator,
    audit_key: bytes,
    in_time: bool = True,
    **wish: Any,
) -> Decision | None:
    """Press and carry out in one transaction, as if nothing could happen in between."""
    wish["mask_spans"] = tuple(wish.get("mask_spans", ()))
    pending.decide(
        case_id=case_id,
        version=version,
        revision=revision,
        moderator=moderator,
        wish=Wish(**wish),
        in_time=in_time,
        audit_key=audit_key,
    )
    return pending.carry_out(case_id=case_id, audit_key=audit_key)


class Reader:
    """Somebody with a browser."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.browser: FlaskClient = app.test_client()

    def opens(self, path: str, **kwargs: Any) -> TestResponse:
        """Open a page."""
        return self.browser.get(path, **kwargs)

    def sends(self, path: str, *, form: str | None = None, **fields: Any) -> TestResponse:
        """Open the form at ``form`` (or ``path``), fill these fields in, and send it to ``path``."""
        page = self.browser.get(form or path)
        assert page.status_code == 200, (page.status_code, page.text[:2000])
        return self.browser.post(path, data=fields_of(page.text, path) | fields)


class Writer(Reader):
    """Somebody who writes; ``post_id`` and ``thread_id`` are those of the last thing written."""

    post_id = ""
    thread_id = ""

    def vents(self, body: str, *, theme: str = "r2", **fields: Any) -> TestResponse:
        """Start a thread."""
        return self._keep(self.sends(f"/n/{theme}", body=body, **fields))

    def replies(self, thread_id: str, body: str, **fields: Any) -> TestResponse:
        """Answer."""
        return self._keep(self.sends(f"/t/{thread_id}/r", body=body, **fields))

    def reacts(self, post_id: str, kind: str) -> TestResponse:
        """Answer without words."""
        return self.sends(f"/p/{post_id}/k", kind=kind)

    def flags(self, post_id: str, reason: str, note: str = "") -> TestResponse:
        """Tell the caretakers."""
        return self.sends(f"/p/{post_id}/f", reason=reason, note=note)

    def tells(self, thread_id: str, body: str, kind: str = "aftermath", **fields: Any) -> TestResponse:
        """Add words to a thread of one's own: その後, or the last ones (``last``)."""
        return self._keep(self.sends(f"/t/{thread_id}/l", body=body, kind=kind, **fields))

    def ends(self, thread_id: str, act: str = "close", **fields: Any) -> TestResponse:
        """Decide about a thread of one's own: ``close``, ``open`` or ``prolong``."""
        return self.sends(f"/t/{thread_id}/l", act=act, **fields)

    def folds(self, post_id: str, way: str = "fold") -> TestResponse:
        """Fold whoever wrote this post in its thread, or show them again (``unfold``)."""
        return self.sends(f"/p/{post_id}/h", way=way)

    def _keep(self, answer: TestResponse) -> TestResponse:
        page = answer
        if answer.status_code == 303:
            found = re.search(r"/p/([\w-]{22})/ok", answer.location)
            assert found, answer.location
            self.post_id = found[1]
            page = self.browser.get(answer.location)
        if page.status_code == 200 and (thread := re.search(r"/t/([\w-]{22})", page.text)):
            self.thread_id = thread[1]
        return answer


class Staff(Reader):
    """A moderator: enrolled through the one-time link, signed in by it."""

    PASSWORD = "a quiet sea in the evening"

    def __init__(self, app: Flask, name: str = "世話人A", role: str = "moderator") -> None:
        super().__init__(app)
        self.name = name
        with app.app_context():
            rt = runtime()
            begin_writing()
            _moderator, token = staff.add_moderator(name=name, role=role, keys=rt.keys)
            db.session.commit()
            self.secret = credentials.totp_secret(token, rt.keys)
        page = f"/m/enrol/{token}"
        answer = self.sends(page, password=self.PASSWORD, again=self.PASSWORD, code=self.code())
        assert answer.status_code == 303, answer.text

    def code(self) -> str:
        """The six digits of this moment."""
        return pyotp.TOTP(self.secret).at(int(clock.now().timestamp()))

    def signs_in(self) -> TestResponse:
        """Come back after a while, with password and code."""
        return self.sends("/m/login", name=self.name, password=self.PASSWORD, code=self.code())

    def cases(self) -> list[str]:
        """The ids of the cases on the list, in its order."""
        return list(dict.fromkeys(re.findall(r"/m/c/([\w-]{22})", self.opens("/m/").text)))

    def takes(self, case_id: str) -> TestResponse:
        """Press 開く in the list."""
        return self.sends(f"/m/c/{case_id}/open", form="/m/")

    def decides(self, case_id: str, outcome: str, *, press_only: bool = False, **fields: Any) -> TestResponse:
        """Decide on a case that was taken, and let the fifteen seconds pass (or only press)."""
        answer = self.sends(f"/m/c/{case_id}", form=f"/m/c/{case_id}?form=1", outcome=outcome, **fields)
        if answer.status_code == 303 and not press_only:
            let_pass(self.app)
        return answer

    def undoes(self, case_id: str) -> TestResponse:
        """Press 取り消す in the list."""
        return self.sends(f"/m/c/{case_id}/undo", form="/m/")

    def moves(self, case_id: str, act: str, **fields: Any) -> TestResponse:
        """Press one of the buttons beside the decision, on a case that was taken."""
        page = self.browser.get(f"/m/c/{case_id}")
        sent = fields_of(page.text, f"/m/c/{case_id}") or fields_of(page.text, f"/m/c/{case_id}/move")
        return self.browser.post(f"/m/c/{case_id}/move", data=sent | {"act": act} | fields)
