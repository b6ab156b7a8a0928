"""Who is at the desk, asked of the database at every request: who is disabled is out with the next one."""

from typing import Any

from flask import Response, abort, current_app, g, make_response, redirect, request, session, url_for
from sqlalchemy import select

from forum.extensions import db
from forum.identity.cookie import NOBODY
from forum.models import Moderator
from forum.moderation import roles
from forum.web.devices import forget_device
from forum.web.sessions import SealedSessions, StaffSession

MODE = "Sec-Fetch-Mode"


def only_moderators() -> Response | None:
    """Before every page of the desk: a stranger who reads is led to the login, one who sends is refused."""
    refused = only_moderators_quietly()
    # What a script asks by itself on an open page does not show that anybody is there.
    if refused is None and request.headers.get(MODE, "navigate") == "navigate":
        staff_session().stay()
    return refused


def only_moderators_quietly() -> Response | None:
    """The same before what only a script asks by itself, whatever the browser says of it: the session is not renewed."""
    if signed_in() is not None:
        return None
    if request.method not in {"GET", "HEAD"}:
        abort(403)
    return make_response(redirect(url_for("staff.login"), 303))


def signed_in() -> Moderator | None:
    """The moderator of this request, or None; looked up once."""
    if "moderator" not in g:
        g.moderator = _load()
    found: Moderator | None = g.moderator
    return found


def current_moderator() -> Moderator:
    """The moderator of this request; only behind :func:`only_moderators`."""
    moderator = signed_in()
    if moderator is None:
        abort(403)
    return moderator


def is_lead() -> bool:
    """Whether whoever is at the desk leads, or operates the board."""
    return roles.may(signed_in(), "lead")


def ensure_lead() -> None:
    """Refuse a page for leads to everybody else at the desk."""
    if not is_lead():
        abort(403)


def staff_session() -> StaffSession:
    """The session of the desk."""
    held = session._get_current_object()  # type: ignore[attr-defined]
    if not isinstance(held, StaffSession):
        abort(403)
    return held


def leave_desk(response: Response) -> None:
    """The quick exit ends the desk's session too, wherever it was pressed."""
    sessions = current_app.session_interface
    if isinstance(sessions, SealedSessions):
        sessions.drop_staff(response)
        forget_device(response)


def navigation() -> dict[str, Any]:
    """What the frame of the desk asks about whoever sits at it."""
    return {"is_lead": is_lead()}


def _load() -> Moderator | None:
    state = staff_session().staff
    if state.moderator_id == NOBODY or not staff_session().is_alive:
        return None
    return db.session.scalars(
        select(Moderator).where(
            Moderator.id == state.moderator_id,
            Moderator.session_epoch == state.session_epoch,
            Moderator.is_disabled.is_(False),
        )
    ).one_or_none()
