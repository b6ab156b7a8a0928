"""Limits on every write and on search: by identity and, many times wider, by network bucket.

Keys are HMACs under the day's key: what stands in memory or in Redis names nobody and dies with the day.
"""

import functools
import hmac
import math
from collections.abc import Callable
from typing import Any

from flask import request, session
from limits import parse, parse_many

from forum import clock, errors
from forum.extensions import limiter
from forum.identity.cookie import NOBODY
from forum.identity.seeds import Identity
from forum.runtime import runtime
from forum.web.board import is_calm
from forum.web.devices import device_name
from forum.web.edge import BUCKET
from forum.web.sessions import StaffSession
from forum.web.viewer import viewer, writer_session

# What people put before others: tighter on calm days.
CALMED = frozenset({"write", "newcomer", "theme", "react"})
# Reads that cost, or that a script asks again and again.
COUNTED_READS = frozenset({"search.results", "live.case", "live.desk"})
_ONE_A_DAY = parse("1 per day")
# Words typed at /back that opened nothing, in one browser: a lock word is short, and its cookie can be copied.
_WRONG_WORDS = parse("10 per hour")
# Hex digits of a bucket that name its counters: 65,536 names, so that memory stays flat whatever networks come by.
SLOT_DIGITS = 4


def limited(
    name: str, *, when: Callable[[], bool] = lambda: True
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Count this view under the limit ``name`` of the settings, for the requests that ``when`` is true of. Reads of a page
    with both methods are not counted."""

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        by_identity = limiter.shared_limit(
            functools.partial(rate_of, name),
            scope=name,
            key_func=_identity_key,
            exempt_when=lambda: _is_uncounted() or not when(),
        )
        by_bucket = limiter.shared_limit(
            functools.partial(_wide_rate, name),
            scope=name,
            # Whoever tries at the desk's door from the same network must not shut it for a device that knows it.
            key_func=_door_key if name == "login" else _bucket_key,
            exempt_when=lambda: _is_read() or not when(),
        )
        counted: Callable[..., Any] = by_bucket(by_identity(view))
        counted.limit_name = name  # type: ignore[attr-defined]
        return counted

    return decorate


def may_post_today(identity: Identity) -> bool:
    """Whether somebody who may put one post a day has put none yet today."""
    return bool(limiter.limiter.test(_ONE_A_DAY, *_todays_post(identity)))


def count_todays_post(identity: Identity) -> None:
    """Count the one post of today."""
    limiter.limiter.hit(_ONE_A_DAY, *_todays_post(identity))


def may_cover_today(identity: Identity) -> bool:
    """Whether somebody with standing has covered no words by their report alone yet today."""
    return bool(limiter.limiter.test(_ONE_A_DAY, *_todays_cover(identity)))


def count_todays_cover(identity: Identity) -> None:
    """Count the one time of today."""
    limiter.limiter.hit(_ONE_A_DAY, *_todays_cover(identity))


def _todays_cover(identity: Identity) -> tuple[str, str]:
    return "cover", identity.rate_key(runtime().day_key.current())


def is_first_report_from_here(post_id: bytes, revision: int) -> bool:
    """Whether nobody of this network has reported this text of a post today; counts this one. The counter dies with the
    day."""
    here = str(request.environ[BUCKET]).encode() + post_id + str(revision).encode()
    name = hmac.digest(runtime().day_key.current(), b"flag" + here, "sha256").hex()[:32]
    return bool(limiter.limiter.hit(_ONE_A_DAY, "flagged", name))


def ensure_newcomer_may(identity: Identity) -> None:
    """Raises NotYet when somebody new here has put as much as somebody new may for now."""
    for item in parse_many(rate_of("newcomer")):
        if not limiter.limiter.test(item, *_newcomer(identity)):
            ends = limiter.limiter.get_window_stats(item, *_newcomer(identity)).reset_time
            left = max(1, math.ceil(ends - clock.now().timestamp()))
            raise errors.NotYet(min(left, clock.seconds_left_today()))  # at midnight everybody begins anew


def count_newcomer(identity: Identity) -> None:
    """Count a post of somebody new here. Counted when it was taken: what screening gave back to be looked at is none."""
    for item in parse_many(rate_of("newcomer")):
        limiter.limiter.hit(item, *_newcomer(identity))


def spend(rate: str, scope: str, name: str) -> float | None:
    """Count one act under a name of the day's key; when all of it is spent, the moment (epoch seconds) it ends."""
    for item in parse_many(rate):
        if not limiter.limiter.hit(item, scope, name):
            return float(limiter.limiter.get_window_stats(item, scope, name).reset_time)
    return None


def give_back(rate: str, scope: str, name: str) -> None:
    """Forget what was counted by :func:`spend` under a name."""
    for item in parse_many(rate):
        limiter.limiter.clear(item, scope, name)


def count_of(name: str) -> int:
    """The counter of a name; 0 while the store is away: the board counts less exactly, and goes on."""
    storage = limiter.limiter.storage
    try:
        return storage.get(name)
    except storage.base_exceptions:
        return 0


def add(name: str, seconds: int) -> int:
    """One more under a name that is forgotten after these seconds; how many that makes."""
    storage = limiter.limiter.storage
    try:
        return storage.incr(name, seconds)
    except storage.base_exceptions:
        return 0


def slot() -> str:
    """The network of this request, as far as counters tell networks apart."""
    return str(request.environ[BUCKET])[:SLOT_DIGITS]


def _newcomer(identity: Identity) -> tuple[str, str]:
    return "newcomer", identity.rate_key(runtime().day_key.current())


def _todays_post(identity: Identity) -> tuple[str, str]:
    # Under the key of the day: at midnight the counter means nothing any more.
    return "slow", identity.rate_key(runtime().day_key.current())


def may_try_words() -> bool:
    """Whether this browser may try words at all, after those that opened nothing."""
    return bool(limiter.limiter.test(_WRONG_WORDS, *_this_browser()))


def count_wrong_words() -> None:
    """Count words that opened nothing."""
    limiter.limiter.hit(_WRONG_WORDS, *_this_browser())


def _this_browser() -> tuple[str, str]:
    # A copied cookie has the same lock; a browser without one is counted as well, so that nobody can tell them apart.
    held = writer_session()
    secret = held.state.lock if held.has_lock else held.state.csrf
    return "words", hmac.digest(runtime().day_key.current(), b"words" + secret, "sha256").hex()[:32]


def rate_of(name: str) -> str:
    """A limit of the settings as it holds now: on calm days less is written, and nobody reports or asks for help less."""
    rate = str(getattr(runtime().settings.limits, name))
    return _times(rate, 1, runtime().settings.limits.calm_factor) if name in CALMED and is_calm() else rate


def _times(rate: str, factor: int, divisor: int = 1) -> str:
    return "; ".join(
        f"{max(item.amount * factor // divisor, 1)} per {item.multiples} {item.GRANULARITY.name}"
        for item in parse_many(rate)
    )


def _wide_rate(name: str) -> str:
    # A login is tried by a few people, and guessed at by anybody: no wider for a bucket.
    factor = 1 if name == "login" else runtime().settings.limits.bucket_factor
    return _times(rate_of(name), factor)


def _identity_key() -> str:
    return _who() or "nobody"


def _who() -> str | None:
    """The writer or the moderator of this request, under the day's key; None for anybody else."""
    day_key = runtime().day_key.current()
    if isinstance(held := session._get_current_object(), StaffSession):  # type: ignore[attr-defined]
        known = held.staff.moderator_id
        return None if known == NOBODY else "m" + hmac.digest(day_key, b"staff" + known, "sha256").hex()[:32]
    identity = viewer().identity
    return "i" + identity.rate_key(day_key) if identity else None


def _bucket_key() -> str:
    return "b" + slot()


def _door_key() -> str:
    known = device_name()
    return f"d{known}" if known else _bucket_key()


def _is_uncounted() -> bool:
    # A first write is counted by bucket alone: thousands share one address, and none of them is to be turned away.
    return _is_read() or _who() is None


def _is_read() -> bool:
    # An opening is put into the form of a reply by a press that writes nothing (views/replying.py).
    if request.endpoint == "writing.reply" and "o" in request.form and "said" not in request.form:
        return True
    return request.method in {"GET", "HEAD", "OPTIONS"} and request.endpoint not in COUNTED_READS
