"""After the night no file of the index holds a word that was deleted or edited away the day before."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from forum.cli import work
from forum.search import analysis
from tests.actors import Writer

# Letters that no other text of the board has.
SECRET = "鳳仙花"
TERMS = ("鳳", "鳳仙", "仙花")
MARKS = ("", analysis.IN_TITLE, analysis.IN_OPENING)


@pytest.fixture
def board(make_app: Callable[..., Flask]) -> Iterator[Flask]:
    """A board with its index in files, and somebody else's words in it."""
    app = make_app(search="whoosh")
    for number in range(5):
        Writer(app).vents(f"夜の台所で {number} 杯めのお茶を飲みました。", title="夜の台所")
    feeds(app)
    yield app
    assert held(app, "台所")


def feeds(app: Flask) -> None:
    with app.app_context():
        work.drain()


def night_passes(app: Flask) -> None:
    with app.app_context():
        work.purge()


def held(app: Flask, term: str) -> bool:
    files = (path for path in (Path(app.instance_path) / "index").rglob("*") if path.is_file())
    return any(term.encode() in path.read_bytes() for path in files)


def held_terms(app: Flask) -> list[str]:
    return [mark + term for mark in MARKS for term in TERMS if held(app, mark + term)]


def test_a_deleted_story_leaves_no_term_of_its_text_or_title(board: Flask) -> None:
    writer = Writer(board)
    writer.vents(f"庭の{SECRET}が咲きました。", title=f"{SECRET}のこと")
    feeds(board)
    assert held_terms(board) == [mark + term for mark in MARKS for term in TERMS]
    assert writer.sends(f"/p/{writer.post_id}/d").status_code == 200
    night_passes(board)
    assert held_terms(board) == []


def test_a_deleted_reply_leaves_no_term(board: Flask) -> None:
    writer, other = Writer(board), Writer(board)
    writer.vents("庭の花が咲きました。")
    other.replies(writer.thread_id, f"うちの{SECRET}も咲きました。")
    feeds(board)
    assert held_terms(board) == list(TERMS)
    assert other.sends(f"/p/{other.post_id}/d").status_code == 200
    night_passes(board)
    assert held_terms(board) == []


def test_a_word_that_was_edited_away_leaves_no_term_and_the_others_stay(board: Flask) -> None:
    writer = Writer(board)
    writer.vents(f"縁側の{SECRET}が咲きました。")
    feeds(board)
    assert held(board, "縁側")
    assert held_terms(board) == [mark + term for mark in ("", analysis.IN_OPENING) for term in TERMS]
    assert writer.sends(f"/p/{writer.post_id}/e", body="縁側の花が咲きました。").status_code == 303
    night_passes(board)
    assert held_terms(board) == []
    assert held(board, "縁側")
