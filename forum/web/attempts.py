"""Wrong tries at the desk's door are slowed: by network and name together, and by device where one is known.

Counting by name alone would let anybody keep a moderator out, counting by network alone would let their neighbours do it.
A device that the moderator has signed in with counts its own tries only. A try is counted before it is looked at, so that
many at once are no way around, and given back when it was right.
"""

import hmac
import math
import unicodedata

from forum import clock, errors
from forum.models import Moderator
from forum.moderation import staff
from forum.runtime import runtime
from forum.web import limits
from forum.web.devices import device_name, is_device_of

TRIES = "5 per 5 minute; 12 per 1 hour; 40 per 1 day"
SCOPE = "tries"


def count_try(name: str) -> int | None:
    """Count a try under this name from here; the seconds to wait when there were too many, and None when there were not."""
    ends = limits.spend(TRIES, SCOPE, _who(name))
    return None if ends is None else max(1, math.ceil(ends - clock.now().timestamp()))


def forgive(name: str) -> None:
    """It was right: what was mistyped before is forgotten."""
    limits.give_back(TRIES, SCOPE, _who(name))


def _who(name: str) -> str:
    device = device_name()
    if device and is_device_of(_named(name)):
        return f"d{device}"
    plain = unicodedata.normalize("NFKC", name).strip().encode("utf-8", "replace")
    pair = b"tries" + limits.slot().encode() + plain
    return "p" + hmac.digest(runtime().day_key.current(), pair, "sha256").hex()[:32]


def _named(name: str) -> Moderator | None:
    try:
        return staff.moderator_named(name)
    except errors.NotFound:
        return None
