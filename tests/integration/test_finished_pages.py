"""Finished pages: kept for readers only, and forgotten with the next write of anybody."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask import Flask, request, request_started
from flask.testing import FlaskClient
from sqlalchemy import text

from forum import clock, ids, shelf
from forum.extensions import begin_writing, db
from forum.models import Post
from forum.moderation import lifecycle
from forum.shelf import Shelf
from forum.web import finished
from tests.actors import Reader, Writer

WORDS = "夜の台所で、ひとり白湯を飲んでいます。"


@contextmanager
def made_anew(app: Flask) -> Iterator[list[str]]:
    """The pages that Flask was asked for inside the block: none when every one was there already."""
    names: list[str] = []

    def note(_sender: Flask, **_rest: object) -> None:
        names.append(request.endpoint or "")

    with request_started.connected_to(note, app):
        yield names


def is_kept(app: Flask, browser: FlaskClient, path: str) -> bool:
    with made_anew(app) as names:
        assert browser.get(path).status_code == 200
    return not names


@pytest.fixture
def thread(writer: Writer) -> str:
    writer.vents(WORDS)
    return f"/t/{writer.thread_id}"


def test_a_second_reader_gets_the_page_of_the_first(app: Flask, reader: Reader, thread: str) -> None:
    first = reader.opens(thread)
    with made_anew(app) as names:
        second = app.test_client().get(thread)
    assert not names
    assert (second.data, list(second.headers)) == (first.data, list(first.headers))


def test_each_language_host_and_query_has_its_own(app: Flask, client: FlaskClient, thread: str) -> None:
    client.get(thread)
    assert not is_kept(app, client, "/en" + thread)
    assert not is_kept(app, client, thread + "?p=new")
    with made_anew(app) as names:
        client.get(thread, headers={"Host": "other.example"})
    assert names


def test_whoever_carries_a_cookie_passes_by(
    app: Flask, client: FlaskClient, writer: Writer, thread: str
) -> None:
    client.get(thread)
    assert not is_kept(app, writer.browser, thread)
    assert ">あなた</span>" not in client.get(thread).text


def test_a_page_that_is_the_same_for_everybody_is_kept_for_whoever_carries_a_cookie(
    app: Flask, client: FlaskClient, writer: Writer, other: Writer, thread: str
) -> None:
    other.opens("/n/r2")
    for path in ("/", "/b/r2", "/en/help"):
        assert writer.opens(path).text == client.get(path).text
        assert is_kept(app, other.browser, path)


def test_whoever_has_left_is_led_away_from_what_is_kept(app: Flask, writer: Writer, thread: str) -> None:
    writer.opens("/")
    writer.browser.set_cookie("x", "")
    assert writer.browser.get("/").status_code == 303


def test_every_write_ends_what_was_kept(app: Flask, client: FlaskClient, other: Writer, thread: str) -> None:
    for path in (thread, "/", "/b/r2"):
        client.get(path)
        assert is_kept(app, client, path)
    other.replies(thread.removeprefix("/t/"), "わたしも、同じ夜にいます。")
    for path in (thread, "/", "/b/r2"):
        assert not is_kept(app, client, path)
    assert "同じ夜にいます" in client.get(thread).text


def test_a_deleted_text_is_served_to_nobody(
    app: Flask, client: FlaskClient, writer: Writer, other: Writer
) -> None:
    writer.vents(WORDS)
    other.replies(writer.thread_id, "消すつもりの返事です。")
    path = f"/t/{writer.thread_id}"
    assert "消すつもり" in client.get(path).text
    assert other.sends(f"/p/{other.post_id}/d").status_code in {200, 303}
    assert "消すつもり" not in client.get(path).text


def test_another_process_that_writes_is_noticed(
    app: Flask, make_app: Callable[..., Flask], client: FlaskClient, writer: Writer, thread: str
) -> None:
    client.get(thread)
    beside = make_app()
    with beside.app_context():
        begin_writing()
        db.session.execute(text("UPDATE thread SET title = '変わった題'"))
        db.session.commit()
    assert "変わった題" in client.get(thread).text


def test_on_postgres_another_connection_that_writes_is_noticed(postgres_app: Flask) -> None:
    writer = Writer(postgres_app)
    writer.vents(WORDS)
    client, path = postgres_app.test_client(), f"/t/{writer.thread_id}"
    # Whatever is written anywhere on this server ends what is kept, and other tests write there meanwhile.
    assert any(is_kept(postgres_app, client, path) for _ in range(100))
    with postgres_app.app_context():
        begin_writing()
        lifecycle.remove(db.session.get(Post, ids.from_text(writer.post_id)))
        db.session.commit()
    assert WORDS not in client.get(path).text


def test_a_minute_is_the_longest(app: Flask, client: FlaskClient, thread: str) -> None:
    now = clock.now().replace(second=5)
    with clock.frozen(now):
        client.get(thread)
    with clock.frozen(now + timedelta(seconds=50)):
        assert is_kept(app, client, thread)
    with clock.frozen(now + timedelta(seconds=56)):
        assert not is_kept(app, client, thread)


def test_nothing_is_kept_while_the_database_does_not_answer() -> None:
    kept = Shelf(lambda: None)
    ask(pages_on(kept, b"words"), "/")
    assert not kept._things


def test_memory_is_bounded_and_what_was_asked_last_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "MOST_BYTES", 2_500)
    kept = Shelf(lambda: 1)
    pages = pages_on(kept, b"x" * 1_000)
    for path in ("/a", "/b", "/a", "/c"):
        ask(pages, path)
    assert [key[3] for key in kept._things] == ["/a", "/c"]
    assert kept._bytes == 2_000


def test_only_pages_that_take_no_form_are_kept(app: Flask) -> None:
    rules = {rule.endpoint: rule for rule in app.url_map.iter_rules()}
    assert rules.keys() >= finished.FOR_READERS
    assert not [name for name in finished.FOR_READERS if "POST" in (rules[name].methods or ())]


def pages_on(kept: Shelf, body: bytes) -> finished.FinishedPages:
    return finished.FinishedPages(answer(body), kept, Shelf(lambda: 1), left="x")


def answer(body: bytes) -> Callable[..., list[bytes]]:
    def app(environ: dict[str, object], start_response: Callable[..., object]) -> list[bytes]:
        environ[finished.KEEP] = True
        start_response("200 OK", [])
        return [body]

    return app


def ask(pages: finished.FinishedPages, path: str) -> None:
    pages({"REQUEST_METHOD": "GET", "PATH_INFO": path}, lambda *_: None)
