"""The lock word of a remembered device: 「この端末で続ける」.

Threat: the phone is picked up by somebody who may open every page of this board in it. The seed is closed under a key made of
the word, slowly; whoever has the device, the cookie and even the keys of the board has to guess the word. The open seed
stands beside it only for a while after the last write or unlock (:func:`as_of`); then the browser is a plain reader's.
"""

import secrets
import unicodedata
from dataclasses import replace

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from forum import errors
from forum.identity.cookie import NO_LOCK, CookieState
from forum.text import fold_for_matching

AWAKE_MINUTES = 30
DAYS_REMEMBERED = 30
LEAST_LETTERS = 4
MOST_LETTERS = 60
SALT_BYTES = 16
MINUTES_REMEMBERED = DAYS_REMEMBERED * 24 * 60
# Argon2id as OWASP's password storage cheat sheet asks at the least; a phone's owner waits some 30 ms for it.
_ROUNDS, _KIBIBYTES, _LANES, _KEY_BYTES = 2, 19 * 1024, 1, 32
# Each key closes one seed and is made with a salt of its own, so it never meets a nonce twice.
_NONCE = bytes(12)


def close_under(word: str, seed: bytes) -> bytes:
    """The seed closed under a word: a fresh salt and a box. Raises Invalid (``word``: too_short, too_long)."""
    plain = _plain(word)
    if len(plain) < LEAST_LETTERS:
        raise errors.Invalid("word", "too_short")
    if len(plain) > MOST_LETTERS:
        raise errors.Invalid("word", "too_long")
    salt = secrets.token_bytes(SALT_BYTES)
    return salt + AESGCM(_key(plain, salt)).encrypt(_NONCE, seed, None)


def opened_by(word: str, lock: bytes) -> bytes | None:
    """The seed behind the lock, or None. The same slow work for a wrong word, and where there is no lock at all."""
    salt, box = lock[:SALT_BYTES], lock[SALT_BYTES:]
    try:
        return AESGCM(_key(_plain(word[: MOST_LETTERS * 2]), salt)).decrypt(_NONCE, box, None)
    except InvalidTag:
        return None


def as_of(state: CookieState, minute: int) -> CookieState:
    """What a cookie holds at this ``minute`` (since 1970): a locked one falls asleep, and is forgotten in the end."""
    if state.lock == NO_LOCK or minute <= state.awake_minute:
        return state
    asleep = fallen_asleep(state)
    return asleep if minute <= state.awake_minute + MINUTES_REMEMBERED else replace(asleep, lock=NO_LOCK)


def fallen_asleep(state: CookieState) -> CookieState:
    """The same cookie without the open seed, and without what was found out about it."""
    return replace(state, seed=None, is_guest=False, standing=0, issued_hour=0, ban_number=0, notice_number=0)


def _plain(word: str) -> str:
    """However the hand typed it this time: width, case, kind of kana and spaces do not matter."""
    folded = fold_for_matching(unicodedata.normalize("NFKC", word)).text
    return "".join(folded.split())


def _key(plain: str, salt: bytes) -> bytes:
    return hash_secret_raw(
        plain.encode("utf-8", "replace"), salt, _ROUNDS, _KIBIBYTES, _LANES, _KEY_BYTES, Type.ID
    )
