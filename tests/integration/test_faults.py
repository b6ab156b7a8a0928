"""A fault of ours: the page is calm, the text comes back, and the log holds a type and a place, never a word."""

import json
import logging

import pytest
from flask import Flask

from forum import logs
from tests.actors import Writer, fields_of

CANARY = "かなりあ五一七"
# What opens something is not handed on by a page of a refusal, other than words.
SECRETS = {"phrase": "ひみつの十二の言葉", "password": "ひみつの合い言葉", "code": "834917"}

pytestmark = pytest.mark.makes_faults


class Broken(Exception):
    """Carries what must not get out."""


def fails(**_arguments: object) -> None:
    raise Broken(CANARY)


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    handler = logging.getLogger(logs.LOGGER).handlers[0]
    written: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            # The log escapes what is not ASCII: read as a person would.
            line = handler.format(record)
            written.append(json.dumps(json.loads(line), ensure_ascii=False))

    kept = Kept()
    kept.addFilter(logs.AllowedFields())
    logging.getLogger(logs.LOGGER).addHandler(kept)
    yield written
    logging.getLogger(logs.LOGGER).removeHandler(kept)


def test_every_handler_that_breaks_tells_nobody_what_it_held(
    app: Flask, writer: Writer, lines: list[str]
) -> None:
    writer.vents("ふつうの話です。")
    cookie = writer.browser.get_cookie("s").value
    example = {"code": "r2", "thread_id": writer.thread_id, "post_id": writer.post_id}
    for endpoint in list(app.view_functions):
        app.view_functions[endpoint] = fails
    for rule in app.url_map.iter_rules():
        if rule.arguments - example.keys():
            continue
        path = rule.rule
        for name, value in example.items():
            path = path.replace(f"<{name}>", value)
        for method in {"GET", "POST"} & (rule.methods or set()):
            answer = writer.browser.open(
                path, method=method, data={"body": "なくさない言葉"} | SECRETS if method == "POST" else None
            )
            # The desk sends strangers away before anything of it can break.
            assert answer.status_code == 500 or (path.startswith("/m/") and answer.status_code in {303, 403})
            assert CANARY not in answer.text
            assert not [secret for secret in SECRETS.values() if secret in answer.text]
            assert cookie not in answer.text
            if method == "POST" and not path.startswith("/m"):
                assert fields_of(answer.text, path)["body"] == "なくさない言葉"
    assert lines
    text = "\n".join(lines)
    assert "Broken" in text
    for secret in (CANARY, cookie, "なくさない言葉", "ふつうの話", *SECRETS.values()):
        assert secret not in text


def test_a_fault_of_the_page_of_faults_tells_nothing_either(
    app: Flask,
    writer: Writer,
    lines: list[str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    app.view_functions["writing.new"] = fails
    monkeypatch.setattr("forum.web.errors.render_template", lambda *_given, **_more: fails())
    answer = writer.browser.post("/n/r2", data={"body": CANARY})
    assert answer.status_code == 500
    assert answer.headers["Cache-Control"] == "no-store"
    said = capfd.readouterr()
    told = "\n".join([answer.text, *lines, said.out, said.err, caplog.text])
    assert "Broken" in told
    assert CANARY not in told


def test_help_stands_on_the_page_of_a_fault_when_the_words_ask_for_it(app: Flask, writer: Writer) -> None:
    app.view_functions["writing.new"] = fails
    answer = writer.browser.post("/n/r2", data={"body": "もう死にたい。今夜で終わりにします。"})
    assert answer.status_code == 500
    assert "0120-279-338" in answer.text


def test_the_health_page_says_nothing_but_usable_or_not(app: Flask, instance) -> None:  # type: ignore[no-untyped-def]
    client = app.test_client()
    assert (client.get("/healthz").status_code, client.get("/healthz").text) == (200, "ok\n")
    for file in instance.glob("nagi.sqlite3*"):
        file.write_bytes(b"not a database" * 100)
    broken = client.get("/healthz")
    assert (broken.status_code, broken.text) == (503, "unwell\n")
