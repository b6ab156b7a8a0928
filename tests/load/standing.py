"""What looking for a newcomer's deeds through the whole board costs: the most a write of theirs can."""

import secrets
import statistics
import time
from pathlib import Path

from sqlalchemy import func

from forum import create_app
from forum.extensions import db
from forum.identity.seeds import derive
from forum.models import Thread
from forum.posting.standing import MOST_THREADS, has_standing
from forum.runtime import runtime


def row(instance: Path, rounds: int) -> tuple[str, str, str]:
    """The row of the table: a seed that has done nothing here, with a cookie that says nothing of when it came."""
    app = create_app({"FORUM_INSTANCE": str(instance), "FORUM_SEARCH": "memory"})
    with app.app_context():
        threads = db.session.scalar(db.select(func.count()).select_from(Thread)) or 0
        times = []
        for _ in range(rounds):
            identity = derive(secrets.token_bytes(16), runtime().keys)
            began = time.perf_counter()
            has_standing(identity, since=None)
            times.append(time.perf_counter() - began)
        db.session.remove()
        db.engine.dispose()
    looked_at = min(threads, MOST_THREADS)
    return (f"standing, {looked_at:,} threads", f"{statistics.median(times) * 1000:.0f} ms", "")
