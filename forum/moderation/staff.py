"""Moderators' logins: a one-time link, a password with a second factor, and an end that takes effect at once.

Threats: a stolen database must not let anybody in (passwords are argon2id, second factors sealed under a key
that is not in it, links only an HMAC, passkeys their public half); a stranger must not learn who is a moderator (the same answer and the
same work for unknown names) nor be able to lock one out (web/attempts.py); a lead who helps somebody in again cannot do
so unseen, nor take the place of an operator (roles.py).
"""

import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.exc import IntegrityError

from forum import clock, errors, journal
from forum.extensions import db
from forum.identity.keys import Keys
from forum.identity.sealed import encode_text
from forum.models import Moderator, Passkey, Timer
from forum.models.staff import NAME_LENGTH, ROLES
from forum.moderation import asides, audit, leases, leaving, roles, rota
from forum.moderation.credentials import (
    Credentials,
    decoy_hash,
    end_of_step,
    link_hash,
    new_token,
    opened_secret,
    password_fits,
    step_ending_at,
    step_of,
)
from forum.moderation.timers import due_of, set_timer

LINK_DAYS = 3
RECOVERY_HOURS = 24
FIRST_NAME = "世話人1"
CODE, ENROL = "code", "enrol"


class LoginRefused(errors.ForumError):
    """Name, password or code do not fit. Which of them is not said, to nobody."""


@dataclass(frozen=True)
class Proof:
    """A password and a code that fitted: what :func:`log_in` makes a session of."""

    moderator_id: bytes
    session_epoch: int
    step: int


def add_moderator(*, name: str, role: str, keys: Keys) -> tuple[Moderator, str]:
    """Create a moderator without a password and return them with the token of their one-time link.

    Raises Invalid (``name``: empty, too_long, taken; ``role``: unknown).
    """
    name = unicodedata.normalize("NFKC", name).strip()
    if not name or len(name) > NAME_LENGTH:
        raise errors.Invalid("name", "too_long" if name else "empty")
    if role not in ROLES:
        raise errors.Invalid("role", "unknown")
    moderator = Moderator(name=name, role=role, password_hash="", totp_sealed="", added_day=clock.today())
    try:
        with db.session.begin_nested():
            db.session.add(moderator)
            db.session.flush()
    except IntegrityError as taken:
        raise errors.Invalid("name", "taken") from taken
    token = _fresh_link(moderator, keys)
    audit.record(key=keys.audit, action="moderator_added", reason=encode_text(moderator.id))
    return moderator, token


def disable_moderator(*, moderator: Moderator, keys: Keys) -> bool:
    """End a moderator's sessions with their next request, free what they were reading, stop what they pressed and has no
    effect yet, void their link."""
    if moderator.is_disabled:
        return False
    moderator.is_disabled = True
    moderator.session_epoch += 1
    moderator.enrol_hash = moderator.enrol_until = None
    db.session.flush()
    journal.note("login", moderator.id)
    leaving.stop(moderator=moderator, audit_key=keys.audit, for_good=False)
    audit.record(key=keys.audit, action="moderator_disabled", reason=encode_text(moderator.id))
    return True


def leave(*, moderator: Moderator, keys: Keys, actor: Moderator | None = None) -> bool:
    """Somebody leaves for good: sessions end with their next request, leases and hours to come are free, what has no effect
    yet never has one, link, password and second factor are void. ``actor`` is the lead who says so, None at the command line.

    What they decided stays; the decisions of the last days are listed by ``queries.staff``, and :func:`leaving.reopen`
    lets everybody look at them anew. Says whether they were at the desk until now.
    """
    was_here = not moderator.is_disabled
    rota.forget(moderator.id)
    asides.forget(moderator.id)
    if not was_here:
        return False
    moderator.is_disabled = True
    moderator.enrol_hash = moderator.enrol_until = None
    db.session.flush()
    leaving.stop(moderator=moderator, audit_key=keys.audit, for_good=True)
    _shut(moderator)
    audit.record(key=keys.audit, action="moderator_left", actor=actor, reason=encode_text(moderator.id))
    return True


def has_left(moderator: Moderator) -> bool:
    """Whether somebody left for good, and is not only kept out for a while."""
    return moderator.is_disabled and not moderator.password_hash


def reset_moderator(*, moderator: Moderator, keys: Keys) -> str:
    """Forget password, second factor and passkeys, end all sessions, and return the token of a new one-time link."""
    moderator.is_disabled = False
    _shut(moderator)
    token = _fresh_link(moderator, keys)
    audit.record(key=keys.audit, action="moderator_reset", reason=encode_text(moderator.id))
    return token


def recover_moderator(*, moderator: Moderator, by: Moderator, keys: Keys) -> str:
    """The same by somebody who leads, for one day. It stands in the record under their name.

    Raises NotFound when ``by`` may not do so.
    """
    roles.ensure_may_recover(by, moderator)
    _shut(moderator)
    token = _fresh_link(moderator, keys, hours=RECOVERY_HOURS)
    audit.record(key=keys.audit, action="recovery_given", actor=by, reason=encode_text(moderator.id))
    return token


def first_enrolment(*, keys: Keys) -> str | None:
    """On a board without any moderator:

    create the first one and return the path of the link, once; else None.

    Asked for again before anybody used it, it makes the link anew, because the first was shown once and may
    be lost.
    """
    known = db.session.scalars(select(Moderator).limit(2)).all()
    if not known:
        _moderator, token = add_moderator(name=FIRST_NAME, role="operator", keys=keys)
        return enrolment_path(token)
    only = known[0]
    if len(known) == 1 and only.name == FIRST_NAME and not only.password_hash and not only.is_disabled:
        return enrolment_path(_fresh_link(only, keys))
    return None


