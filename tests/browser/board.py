"""A whole board as an operator starts it: the shipped command, in a process of its own, on a free port."""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tests.browser import neutral

# The console script of the package, whether or not it is installed beside this interpreter.
FORUM = (sys.executable, "-c", "from forum.cli import main; main()")
PROJECT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
TICKET_SECONDS = 1
START_SECONDS = 40
STOP_SECONDS = 10
# Wide limits: what is tested here is not how fast somebody may write.
WIDE = {
    f"FORUM_LIMIT_{name}": "100000 per minute"
    for name in ("WRITE", "NEWCOMER", "REACT", "FLAG", "THEME", "LETTER", "SEARCH", "BACK", "LOGIN", "DESK")
}


class Board:
    """A running board: its address, its folder and its console script."""

    def __init__(self, folder: Path, ticket_seconds: int = TICKET_SECONDS, **settings: str) -> None:
        self.folder = folder
        self.ticket_seconds = ticket_seconds
        self.settings = {f"FORUM_{name.upper()}": value for name, value in settings.items()}
        self.instance = folder / "instance"
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        self.port = _free_port()
        self.origin = f"http://{HOST}:{self.port}"
        self.errors = folder / "stderr"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it says that it is well. Raises RuntimeError with what it said instead."""
        with self.errors.open("wb") as errors, (self.folder / "stdout").open("wb") as output:
            self._process = subprocess.Popen(
                [*FORUM, "serve", "--port", str(self.port)],
                cwd=PROJECT,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
            )
        ends = time.monotonic() + START_SECONDS
        while not self._is_well():
            if self._process.poll() is not None or time.monotonic() > ends:
                self.stop()
                raise RuntimeError(f"the board did not start: {self.said()}")
            time.sleep(0.1)

    def stop(self) -> None:
        """End this very process; it ends its own children."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(STOP_SECONDS)

    def command(self, *words: str) -> str:
        """What the console script prints for these words."""
        done = subprocess.run(
            [*FORUM, *words],
            cwd=PROJECT,
            env=self._environment(),
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def said(self) -> str:
        """What the process has written to its standard error so far."""
        return self.errors.read_text(encoding="utf-8", errors="replace")

    def _is_well(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.origin}/healthz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("FORUM_")}
        return (
            own
            | WIDE
            | {
                "FORUM_INSTANCE": str(self.instance),
                "FORUM_PORT": str(self.port),
                "FORUM_SEARCH": "whoosh",
                "FORUM_TICKET_SECONDS": str(self.ticket_seconds),
                # All the people of the tests come from one network, and their price must not rise on the way.
                "FORUM_IDENTITIES_PER_BUCKET": "1000000",
                "FORUM_IDENTITIES_ON_BOARD": "1000000",
                "FORUM_EXIT_URL": neutral.URL,
                "TMPDIR": str(self.temporary),
            }
            | self.settings
        )


@contextlib.contextmanager
def running(folder: Path, ticket_seconds: int = TICKET_SECONDS, **settings: str) -> Iterator[Board]:
    """A board that runs for the length of the block, with the samples in it."""
    board = Board(folder, ticket_seconds, **settings)
    board.start()
    try:
        yield board
    finally:
        board.stop()


def _free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
