"""言葉を伏せる: after the half hour words can be taken out, at once and for ever, and none put in."""

import re
import sqlite3
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from werkzeug.test import TestResponse

from forum import clock, errors, extensions
from forum.extensions import db
from forum.models import Post, Receipt
from forum.posting.cutting import MARK, cut
from tests.actors import Staff, Writer, fields_of

BODY = "青葉台の駅で、夫の同僚の山田さんに会いました。\n夜になると思い出します。"
CUT = "駅で、会いました。\n夜になると思い出します。"
LETTERS = st.text(alphabet="あいうえお 。\n", max_size=60)


def cuts(app: Flask, writer: Writer, body: str) -> TestResponse:
    with clock.frozen(clock.now() + timedelta(days=40)):
        return writer.sends(f"/p/{writer.post_id}/e", body=body)


def source(app: Flask) -> str:
    with app.app_context():
        return db.session.scalars(db.select(Post.source)).one()


def test_words_go_and_the_text_says_who_took_them(app: Flask, writer: Writer) -> None:
    writer.vents(BODY)
    assert cuts(app, writer, CUT).status_code == 303
    assert source(app) == f"{MARK}駅で、{MARK}会いました。\n夜になると思い出します。"
    page = Writer(app).opens(f"/t/{writer.thread_id}").text
    assert "本人が伏せました" in page
    assert "青葉台" not in page
    assert "山田" not in page


def test_they_are_in_no_table_no_log_and_no_free_page_at_once(
    app: Flask, writer: Writer, instance: Path
) -> None:
    writer.vents(BODY)
    cuts(app, writer, CUT)
    with app.app_context():
        db.session.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    for file in instance.glob("nagi.sqlite3*"):
        raw = file.read_bytes()
        assert "青葉台".encode() not in raw, file
        assert "山田".encode() not in raw, file


def test_freed_pages_are_overwritten_even_where_sqlite_was_built_not_to(tmp_path: Path) -> None:
    # Some systems build it so that it does by itself: there the test above would see no difference.
    with closing(sqlite3.connect(tmp_path / "any.sqlite3")) as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        extensions._set_pragmas(connection, None)  # type: ignore[arg-type]
        assert connection.execute("PRAGMA secure_delete").fetchone() == (1,)


@pytest.mark.parametrize(
    "body",
    [BODY + "足しました。", BODY.replace("夜", "朝"), "山田さん 青葉台", CUT + "。。。"],
    ids=["more", "other", "moved", "dots"],
)
def test_nothing_can_be_put_in_or_moved(app: Flask, writer: Writer, body: str) -> None:
    writer.vents(BODY)
    answer = cuts(app, writer, body)
    assert answer.status_code == 422
    assert "言葉を消すことだけです" in answer.text
    assert body.splitlines()[0] in answer.text
    assert source(app) == BODY


def test_all_of_it_is_a_deletion_and_has_its_own_button(app: Flask, writer: Writer) -> None:
    writer.vents(BODY)
    assert cuts(app, writer, "").status_code == 422
    assert cuts(app, writer, MARK).status_code == 422
    assert source(app) == BODY


def test_a_second_cut_keeps_the_marks_of_the_first(app: Flask, writer: Writer) -> None:
    writer.vents(BODY)
    cuts(app, writer, CUT)
    first = source(app)
    assert cuts(app, writer, first.replace("夜になると", "")).status_code == 303
    assert source(app) == first.replace("夜になると", MARK)


def test_only_its_writer_may(app: Flask, writer: Writer, other: Writer) -> None:
    writer.vents(BODY)
    other.vents("べつの人の話です。")
    with clock.frozen(clock.now() + timedelta(days=40)):
        assert other.opens(f"/p/{writer.post_id}/e").status_code == 404


def test_an_open_case_holds_what_it_was_opened_for(app: Flask, writer: Writer, other: Writer) -> None:
    writer.vents(BODY)
    other.flags(writer.post_id, "identity")
    cuts(app, writer, CUT)
    moderator = Staff(app)
    case = moderator.cases()[0]
    moderator.takes(case)
    assert "青葉台" in moderator.opens(f"/m/c/{case}").text
    assert moderator.decides(case, "fine").status_code == 303
    with app.app_context():
        assert not db.session.execute(text("SELECT * FROM revision")).all()


@given(LETTERS, LETTERS)
def test_a_text_is_taken_exactly_when_it_is_the_old_one_with_pieces_out(old: str, new: str) -> None:
    letters = iter(old)
    is_within = all(letter in letters for letter in new)
    done = outcome(old, new)
    if not new.strip():
        assert done == "empty"
    elif not is_within:
        assert done == "added"
    else:
        assert done.replace(MARK, "") == new
        assert MARK + MARK not in done


def outcome(old: str, new: str) -> str:
    """The text with its marks, or the code of the refusal."""
    try:
        return cut(old, new)
    except errors.Invalid as refused:
        return refused.code


@given(LETTERS, st.data())
def test_cutting_again_what_was_cut_goes_on(old: str, data: st.DataObject) -> None:
    first = "".join(letter for letter in old if data.draw(st.booleans()))
    second = "".join(letter for letter in first if data.draw(st.booleans()))
    if second.strip():
        once = cut(old, first)
        assert cut(once, once) == once
        assert cut(once, second).replace(MARK, "") == second


def test_a_long_text_takes_no_longer_than_its_length() -> None:
    old = "あい" * 2500
    began = time.perf_counter()
    cut(old, old[::2])
    assert time.perf_counter() - began < 1  # a square of the length would take minutes


def test_four_words_alone_are_enough_to_take_words_out(app: Flask, writer: Writer) -> None:
    writer.vents(BODY)
    words = " ".join(re.findall(r"<li>(.+?)</li>", writer.opens(f"/p/{writer.post_id}/ok").text)[:4])
    elsewhere = Writer(app)
    page = elsewhere.sends("/back", phrase=words)
    assert page.status_code == 200
    assert BODY in fields_of(page.text, "/back")["body"]
    given = fields_of(page.text, "/back") | {"phrase": words, "act": "cut"}
    refused = elsewhere.browser.post("/back", data=given | {"body": BODY + "足しました。"})
    assert refused.status_code == 422
    assert "足しました" in refused.text
    assert source(app) == BODY
    assert elsewhere.browser.post("/back", data=given | {"body": ""}).status_code == 422
    assert source(app) == BODY
    done = elsewhere.browser.post("/back", data=given | {"body": CUT})
    assert done.status_code == 200
    assert "青葉台" not in done.text
    assert source(app) == f"{MARK}駅で、{MARK}会いました。\n夜になると思い出します。"


def test_four_words_open_nothing_on_the_day_after_their_last_one(app: Flask, writer: Writer) -> None:
    writer.vents(BODY)
    words = " ".join(re.findall(r"<li>(.+?)</li>", writer.opens(f"/p/{writer.post_id}/ok").text)[:4])
    with app.app_context():
        last = db.session.scalars(db.select(Receipt.ends_on)).one()
    days = (last - clock.today()).days
    # Whether or not the night has taken the row away.
    for later, status in ((days, 200), (days + 1, 422)):
        with clock.frozen(clock.now() + timedelta(days=later)):
            assert Writer(app).sends("/back", phrase=words).status_code == status
