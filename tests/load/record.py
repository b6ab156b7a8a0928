"""How long `forum audit verify` takes for a long record of what moderators did, and how much memory it holds."""

import os
import random
import subprocess
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from sqlalchemy import insert

from forum import clock, create_app, ids, schema
from forum.extensions import begin_writing, db
from forum.models import AuditEntry, AuditHead
from forum.moderation import audit
from forum.runtime import runtime
from tests.load.server import FORUM, environment

GOAL = "< 20 s for a million"
AT_ONCE = 10_000
PEOPLE, CASES = 10, 5_000
ACTIONS = ("view", "decided", "hide", "fine", "remove", "takeover", "confirmed")

Row = tuple[str, str, str]


def rows(folder: Path, count: int) -> Iterator[Row]:
    """The rows of the table: the shipped command over an empty record, and over one with ``count`` acts."""
    app = create_app({"FORUM_INSTANCE": str(folder), "FORUM_SEARCH": "memory"})
    with app.app_context():
        schema.upgrade(db.engine)
        _took, _busy, least = verified(folder, "0 rows")
        fill(count)
        db.session.remove()
        db.engine.dispose()
    took, busy, most = verified(folder, f"{count} rows")
    yield (f"audit verify, {count:,} rows", f"{took:.1f} s, {busy:.1f} s of them computing", GOAL)
    yield ("MiB of it, with an empty record and with this", f"{least} and {most}", "flat")


def verified(folder: Path, expected: str) -> tuple[float, float, int]:
    """Seconds of the command from its start to its end, those its processor had to do, and the most MiB it held."""
    began = time.perf_counter()
    command = [*FORUM, "audit", "verify"]
    with subprocess.Popen(command, env=environment(folder), stdout=subprocess.PIPE, text=True) as process:
        said = process.stdout.read() if process.stdout else ""
        _pid, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode or not said.startswith(expected):
        raise RuntimeError(f"the record does not hold: {said}")
    return time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss // 1024


def fill(count: int) -> None:
    """Put ``count`` acts into an empty record, bound as the board binds them, with its end."""
    key, before = runtime().keys.audit, audit.START
    acts = _acts(count)
    begin_writing()
    while some := list(islice(acts, AT_ONCE)):
        made = []
        for act in some:
            before = audit.bound(key, before, act)
            made.append(act._asdict() | {"digest": before})
        db.session.execute(insert(AuditEntry), made)
    mac = audit.head_mac(key, count, before)
    db.session.execute(insert(AuditHead).values(id=audit.HEAD_ID, number=count, digest=before, mac=mac))
    db.session.commit()


def _acts(count: int) -> Iterator[audit.Act]:
    chosen = random.Random(count)  # nosec
    people = [ids.new_id() for _ in range(PEOPLE)]
    cases = [ids.new_id() for _ in range(CASES)]
    for number in range(1, count + 1):
        yield audit.Act(
            number=number,
            day=clock.today(),
            actor_id=people[number % PEOPLE],
            role="moderator",
            action=ACTIONS[number % len(ACTIONS)],
            case_id=chosen.choice(cases),
            lane=number % 5 + 1,
            rule=number % 6,
            reason="",
        )
