"""How long a thread takes answers, and how long it stays: what its opener decides about it as a whole.

Closing (〆) is not locking: a lock is a moderator's and stays whatever the opener does. Verbs are idempotent, say
whether they changed anything, take a thread that was locked by ``lifecycle.stand_in_line``, flush and never commit.
"""

from datetime import date

from forum.models import Thread
from forum.moderation import bans, receipts
from forum.moderation.versions import raise_version


def close(thread: Thread) -> bool:
    """No more answers, by its opener's wish. ``reopen`` is the way back."""
    return _set_closed(thread, True)


def reopen(thread: Thread) -> bool:
    """Answers again, where no moderator has locked the thread."""
    return _set_closed(thread, False)


def prolong(thread: Thread, ends_on: date) -> bool:
    """Let a thread stay until the end of that day; it never becomes shorter.

    What lasts as long as the thread goes along: the receipts of its posts, and steps that keep somebody out of it.
    """
    if thread.ends_on >= ends_on:
        return False
    thread.ends_on = ends_on
    raise_version(thread.id)
    receipts.last_until(thread.id, ends_on)
    bans.last_until(thread.id, ends_on)
    return True


def _set_closed(thread: Thread, closed: bool) -> bool:
    if thread.is_closed == closed:
        return False
    thread.is_closed = closed
    raise_version(thread.id)
    return True
