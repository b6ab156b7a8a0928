"""What trying ten thousand live bans costs a writer who is tried for the first time."""

import secrets
import statistics
import time
from pathlib import Path

from forum import clock, create_app, ids
from forum.extensions import begin_writing, db
from forum.identity.seeds import derive
from forum.models import Ban, BoardState
from forum.moderation import bans
from forum.runtime import runtime

BANS = 10_000


def row(instance: Path, rounds: int) -> tuple[str, str, str]:
    """The row of the table: every ban in a thread of its own, the seed never tried before."""
    app = create_app({"FORUM_INSTANCE": str(instance), "FORUM_SEARCH": "memory"})
    with app.app_context():
        begin_writing()
        db.session.add_all(_strangers())
        db.session.get_one(BoardState, 1).ban_number = BANS
        db.session.commit()
        times = []
        for _ in range(rounds * 4):
            identity = derive(secrets.token_bytes(16), runtime().keys)
            began = time.perf_counter()
            bans.try_all(identity, since=0, epoch=0)
            times.append(time.perf_counter() - began)
        db.session.execute(db.delete(Ban))
        db.session.commit()
        db.engine.dispose()
    return (f"ban check, {BANS:,} live bans", f"{statistics.median(times) * 1000:.0f} ms", "< 50 ms")


def _strangers() -> list[Ban]:
    return [
        Ban(
            id=ids.new_id(),
            thread_id=ids.new_id(),
            tag=secrets.token_bytes(16),
            pepper_version=1,
            scope="board",
            reason="promise_4",
            from_day=clock.today(),
            until_day=clock.date_after(30),
            number=number,
        )
        for number in range(1, BANS + 1)
    ]
