"""`make bench`: how quick the board is, measured against the barest Flask route on the same machine in the same run.

Absolute figures depend on the machine; ratios hold. Each round asks both servers one after the other, and the median
of the rounds counts. Everything happens on loopback, in a folder of its own that is deleted afterwards.

The desk's figures (`tests/load/queue.py`, `record.py`, `keys.py`) have boards of their own, and search has posts of its
own (`search.py`). ``--only desk`` or ``--only search`` measures nothing else.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from forum.moderation.policy import load_policy
from forum.moderation.screening import Draft, screen
from tests import tables
from tests.load import bans, board, fresh, keys, pages, queue, record, search, standing
from tests.load.server import FORUM, run, serving, wait_for

POSTS_ON_THE_PAGE = 50
LETTERS_SCREENED = 500
# So many posts are not given to the others, too.
GROWN_POSTS = 1_000_000
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "search.md"


def main() -> None:
    """Measure, and print one table."""
    asked = arguments()
    with tempfile.TemporaryDirectory(prefix="nagi-bench-") as folder:
        rows = list(PARTS[asked.only](Path(folder), asked))
    print_table(rows)
    if asked.write:
        tables.put(DOCUMENT, "growth" if asked.posts >= GROWN_POSTS else "speed", markdown(rows))


Row = tuple[str, str, str]


def arguments() -> argparse.Namespace:
    """How much to measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--full", action="store_true", help="20,000 threads instead of 2,000, 200,000 posts instead of 20,000"
    )
    parser.add_argument("--only", choices=[part for part in PARTS if part], help="measure a part")
    parser.add_argument(
        "--write", action="store_true", help="with --only search: put the table into docs/search.md"
    )
    parser.add_argument("--threads", type=int, help="how many threads the board has")
    parser.add_argument(
        "--posts",
        type=int,
        help="how many posts are searched (200,000 take a quarter of an hour or more); from 1,000,000 on the board's own"
        " search alone, on a twentieth, a fifth and all of them",
    )
    parser.add_argument("--rounds", type=int, default=5, help="rounds of every comparison")
    parser.add_argument("--seconds", type=float, default=3.0, help="seconds of each round and server")
    parser.add_argument("--cases", type=int, default=50_000, help="open cases on the desk")
    parser.add_argument("--acts", type=int, default=1_000_000, help="acts in the record that is verified")
    parser.add_argument("--cleared", type=int, default=100, help="cases that are cleared by keyboard")
    asked = parser.parse_args()
    if asked.write and asked.only != "search":
        parser.error("--write goes with --only search")
    asked.threads = asked.threads or (20_000 if asked.full else 2_000)
    asked.posts = asked.posts or (200_000 if asked.full else 20_000)
    return asked


def everything(folder: Path, asked: argparse.Namespace) -> Iterator[Row]:
    """All parts, on one board as far as they can be."""
    instance = folder / "instance"
    yield prepared(instance, asked.threads)
    yield from started(instance, asked.rounds)
    yield from pages.rows(instance, asked.rounds, asked.seconds)
    yield screening(asked.rounds)
    yield bans.row(instance, asked.rounds)
    yield standing.row(instance, asked.rounds)
    yield fresh.row(instance)
    yield from search.rows(folder / "search", asked.posts)
    yield from of_the_desk(folder, asked)


def of_search(folder: Path, asked: argparse.Namespace) -> Iterator[Row]:
    """Search beside what databases do, and how soon a new post is found; of very many posts, how search grows."""
    if asked.posts >= GROWN_POSTS:
        yield from search.growth(folder / "search", asked.posts)
        return
    yield from search.rows(folder / "search", asked.posts)
    instance = folder / "instance"
    yield prepared(instance, min(asked.threads, 2_000))
    yield fresh.row(instance)


def of_the_desk(folder: Path, asked: argparse.Namespace) -> Iterator[Row]:
    """What moderators wait for, and what they press."""
    yield from queue.rows(folder / "queue", asked.cases)
    yield from record.rows(folder / "record", asked.acts)
    yield from keys.rows(folder / "keys", asked.cleared)


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


def screening(rounds: int) -> Row:
    """Screening a text of 500 letters."""
    policy = load_policy()
    text = (board.BODY * 20)[:LETTERS_SCREENED]
    draft = Draft(body=text)
    screen(draft, policy)
    took = median_of(lambda: screen(draft, policy), rounds * 40)
    return (f"screening {LETTERS_SCREENED} letters", f"{took * 1000:.2f} ms", "< 2 ms")


def median_of(step: Callable[[], object], times: int) -> float:
    """Seconds of a step, the median of several."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        step()
        took.append(time.perf_counter() - began)
    return statistics.median(took)


PARTS: dict[str | None, Callable[[Path, argparse.Namespace], Iterator[Row]]] = {
    None: everything,
    "desk": of_the_desk,
    "search": of_search,
}


def markdown(rows: list[Row]) -> Iterator[str]:
    """The lines of the same as a table for a document."""
    yield "| figure | value | goal |"
    yield "|---|---|---|"
    yield from (f"| {' | '.join(row)} |" for row in rows)


def print_table(rows: list[Row]) -> None:
    """What was measured, and what the goal is."""
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for what, value, goal in rows:
        print(f"{what:<{widths[0]}}  {value:>{widths[1]}}  {'goal ' + goal if goal else ''}".rstrip())


if __name__ == "__main__":
    main()
