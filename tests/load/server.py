"""Servers of a measurement: started on a free port, asked for a page, looked at, ended."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

FORUM = [sys.executable, "-c", "from forum.cli import main; main()"]
BARE = [sys.executable, "-m", "tests.load.bare"]
LONGEST_START_SECONDS = 60.0


def run(instance: Path, *words: str) -> None:
    """One command of the board's; a command that fails ends the measurement."""
    subprocess.run([*FORUM, *words], env=environment(instance), check=True, stdout=subprocess.DEVNULL)


def environment(instance: Path, **more: str) -> dict[str, str]:
    """The environment of a served board: nothing of the caller's settings."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("FORUM_")}
    return own | {"FORUM_INSTANCE": str(instance), "FORUM_SAMPLES": "never"} | more


@contextmanager
def serving(
    command: list[str], instance: Path, **settings: str
) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """A server on a free port of this machine, with these settings, ended afterwards."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen(
        command,
        env=environment(instance, FORUM_PORT=str(port), **settings),
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield port, process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def wait_for(port: int, path: str) -> None:
    """Wait until the server answers. Raises TimeoutError."""
    ends = time.monotonic() + LONGEST_START_SECONDS
    while time.monotonic() < ends:
        try:
            fetch(port, path)
        except (URLError, ConnectionError):
            time.sleep(0.01)
        else:
            return
    raise TimeoutError("a server did not start")


def fetch(port: int, path: str) -> bytes:
    """One page."""
    with urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        body: bytes = answer.read()
        return body


def memory_of(process: subprocess.Popen[bytes]) -> int:
    """What the largest process that this one started holds, in MiB."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii").split()
    return max(_resident(int(child)) for child in children)


def _resident(process: int) -> int:
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace").splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmRSS:"))
