"""What a new identity costs at this moment: counted by network and for the whole board, and forgotten with the day.

Threat: identities by the thousand; and, on the other side, a store of counters that grows with every network that is
seen. Counters stand where Flask-Limiter keeps its own (memory, or a Redis that several processes share), under names
that are HMACs of the day's key. A network's name is cut to one of 65,536 slots: however many networks come, there are
never more counters than that, and a slot names nobody even to whoever has the key.
"""

import hmac

from flask import request

from forum import clock, errors
from forum.identity.price import (
    GRACE_LEVELS,
    MOST_BOARD_LEVEL,
    Price,
    is_proof,
    level_of,
    price_at,
)
from forum.identity.tickets import Ticket, ensure_ripe
from forum.runtime import runtime
from forum.web.limits import add, count_of, slot
from forum.web.viewer import viewer

BACK = "back"
#: What may give a browser an identity. Letters and what is put aside give none, and cost the plain wait.
GIVES_AN_IDENTITY = frozenset({"new", "reply", "react", "flag", "fold", BACK})
#: So many words that opened nothing, from all networks together within an hour, are free of a ticket.
FREE_TRIES = 300
HOUR_SECONDS = 60 * 60
#: While tries cost a ticket each, one is good for so long after its wait: what must be remembered of it stays small.
TRY_SECONDS = 30 * 60


def level_for(purpose: str) -> int:
    """The level a form of this purpose is given at, to whoever opens it now."""
    if runtime().settings.ticket_seconds == 0:
        return 0
    level = identity_level() if pays_for(purpose) else 0
    return max(level, tries_level()) if purpose == BACK else level


def pays_for(purpose: str) -> bool:
    """Whether this viewer would get an identity from it. A seed that is carried was paid for; twelve words may be the
    next one, whatever is carried."""
    return purpose in GIVES_AN_IDENTITY and (purpose == BACK or viewer().identity is None)


def identity_level() -> int:
    """The level of a new identity for the network of this request."""
    settings = runtime().settings
    board = level_of(count_of(_of_today("board")), settings.identities_on_board, MOST_BOARD_LEVEL)
    if _is_onion():
        return board
    return max(board, level_of(count_of(_network()), settings.identities_per_bucket))


def count_identity() -> None:
    """Somebody got an identity: this network and the board have one more today."""
    seconds = clock.seconds_left_today()
    add(_of_today("board"), seconds)
    if not _is_onion():
        add(_network(), seconds)


def price_now(level: int) -> Price:
    """The price at a level on this board."""
    return price_at(level, runtime().settings.ticket_seconds)


def is_worthless(ticket: Ticket, level: int) -> bool:
    """Whether the price has risen too far since this ticket was given."""
    return level > ticket.level + GRACE_LEVELS


def ensure_paid(ticket: Ticket, *, text: str, proof: str, level: int) -> None:
    """Whether a ticket has been waited and worked for. ``level`` is the present one.

    Raises NotYet when the price has risen too far since the ticket was given (it is worth nothing then) or when a
    risen one is not paid yet; TooSoon within the plain wait.
    """
    if is_worthless(ticket, level):
        risen = price_now(level)
        raise errors.NotYet(risen.wait if proof else risen.wait_unproven)
    price = price_now(min(ticket.level, level))
    is_proven = bool(price.bits) and is_proof(text, proof, price.bits)
    try:
        ensure_ripe(ticket, price.wait if is_proven else price.wait_unproven)
    except errors.TooSoon as soon:
        raise (errors.NotYet(soon.seconds) if price.level else soon) from None


def tries_level() -> int:
    """How dear a try of words at /back is: 0 as long as few of this hour opened nothing."""
    return level_of(count_of(_this_hour()), FREE_TRIES, MOST_BOARD_LEVEL)


def count_wrong_try() -> None:
    """Words that opened nothing: one more for the whole board in this hour."""
    add(_this_hour(), HOUR_SECONDS)


def ensure_one_try(ticket: Ticket, words: str) -> bool:
    """One ticket is one try; says whether it is the first with it. The same words again (a double press, deleting what
    they opened) are the same try.

    Raises Expired when the ticket was used for other words, or kept too long.
    """
    if ticket.age > price_now(ticket.level).wait_unproven + TRY_SECONDS:
        raise errors.Expired
    same = _try_name(ticket.post_id + words.encode())
    if count_of(same):
        return False
    if add(_try_name(ticket.post_id), _try_memory()) > 1:
        raise errors.Expired
    add(same, _try_memory())
    return True


def _try_memory() -> int:
    return price_now(MOST_BOARD_LEVEL).wait_unproven + TRY_SECONDS


def _try_name(what: bytes) -> str:
    return "nagi/try/" + hmac.digest(runtime().day_key.current(), b"try" + what, "sha256").hex()[:24]


def _network() -> str:
    return _of_today(slot())


def _of_today(what: str) -> str:
    return f"nagi/identities/{_day()}/{what}"


def _this_hour() -> str:
    return f"nagi/tries/{_day()}/{clock.now().hour}"


def _day() -> str:
    # Slots of yesterday mean other networks: the name says which day's key they were cut from.
    return hmac.digest(runtime().day_key.current(), b"price", "sha256").hex()[:8]


def _is_onion() -> bool:
    # Everybody who comes through an onion service has one address; the board's own budget carries them. Anybody can say
    # that host; through the proxy of the open net whoever says so comes over TLS, and an onion service does not.
    host = request.host.split(":")[0]
    return not request.is_secure and host.endswith(".onion") and host in runtime().settings.public_hosts
