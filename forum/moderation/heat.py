"""Heated threads: while many answer at once and several are hurt, a thread slows down, and cools down by itself.

Nothing is punished and nothing is hidden; there is only a rest between two answers of one writer. When it ends stands in
``timer`` and nowhere else, and the row goes when it fires.
"""

from datetime import timedelta

from forum import clock
from forum.moderation.timers import due_of, set_timer

KIND = "heated"
MINUTES = 60


def slow_down(thread_id: bytes) -> None:
    """Let a thread go slowly for MINUTES minutes from now."""
    set_timer(KIND, thread_id, clock.now() + timedelta(minutes=MINUTES))


def is_heated(thread_id: bytes) -> bool:
    """Whether it goes slowly now."""
    due = due_of(KIND, thread_id)
    return due is not None and due > clock.now()
