"""People of the tests: they open pages, read forms off them and send them, token and all."""

import re
from html.parser import HTMLParser
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

FORM_PATH = "form"


class _Fields(HTMLParser):
    """The fields of the first form that posts, with their present values."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._inside = False
        self._done = False
        self._area: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("method") == "post" and not self._done:
            self._inside = True
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


def fields_of(html: str) -> dict[str, str]:
    """What a browser would send with the first form of this page, untouched."""
    parser = _Fields()
    parser.feed(html)
    return {name: value.lstrip("\n") for name, value in parser.fields.items()}


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
        return self.browser.post(path, data=fields_of(page.text) | fields)


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
