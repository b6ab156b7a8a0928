"""Which browsers a moderator has signed in with: a sealed cookie on the desk's path, with a number drawn at random.

It opens nothing. It only says that wrong tries made elsewhere, by whomever, are not this browser's: nobody can use them
to keep a moderator from the desk. Whoever is given another login starts without one, so a lost device knows nothing.
"""

import hmac
import secrets

from flask import Response, request

from forum.identity.cookie import DEVICE_BYTES, DeviceState, open_device, seal_device
from forum.models import Moderator
from forum.runtime import runtime
from forum.web.sessions import DESK

DAYS = 90


def known_device() -> DeviceState | None:
    """The device of this request, when it is one."""
    return open_device(request.cookies.get(_cookie_name(), ""), runtime().keys)


def device_name() -> str | None:
    """What counters call this device today; None for one that nobody has signed in with."""
    found = known_device()
    if found is None:
        return None
    return hmac.digest(runtime().day_key.current(), b"device" + found.number, "sha256").hex()[:32]


def is_device_of(moderator: Moderator | None) -> bool:
    """Whether this moderator has signed in here, with the login they have now."""
    found = known_device()
    if found is None or moderator is None:
        return False
    return (found.moderator_id, found.session_epoch) == (moderator.id, moderator.session_epoch)


def remember_device(response: Response, moderator: Moderator) -> None:
    """This moderator has just signed in here."""
    found = known_device()
    same = found is not None and found.moderator_id == moderator.id
    number = found.number if found and same else secrets.token_bytes(DEVICE_BYTES)
    response.set_cookie(
        _cookie_name(),
        seal_device(DeviceState(moderator.id, moderator.session_epoch, number), runtime().keys),
        max_age=DAYS * 24 * 3600,
        path=DESK,
        secure=_is_secure(),
        httponly=True,
        samesite="Strict",
    )


def forget_device(response: Response) -> None:
    """The quick exit leaves nothing on the device."""
    response.delete_cookie(_cookie_name(), path=DESK, secure=_is_secure(), httponly=True, samesite="Strict")


def _cookie_name() -> str:
    return "__Secure-d" if _is_secure() else "d"


def _is_secure() -> bool:
    return not runtime().settings.is_local
