"""The linker: learns on half of the people what makes two participants one person, and tries it on the other half.

It is given everything a thief of the database has: every number, name and day, the bytes of ids and tags, and where in
the file a row lies. Each feature of a pair is a number; how much it says is learned as a likelihood ratio in bins.
"""

import math
import sqlite3
from bisect import bisect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from pathlib import Path

TOP = 4  # guesses: a quarter as many as there are pairs of one person
BINS = 12
SMOOTHING = 8.0  # what few pairs seem to say is mostly chance
Feature = Callable[["Row", "Row"], float]


@dataclass(frozen=True)
class Row:
    """One participant as the dump shows it, with its first post, its thread and its receipt."""

    id: bytes
    thread_id: bytes
    tag: bytes
    adjective: int
    noun: int
    post_id: bytes
    number: int
    day: int
    theme: str
    bumped_no: int
    receipt_id: bytes
    receipt_ends: str
    place: int  # where its tag lies in the file
    post_place: int


QUERY = """
SELECT w.id, w.thread_id, w.tag, w.adjective, w.noun, p.id, p.number, p.day, t.theme_code, t.bumped_no, r.id, r.ends_on
FROM participant w JOIN post p ON p.participant_id = w.id JOIN thread t ON t.id = w.thread_id
LEFT JOIN receipt r ON r.target_id = p.id ORDER BY w.id, p.id
"""


def stolen_rows(file: Path) -> list[Row]:
    """What the thief reads: the tables, and the raw bytes of the file and of its log."""
    raw = file.read_bytes() + _bytes_of(file.with_name(file.name + "-wal"))
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as connection:
        found = connection.execute(QUERY).fetchall()
    rows: dict[bytes, Row] = {}
    for who, thread, tag, adjective, noun, post, number, day, theme, bumped, receipt, ends in found:
        rows.setdefault(
            who,
            Row(
                who, thread, tag, adjective, noun, post, number or 0, date.fromisoformat(day).toordinal(), theme,
                bumped, receipt or b"", str(ends), raw.find(tag), raw.find(post),
            ),
        )  # fmt: skip
    return list(rows.values())


def _bytes_of(file: Path) -> bytes:
    return file.read_bytes() if file.exists() else b""


def _near(one: bytes, other: bytes) -> float:
    return float(abs(int.from_bytes(one[:8], "big") - int.from_bytes(other[:8], "big")))


def _apart(one: bytes, other: bytes) -> float:
    return float((int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_count())


BASELINE: dict[str, Feature] = {
    "days apart": lambda a, b: float(abs(a.day - b.day)),
    "same theme": lambda a, b: float(a.theme == b.theme),
}
EVERYTHING: dict[str, Feature] = BASELINE | {
    "tags": lambda a, b: _apart(a.tag, b.tag),
    "participant ids": lambda a, b: _near(a.id, b.id),
    "post ids": lambda a, b: _near(a.post_id, b.post_id),
    "thread ids": lambda a, b: _near(a.thread_id, b.thread_id),
    "receipts": lambda a, b: _near(a.receipt_id, b.receipt_id),
    "receipts' ends": lambda a, b: float(a.receipt_ends == b.receipt_ends),
    "adjectives": lambda a, b: float(abs(a.adjective - b.adjective)),
    "nouns": lambda a, b: float(abs(a.noun - b.noun)),
    "numbers": lambda a, b: float(abs(a.number - b.number)),
    "activity": lambda a, b: float(abs(a.bumped_no - b.bumped_no)),
    "places of tags": lambda a, b: float(abs(a.place - b.place)),
    "places of posts": lambda a, b: float(abs(a.post_place - b.post_place)),
}


# What the thief knows anyway decides how the rest is read: order says something among the posts of one day only.
def _group(one: Row, other: Row) -> bool:
    return one.day == other.day


def advantage(rows: Sequence[Row], truth: dict[bytes, int]) -> float:
    """By how much (0 to 1) the thief's surest guesses are righter with the whole dump than with day and theme alone."""
    return sureness(rows, truth, EVERYTHING) - sureness(rows, truth, BASELINE)


def sureness(rows: Sequence[Row], truth: dict[bytes, int], features: dict[str, Feature]) -> float:
    """The share of right ones among the surest guesses, on people the linker never saw."""
    learned = [row for row in rows if truth[row.id] % 2 == 0]
    unseen = [row for row in rows if truth[row.id] % 2 == 1]
    weigh = [_learn(feature, list(_pairs(learned, truth))) for feature in features.values()]
    scored = [(sum(weight(a, b) for weight in weigh), same) for a, b, same in _pairs(unseen, truth)]
    return _ranked(scored)


def _pairs(rows: Iterable[Row], truth: dict[bytes, int]) -> Iterable[tuple[Row, Row, bool]]:
    for a, b in combinations(rows, 2):
        if a.thread_id != b.thread_id:
            yield a, b, truth[a.id] == truth[b.id]


def _learn(feature: Feature, pairs: Sequence[tuple[Row, Row, bool]]) -> Feature:
    tables = {
        group: _table(feature, [pair for pair in pairs if _group(*pair[:2]) is group])
        for group in (True, False)
    }
    return lambda a, b: tables[_group(a, b)](feature(a, b))


def _table(feature: Feature, pairs: Sequence[tuple[Row, Row, bool]]) -> Callable[[float], float]:
    edges = sorted(_quantiles(feature, pairs, True) | _quantiles(feature, pairs, False))
    alike, others = [SMOOTHING] * (len(edges) + 1), [SMOOTHING] * (len(edges) + 1)
    for a, b, same in pairs:
        (alike if same else others)[bisect(edges, feature(a, b))] += 1
    total_alike, total_others = sum(alike), sum(others)
    ratios = [
        math.log(x / total_alike) - math.log(y / total_others) for x, y in zip(alike, others, strict=True)
    ]
    return lambda value: ratios[bisect(edges, value)]


def _quantiles(feature: Feature, pairs: Sequence[tuple[Row, Row, bool]], wanted: bool) -> set[float]:
    values = sorted(feature(a, b) for a, b, same in pairs if same is wanted) or [0.0]
    return {values[len(values) * step // BINS] for step in range(BINS)}


def _ranked(scored: list[tuple[float, bool]]) -> float:
    """Ties share their luck: a group of equal scores counts as far as it lies among the top."""
    wanted = sum(same for _score, same in scored) // TOP
    groups: dict[float, list[bool]] = {}
    for score, same in scored:
        groups.setdefault(score, []).append(same)
    left, right = wanted, 0.0
    for score in sorted(groups, reverse=True):
        taken = min(left, len(groups[score]))
        right += taken * sum(groups[score]) / len(groups[score])
        left -= taken
    return right / wanted
