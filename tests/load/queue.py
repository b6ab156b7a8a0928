"""How quick the desk is when far more waits than people can read: its list, and taking the next case from it."""

import random
import re
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from flask import Flask
from sqlalchemy import insert

from forum import clock, create_app, ids, schema
from forum.cli.themes import sync_themes
from forum.extensions import begin_writing, db
from forum.models import Case, Flag, Moderator, Participant, Post, Theme, Thread, Timer
from forum.models.moderation import LANES
from forum.moderation.cases import encode_findings
from forum.runtime import runtime
from tests.actors import Staff
from tests.databases import postgres_schema
from tests.load.board import BODY

GOAL = "p50 < 50 ms"
REQUESTS = 50
TAKEN = 20
POSTS_A_THREAD = 20
HANDS_A_THREAD = 4
AT_ONCE = 5_000
READERS = 8
FINDINGS = ({"label": "pii", "rule": "phone", "field": "body", "severity": 3, "spans": [[0, 6]]},)
# One in so many of the cases is being read, was left to a lead, or was put off; one in so many was settled long ago.
LEASED, ESCALATED, SNOOZED = 40, 60, 25
REASONS = ("identity", "attack", "harsh", "solicitation", "other")

Row = tuple[str, str, str]


class Waiting(NamedTuple):
    """Rows of a queue, by table."""

    threads: list[dict[str, Any]]
    hands: list[dict[str, Any]]
    posts: list[dict[str, Any]]
    cases: list[dict[str, Any]]
    flags: list[dict[str, Any]]
    timers: list[dict[str, Any]]


def rows(folder: Path, count: int) -> Iterator[Row]:
    """The rows of the table, for SQLite and, where there is a server, for PostgreSQL."""
    yield from measured(folder / "sqlite", count, "SQLite", "")
    with ExitStack() as stack:
        try:
            url = stack.enter_context(postgres_schema())
        except psycopg.OperationalError:
            yield (f"queue, {count:,} cases, PostgreSQL", "no server here", "")
            return
        yield from measured(folder / "postgres", count, "PostgreSQL", url)


def measured(folder: Path, count: int, name: str, url: str) -> Iterator[Row]:
    """One database: the list, and the way from the list into the next case, in this process."""
    folder.mkdir(parents=True)
    app = create_app(
        {
            "FORUM_INSTANCE": str(folder / "instance"),
            "FORUM_SEARCH": "memory",
            "FORUM_LIMIT_DESK": "100000 per minute",
            **({"FORUM_DATABASE_URL": url} if url else {}),
        }
    )
    with app.app_context():
        schema.upgrade(db.engine)
        sync_themes(runtime().settings)
        db.session.commit()
        fill(count)
        db.session.remove()
    desk = Staff(app)
    desk.opens("/m/")
    began = time.process_time()
    yield _row(f"queue, {count:,} cases, {name}", timed(lambda: seen(desk), REQUESTS))
    # On a machine that others use, too, this tells more than the clock on the wall.
    busy = (time.process_time() - began) / REQUESTS
    yield (f"queue, {name}, computing alone", f"{busy * 1000:.0f} ms", "")
    yield _row(f"take the next case, {name}", list(taken(desk)))
    _close(app)


def seen(desk: Staff) -> str:
    """The list as it is sent. Raises RuntimeError when it is not."""
    answer = desk.opens("/m/")
    if answer.status_code != 200:
        raise RuntimeError(f"the list answered with {answer.status_code}")
    return answer.text


def taken(desk: Staff) -> Iterator[float]:
    """Seconds from the press on the first free case of the list to its text on the screen."""
    for _ in range(TAKEN):
        page = seen(desk)
        wanted = next(_free(page))
        token = _TOKEN.findall(page)[0]
        began = time.perf_counter()
        answer = desk.browser.post(f"/m/c/{wanted}/open", data={"csrf_token": token})
        shown = desk.opens(f"/m/c/{wanted}")
        took = time.perf_counter() - began
        if answer.status_code != 303 or BODY[-10:] not in shown.text:
            raise RuntimeError("a case was not opened")
        yield took


_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
_ROW = re.compile(r'<li class="row">(.*?)</li>', re.DOTALL)
_CASE = re.compile(r'/m/c/([\w-]{22})/open"')


def _free(page: str) -> Iterator[str]:
    """Cases that nobody reads, in the list's order."""
    for row in _ROW.findall(page):
        found = _CASE.search(row)
        if found and "lamp" not in row:
            yield found[1]


