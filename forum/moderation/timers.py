"""Moments still to come: the one table with times finer than a day. A row goes when it fires."""

from datetime import datetime

from sqlalchemy import delete

from forum import clock
from forum.extensions import db
from forum.models import Timer


def set_timer(kind: str, target: bytes, due: datetime) -> None:
    """Let something end or happen at ``due`` (aware), instead of when it was set for before."""
    db.session.merge(
        Timer(kind=kind, target=target, due=due.astimezone(clock.BOARD_ZONE).replace(tzinfo=None))
    )
    db.session.flush()


def due_of(kind: str, target: bytes) -> datetime | None:
    """When that is (aware), or None when no such moment is to come."""
    timer = db.session.get(Timer, (kind, target), populate_existing=True)
    return timer.due.replace(tzinfo=clock.BOARD_ZONE) if timer else None


def end_timer(kind: str, target: bytes) -> None:
    """That moment is not to come any more."""
    db.session.execute(delete(Timer).where(Timer.kind == kind, Timer.target == target))
