"""What a moderator proves to be themselves with: passwords, second factors, the tokens of one-time links.

Nothing here touches the database, and everything slow is here, so that no write transaction waits for a hash.
"""

import base64
import functools
import hmac
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from forum import clock, errors
from forum.identity.keys import Keys
from forum.identity.sealed import decode_text, encode_text, seal, unseal

TOKEN_BYTES = 32
PASSWORD_LEAST = 12
PASSWORD_MOST = 200
STEP_SECONDS = 30
STEPS_ASIDE = 1  # a clock half a minute off must not keep anybody out
SECRET_BYTES = 20
TOTP_PURPOSE = "totp"


@dataclass(frozen=True)
class Credentials:
    """What somebody chose at enrolment, hashed and sealed."""

    password_hash: str
    totp_sealed: str
    step: int


def new_token() -> str:
    """The secret of a one-time link."""
    return encode_text(secrets.token_bytes(TOKEN_BYTES))


def totp_secret(token: str, keys: Keys) -> str:
    """The second factor's secret that goes with a link (base32).

    It is computed from the token, so that showing the form stores nothing, and reloading it changes nothing.
    """
    raw = hmac.digest(keys.seal, b"enrol-totp" + token.encode("utf-8"), "sha256")
    return base64.b32encode(raw[:SECRET_BYTES]).decode("ascii")


def totp_uri(name: str, secret: str, site_name: str) -> str:
    """What the QR code holds."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=site_name)


def choose_credentials(*, token: str, password: str, code: str, keys: Keys) -> Credentials:
    """Check and hash what was chosen at enrolment; slow, writes nothing.

    Raises Invalid (``password``: too_short, too_long; ``code``: wrong).
    """
    if not PASSWORD_LEAST <= len(password) <= PASSWORD_MOST:
        raise errors.Invalid("password", "too_short" if len(password) < PASSWORD_LEAST else "too_long")
    secret = totp_secret(token, keys)
    step = step_of(secret, code)
    if step is None:
        raise errors.Invalid("code", "wrong")
    return Credentials(
        password_hash=_hasher().hash(_plain(password)),
        totp_sealed=seal(TOTP_PURPOSE, secret.encode("ascii"), keys.seal),
        step=step,
    )


def link_hash(token: str, keys: Keys) -> bytes:
    """What is stored of a link. Raises NotFound for a text that is no token of ours."""
    raw = decode_text(token)
    if raw is None or len(raw) != TOKEN_BYTES:
        raise errors.NotFound
    return hmac.digest(keys.seal, b"enrol-link" + raw, "sha256")


@functools.cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@functools.cache
def decoy_hash() -> str:
    """A hash nobody knows the password of: unknown names cost the same work."""
    return _hasher().hash(secrets.token_urlsafe(PASSWORD_LEAST))


def _plain(password: str) -> str:
    # One keyboard types full width, the next half: the same password either way.
    return unicodedata.normalize("NFKC", password)


def password_fits(password_hash: str, password: str) -> bool:
    """Whether the password is the one behind the hash; slow on purpose."""
    try:
        return _hasher().verify(password_hash, _plain(password[: PASSWORD_MOST + 1]))
    except (VerificationError, InvalidHashError):
        return False


def opened_secret(totp_sealed: str, keys: Keys) -> str:
    """The second factor's secret; where no box opens, one that fits nothing, so that the work goes on."""
    opened = unseal(TOTP_PURPOSE, totp_sealed, keys.seal)
    return (opened or base64.b32encode(secrets.token_bytes(SECRET_BYTES))).decode("ascii")


def end_of_step(step: int) -> datetime:
    """From when on the code of this step is not taken any more (aware)."""
    return datetime.fromtimestamp((step + STEPS_ASIDE + 1) * STEP_SECONDS, clock.BOARD_ZONE)


def step_ending_at(moment: datetime) -> int:
    """The step whose code is not taken any more from this moment (aware) on."""
    return int(moment.timestamp()) // STEP_SECONDS - STEPS_ASIDE - 1


def step_of(secret: str, code: str) -> int | None:
    """The time step a code belongs to, or None; every candidate is computed and compared."""
    typed = unicodedata.normalize("NFKC", code).replace(" ", "").encode("utf-8")
    now = int(clock.now().timestamp()) // STEP_SECONDS
    totp, found = pyotp.TOTP(secret), None
    for step in range(now - STEPS_ASIDE, now + STEPS_ASIDE + 1):
        if hmac.compare_digest(totp.at(step * STEP_SECONDS).encode("ascii"), typed):
            found = step
    return found
