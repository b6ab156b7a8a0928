"""Search as a reader meets it: words, handles, sealed addresses, and nothing left behind."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.test import TestResponse

from forum import clock, ids
from forum.cli import work
from forum.cli.search import rebuild_index
from forum.extensions import begin_writing, db
from forum.identity.sealed import seal_query
from forum.models import Participant, Post, Thread
from forum.moderation import lifecycle
from forum.runtime import runtime
from forum.search import outbox
from forum.views import search as pages
from tests.actors import Reader, Writer

LONG_AGO = timedelta(hours=3)


@pytest.fixture
def index(app: Flask) -> Callable[[], None]:
    """Brings the index up to date."""

    def bring() -> None:
        with app.app_context():
            while outbox.drain(runtime().search):
                db.session.commit()

    return bring


def looks_for(
    reader: Reader, words: str, theme: str = "", language: str = "", order: str = "best"
) -> TestResponse:
    """Send the form and follow it."""
    sent = reader.browser.post(f"{language}/s", data={"q": words, "b": theme, "o": order})
    assert sent.status_code == 303, sent.text
    return reader.opens(sent.location)


def rows(page: TestResponse) -> list[str]:
    main = page.text.partition("<main")[2]
    return re.findall(r'<a href="(?:/en)?/t/([\w-]{22})', main)


def plain(page: TestResponse) -> str:
    return re.sub("<[^>]+>", "", page.text)


@pytest.mark.parametrize(
    "typed", ["台所", "明", "だいどころ", "ﾀﾞｲﾄﾞｺﾛ", "radio", "明かり 台所", "「明かりだけ」", "明かり -海"]
)
def test_a_story_is_found_by_its_words(
    reader: Reader, writer: Writer, index: Callable[[], None], typed: str
) -> None:
    writer.vents("明かりだけつけて、Radio を聞いています。", title="台所（ダイドコロ）")
    Writer(reader.app).vents("海の話です。")
    index()
    assert rows(looks_for(reader, typed)) == [writer.thread_id]


@pytest.mark.parametrize("typed", ["雪", "明かり -台所", "「かり明」", "😀", "a\x00b"])
def test_nothing_found_is_said_kindly(
    reader: Reader, writer: Writer, index: Callable[[], None], typed: str
) -> None:
    writer.vents("台所の明かりだけつけて。")
    index()
    page = looks_for(reader, typed)
    assert page.status_code == 200
    assert rows(page) == []
    assert "見つかりませんでした" in plain(page)


@pytest.mark.parametrize("typed", ["", "　", "！？。", "-", "\x00"])
def test_a_form_that_asks_for_nothing_is_shown_again(reader: Reader, typed: str) -> None:
    answer = reader.browser.post("/s", data={"q": typed, "b": ""})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_ten_thousand_letters_are_taken(reader: Reader, writer: Writer, index: Callable[[], None]) -> None:
    writer.vents("台所の明かり")
    index()
    assert looks_for(reader, "台所" * 5000).status_code == 200
    assert looks_for(reader, "\U0001f468" * 10_000).status_code == 200


def test_what_was_searched_stands_in_no_address(reader: Reader, writer: Writer) -> None:
    sent = reader.browser.post("/s", data={"q": "himitsu", "b": ""})
    assert "himitsu" not in sent.location
    other = reader.browser.post("/s", data={"q": "himitsu", "b": ""})
    assert sent.location != other.location, "two equal queries look different"
    assert len(sent.location) == len(reader.browser.post("/s", data={"q": "umi", "b": ""}).location)


def test_what_was_searched_stands_in_no_log_no_file_and_no_row(
    make_app: Callable[..., Flask], capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    app = make_app(search="whoosh")
    writer, reader = Writer(app), Reader(app)
    writer.vents("台所の明かりだけつけています。")
    with app.app_context():
        work.drain_into_index()
    secret = "鳳仙花の種を数えた夜"
    for words in (secret, f"明かり {secret}", f"-{secret} 台所", f"「{secret}」"):
        assert looks_for(reader, words).status_code == 200
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    kept = [path.read_bytes() for path in Path(app.instance_path).rglob("*") if path.is_file()]
    said = "".join(capfd.readouterr()) + caplog.text
    for piece in (secret, secret[:5]):
        assert not [text for text in kept if piece.encode() in text]
        assert piece not in said


def test_searching_sets_no_cookie_and_needs_no_token(reader: Reader, writer: Writer) -> None:
    form = reader.opens("/s")
    sent = reader.browser.post("/s", data={"q": "海", "b": ""})
    page = reader.opens(sent.location)
    for answer in (form, sent, page):
        assert "Set-Cookie" not in answer.headers
    assert "csrf_token" not in form.text


def test_an_old_address_shows_an_empty_form(
    reader: Reader, writer: Writer, index: Callable[[], None]
) -> None:
    writer.vents("台所の明かり")
    index()
    sent = reader.browser.post("/s", data={"q": "台所", "b": ""})
    assert rows(reader.opens(sent.location)) == [writer.thread_id]
    with clock.frozen(clock.now() + LONG_AGO):
        page = reader.opens(sent.location)
    assert page.status_code == 200
    assert rows(page) == []
    assert "台所" not in page.text
    assert 'name="q" value=""' in page.text


def test_an_address_of_an_older_version_shows_an_empty_form(app: Flask, reader: Reader) -> None:
    with app.app_context():
        hour = int(clock.now().timestamp() // 3600)
        sealed = seal_query("r1\n台所", runtime().keys.seal, hour)
    page = reader.opens(f"/s/{sealed}")
    assert page.status_code == 200
    assert "もう一度、入れてみてください" in plain(page)


@pytest.mark.parametrize("sealed", ["x", "A" * 200, "AQ" + "b" * 170])
def test_a_foreign_address_shows_an_empty_form(reader: Reader, sealed: str) -> None:
    page = reader.opens(f"/s/{sealed}")
    assert page.status_code == 200
    assert 'name="q" value=""' in page.text


def test_the_found_words_are_marked(reader: Reader, writer: Writer, index: Callable[[], None]) -> None:
    writer.vents("<b>夜</b>の台所で、ラジオを聞いています。")
    index()
    page = looks_for(reader, "らじお").text
    assert "<mark>ラジオ</mark>" in page
    assert "&lt;b&gt;夜&lt;/b&gt;" in page


def test_a_story_with_a_warning_shows_no_piece_of_it(
    reader: Reader, writer: Writer, index: Callable[[], None]
) -> None:
    writer.vents("台所で泣いていました", warning="つらい話")
    index()
    page = looks_for(reader, "台所")
    assert rows(page) == [writer.thread_id]
    assert "泣いて" not in page.text


def test_a_reply_with_a_warning_shows_no_piece_of_it(
    reader: Reader, writer: Writer, other: Writer, index: Callable[[], None]
) -> None:
    writer.vents("おだやかな夜です")
    other.replies(writer.thread_id, "台所で泣いていました", warning="つらい話")
    index()
    page = looks_for(reader, "台所")
    assert rows(page) == [writer.thread_id]
    assert "泣いて" not in page.text


def test_a_thread_stands_once_however_many_of_its_posts_are_found(
    reader: Reader, writer: Writer, other: Writer, index: Callable[[], None]
) -> None:
    writer.vents("台所の明かり")
    other.replies(writer.thread_id, "うちの台所も")
    writer.replies(writer.thread_id, "台所はいいですね")
    index()
    assert rows(looks_for(reader, "台所")) == [writer.thread_id]


def test_a_room_narrows_the_search(
    reader: Reader, writer: Writer, other: Writer, index: Callable[[], None]
) -> None:
    writer.vents("台所の明かり", theme="r2")
    other.vents("台所の明かり", theme="r3")
    index()
    assert set(rows(looks_for(reader, "台所"))) == {writer.thread_id, other.thread_id}
    assert rows(looks_for(reader, "台所", theme="r3")) == [other.thread_id]
    assert len(rows(looks_for(reader, "台所", theme="nowhere"))) == 2, "a room that is not there is no room"


def test_the_best_come_first_or_the_newest(reader: Reader, writer: Writer, index: Callable[[], None]) -> None:
    writer.vents("海の話です。", title="台所")
    later = Writer(reader.app)
    later.vents("台所の明かり。")
    index()
    assert rows(looks_for(reader, "台所")) == [writer.thread_id, later.thread_id]
    with_reply = Writer(reader.app)
    with_reply.vents("山の話です。")
    with_reply.replies(with_reply.thread_id, "台所から読んでいます。")
    index()
    assert rows(looks_for(reader, "台所")) == [writer.thread_id, later.thread_id, with_reply.thread_id]
    assert rows(looks_for(reader, "台所", order="newest"))[0] == with_reply.thread_id
    assert rows(looks_for(reader, "台所", order="nothing known"))[0] == writer.thread_id


def test_a_thread_is_found_by_a_handle_in_it(
    reader: Reader, writer: Writer, other: Writer, index: Callable[[], None]
) -> None:
    writer.vents("台所の明かり")
    other.replies(writer.thread_id, "読みました")
    index()
    page = other.opens(f"/p/{other.post_id}/ok").text
    handle = re.findall(r'class="handle">([^<]+)', page)[0].strip()
    for typed in (handle, f"「{handle}」さん"):
        found = looks_for(reader, typed)
        assert writer.thread_id in rows(found)
        assert "この名前の人がいる話" in plain(found)


def test_the_threads_that_a_name_opened_come_first_and_kana_will_do(
    app: Flask, reader: Reader, writer: Writer, other: Writer
) -> None:
    writer.vents("台所の明かり")
    third = Writer(app)
    third.vents("海の話です")
    other.replies(third.thread_id, "読みました")
    with app.app_context():
        begin_writing()
        for someone in db.session.scalars(db.select(Participant)):
            someone.adjective, someone.noun = (0, 1 if someone.is_opener else 0)
            if someone.thread_id == ids.from_text(writer.thread_id):
                someone.noun = 0
        db.session.commit()
    for typed in ("静かなツバメ", "しずかなつばめ", "シズカナ・ツバメさん"):
        assert rows(looks_for(reader, typed)) == [writer.thread_id, third.thread_id], (
            "the newer one is the other's"
        )


def test_a_handle_whose_posts_are_gone_finds_nothing(
    app: Flask, reader: Reader, writer: Writer, other: Writer, index: Callable[[], None]
) -> None:
    writer.vents("台所の明かり")
    other.replies(writer.thread_id, "読みました")
    page = other.opens(f"/p/{other.post_id}/ok").text
    handle = re.findall(r'class="handle">([^<]+)', page)[0].strip()
    with app.app_context():
        begin_writing()
        lifecycle.erase(db.session.get_one(Post, ids.from_text(other.post_id)))
        db.session.commit()
    index()
    assert "この名前の人がいる話" not in plain(looks_for(reader, handle))


def test_what_was_taken_away_is_not_found_even_before_the_index_knows(
    app: Flask, reader: Reader, writer: Writer, index: Callable[[], None]
) -> None:
    writer.vents("台所の明かり")
    index()
    with app.app_context():
        begin_writing()
        lifecycle.hide(db.session.get_one(Post, ids.from_text(writer.post_id)))
        db.session.commit()
    assert rows(looks_for(reader, "台所")) == []


def test_a_thread_past_its_end_is_not_found(
    reader: Reader, writer: Writer, index: Callable[[], None]
) -> None:
    writer.vents("台所の明かり", lifetime="1")
    index()
    with clock.frozen(clock.now() + timedelta(days=3)):
        assert rows(looks_for(reader, "台所")) == []


def test_the_next_page_goes_on_where_this_one_ends(
    reader: Reader, index: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "HITS_A_PAGE", 2)
    written = set()
    for _ in range(5):
        writer = Writer(reader.app)
        writer.vents("台所の明かり")
        written.add(writer.thread_id)
    index()
    page = looks_for(reader, "台所")
    seen = rows(page)
    while onward := re.search(r'href="(/s/[^"]+\?p=\d+)"', page.text):
        page = reader.opens(onward[1])
        seen += rows(page)
    assert len(seen) == 5
    assert set(seen) == written


@pytest.mark.parametrize("asked", ["0", "-1", "x", "999", "²", "9" * 50, ""])
def test_a_strange_page_number_is_answered(
    reader: Reader, writer: Writer, index: Callable[[], None], asked: str
) -> None:
    writer.vents("台所の明かり")
    index()
    sent = reader.browser.post("/s", data={"q": "台所", "b": ""})
    assert reader.opens(f"{sent.location}?p={asked}").status_code == 200


@pytest.mark.parametrize("room", ["a\nb", "\x00", "x" * 2000, "r99", "\n\n"])
@pytest.mark.parametrize("order", ["", "\n", "newest\nbest"])
def test_any_room_and_any_order_are_an_answer(
    reader: Reader, writer: Writer, index: Callable[[], None], room: str, order: str
) -> None:
    writer.vents("台所の明かり")
    index()
    assert rows(looks_for(reader, "台所", theme=room, order=order)) == [writer.thread_id], (
        "all rooms, the best first"
    )


def test_a_room_narrows_names_too(app: Flask, reader: Reader, writer: Writer) -> None:
    writer.vents("台所の明かり", theme="r1")
    page = writer.opens(f"/p/{writer.post_id}/ok").text
    handle = re.findall(r'class="handle">([^<]+)', page)[0].strip()
    assert rows(looks_for(reader, handle, theme="r1")) == [writer.thread_id]
    assert rows(looks_for(reader, handle, theme="r2")) == []


def test_the_twentieth_page_is_the_last(
    reader: Reader, writer: Writer, index: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "HITS_A_PAGE", 1)
    monkeypatch.setattr(pages, "PAGES", 2)
    for number in range(3):
        Writer(reader.app).vents(f"台所の{'明かり' * (number + 1)}")
    index()
    address = reader.browser.post("/s", data={"q": "台所"}).location
    assert "p=2" in reader.opens(address).text
    last = reader.opens(f"{address}?p=2")
    assert len(rows(last)) == 1
    assert "p=3" not in last.text
    assert rows(reader.opens(f"{address}?p=3")) == rows(last)


def test_a_quiet_story_shows_no_piece_of_it(
    app: Flask, reader: Reader, writer: Writer, index: Callable[[], None]
) -> None:
    writer.vents("台所の明かりだけつけています。")
    with app.app_context():
        begin_writing()
        db.session.get_one(Thread, ids.from_text(writer.thread_id)).is_quiet = True
        db.session.commit()
    index()
    page = looks_for(reader, "台所")
    assert rows(page) == [writer.thread_id]
    assert "<mark>" not in page.text


def test_asking_for_the_head_of_the_form_is_no_fault(reader: Reader) -> None:
    assert reader.browser.head("/s").status_code == 200


def test_the_same_in_english(reader: Reader, writer: Writer, index: Callable[[], None]) -> None:
    writer.vents("Quiet swallows over the sea")
    index()
    sent = reader.browser.post("/en/s", data={"q": "swallow", "b": ""})
    assert sent.location.startswith("/en/s/")
    assert rows(reader.opens(sent.location)) == [writer.thread_id]


def test_a_flood_of_searches_is_asked_to_wait(make_app: Callable[..., Flask]) -> None:
    reader = Reader(make_app(limit_search="1 per minute", limit_bucket_factor="2"))
    answers = [reader.browser.post("/s", data={"q": "海", "b": ""}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [303, 303, 429, 429]
    assert reader.opens(answers[0].location).status_code == 429, "results are searches too"


@pytest.mark.postgres
def test_the_index_may_lie_in_the_database_too(
    make_app: Callable[..., Flask], postgres_url: str, postgres_app: Flask
) -> None:
    app = make_app(search="postgres", database_url=postgres_url)
    writer, reader = Writer(app), Reader(app)
    assert reader.opens("/healthz").status_code == 200
    writer.vents("台所の明かりだけつけて、夜の音を聞いています。", title="台所")
    Writer(app).vents("海の話です。")
    assert rows(looks_for(reader, "台所")) == []
    with app.app_context():
        assert outbox.drain(runtime().search) == 2
        db.session.commit()
    assert rows(looks_for(reader, "台所 明かり")) == [writer.thread_id]
    assert rows(looks_for(reader, "台所", theme="\x00")) == [writer.thread_id]
    assert reader.opens("/healthz").status_code == 200
    with app.app_context(), db.engine.begin() as connection:
        schema = connection.execute(text("SELECT current_schema()")).scalar_one()
        connection.execute(text(f"DROP SCHEMA {schema}_search CASCADE"))
    assert rows(looks_for(reader, "台所")) == []
    with app.app_context():
        assert work.drain_into_index() == 0, "an empty one is filled first"
    assert rows(looks_for(reader, "台所")) == [writer.thread_id]


def test_a_broken_index_is_told_and_the_board_goes_on(make_app: Callable[..., Flask]) -> None:
    app = make_app(search="whoosh")
    writer = Writer(app)
    writer.vents("台所の明かり")
    with app.app_context():
        outbox.drain(runtime().search)
        db.session.commit()
        folder = runtime().settings.instance / "index"
    sent = writer.browser.post("/s", data={"q": "台所", "b": ""})
    assert rows(writer.opens(sent.location)) == [writer.thread_id]
    for path in folder.rglob("*.toc"):
        path.rename(path.with_name(path.name.replace("_posts_", "_posts_9")))
    assert writer.opens(sent.location).status_code == 503
    assert writer.opens("/healthz").status_code == 503
    assert writer.opens("/").status_code == 200
    with app.app_context():
        assert rebuild_index(runtime().search) == 1
    assert rows(writer.opens(sent.location)) == [writer.thread_id]
    assert writer.opens("/healthz").status_code == 200
