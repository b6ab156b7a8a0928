"""`forum serve` from an empty folder to a board that answers, and its end."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

COMMAND = [sys.executable, "-c", "from forum.cli import main; main()"]
LONGEST_SECONDS = 60.0

Served = Callable[..., "Board"]


class Board:
    """A served board in a process group of its own."""

    def __init__(self, instance: Path, **settings: str) -> None:
        self.port = free_port()
        environ = environment(instance, **{"port": str(self.port)} | settings)
        self.process = subprocess.Popen(
            [*COMMAND, "serve"],
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def get(self, path: str) -> tuple[int, str]:
        """Open a page."""
        with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()

    def wait_until_open(self) -> None:
        """Wait for the first answer; a board that ended instead fails the test with what it said."""
        ends = time.monotonic() + LONGEST_SECONDS
        while time.monotonic() < ends:
            try:
                assert self.get("/healthz") == (200, "ok\n")
            except (URLError, ConnectionError):
                assert self.process.poll() is None, self.process.communicate()[0]
                time.sleep(0.05)
            else:
                return
        raise AssertionError("no answer")

    def end(self, with_signal: int = signal.SIGTERM) -> str:
        """Ask it to end and return everything it said."""
        self.process.send_signal(with_signal)
        return self.process.communicate(timeout=30)[0]

    def kill(self) -> None:
        """Nothing of it may outlive the test."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.process.wait()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """Serves boards and ends them."""
    boards: list[Board] = []

    def start(**settings: str) -> Board:
        boards.append(Board(tmp_path / "instance", **settings))
        return boards[-1]

    yield start
    for board in boards:
        board.kill()


def environment(instance: Path, **settings: str) -> dict[str, str]:
    """What a command of the board on this instance sees: nothing of the caller's settings."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("FORUM_")}
    own |= {"FORUM_INSTANCE": str(instance), "PYTHONUNBUFFERED": "1"}
    return own | {f"FORUM_{name.upper()}": value for name, value in settings.items()}


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def processes_of(group: int) -> list[str]:
    found = subprocess.run(
        ["ps", "-o", "stat=", "-g", str(group)], capture_output=True, text=True, check=False
    )
    return [state for state in found.stdout.split() if not state.startswith("Z")]


def test_an_empty_folder_becomes_a_board_with_samples_and_a_first_link(
    served: Served, tmp_path: Path
) -> None:
    board = served()
    board.wait_until_open()
    assert board.get("/")[0] == 200
    assert "/t/" in board.get("/b/r1")[1]
    assert (tmp_path / "instance").stat().st_mode & 0o077 == 0
    said = board.end()
    assert board.process.returncode == 0
    assert f"http://127.0.0.1:{board.port}/" in said
    link = re.search(r"http://127\.0\.0\.1:\d+(/m/enrol/\S+)", said)
    assert link
    assert "Traceback" not in said


def test_ctrl_c_ends_every_process_of_the_board(served: Served) -> None:
    board = served(samples="never")
    board.wait_until_open()
    os.killpg(board.process.pid, signal.SIGINT)  # as a terminal does
    board.process.communicate(timeout=30)
    assert board.process.returncode == 0
    assert processes_of(board.process.pid) == []


def test_nobody_is_left_behind_when_the_parent_is_killed(served: Served) -> None:
    board = served(samples="never")
    board.wait_until_open()
    board.process.kill()
    board.process.wait()
    ends = time.monotonic() + 20
    while len(processes_of(board.process.pid)) > 1 and time.monotonic() < ends:
        time.sleep(0.1)
    # The web worker is the server's own affair; the board's own work must not go on unwatched.
    assert len(processes_of(board.process.pid)) <= 1


def test_a_search_index_in_memory_is_served_too(served: Served) -> None:
    board = served(search="memory")
    board.wait_until_open()
    assert board.process.poll() is None


def test_a_taken_port_is_one_line(served: Served) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        board = served(port=str(taken.getsockname()[1]), samples="never")
        said, _ = board.process.communicate(timeout=LONGEST_SECONDS)
    assert board.process.returncode == 1
    assert said.startswith("Error: cannot listen on 127.0.0.1:")
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"workers": "2"}, "more than one worker needs redis_url"),
        ({"host": "no.such.host.example"}, "host: no.such.host.example is no address"),
        ({"themes_file": "/nowhere/themes.toml"}, "themes.toml"),
    ],
)
def test_what_cannot_be_served_is_refused_in_one_line(
    served: Served, settings: dict[str, str], why: str
) -> None:
    board = served(**settings)
    said, _ = board.process.communicate(timeout=LONGEST_SECONDS)
    assert board.process.returncode == 1
    assert why in said
    assert said.startswith("Error: ")
    assert len(said.splitlines()) == 1


@pytest.mark.redis
def test_several_workers_share_a_redis(served: Served, redis_url: str) -> None:
    board = served(workers="2", redis_url=redis_url, samples="never")
    board.wait_until_open()
    assert all(board.get("/")[0] == 200 for _ in range(10))
    board.end()
    assert board.process.returncode == 0
