"""Pages against a bare route that answers with the same bytes, on the same server, in alternated rounds."""

import random
import secrets
import statistics
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from forum import create_app
from forum.extensions import begin_writing, db
from forum.identity.cookie import CSRF_BYTES, CookieState, seal_cookie
from forum.identity.seeds import derive, new_seed
from forum.ids import from_text, to_text
from forum.models import Participant, Thread
from forum.runtime import runtime
from tests.load import board
from tests.load.client import requests_a_second
from tests.load.server import BARE, FORUM, fetch, memory_of, serving, wait_for

Row = tuple[str, str, str]
MEMORY_GOAL = "≤ 120 MiB, flat"


class Target(NamedTuple):
    """What is asked, and which bare route it is measured against."""

    name: str
    paths: list[str]
    cookie: str = ""
    bare: str = "full"
    goal: str = ""


def rows(instance: Path, rounds: int, seconds: float) -> Iterator[Row]:
    """The table of the pages, and what a web worker holds before and after."""
    full, others = threads(instance)
    usual = random.Random(1).sample(others, len(others))  # nosec
    with ExitStack() as servers:
        port, process = servers.enter_context(serving([*FORUM, "serve"], instance))
        wait_for(port, "/healthz")
        ports = {}
        for name, path in (("full", full), ("usual", usual[0])):
            body = instance / f"{name}.html"
            body.write_bytes(fetch(port, path))
            ports[name], _ = servers.enter_context(serving([*BARE, str(body)], instance))
            wait_for(ports[name], "/")
            yield (f"bare route ({name})", f"{body.stat().st_size / 1024:.0f} KiB", "")
        held = [memory_of(process)]
        requests_a_second(port, usual, seconds=seconds)
        held.append(memory_of(process))
        cookies = a_writers_cookie(instance), a_writers_cookie(instance, wrote_in=full)
        yield from compared(port, ports, targets(full, usual, *cookies), rounds, seconds)
        held.append(memory_of(process))
        told = "{} at first, {} when filled, {} at the end".format(*held)
        yield ("MiB of the largest process", told, MEMORY_GOAL)


def targets(full: str, usual: list[str], writer: str, own: str) -> list[Target]:
    """What is measured. Whoever sends a cookie passes by the finished pages; one that does not open is a reader."""
    return [
        Target("thread page, reader", [full], goal="≥ 1.5"),
        Target("thread page made anew, reader", [full], "s=nothing", goal="≥ 0.3"),
        Target("thread page, writer", [full], f"s={writer}", goal="≥ 0.15"),
        Target("thread page, who wrote in it", [full], f"s={own}"),
        Target("random threads of the board, cold", usual, bare="usual", goal="≥ 0.3"),
        Target("home page, reader", ["/"]),
        Target("home page, writer", ["/"], f"s={writer}"),
        Target("theme page, reader", [f"/b/{board.THEMES[0]}"]),
    ]


def compared(
    port: int, bare: dict[str, int], asked: list[Target], rounds: int, seconds: float
) -> Iterator[Row]:
    """Each target's requests a second, and its ratio to its bare route: medians of rounds in which each has its turn."""
    rates: dict[str, list[float]] = {name: [] for name in [*bare, *(target.name for target in asked)]}
    for _ in range(rounds):
        for name, bare_port in bare.items():
            rates[name].append(requests_a_second(bare_port, ["/"], seconds=seconds))
        for target in asked:
            rate = requests_a_second(port, target.paths, seconds=seconds, cookie=target.cookie)
            rates[target.name].append(rate)
    for name in bare:
        yield (f"bare route ({name})", f"{statistics.median(rates[name]):,.0f} /s", "")
    for target in asked:
        pairs = zip(rates[target.name], rates[target.bare], strict=True)
        ratio = statistics.median(rate / bare_rate for rate, bare_rate in pairs)
        rate = statistics.median(rates[target.name])
        yield (target.name, f"{rate:,.0f} /s  = {ratio:.2f} × bare", target.goal)


def threads(instance: Path) -> tuple[str, list[str]]:
    """The address of the thread with a full page, and those of all the others."""
    app = create_app({"FORUM_INSTANCE": str(instance), "FORUM_SEARCH": "memory"})
    with app.app_context():
        query = db.select(Thread.id).order_by(Thread.live_posts.desc())
        full, *others = [f"/t/{to_text(found)}" for found in db.session.scalars(query)]
        db.session.remove()
        db.engine.dispose()
    return full, others


def a_writers_cookie(instance: Path, *, wrote_in: str = "") -> str:
    """The cookie of somebody who has written: elsewhere, or a reply in the thread at this address."""
    app = create_app({"FORUM_INSTANCE": str(instance), "FORUM_SEARCH": "memory"})
    seed = new_seed()
    with app.app_context():
        if wrote_in:
            sign_a_reply(from_text(wrote_in.rpartition("/")[2]), seed)
        keys = runtime().keys
        db.engine.dispose()
    return seal_cookie(CookieState(seed=seed, csrf=secrets.token_bytes(CSRF_BYTES)), keys)


def sign_a_reply(thread_id: bytes, seed: bytes) -> None:
    """Give the tag of this seed to one of a thread's writers, whose own are random after an import."""
    begin_writing()
    thread = db.session.get_one(Thread, thread_id)
    query = db.select(Participant).where(Participant.thread_id == thread_id, ~Participant.is_opener).limit(1)
    writer = db.session.scalars(query).one()
    writer.tag = derive(seed, runtime().keys).tag(thread_id, thread.pepper_version)
    db.session.commit()
