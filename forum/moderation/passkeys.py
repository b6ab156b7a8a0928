"""The passkeys of moderators: several each, named, removable; and the way in by one of them."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, select, update
from sqlalchemy.exc import IntegrityError

from forum import clock, errors, journal
from forum.extensions import db
from forum.identity.cookie import NOBODY
from forum.identity.keys import Keys
from forum.identity.sealed import encode_text
from forum.models import Moderator, Passkey, Timer
from forum.models.staff import CREDENTIAL_LENGTH, NAME_LENGTH
from forum.moderation import audit, staff
from forum.moderation.ceremony import Challenge, NewKey, PasskeyRefused, Site, checked_count, credential_of

MOST = 10
CHALLENGE = "challenge"


class WentBack(PasskeyRefused):
    """The key's count of uses did not go up: there may be two of it."""

    def __init__(self, passkey_id: bytes, moderator_id: bytes) -> None:
        super().__init__()
        self.passkey_id = passkey_id
        self.moderator_id = moderator_id


@dataclass(frozen=True)
class Shown:
    """A passkey that fitted: what :func:`take` makes a session, or a fresh proof, of."""

    passkey_id: bytes
    moderator_id: bytes
    session_epoch: int
    count_before: int
    count: int
    challenge: Challenge


def passkeys_of(moderator: Moderator) -> list[Passkey]:
    """A moderator's passkeys by name."""
    query = select(Passkey).where(Passkey.moderator_id == moderator.id).order_by(Passkey.name, Passkey.id)
    return list(db.session.scalars(query))


def add(*, moderator: Moderator, name: str, key: NewKey, challenge: Challenge, keys: Keys) -> Passkey:
    """Keep the public half of a new key.

    Raises Invalid (``name``: empty, too_long, taken, many) and PasskeyRefused (a challenge used before, a key known
    already).
    """
    name = unicodedata.normalize("NFKC", name).strip()
    if not name or len(name) > NAME_LENGTH:
        raise errors.Invalid("name", "too_long" if name else "empty")
    if len(key.credential_id) > CREDENTIAL_LENGTH:
        raise PasskeyRefused
    if staff.still_able(moderator.id, moderator.session_epoch) is None:
        raise PasskeyRefused
    _use_up(challenge)
    _ensure_room(moderator, name)
    made = Passkey(
        moderator_id=moderator.id, name=name, added_day=clock.today(),
        credential_id=key.credential_id, public_key=key.public_key, sign_count=key.sign_count,
    )  # fmt: skip
    try:
        with db.session.begin_nested():
            db.session.add(made)
            db.session.flush()
    except IntegrityError as known:
        raise PasskeyRefused from known
    audit.record(key=keys.audit, action="passkey_added", actor=moderator, reason=encode_text(made.id))
    return made


def remove(*, passkey_id: bytes, moderator: Moderator, keys: Keys) -> None:
    """Take a key away; no backup brings it back. Raises NotFound for one that is not this moderator's."""
    found = db.session.get(Passkey, passkey_id)
    if found is None or found.moderator_id != moderator.id:
        raise errors.NotFound
    db.session.delete(found)
    db.session.flush()
    journal.note("passkey", passkey_id)
    audit.record(key=keys.audit, action="passkey_removed", actor=moderator, reason=encode_text(passkey_id))


def check(*, answer: str, challenge: Challenge, site: Site) -> Shown:
    """Look at an answer; writes nothing.

    Raises PasskeyRefused; WentBack when it was signed by the right key, whose count did not go up.
    """
    row = db.session.execute(
        select(Passkey, Moderator)
        .join(Moderator, Moderator.id == Passkey.moderator_id)
        .where(Passkey.credential_id == credential_of(answer), Moderator.is_disabled.is_(False))
    ).one_or_none()
    if row is None:
        raise PasskeyRefused
    passkey, moderator = row
    if challenge.owner not in (NOBODY, moderator.id):
        raise PasskeyRefused
    count = checked_count(answer, challenge, site, passkey.public_key)
    if (count or passkey.sign_count) and count <= passkey.sign_count:
        raise WentBack(passkey.id, moderator.id)
    return Shown(passkey.id, moderator.id, moderator.session_epoch, passkey.sign_count, count, challenge)


def take(*, shown: Shown, keys: Keys, action: str = "sign_in") -> Moderator:
    """Use the challenge up and move the count on. Raises PasskeyRefused when somebody was first, or it ended meanwhile."""
    moderator = staff.still_able(shown.moderator_id, shown.session_epoch)
    if moderator is None:
        raise PasskeyRefused
    moved: CursorResult[Any] = db.session.execute(  # type: ignore[assignment]
        update(Passkey)
        .where(Passkey.id == shown.passkey_id, Passkey.sign_count == shown.count_before)
        .values(sign_count=shown.count)
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount == 0:
        raise PasskeyRefused
    _use_up(shown.challenge)
    audit.record(key=keys.audit, action=action, actor=moderator, reason="passkey")
    return moderator


def note_doubt(*, doubt: WentBack, keys: Keys) -> None:
    """Put into the record that a key may have been copied."""
    moderator = db.session.get(Moderator, doubt.moderator_id)
    audit.record(
        key=keys.audit, action="passkey_doubted", actor=moderator, reason=encode_text(doubt.passkey_id)
    )


def _ensure_room(moderator: Moderator, name: str) -> None:
    known = passkeys_of(moderator)
    if len(known) >= MOST:
        raise errors.Invalid("name", "many")
    if any(one.name == name for one in known):
        raise errors.Invalid("name", "taken")


def _use_up(challenge: Challenge) -> None:
    # A row that goes when the challenge would have ended: whoever sends the same answer again meets it.
    due = datetime.fromtimestamp(challenge.ends, clock.BOARD_ZONE).replace(tzinfo=None)
    try:
        with db.session.begin_nested():
            db.session.add(Timer(kind=CHALLENGE, target=challenge.number, due=due))
            db.session.flush()
    except IntegrityError as used:
        raise PasskeyRefused from used
