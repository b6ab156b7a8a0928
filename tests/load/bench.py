"""`make bench`: how quick the board is, measured against the barest Flask route on the same machine in the same run.

Absolute figures depend on the machine; ratios hold. Each round asks both servers one after the other, and the median
of the rounds counts. Everything happens on loopback, in a folder of its own that is deleted afterwards.
"""

import argparse
import os
import secrets
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from forum import create_app
from forum.extensions import db
from forum.identity.cookie import CSRF_BYTES, CookieState, seal_cookie
from forum.identity.seeds import new_seed
from forum.ids import to_text
from forum.models import Thread
from forum.moderation.policy import load_policy
from forum.moderation.screening import Draft, screen
from forum.queries import found
from forum.runtime import runtime
from forum.search.finding import find_posts
from forum.search.query import parse
from tests.load import bans, board, standing
from tests.load.client import requests_a_second

FORUM = [sys.executable, "-c", "from forum.cli import main; main()"]
BARE = [sys.executable, "-m", "tests.load.bare"]
POSTS_ON_THE_PAGE = 50
LETTERS_SCREENED = 500
QUERIES = ("台所", "静かな夜", "手紙", "約束", "白湯を飲", "駅の", "雨の日", "ありがとう")
GOALS = {
    "thread page, reader": "≥ 1.5",
    "thread page made anew, reader": "≥ 0.3",
    "thread page, writer": "≥ 0.15",
}
LONGEST_START_SECONDS = 60.0


def main() -> None:
    """Measure, and print one table."""
    asked = arguments()
    with tempfile.TemporaryDirectory(prefix="nagi-bench-") as folder:
        instance = Path(folder, "instance")
        rows = [prepared(instance, asked.threads), *started(instance, asked.rounds)]
        rows += pages(instance, asked.rounds, asked.seconds)
        rows += [screening(asked.rounds), *searching(instance), bans.row(instance, asked.rounds)]
        rows.append(standing.row(instance, asked.rounds))
    print_table(rows)


Row = tuple[str, str, str]


def arguments() -> argparse.Namespace:
    """How much to measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="20,000 threads instead of 2,000")
    parser.add_argument("--threads", type=int, help="how many threads the board has")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of every comparison")
    parser.add_argument("--seconds", type=float, default=3.0, help="seconds of each round and server")
    asked = parser.parse_args()
    asked.threads = asked.threads or (20_000 if asked.full else 2_000)
    return asked


def prepared(instance: Path, threads: int) -> Row:
    """Make a board of this size through `forum import`."""
    file = instance.parent / "board.jsonl"
    board.write(file, threads=threads, long_thread=POSTS_ON_THE_PAGE)
    run(instance, "upgrade")
    run(instance, "themes", "sync")
    began = time.perf_counter()
    run(instance, "import", str(file))
    took = time.perf_counter() - began
    return (f"import and index {threads:,} threads", f"{took:.0f} s", "")


def started(instance: Path, rounds: int) -> Iterator[Row]:
    """From the command to the first answer, and what a web worker holds."""
    times: list[float] = []
    for _ in range(min(rounds, 3)):
        began = time.perf_counter()
        with serving([*FORUM, "serve"], instance) as (port, _process):
            wait_for(port, "/healthz")
            times.append(time.perf_counter() - began)
    yield ("start to first answer", f"{statistics.median(times):.2f} s", "≤ 1.5 s")


def pages(instance: Path, rounds: int, seconds: float) -> Iterator[Row]:
    """The page of a thread against a bare route that answers with the same bytes."""
    path = f"/t/{long_thread(instance)}"
    with serving([*FORUM, "serve"], instance) as (port, _):
        wait_for(port, "/healthz")
        body = fetch(port, path)
        (instance / "body.html").write_bytes(body)
        with serving([*BARE, str(instance / "body.html")], instance) as (bare_port, _bare):
            wait_for(bare_port, "/")
            targets = {
                "bare": (bare_port, "/", ""),
                "thread page, reader": (port, path, ""),
                # Whoever sends a cookie passes by the finished pages; one that does not open is a reader.
                "thread page made anew, reader": (port, path, "s=nothing"),
                "thread page, writer": (port, path, f"s={a_writers_cookie(instance)}"),
                "home page, reader": (port, "/", ""),
                "theme page, reader": (port, f"/b/{board.THEMES[0]}", ""),
            }
            rates = alternated(targets, rounds, seconds)
    bare = rates.pop("bare")
    yield (f"bare route, {len(body) / 1024:.0f} KiB", f"{bare:,.0f} /s", "")
    for name, rate in rates.items():
        yield (name, f"{rate:,.0f} /s  = {rate / bare:.2f} × bare", GOALS.get(name, ""))


def alternated(targets: dict[str, tuple[int, str, str]], rounds: int, seconds: float) -> dict[str, float]:
    """Requests a second of each target: the median of rounds in which each has its turn."""
    rates: dict[str, list[float]] = {name: [] for name in targets}
    for _ in range(rounds):
        for name, (port, path, cookie) in targets.items():
            rates[name].append(requests_a_second(port, path, seconds=seconds, cookie=cookie))
    return {name: statistics.median(found) for name, found in rates.items()}


def screening(rounds: int) -> Row:
    """Screening a text of 500 letters."""
    policy = load_policy()
    text = (board.BODY * 20)[:LETTERS_SCREENED]
    draft = Draft(body=text)
    screen(draft, policy)
    took = median_of(lambda: screen(draft, policy), rounds * 40)
    return (f"screening {LETTERS_SCREENED} letters", f"{took * 1000:.2f} ms", "< 2 ms")


def searching(instance: Path) -> Iterator[Row]:
    """Queries of two to six letters on the board's own index."""
    app = create_app({"FORUM_INSTANCE": str(instance)})
    with app.app_context():
        backend = runtime().search
        times = []
        for _ in range(20):
            for words in QUERIES:
                began = time.perf_counter()
                find_posts(backend, parse(words), texts, theme=None, limit=20)
                times.append(time.perf_counter() - began)
        size = backend.size()
        db.session.remove()
    times.sort()
    p99 = times[int(len(times) * 0.99)]
    yield (f"search in {size:,} posts, p50", f"{statistics.median(times) * 1000:.1f} ms", "")
    yield (f"search in {size:,} posts, p99", f"{p99 * 1000:.1f} ms", "")


