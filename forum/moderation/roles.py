"""Who of the caretakers may do what: the one place where a role is asked about."""

from collections.abc import Mapping

from forum import errors
from forum.models import Moderator
from forum.models.staff import ROLES

_MODERATOR, _LEAD, _OPERATOR = ROLES
_LEADING = frozenset({_LEAD, _OPERATOR})

# Each act that not everybody at the desk may do, and whose it is.
ALLOWED: Mapping[str, frozenset[str]] = {
    "decide": frozenset(ROLES),
    "lead": _LEADING,  # pages that only whoever leads sees
    "recover": _LEADING,
}


def may(moderator: Moderator | None, act: str) -> bool:
    """Whether this moderator's role allows the act; nobody, and whoever is disabled, may nothing."""
    return moderator is not None and not moderator.is_disabled and moderator.role in ALLOWED[act]


def may_recover(actor: Moderator | None, whom: Moderator) -> bool:
    """Whether ``actor`` may give ``whom`` a new way in. Never themselves; an operator is helped by an operator alone.

    Threat: a new way in makes somebody else of its holder for as long as nobody notices, so it never leads upwards; and
    whoever was shut out is let in again at the command line only.
    """
    if actor is None or actor.id == whom.id or whom.is_disabled or not may(actor, "recover"):
        return False
    return whom.role != _OPERATOR or actor.role == _OPERATOR


def may_end(actor: Moderator, whom: Moderator) -> bool:
    """Whether ``actor`` may end ``whom``'s place at the desk: nobody their own by a slip, an operator's only an operator."""
    if actor.id == whom.id or not may(actor, "lead"):
        return False
    return whom.role != _OPERATOR or actor.role == _OPERATOR


def ensure_may_recover(actor: Moderator, whom: Moderator) -> None:
    """Raises NotFound, as for somebody who is not there."""
    if not may_recover(actor, whom):
        raise errors.NotFound