def timed(step: Callable[[], object], times: int) -> list[float]:
    """Seconds of each run."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        step()
        took.append(time.perf_counter() - began)
    return took


def _row(what: str, took: list[float]) -> Row:
    took.sort()
    slow = took[min(int(len(took) * 0.99), len(took) - 1)]
    return (what, f"p50 {statistics.median(took) * 1000:.0f} ms, p99 {slow * 1000:.0f} ms", GOAL)


def fill(count: int) -> None:
    """Put ``count`` open cases on the desk: all lanes and states, flags, and people who are reading."""
    begin_writing()
    readers = [_reader(number) for number in range(READERS)]
    db.session.execute(insert(Moderator), readers)
    themes = list(db.session.scalars(db.select(Theme.code)))
    chosen = random.Random(count)  # nosec
    numbers = iter(range(count))
    while some := list(islice(numbers, AT_ONCE)):
        found = _waiting(some, themes, [reader["id"] for reader in readers], chosen)
        for model, made in zip((Thread, Participant, Post, Case, Flag, Timer), found, strict=True):
            db.session.execute(insert(model), made)
    db.session.commit()
    # What the night does anyway: the planner knows how much there is.
    db.session.execute(db.text("ANALYZE"))
    db.session.commit()


def _reader(number: int) -> dict[str, Any]:
    return {"id": ids.new_id(), "name": f"よみて{number}", "role": "moderator", "added_day": clock.today()}


def _waiting(numbers: list[int], themes: list[str], readers: list[bytes], chosen: random.Random) -> Waiting:
    made = Waiting([], [], [], [], [], [])
    for first in range(0, len(numbers), POSTS_A_THREAD):
        hands = _thread(made, themes[(numbers[first] // POSTS_A_THREAD) % len(themes)])
        for place, number in enumerate(numbers[first : first + POSTS_A_THREAD], start=2):
            post = _post(made, hands[place % HANDS_A_THREAD], place)
            _case(made, post, number, readers, chosen)
            for hand in hands[: chosen.choice((0, 0, 1, 2))]:
                _flag(made, hand, chosen)
    return made


def _thread(made: Waiting, theme: str) -> list[dict[str, Any]]:
    thread_id = ids.new_id()
    hands = [
        {"id": ids.new_id(), "thread_id": thread_id, "tag": ids.new_id(), "adjective": number, "noun": number}
        | {"is_opener": number == 0}
        for number in range(HANDS_A_THREAD)
    ]
    made.hands.extend(hands)
    opening = _post(made, hands[0], 1)
    made.threads.append(
        {
            "id": thread_id,
            "theme_code": theme,
            "opening_id": opening["id"],
            "title": "会わない日のこと",
            "wish": "listen",
            "lifetime_days": 365,
            "created_day": clock.today(),
            "ends_on": clock.date_after(365),
            "status": "live",
            "bumped_day": clock.today(),
            "last_no": POSTS_A_THREAD + 1,
            "live_posts": POSTS_A_THREAD + 1,
            "pepper_version": 1,
        }
    )
    return hands


def _post(made: Waiting, hand: dict[str, Any], number: int) -> dict[str, Any]:
    post = {
        "id": ids.new_id(),
        "thread_id": hand["thread_id"],
        "participant_id": hand["id"],
        "number": number,
        "status": "live",
        "source": BODY,
        "html": f"<p>{BODY}</p>",
        "day": clock.today(),
    }
    made.posts.append(post)
    return post


def _case(
    made: Waiting, post: dict[str, Any], number: int, readers: list[bytes], chosen: random.Random
) -> None:
    state = "open"
    for name, every in (("leased", LEASED), ("escalated", ESCALATED), ("snoozed", SNOOZED)):
        state = name if number % every == 0 else state
    case = {
        "id": ids.new_id(),
        "target_kind": "post",
        "target_id": post["id"],
        "thread_id": post["thread_id"],
        "lane": chosen.choice(LANES),
        "source": chosen.choice(("flag", "screening")),
        "state": state,
        "findings": encode_findings(FINDINGS),
        "opened_day": clock.today(),
        "opened_hour": chosen.randrange(72),
        "leased_by": readers[number % READERS] if state == "leased" else None,
    }
    made.cases.append(case)
    if state in {"leased", "snoozed"}:
        kind = {"leased": "lease", "snoozed": "snooze"}[state]
        due = (clock.now() + timedelta(hours=1)).replace(tzinfo=None)
        made.timers.append({"kind": kind, "target": case["id"], "due": due})


def _flag(made: Waiting, hand: dict[str, Any], chosen: random.Random) -> None:
    made.flags.append(
        {
            "id": ids.new_id(),
            "case_id": made.cases[-1]["id"],
            "post_id": made.posts[-1]["id"],
            "participant_id": hand["id"],
            "reason": chosen.choice(REASONS),
            "revision": 1,
            "day": clock.today(),
        }
    )


def _close(app: Flask) -> None:
    with app.app_context():
        runtime().onlooker.close()
        db.session.remove()
        db.engine.dispose()
