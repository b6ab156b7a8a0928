"""How fast a room, and a thread, is written in: counted for some minutes where limits are counted, under the key of the day.

Threat: a burst of many writers that none of their own limits sees; and people who go on answering each other because
each is hurt. Neither is anybody's fault: who comes a moment later is told how long, and keeps the text.
"""

import hmac
import math

from forum import clock, errors
from forum.i18n import gettext as _
from forum.identity.seeds import Identity
from forum.runtime import runtime
from forum.web import limits

WINDOW_SECONDS = 30 * 60
#: So many answers within the window, and so many that hurt (reports, words that screening found), make a thread hot.
MANY_ANSWERS = 8
SEVERAL_SORE = 3
#: While it is hot, one answer of each writer in so many minutes.
SLOW = "1 per 10 minutes"
#: What is reported out of care for somebody, or for what they told of themselves, heats nothing.
SORE_REASONS = frozenset({"attack", "harsh", "solicitation", "other"})


def ensure_room_calm(theme_code: str) -> None:
    """Count one more post in this room. Raises NotYet when many come at once."""
    _ensure(limits.rate_of("theme"), "theme", _name(b"theme", theme_code.encode()))


def ensure_slow(thread_id: bytes, identity: Identity) -> None:
    """Count one more answer of this writer in a heated thread. Raises NotYet when the last one is not long ago."""
    who = identity.rate_key(runtime().day_key.current()).encode()
    _ensure(SLOW, "heated", _name(b"heated", thread_id + who))


def count_reply(thread_id: bytes, *, is_sore: bool) -> bool:
    """An answer is about to be put into this thread; says whether that makes it hot."""
    answers = limits.add(_counter(b"answers", thread_id), WINDOW_SECONDS)
    sore = _sore(thread_id, is_sore)
    return answers >= MANY_ANSWERS and sore >= SEVERAL_SORE


def count_report(thread_id: bytes, reason: str, *, is_repeat: bool) -> bool:
    """Somebody reported a post of this thread; says whether that makes it hot. Many of one network are one."""
    sore = _sore(thread_id, reason in SORE_REASONS and not is_repeat)
    return sore >= SEVERAL_SORE and limits.count_of(_counter(b"answers", thread_id)) >= MANY_ANSWERS


def heated_words() -> str:
    """Told on the page of a heated thread and on its form."""
    return _(
        "いま、この話には<wbr>言葉がたくさん<wbr>届いています。<wbr>ひと息つけるように、<wbr>しばらくのあいだ、<wbr>一人の返事は<wbr>十分に一つずつに<wbr>しています。"
    )


def _sore(thread_id: bytes, is_one_more: bool) -> int:
    name = _counter(b"sore", thread_id)
    return limits.add(name, WINDOW_SECONDS) if is_one_more else limits.count_of(name)


def _ensure(rate: str, scope: str, name: str) -> None:
    ends = limits.spend(rate, scope, name)
    if ends is not None:
        left = max(1, math.ceil(ends - clock.now().timestamp()))
        raise errors.NotYet(min(left, clock.seconds_left_today()))


def _counter(kind: bytes, thread_id: bytes) -> str:
    return f"nagi/pace/{_name(kind, thread_id)}"


def _name(kind: bytes, what: bytes) -> str:
    return hmac.digest(runtime().day_key.current(), kind + b"\0" + what, "sha256").hex()[:32]
