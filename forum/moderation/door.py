"""The board's own door: when no moderator has signed in for long, writing rests until the first one does.

A board that nobody looks after must not go on collecting what people write at night. When somebody last came is a time
finer than a day: it stands in ``timer`` alone, whole hours of it, for all moderators together, and goes when it fires.
"""

from datetime import timedelta

from forum import clock
from forum.moderation import state
from forum.moderation.timers import due_of, set_timer

TIMER = "door"
BOARD = bytes(16)  # a timer has a target; this one is about the board


def someone_came(*, hours: int) -> bool:
    """A moderator signs in: the hours begin anew, and writing goes on if it rested for want of one. Says whether it did.

    It takes the board's row, so it stands before anything that is put into the record.
    """
    _wait(hours)
    return state.shut(False)


def watch(*, hours: int) -> bool:
    """Let the hours begin on a board where they do not run: a new one, or one that was put back, which brings no times."""
    if due_of(TIMER, BOARD) is not None or state.board_state().is_shut:
        return False
    _wait(hours)
    return True


def close() -> bool:
    """The hours are over; says whether writing went on until now. Reading stays."""
    return state.shut(True)


def _wait(hours: int) -> None:
    moment = clock.now() + timedelta(hours=hours)
    whole = moment.replace(minute=0, second=0, microsecond=0)
    set_timer(TIMER, BOARD, whole if whole == moment else whole + timedelta(hours=1))
