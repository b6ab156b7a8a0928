"""The headers of an answer are the same whatever happened: each once, with these very words."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from forum.extensions import begin_writing, db
from forum.moderation import state
from tests.actors import Reader, Writer, fields_of

BODY = "夜の台所で、白湯を飲んでいます。"
EXACTLY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}
# What would tell where somebody is, hear or see them, or write to what leaves the page. Others may be denied, too.
DENIED = {
    f"{feature}=()"
    for feature in (
        *(
            "accelerometer",
            "browsing-topics",
            "camera",
            "clipboard-read",
            "compute-pressure",
            "display-capture",
        ),
        *("geolocation", "gyroscope", "idle-detection", "interest-cohort", "local-fonts", "magnetometer"),
        *("microphone", "midi", "payment", "publickey-credentials-get", "screen-wake-lock", "serial", "usb"),
    )
}
NEVER = ("ETag", "Last-Modified", "Server", "Expires", "Vary", "X-Powered-By")
Answers = Iterator[tuple[int, TestResponse]]


def in_every_state(make_app: Callable[..., Flask], prefix: str) -> Answers:
    """One answer of each status that the board gives, with the status that is meant."""
    app = make_app()
    writer, reader = Writer(app), Reader(app)
    writer.vents(BODY)
    post, thread = f"{prefix}/p/{writer.post_id}", f"{prefix}/t/{writer.thread_id}"
    yield 200, reader.opens(thread)
    yield 303, reader.browser.post(f"{prefix}/s", data={"q": "台所"})
    yield 303, writer.browser.get(f"{prefix}/x", headers={"Sec-Fetch-Site": "same-origin"})
    yield 303, writer.opens(thread)  # within the minute after the exit
    writer.browser.delete_cookie("x")
    yield (
        403,
        reader.browser.post(f"{thread}/r", data={"body": BODY}, headers={"Sec-Fetch-Site": "cross-site"}),
    )
    yield 404, reader.opens(f"{prefix}/t/{'A' * 22}")
    yield 404, reader.opens(f"{post}/ok")
    yield 405, reader.browser.put(f"{prefix}/me")
    yield 422, reader.sends(f"{thread}/r", body="")
    yield 413, reader.browser.post(f"{thread}/r", data={"body": "あ" * 400_000})
    yield from after_a_change(app, reader, post, thread)
    yield from under_limits(make_app, thread)


def after_a_change(app: Flask, reader: Reader, post: str, thread: str) -> Answers:
    page = reader.opens(f"{thread}/r").text
    with app.app_context():
        begin_writing()
        state.pause(True)
        db.session.commit()
    yield 503, reader.browser.post(f"{thread}/r", data=fields_of(page, f"{thread}/r") | {"body": BODY})
    with app.app_context():
        begin_writing()
        state.pause(False)
        db.session.execute(db.text("UPDATE thread SET is_locked = true"))
        db.session.commit()
    yield 409, reader.browser.post(f"{thread}/r", data=fields_of(page, f"{thread}/r") | {"body": BODY})
    flag = reader.opens(f"{post}/f").text
    with app.app_context():
        begin_writing()
        db.session.execute(db.text("UPDATE post SET status = 'removed'"))
        db.session.commit()
    yield 410, reader.browser.post(f"{post}/f", data=fields_of(flag, f"{post}/f") | {"reason": "other"})


def under_limits(make_app: Callable[..., Flask], thread: str) -> Answers:
    app = make_app(limit_search="1 per minute", limit_bucket_factor="1")
    reader, prefix = Reader(app), thread.partition("/t/")[0]
    reader.browser.post(f"{prefix}/s", data={"q": "台所"})
    yield 429, reader.browser.post(f"{prefix}/s", data={"q": "台所"})
    db_is_gone = make_app()
    with db_is_gone.app_context():
        begin_writing()
        db.session.execute(db.text("ALTER TABLE participant RENAME TO elsewhere"))
        db.session.commit()
    yield 500, Reader(db_is_gone).opens(thread)


@pytest.mark.makes_faults
@pytest.mark.parametrize("prefix", ["", "/en"])
def test_every_status_carries_the_same_headers_each_once(make_app: Callable[..., Flask], prefix: str) -> None:
    met = set()
    for status, answer in in_every_state(make_app, prefix):
        assert answer.status_code == status, answer.text[:500]
        met.add(status)
        told = {name: answer.headers.getlist(name) for name in EXACTLY}
        assert told == {name: [value] for name, value in EXACTLY.items()}, status
        (denied,) = answer.headers.getlist("Permissions-Policy")
        assert set(denied.split(", ")) >= DENIED, status
        assert not [name for name in NEVER if name in answer.headers], status
    assert met == {200, 303, 403, 404, 405, 409, 410, 413, 422, 429, 500, 503}
