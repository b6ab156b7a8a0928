"""How a text resembles labelled ones: for meaning, which no list of words catches.

Somebody who does not want to wake up says it in a thousand ways, and no list holds them. So a linear model reads, beside
the rules, which letters stand together (one to three of them, folded, each counted once) and what the rules saw. It is fitted
by ``make fit`` from the labelled rows of ``tests/corpora/train`` and shipped as numbers alone: no letters of anybody's text are
in the file. Reading it takes no library and time linear in the text.

The model: logistic regression on binary n-grams, weighted by rarity and divided by their length (Joachims 1998), one per
output, with n-grams found by hash (Weinberger et al. 2009).
"""

import json
import re
import struct
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import sqrt
from pathlib import Path

from forum.moderation.detectors.base import Finding, Views

CODE = "likeness-"  # and the label: how its findings are called
SOURCE = Path(__file__).with_name("likeness.bin")
LABELS = (
    "personal_info",
    "contact_exchange",
    "crisis",
    "threat_or_abuse",
    "solicitation_commerce",
    "sexual",
    "minor",
)
SUBS = ("suicide", "self_harm", "violence_victim", "harm_other")
# Whether somebody must read it first: asked only of texts that have the label.
HOLDS = ("personal_info", "contact_exchange", "crisis", "threat_or_abuse")
OUTPUTS = (*LABELS, *SUBS, *(f"hold {label}" for label in HOLDS))

READS_FROM = 10  # letters; fewer say too little about what they mean
KNOWS = 0.4  # of a text's groups of letters; with fewer it is another language, or none, and the few mislead
UNREAD = -100.0  # the score of every output for such a text
STRETCH = 40  # letters of neighbouring sentences read together, so that one of them is heard in a long text
ALONE_COUNTS_LESS = 2.4  # log-odds: what a stretch says without what is around it
LETTERS = 3  # that stand together, at most
SLOTS = 18  # bits: a feature's place is the highest of its hash
_KNUTH = 0x9E3779B1  # multiplicative hashing: spreads code points over 32 bits
_ALL = 0xFFFFFFFF
_FIELDS = 4  # numbers side by side in 64 bits, so that one addition adds four
_AT_ONCE = 256  # of them add up to less than 16 bits
_ZERO = 128  # a weight of nothing, as a byte
_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"\d[\d\-・.() ]{6,24}\d")
_SENTENCE = re.compile(r"(?:[^。!?\n.]|\.(?! |$))+[。!?.]*")
_RARITY = len(OUTPUTS)  # the last number of a feature: the square of its rarity

# What the model's word for a label is worth in the policy's table: (readable at once, to be held).
SEVERITIES = {
    "personal_info": (1, 3),
    "contact_exchange": (1, 2),
    "threat_or_abuse": (1, 2),
    "solicitation_commerce": (1, 1),
    "sexual": (1, 1),
    "minor": (1, 1),
}
# Where the model, which read all of the text, hears something else than a rule did (the past, a figure of speech, what
# somebody else said): up to which severity it is believed, and what is left. A dark mood keeps its quiet line.
CALMED: Mapping[str, tuple[int, int | None]] = {"crisis": (1, 0), "threat_or_abuse": (2, None)}


@dataclass(frozen=True)
class Model:
    """Numbers of one fitted model. Feature ``i`` (from 1) has ``prints[i]`` and, in each column, four of its numbers."""

    bias: tuple[float, ...]
    scale: tuple[float, ...]
    rarity_scale: float
    thresholds: dict[str, float]
    rules: dict[str, tuple[float, ...]]
    slots: "array[int]"
    prints: "array[int]"
    columns: "tuple[array[int], ...]"
    about: dict[str, object]


@lru_cache(maxsize=1)
def model() -> Model:
    """The shipped model, read once. Raises ValueError when the file is not one of this version."""
    return read_model(SOURCE.read_bytes())


def text_of(views: Views, covered: Sequence[tuple[int, int]] = ()) -> str:
    """What the model reads: the folded text without the helplines the house shows itself, and without the letters of
    ``covered`` (spans of the original), which nobody will read. As long as the folded text."""
    known, view = views.known.numbers, views.compact
    text = _NUMBER.sub(lambda found: _unread(found[0], known), view.text)
    if not covered:
        return text
    hidden = (any(low <= at < high for low, high in covered) for at in view.offsets)
    return "".join("〇" if is_hidden else letter for letter, is_hidden in zip(text, hidden, strict=True))


def _unread(number: str, known: frozenset[str]) -> str:
    """Spaces, as many as there were letters, in place of a number everybody may tell."""
    return " " * len(number) if "".join(filter(str.isdigit, number)) in known else number


def hashes_of(text: str) -> set[int]:
    """One number for each group of one to three letters of a folded text; digits are all the same."""
    codes = [*map(ord, "\n" + _DIGIT.sub("0", text) + "\n")]
    last = [code * _KNUTH & _ALL for code in codes]
    found = set(last)
    for length in range(1, LETTERS):
        last = [(before + code) * _KNUTH & _ALL for before, code in zip(last, codes[length:], strict=False)]
        found.update(last)
    return found


def rules_of(found: Iterable[Finding]) -> set[str]:
    """What the rules saw, as the model counts it."""
    return {f"{each.rule}:{each.severity}" for each in found}