def texts(post_ids: object) -> dict[bytes, str]:
    """The present texts of posts, as the search page reads them."""
    return {post_id: post.text for post_id, post in found.found_posts(list(post_ids)).items()}  # type: ignore[call-overload]


def long_thread(instance: Path) -> str:
    """The id of the thread with a full page."""
    app = create_app({"FORUM_INSTANCE": str(instance), "FORUM_SEARCH": "memory"})
    with app.app_context():
        query = db.select(Thread.id).order_by(Thread.live_posts.desc()).limit(1)
        identifier: bytes = db.session.execute(query).scalar_one()
        db.session.remove()
        db.engine.dispose()
    return to_text(identifier)


def a_writers_cookie(instance: Path) -> str:
    """The cookie of somebody who has written, though not in this thread."""
    app = create_app({"FORUM_INSTANCE": str(instance), "FORUM_SEARCH": "memory"})
    with app.app_context():
        return seal_cookie(CookieState(seed=new_seed(), csrf=secrets.token_bytes(CSRF_BYTES)), runtime().keys)


def median_of(step: Callable[[], object], times: int) -> float:
    """Seconds of a step, the median of several."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        step()
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def run(instance: Path, *words: str) -> None:
    """One command of the board's; a command that fails ends the measurement."""
    subprocess.run([*FORUM, *words], env=environment(instance), check=True, stdout=subprocess.DEVNULL)


def environment(instance: Path, **more: str) -> dict[str, str]:
    """The environment of a served board: nothing of the caller's settings."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("FORUM_")}
    return own | {"FORUM_INSTANCE": str(instance), "FORUM_SAMPLES": "never"} | more


@contextmanager
def serving(command: list[str], instance: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """A server on a free port of this machine, ended afterwards."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen(
        command,
        env=environment(instance, FORUM_PORT=str(port)),
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


def print_table(rows: list[Row]) -> None:
    """What was measured, and what the goal is."""
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for what, value, goal in rows:
        print(f"{what:<{widths[0]}}  {value:>{widths[1]}}  {'goal ' + goal if goal else ''}".rstrip())


if __name__ == "__main__":
    main()
