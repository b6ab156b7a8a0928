"""One step of the board's own work, which takes no other with it when it fails, and how long to wait after one."""

from collections.abc import Callable

from forum import logs
from forum.extensions import db

PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0

Told = Callable[[Exception], None]


def attempt(step: Callable[[], object], tell: Told = logs.fault) -> bool:
    """Do one step; a fault is noted without its message, which may hold somebody's words."""
    try:
        step()
    except Exception as fault:  # whatever it is, the other steps go on
        tell(fault)
        return False
    finally:
        db.session.remove()
    return True


def pause_after(pause: float, *, healthy: bool) -> float:
    """The seconds until the next round, by those before this one.

    A database that is away is asked less and less often, or the log would fill with one line.
    """
    return PAUSE_SECONDS if healthy else min(pause * 2, LONGEST_PAUSE_SECONDS)
