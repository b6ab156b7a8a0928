"""Passkeys as the standard has them: what a browser is asked, and whether its answer fits. No database here.

Threats: an answer that was seen once is sent again (a challenge is good for two minutes, and used up by whoever lets
somebody in by it: passkeys.py); an answer given to another site, browser or purpose is sent here (origin and host are
compared, the challenge is bound to the browser's sealed secret, to what it is for, and to whom); a stolen device alone
must not be enough (the device has to ask for its finger, face or number).
"""

import hashlib
import hmac
import json
import secrets
import struct
from dataclasses import dataclass
from typing import Any

import webauthn
from webauthn.helpers import base64url_to_bytes, structs

from forum import clock, errors
from forum.identity.keys import Keys
from forum.identity.sealed import seal, unseal

PURPOSE = "passkey-challenge"
SECONDS = 120
IN, AGAIN, NEW = "in", "again", "new"  # to sign in, to show it once more, to make another key
AIMS = (IN, AGAIN, NEW)
ID_BYTES, BINDING_BYTES, NONCE_BYTES = 16, 16, 16
# What it is for, whose it is, which browser asked, until when, and what makes no two alike.
_CHALLENGE = struct.Struct(f">B{ID_BYTES}s{BINDING_BYTES}sQ{NONCE_BYTES}s")


class PasskeyRefused(errors.ForumError):
    """The answer does not fit. Why is not said."""


@dataclass(frozen=True)
class Site:
    """Where this board is, as browsers see it."""

    host: str
    origin: str
    name: str


@dataclass(frozen=True)
class Challenge:
    """One that was opened and is still good: the bytes to be signed, whose they are, and when they end."""

    box: str
    signed: bytes
    owner: bytes
    ends: int

    @property
    def number(self) -> bytes:
        """What marks it as used."""
        return hashlib.sha256(self.box.encode("ascii")).digest()[:ID_BYTES]


@dataclass(frozen=True)
class NewKey:
    """The public half of a key that was just made."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


def new_challenge(*, aim: str, owner: bytes, browser: str, keys: Keys) -> str:
    """A sealed challenge for one aim, moderator and browser. Showing one stores nothing."""
    ends = int(clock.now().timestamp()) + SECONDS
    fields = (AIMS.index(aim), owner, _binding(browser), ends, secrets.token_bytes(NONCE_BYTES))
    return seal(PURPOSE, _CHALLENGE.pack(*fields), keys.seal)


def opened_challenge(*, box: str, aim: str, owner: bytes, browser: str, keys: Keys) -> Challenge:
    """The challenge in a box. Raises PasskeyRefused when it is over, or was made for anything else."""
    payload = unseal(PURPOSE, box, keys.seal) if box.isascii() else None
    if payload is None or len(payload) != _CHALLENGE.size:
        raise PasskeyRefused
    number, whose, binding, ends, _nonce = _CHALLENGE.unpack(payload)
    is_bound = hmac.compare_digest(binding, _binding(browser)) and hmac.compare_digest(whose, owner)
    if AIMS[number] != aim or not is_bound or ends <= clock.now().timestamp():
        raise PasskeyRefused
    return Challenge(box, _signed(box, keys), owner, ends)


def options_for_new(
    *, box: str, owner: bytes, name: str, known: list[bytes], site: Site, keys: Keys
) -> dict[str, Any]:
    """What the browser is asked for when a key is to be made; ``known`` are those it must not make again."""
    made = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name=site.name,
        user_id=owner,
        user_name=name,
        challenge=_signed(box, keys),
        timeout=SECONDS * 1000,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=one) for one in known],
    )
    return _plain(webauthn.options_to_json(made))


def options_for_answer(*, box: str, site: Site, keys: Keys) -> dict[str, Any]:
    """What the browser is asked for when somebody shows a key. No list of keys: it would say who has any."""
    made = webauthn.generate_authentication_options(
        rp_id=site.host,
        challenge=_signed(box, keys),
        timeout=SECONDS * 1000,
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    return _plain(webauthn.options_to_json(made))


def checked_new(answer: str, challenge: Challenge, site: Site) -> NewKey:
    """The key in a browser's answer. Raises PasskeyRefused."""
    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge.signed,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (
        Exception
    ) as broken:  # whatever a stranger's bytes break in a parser is an answer that does not fit
        raise PasskeyRefused from broken
    return NewKey(made.credential_id, made.credential_public_key, made.sign_count)


def credential_of(answer: str) -> bytes:
    """Which key an answer speaks of. Raises PasskeyRefused."""
    try:
        return base64url_to_bytes(json.loads(answer)["rawId"])
    except Exception as broken:
        raise PasskeyRefused from broken


def checked_count(answer: str, challenge: Challenge, site: Site, public_key: bytes) -> int:
    """The key's own count of uses in an answer that it signed. Raises PasskeyRefused.

    Whether the count went up is for the caller to see: a key whose count went back may have been copied.
    """
    try:
        shown = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge.signed,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except Exception as broken:
        raise PasskeyRefused from broken
    return shown.new_sign_count


def _signed(box: str, keys: Keys) -> bytes:
    return hmac.digest(keys.seal, b"challenge" + box.encode("ascii"), "sha256")


def _binding(browser: str) -> bytes:
    return hashlib.sha256(b"browser" + browser.encode("ascii")).digest()[:BINDING_BYTES]


def _plain(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    return found
