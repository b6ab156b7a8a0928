"""Whoever feeds the index: the served board, or `forum search sync --watch` alone; several do not disturb each other."""

import importlib
import random
import re
import signal
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from http.cookiejar import CookieJar
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy.exc import OperationalError

from forum.cli import cli, faults, transfer, work
from forum.errors import Busy
from forum.extensions import db
from forum.runtime import runtime
from forum.search import outbox, turns
from forum.search.query import parse
from forum.search.whoosh_backend import WhooshBackend
from tests.actors import Writer, fields_of
from tests.conftest import WIDE
from tests.integration.test_search_killed import Command
from tests.integration.test_serving import Board, Served, served

__all__ = ["served"]

# A post shall be found within two seconds; a busy machine is slow, and only standing still is a fault.
LONGEST_SECONDS = 20.0
SETTINGS = {name.removeprefix("FORUM_").lower(): value for name, value in WIDE.items()}


@pytest.fixture
def board(make_app: Callable[..., Flask]) -> Flask:
    """A board with its index in files, that nobody serves."""
    return make_app(search="whoosh")


@pytest.fixture
def begins(board: Flask) -> Iterator[Callable[..., Command]]:
    """Starts commands that feed the index, and waits until they are at it; none outlives the test."""
    begun: list[Command] = []

    def begin(*words: str) -> Command:
        begun.append(Command(board, "search", "sync", "--watch", *words))
        assert "feeding the search index" in begun[-1].process.stdout.readline()  # type: ignore[union-attr]
        return begun[-1]

    yield begin
    for command in begun:
        command.kill()


class Browser:
    """Opens pages of a served board and sends their forms."""

    def __init__(self, board: Board) -> None:
        self.origin = f"http://127.0.0.1:{board.port}"
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def opens(self, path: str, fields: dict[str, str] | None = None) -> str:
        sent = urllib.parse.urlencode(fields).encode() if fields is not None else None
        asked = urllib.request.Request(self.origin + path, sent, {"Origin": self.origin})
        with self.opener.open(asked, timeout=20) as answer:
            page: str = answer.read().decode()
            return page

    def finds(self, words: str) -> list[str]:
        main = self.opens("/s", {"q": words, "b": ""}).partition("<main")[2]
        return re.findall(r'<a href="/t/([\w-]{22})', main)


def until(happens: Callable[[], bool]) -> float:
    """Wait until something happens; says how long that took."""
    began = time.monotonic()
    while not happens():
        assert time.monotonic() < began + LONGEST_SECONDS
        time.sleep(0.05)
    return time.monotonic() - began


def found(words: str) -> list[bytes]:
    return list(runtime().search.candidates(parse(words).terms, theme=None))


def waiting() -> int:
    count = outbox.waiting()
    db.session.rollback()
    return count


def test_what_is_sent_to_a_served_board_is_found_while_others_search(served: Served) -> None:
    board = served(samples="never", ticket_seconds="0", **SETTINGS)
    board.wait_until_open()
    writer, reader, over = Browser(board), Browser(board), threading.Event()
    searches: list[int] = []

    def search_on() -> None:
        while not over.is_set():
            searches.append(len(reader.finds("台所")))

    searching = threading.Thread(target=search_on)
    searching.start()
    try:
        for number, word in enumerate(("縁側", "蜜柑", "風鈴"), 1):
            form = fields_of(writer.opens("/n/r2"), "/n/r2")
            writer.opens("/n/r2", form | {"body": f"台所から{word}のほうを見ています。"})
            until(lambda: len(writer.finds(word)) == 1)  # noqa: B023
            assert len(writer.finds("台所")) == number
    finally:
        over.set()
        searching.join()
    assert searches == sorted(searches), "nothing that was found is lost again"
    assert searches[-1] >= 2


def test_one_that_watches_is_enough_where_nobody_serves(board: Flask, begins: Callable[..., Command]) -> None:
    feeding = begins()
    writer = Writer(board)
    writer.vents("台所の明かり")
    with board.app_context():
        until(lambda: len(found("台所")) == 1)
        until(lambda: waiting() == 0)
    sent = writer.browser.post("/s", data={"q": "台所", "b": ""})
    assert writer.thread_id in writer.opens(sent.location).text
    feeding.process.send_signal(signal.SIGTERM)
    assert feeding.ends() == (0, "", "")


def test_two_that_watch_beside_the_boards_own_work_do_not_disturb_each_other(
    board: Flask, begins: Callable[..., Command]
) -> None:
    both, stop = [begins(), begins()], work.Stop()
    loop = threading.Thread(target=work.run, args=(board, stop))
    loop.start()
    try:
        for number in range(25):
            Writer(board).vents(f"台所の明かり {number}")
            time.sleep(random.random() / 10)
        with board.app_context():
            until(lambda: waiting() == 0)
            assert len(found("台所")) == len(set(found("台所"))) == 25 == runtime().search.size()
    finally:
        stop.set()
        loop.join()
    for feeding in both:
        feeding.process.send_signal(signal.SIGTERM)
        assert feeding.ends() == (0, "", "")


