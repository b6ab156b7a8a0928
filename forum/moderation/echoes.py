"""Texts that stand, nearly the same, in several threads: found by a few numbers of each, then compared letter by letter.

Threat: a tout puts one text into twenty threads, with another name or one more smiley in each. The numbers (min-hashes
of a text's triples of letters, in bands) name letters and never a writer; they stand beside a post as long as its words
do, DAYS_KEPT days at most, and go with them. Somebody who tells their own story twice is only asked.
"""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import blake2b
from random import Random

from sqlalchemy import delete, func, insert, select, text

from forum import clock
from forum.extensions import db
from forum.models import Echo, Post
from forum.text import fold_for_matching

LABEL = "echo"  # of what is found here, and its rule
SHORTEST = 40  # letters; "thank you for writing this" may stand anywhere
ALIKE = 0.6  # of all triples of two texts, so many are in both
DAYS_ASKED = 7
DAYS_KEPT = 30
BANDS, ROWS = 8, 3
# What one look may go through, should a text stand everywhere.
MOST_ROWS = 2000
MOST_THREADS = 10

_PRIME = (1 << 61) - 1
_chosen = Random(20261126)  # nosec
# Fixed for good: numbers made today are compared with those of last week.
_TURNS = [(_chosen.randrange(1, _PRIME), _chosen.randrange(_PRIME)) for _ in range(BANDS * ROWS)]
# Lines that quote, and >>12: what somebody else said is not what this writer says again.
_QUOTES = re.compile(r"^[ \t]*[>＞](?![>＞]\d).*$|[>＞]{2}[0-9０-９]+", re.MULTILINE)


@dataclass(frozen=True)
class Twin:
    """A text in another thread that is nearly the same."""

    post_id: bytes
    thread_id: bytes
    day: date


def letters_of(body: str) -> str:
    """What is compared: folded letters and digits alone, without quotations."""
    return "".join(sign for sign in fold_for_matching(_QUOTES.sub("", body)).text if sign.isalnum())


def numbers_of(body: str) -> tuple[int, ...]:
    """The numbers of a text, each once; none for a short one. Pure, and linear in the text."""
    letters = letters_of(body)
    if len(letters) < SHORTEST:
        return ()
    hashes = [zlib.crc32(triple.encode()) for triple in _triples(letters)]
    least = [min((a * value + b) % _PRIME for value in hashes) for a, b in _TURNS]
    return tuple(dict.fromkeys(_number(band, least[band * ROWS :][:ROWS]) for band in range(BANDS)))


def are_alike(one: str, other: str) -> bool:
    """Whether two texts are nearly the same, as :func:`letters_of` gives them."""
    first, second = _triples(one), _triples(other)
    return len(first & second) >= ALIKE * len(first | second) > 0


def twins(body: str, numbers: Sequence[int], *, but_thread: bytes) -> list[Twin]:
    """Nearly the same texts in other threads, one a thread, MOST_THREADS at most."""
    if not numbers:
        return []
    letters = letters_of(body)
    near = _near(numbers, but_thread)
    rows = db.session.execute(
        select(Post.id, Post.thread_id, Post.day, Post.source).where(Post.id.in_(near))
    ).all()
    return [
        Twin(post, thread, day)
        for post, thread, day, source in rows
        if are_alike(letters, letters_of(source))
    ]


def severity_of(found: Sequence[Twin]) -> int:
    """2 from the third copy on, 1 for a second within DAYS_ASKED days, 0 for a later second one."""
    if len(found) > 1:
        return 2
    lately = clock.today() - timedelta(days=DAYS_ASKED)
    return int(any(twin.day >= lately for twin in found))


def stand_in_line(numbers: Sequence[int]) -> None:
    """Let nobody put nearly the same text at the same moment, until this transaction ends. SQLite has one writer anyway.

    Behind the thread's lock, before the case's; in one order for all.
    """
    if db.engine.dialect.name == "postgresql":
        for number in sorted(numbers):
            db.session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})


def keep(post_id: bytes, numbers: Sequence[int]) -> None:
    """Put these numbers beside a post, in place of those of an earlier text."""
    forget(post_id)
    if numbers:
        rows = [{"number": number, "post_id": post_id} for number in numbers]
        db.session.execute(insert(Echo.__table__), rows)


def forget(*post_ids: bytes) -> None:
    """The words of these posts are gone; so are their numbers."""
    db.session.execute(delete(Echo).where(Echo.post_id.in_(post_ids)))


def _near(numbers: Sequence[int], but_thread: bytes) -> list[bytes]:
    """The post of each other thread that shares most numbers; those that share most first."""
    some = select(Echo.post_id).where(Echo.number.in_(numbers)).limit(MOST_ROWS).subquery()
    shared = func.count()
    rows = db.session.execute(
        select(Post.id, Post.thread_id)
        .join(some, some.c.post_id == Post.id)
        .where(Post.thread_id != but_thread)
        .group_by(Post.id, Post.thread_id)
        .order_by(shared.desc())
    )
    best: dict[bytes, bytes] = {}
    for post_id, thread_id in rows:
        best.setdefault(thread_id, post_id)
    return list(best.values())[:MOST_THREADS]


def _triples(letters: str) -> set[str]:
    return {letters[at : at + 3] for at in range(len(letters) - 2)}


def _number(band: int, least: Sequence[int]) -> int:
    made = blake2b(repr((band, *least)).encode(), digest_size=8).digest()
    return int.from_bytes(made) >> 1  # 63 bits: both databases take it