def enrolment_path(token: str) -> str:
    """The path of a one-time link; to be shown once and stored nowhere."""
    return f"/m/enrol/{token}"


def moderator_named(name: str) -> Moderator:
    """A moderator by name. Raises NotFound."""
    name = unicodedata.normalize("NFKC", name).strip()
    found = db.session.scalars(select(Moderator).where(Moderator.name == name)).one_or_none()
    if found is None:
        raise errors.NotFound
    return found


def everyone() -> list[Moderator]:
    """All moderators by name."""
    return list(db.session.scalars(select(Moderator).order_by(Moderator.name)))


def invited(token: str, keys: Keys) -> Moderator:
    """Whom a one-time link invites. Raises NotFound for one that is used, too old, voided or not ours."""
    found = db.session.scalars(
        select(Moderator).where(Moderator.enrol_hash == link_hash(token, keys))
    ).one_or_none()
    if found is None or found.is_disabled or found.enrol_until is None or found.enrol_until < clock.today():
        raise errors.NotFound
    ends = due_of(ENROL, found.id)
    if ends is not None and ends <= clock.now():
        raise errors.NotFound
    return found


def end_link(moderator_id: bytes) -> None:
    """A link that was good for some hours is over."""
    ended = {"enrol_hash": None, "enrol_until": None}
    db.session.execute(update(Moderator).where(Moderator.id == moderator_id).values(ended))


def enrol(*, token: str, credentials: Credentials, keys: Keys) -> Moderator:
    """Put the credentials in force and use the link up. Raises NotFound when the link is none any more."""
    moderator = invited(token, keys)
    done: CursorResult[Any] = db.session.execute(  # type: ignore[assignment]
        update(Moderator)
        .where(Moderator.id == moderator.id, Moderator.enrol_hash == moderator.enrol_hash)
        .values(
            password_hash=credentials.password_hash,
            totp_sealed=credentials.totp_sealed,
            enrol_hash=None,
            enrol_until=None,
            session_epoch=Moderator.session_epoch + 1,
        )
        .execution_options(synchronize_session=False)
    )
    if done.rowcount == 0:
        raise errors.NotFound
    db.session.refresh(moderator)
    _use_up(moderator.id, credentials.step)
    _forget_hour(moderator.id)
    audit.record(key=keys.audit, action="enrolled", actor=moderator)
    return moderator


def check_login(*, name: str, password: str, code: str, keys: Keys) -> Proof:
    """Try name, password and code;

    slow, writes nothing. Raises LoginRefused, in the same time whatever is wrong.
    """
    name = unicodedata.normalize("NFKC", name).strip()
    found = db.session.scalars(select(Moderator).where(Moderator.name == name)).one_or_none()
    usable = found if found and found.password_hash and not found.is_disabled else None
    fits = password_fits(usable.password_hash if usable else decoy_hash(), password)
    step = step_of(opened_secret(usable.totp_sealed if usable else "", keys), code)
    if usable is None or not fits or step is None or _is_used(usable.id, step):
        raise LoginRefused
    return Proof(usable.id, usable.session_epoch, step)


def log_in(*, proof: Proof, keys: Keys, action: str = "sign_in") -> Moderator:
    """Use the code up. Raises LoginRefused when it was used meanwhile or the moderator disabled or reset.

    ``action`` is what the record says: signing in, or showing once more that it is they.
    """
    moderator = still_able(proof.moderator_id, proof.session_epoch)
    if moderator is None or _is_used(proof.moderator_id, proof.step):
        raise LoginRefused
    _use_up(moderator.id, proof.step)
    audit.record(key=keys.audit, action=action, actor=moderator)
    return moderator


def still_able(moderator_id: bytes, session_epoch: int) -> Moderator | None:
    """The moderator behind a lock, unless they were disabled or given another login since ``session_epoch``."""
    able = (
        select(Moderator)
        .where(
            Moderator.id == moderator_id,
            Moderator.session_epoch == session_epoch,
            Moderator.is_disabled.is_(False),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return db.session.execute(able).scalar_one_or_none()


def _is_used(moderator_id: bytes, step: int) -> bool:
    """Whether this code, or a later one, let this moderator in already: each works once."""
    due = due_of(CODE, moderator_id)
    return due is not None and step_ending_at(due) >= step


def _use_up(moderator_id: bytes, step: int) -> None:
    # A timer and no column: when somebody signed in is a time finer than a day, and goes when the code has run out.
    set_timer(CODE, moderator_id, end_of_step(step))


def _shut(moderator: Moderator) -> None:
    moderator.password_hash = moderator.totp_sealed = ""
    moderator.session_epoch += 1
    db.session.execute(delete(Passkey).where(Passkey.moderator_id == moderator.id))
    journal.note("login", moderator.id)
    leases.free_leases(moderator)


def _fresh_link(moderator: Moderator, keys: Keys, hours: int | None = None) -> str:
    token = new_token()
    moderator.enrol_hash = link_hash(token, keys)
    moderator.enrol_until = clock.today() + timedelta(days=LINK_DAYS)
    _forget_hour(moderator.id)
    if hours is not None:
        # The hour stands in a timer, where it goes when it is over; the column tells no more than the day.
        ends = clock.now() + timedelta(hours=hours)
        moderator.enrol_until = ends.astimezone(clock.BOARD_ZONE).date()
        set_timer(ENROL, moderator.id, ends)
    db.session.flush()
    return token


def _forget_hour(moderator_id: bytes) -> None:
    # Or the end of an older link would be taken for this one's.
    db.session.execute(delete(Timer).where(Timer.kind == ENROL, Timer.target == moderator_id))
