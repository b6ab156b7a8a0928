"""Keys for tests that are about something else than keys."""

import secrets

from forum.identity.keys import Keys
from tests.unit.identity.derivation import KEYS

FIXED = Keys(
    cookie=KEYS["cookie"],
    peppers={1: KEYS["pepper_1"], 2: KEYS["pepper_2"]},
    seal=KEYS["seal"],
    form=KEYS["form"],
    audit=KEYS["audit"],
)


def random_keys(*, cookie: bytes | None = None, cookie_before: bytes | None = None) -> Keys:
    """A fresh installation's keys."""
    return Keys(
        cookie=cookie or secrets.token_bytes(32),
        peppers={1: secrets.token_bytes(32)},
        seal=secrets.token_bytes(32),
        form=secrets.token_bytes(32),
        audit=secrets.token_bytes(32),
        cookie_before=cookie_before,
    )