def test_a_busy_index_is_told_and_tried_again(
    board: Flask, instance: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "WAIT_SECONDS", 0.1)
    Writer(board).vents("台所の明かり")
    told: list[Exception] = []
    with board.app_context():
        with WhooshBackend(instance / "index").alone():
            assert faults.attempt(lambda: work.feed(told.append)), "no reason to ask less often"
        assert [type(fault) for fault in told] == [Busy]
        work.feed(told.append)
        assert len(found("台所")) == len(told) == 1


def test_whoever_watches_ends_at_once_even_while_the_index_is_busy(
    board: Flask, instance: Path, begins: Callable[..., Command]
) -> None:
    with WhooshBackend(instance / "index").alone():
        feeding = begins()
        time.sleep(0.5)
        feeding.process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        assert feeding.ends() == (0, "", "")
        assert time.monotonic() - began < turns.WAIT_SECONDS / 2


def test_a_database_that_is_away_is_told_in_a_line_and_asked_for_again(
    board: Flask, instance: Path, begins: Callable[..., Command]
) -> None:
    Writer(board).vents("台所の明かり")
    with board.app_context():
        db.session.execute(db.text("ALTER TABLE index_job RENAME TO away"))
        db.session.commit()
        feeding = begins()
        time.sleep(1.5)
        db.session.execute(db.text("ALTER TABLE away RENAME TO index_job"))
        db.session.commit()
        until(lambda: len(found("台所")) == 1 and waiting() == 0)
    feeding.process.send_signal(signal.SIGTERM)
    code, _said, complained = feeding.ends()
    assert code == 0
    assert complained
    assert all(OperationalError.__name__ in line for line in complained.splitlines()), complained


def test_what_is_away_is_asked_for_less_and_less_often() -> None:
    pauses = [faults.PAUSE_SECONDS]
    for _ in range(8):
        pauses.append(faults.pause_after(pauses[-1], healthy=False))
    assert pauses == sorted(pauses)
    assert pauses[-1] == pauses[-2] == faults.LONGEST_PAUSE_SECONDS
    assert faults.pause_after(pauses[-1], healthy=True) == faults.PAUSE_SECONDS


def test_a_large_import_that_is_broken_off_before_its_index_is_built_is_found_later(
    board: Flask, instance: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken_off(_backend: object) -> int:
        raise KeyboardInterrupt

    Writer(board).vents("台所の明かり")
    with board.app_context():
        work.drain()
    monkeypatch.setattr(transfer, "LARGE_FILE", 0)
    monkeypatch.setattr(transfer, "MOST_PROCESSES", 1)
    monkeypatch.setattr(transfer, "rebuild_index", broken_off)
    file = tmp_path / "threads.jsonl"
    file.write_text('{"theme": "r1", "body": "縁側の風", "replies": [{"body": "うちの縁側も"}]}\n')
    environ = {"FORUM_INSTANCE": str(instance), "FORUM_SEARCH": "whoosh"}
    assert CliRunner(env=environ).invoke(cli, ["import", str(file)], prog_name="forum").exit_code != 0
    with board.app_context():
        assert waiting() == 2
        work.drain()
        assert len(found("縁側")) == 2


@pytest.mark.parametrize("words", [("rebuild",), ("sync",)])
def test_a_log_is_told_how_far_a_rebuild_is(
    board: Flask, instance: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    for number in range(3):
        Writer(board).vents(f"台所の明かり {number}")
    monkeypatch.setattr(importlib.import_module("forum.cli.search"), "SECONDS_A_LINE", 0.0)
    environ = {"FORUM_INSTANCE": str(instance), "FORUM_SEARCH": "whoosh"}
    result = CliRunner(env=environ).invoke(cli, ["search", *words], prog_name="forum")
    assert result.exit_code == 0, result.output
    assert result.stderr.splitlines() == [f"search index: {part}% of 3 posts" for part in (33, 66, 100)]
    assert result.stdout.startswith("3 posts ")


@pytest.mark.parametrize("words", [("rebuild",), ("sync",), ("sync", "--watch")])
def test_an_index_in_memory_is_nobody_elses_to_feed(
    board: Flask, instance: Path, words: tuple[str, ...]
) -> None:
    Writer(board).vents("台所の明かり")
    environ = {"FORUM_INSTANCE": str(instance), "FORUM_SEARCH": "memory"}
    result = CliRunner(env=environ).invoke(cli, ["search", *words], prog_name="forum")
    assert result.exit_code == 1
    assert "in the memory of whoever serves" in result.output
    with board.app_context():
        assert waiting() == 1
