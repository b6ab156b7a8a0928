"""Passkeys between this request's browser and the domain: where the board is, what is asked, and what came back."""

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from flask import request

from forum.forms.base import KEPT_AS
from forum.forms.moderation import PasskeyForm, ProveForm
from forum.identity.cookie import NOBODY
from forum.moderation import ceremony, passkeys
from forum.moderation.ceremony import Challenge, PasskeyRefused, Site
from forum.runtime import runtime
from forum.web.staff import current_moderator, staff_session


def site() -> Site | None:
    """This board as browsers see it; None where no browser makes passkeys: at an address without a name."""
    host = urlsplit(f"//{request.host}").hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return (
            Site(host, f"{request.scheme}://{request.host}", runtime().settings.site_name) if host else None
        )
    return None


def asked(aim: str) -> dict[str, Any]:
    """A challenge in its box, and what the browser is to do with it; only where there is a :func:`site`."""
    keys, here = runtime().keys, _site()
    box = ceremony.new_challenge(aim=aim, owner=_owner(aim), browser=_browser(), keys=keys)
    if aim != ceremony.NEW:
        return {"box": box, "options": ceremony.options_for_answer(box=box, site=here, keys=keys)}
    moderator = current_moderator()
    options = ceremony.options_for_new(
        box=box,
        owner=moderator.id,
        name=moderator.name,
        known=[key.credential_id for key in passkeys.passkeys_of(moderator)],
        site=here,
        keys=keys,
    )
    return {"box": box, "options": options}


def opened(form: PasskeyForm | ProveForm, *, aim: str) -> Challenge:
    """The challenge that came back with a form. Raises PasskeyRefused."""
    return ceremony.opened_challenge(
        box=form.box.data, aim=aim, owner=_owner(aim), browser=_browser(), keys=runtime().keys
    )


def new_key(form: PasskeyForm, challenge: Challenge) -> ceremony.NewKey:
    """The key that a device has just made. Raises PasskeyRefused."""
    return ceremony.checked_new(form.answer.data, challenge, _site())


def shown(form: PasskeyForm | ProveForm, *, aim: str) -> passkeys.Shown:
    """The passkey that a device has just shown. Raises PasskeyRefused, and WentBack for one that may have been copied."""
    return passkeys.check(answer=form.answer.data, challenge=opened(form, aim=aim), site=_site())


def _site() -> Site:
    found = site()
    if found is None:
        raise PasskeyRefused
    return found


def _owner(aim: str) -> bytes:
    return NOBODY if aim == ceremony.IN else current_moderator().id


def _browser() -> str:
    return str(staff_session().get(KEPT_AS, ""))