def scores_of(read: Model, text: str, rules: Iterable[str]) -> dict[str, float]:
    """The log-odds of every output for a folded text; UNREAD for all when it knows too little of it."""
    hashes = hashes_of(text)
    rows = [row for each in hashes if (row := read.slots[each >> 32 - SLOTS]) and read.prints[row] == each]
    if len(rows) < KNOWS * len(hashes):
        return dict.fromkeys(OUTPUTS, UNREAD)
    totals = _added(read.columns, rows)
    length = sqrt(totals[_RARITY] * read.rarity_scale) or 1.0
    known = [read.rules[code] for code in rules if code in read.rules]
    return {
        name: read.bias[at]
        + read.scale[at] * (totals[at] - _ZERO * len(rows)) / length
        + sum(weights[at] for weights in known)
        for at, name in enumerate(OUTPUTS)
    }


def _added(columns: "Sequence[array[int]]", rows: list[int]) -> list[int]:
    totals = [0] * (_FIELDS * len(columns))
    for low in range(0, len(rows), _AT_ONCE):
        some = rows[low : low + _AT_ONCE]
        for at, column in enumerate(columns):
            packed = sum(map(column.__getitem__, some))
            for field in range(_FIELDS):
                totals[at * _FIELDS + field] += packed >> 16 * field & 0xFFFF
    return totals


def weighed(views: Views, found: Sequence[Finding], covered: Sequence[tuple[int, int]] = ()) -> list[Finding]:
    """What stands of what the rules found, and what the model adds to it, with the letters they marked or else the
    sentences that say it most."""
    text = text_of(views, covered)
    if len(text) < READS_FROM:
        return list(found)
    read = model()
    whole = scores_of(read, text, rules_of(found))
    parts = [(span, scores_of(read, text[slice(*span)], ())) for span in stretches_of(text)]
    said = {}
    for label in LABELS:
        span, alone = max(parts, key=lambda part: part[1][label])
        said[label] = span, max(whole[label], alone[label] - ALONE_COUNTS_LESS)
    calm = {
        label
        for label in CALMED
        if whole[label] > UNREAD and said[label][1] <= read.thresholds[f"calm {label}"]
    }
    stands = [each for one in found if (each := _calmed(one, calm)) is not None]
    return [*stands, *_added_to(stands, views, said, whole)]


def _calmed(found: Finding, calm: set[str]) -> Finding | None:
    if found.label not in calm or not found.severity:
        return found
    highest, left = CALMED[found.label]
    if found.severity > highest:
        return found
    return None if left is None else replace(found, severity=left)


def _added_to(
    found: Sequence[Finding],
    views: Views,
    said: Mapping[str, tuple[tuple[int, int], float]],
    whole: Mapping[str, float],
) -> Iterator[Finding]:
    read = model()
    for label, (span, score) in said.items():
        if score <= read.thresholds[label]:
            continue
        sub, severity = _how_much(read, label, score, whole)
        by_rules = [each for each in found if each.label == label and each.severity]
        if by_rules and label == "personal_info":
            continue  # how much a name or a number tells is a matter of its shape
        if severity > max((each.severity for each in by_rules), default=0):
            # Where a rule has pointed at the words already, they say it better than their sentence.
            spans = sorted({span for each in by_rules for span in each.spans}) or [views.compact.span(*span)]
            yield Finding(label, sub, severity, "", tuple(spans), CODE + label, round(score, 2))


def stretches_of(text: str) -> list[tuple[int, int]]:
    """The text in pieces of whole sentences, each about ``STRETCH`` letters long; at least one piece."""
    pieces: list[tuple[int, int]] = []
    for found in _SENTENCE.finditer(text):
        start, end = found.span()
        if pieces and end - pieces[-1][0] <= STRETCH:
            pieces[-1] = pieces[-1][0], end
        elif end - start >= READS_FROM:
            pieces.append((start, end))
    return pieces or [(0, len(text))]


def _how_much(read: Model, label: str, score: float, scores: Mapping[str, float]) -> tuple[str, int]:
    hold = f"hold {label}"
    is_sure = score > read.thresholds[f"sure {label}"]
    is_held = hold in scores and is_sure and scores[hold] > read.thresholds[hold]
    if label != "crisis":
        return "", SEVERITIES[label][is_held]
    sub = max(SUBS, key=scores.__getitem__)
    if sub == "harm_other":
        return "violence_victim", 3 if is_sure else 1
    return sub, 2 if is_held else 1


def read_model(data: bytes) -> Model:
    """The model of a file: one line of JSON, then the hashes and the weights. Raises ValueError for another kind."""
    head, _, body = data.partition(b"\n")
    told = json.loads(head)
    count = told["features"]
    if tuple(told["outputs"]) != OUTPUTS or len(body) != count * (4 + len(OUTPUTS) + 1):
        raise ValueError("the model is of another version than the program: make fit")
    prints = array("I", (0, *struct.unpack(f"<{count}I", body[: 4 * count])))
    slots = array("H", bytes(2 << SLOTS))
    for row in range(1, count + 1):
        slots[prints[row] >> 32 - SLOTS] = row
    return Model(
        bias=tuple(told["bias"]),
        scale=tuple(told["scale"]),
        rarity_scale=told["rarity_scale"],
        thresholds=told["thresholds"],
        rules={code: tuple(weights) for code, weights in told["rules"].items()},
        slots=slots,
        prints=prints,
        columns=_columns(body[4 * count :], count),
        about=told["about"],
    )


def _columns(weights: bytes, count: int) -> "tuple[array[int], ...]":
    """The numbers of all features, four by four, each in 16 bits of 64; feature 0 is nothing."""
    wide = len(OUTPUTS) + 1
    columns = []
    for first in range(0, wide, _FIELDS):
        column = array("Q", [0])
        parts = [weights[first + field :: wide] for field in range(_FIELDS)]
        column.extend(a | b << 16 | c << 32 | d << 48 for a, b, c, d in zip(*parts, strict=True))
        columns.append(column)
    return tuple(columns)
