"""One step of the board's own work, which takes no other with it when it fails."""

from collections.abc import Callable

from forum import logs
from forum.extensions import db


def attempt(step: Callable[[], object]) -> bool:
    """Do one step; a fault is noted without its message, which may hold somebody's words."""
    try:
        step()
    except Exception as fault:  # whatever it is, the other steps go on
        logs.fault(fault)
        return False
    finally:
        db.session.remove()
    return True
