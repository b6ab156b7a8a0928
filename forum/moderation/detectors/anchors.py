"""Reads from a pattern what lets it rest: letters no match can do without, and letters a match can begin with.

Japanese rules cannot lean on word boundaries, so hundreds of patterns would be tried at every letter. A look for
a few fixed letters first costs almost nothing and lets nearly all patterns rest on nearly all texts.
"""

import re
from dataclasses import dataclass

EXACT_AT_MOST = 24  # alternatives kept word by word; beyond that only their parts are
CLASS_AT_MOST = 8

_REPEAT = re.compile(r"(\?|\*|\+|\{(\d+)(?:,\d*)?\})\??")
_OPENED = re.compile(r"\((?:\?(?::|=|!|<=|<!|P<\w+>))?")
_AROUND = ("(?=", "(?!", "(?<=", "(?<!")
_SHORTHANDS = "dwsDWSbB"


@dataclass(frozen=True)
class Part:
    """What is known of one piece of a pattern; None always means: could be anything.

    ``exact``: all it can match, if few. ``anchors``: one of these is in every match. ``first``: pieces of a
    letter class that every match begins with. ``empty``: it may match nothing at all.
    """

    exact: tuple[str, ...] | None = None
    anchors: frozenset[str] | None = None
    first: frozenset[str] | None = None
    empty: bool = False


_NOTHING = Part(exact=("",), first=frozenset(), empty=True)


def read_pattern(pattern: str) -> Part:
    """Everything known of a whole pattern. Raises ValueError where its brackets do not match."""
    part, end = _alternatives(pattern, 0)
    if end != len(pattern):
        raise ValueError(f"unbalanced pattern: {pattern}")
    return Part(part.exact, _best([part]), None if part.empty else part.first, part.empty)


def _alternatives(pattern: str, at: int) -> tuple[Part, int]:
    parts: list[Part] = []
    while True:
        part, at = _sequence(pattern, at)
        parts.append(part)
        if pattern[at : at + 1] != "|":
            return _either(parts), at
        at += 1


def _either(parts: list[Part]) -> Part:
    exact = [word for part in parts for word in part.exact or ()]
    known = all(part.exact is not None for part in parts) and len(exact) <= EXACT_AT_MOST
    sets = [_best([part]) for part in parts]
    firsts = [part.first for part in parts]
    return Part(
        exact=tuple(exact) if known else None,
        anchors=frozenset().union(*(found for found in sets if found)) if all(sets) else None,
        first=frozenset().union(*(found for found in firsts if found)) if None not in firsts else None,
        empty=any(part.empty for part in parts),
    )


def _sequence(pattern: str, at: int) -> tuple[Part, int]:
    exact: tuple[str, ...] = ("",)
    parts: list[Part] = []
    candidates: list[Part] = []
    while at < len(pattern) and pattern[at] not in "|)":
        part, at = _repeated(pattern, at)
        parts.append(part)
        if part.exact is not None and len(exact) * len(part.exact) <= EXACT_AT_MOST:
            exact = tuple(left + right for left in exact for right in part.exact)
            continue
        candidates += [Part(exact), part]
        exact = part.exact if part.exact is not None else ("",)
    whole = Part(exact) if not candidates else Part(anchors=_best([*candidates, Part(exact)]))
    return Part(whole.exact, whole.anchors, _first_of(parts), all(part.empty for part in parts)), at


def _first_of(parts: list[Part]) -> frozenset[str] | None:
    found: frozenset[str] = frozenset()
    for part in parts:
        if part.first is None:
            return None
        found |= part.first
        if not part.empty:
            break
    return found


def _repeated(pattern: str, at: int) -> tuple[Part, int]:
    part, at = _atom(pattern, at)
    found = _REPEAT.match(pattern, at)
    if found is None:
        return part, at
    if found[1] == "?":
        exact = (*part.exact, "") if part.exact is not None and len(part.exact) < EXACT_AT_MOST else None
        return Part(exact, None, part.first, True), found.end()
    needed = found[1] == "+" or (found[2] is not None and int(found[2]) > 0)
    return Part(None, _best([part]) if needed else None, part.first, part.empty or not needed), found.end()


def _atom(pattern: str, at: int) -> tuple[Part, int]:
    sign = pattern[at]
    if sign == "(":
        return _group(pattern, at)
    if sign == "[":
        return _letters(pattern, at)
    if sign == "\\":
        return _escaped(pattern[at + 1]), at + 2
    if sign in "^$":
        return _NOTHING, at + 1
    return (Part() if sign == "." else Part((sign,), None, frozenset({re.escape(sign)}))), at + 1


def _escaped(letter: str) -> Part:
    if letter in "bB":
        return _NOTHING
    if letter in _SHORTHANDS:
        return Part(first=frozenset({"\\" + letter}))
    found = "\n" if letter == "n" else letter
    return Part((found,), None, frozenset({re.escape(found)}))


def _group(pattern: str, at: int) -> tuple[Part, int]:
    opened = _OPENED.match(pattern, at)
    if opened is None:
        raise ValueError(f"unreadable group: {pattern}")
    part, end = _alternatives(pattern, opened.end())
    if pattern[end : end + 1] != ")":
        raise ValueError(f"unbalanced pattern: {pattern}")
    return (_NOTHING if opened.group() in _AROUND else part), end + 1


def _letters(pattern: str, at: int) -> tuple[Part, int]:
    end = at + 2 if pattern[at + 1] != "^" else at + 3
    while pattern[end] != "]":
        end += 2 if pattern[end] == "\\" else 1
    inside = pattern[at + 1 : end]
    if inside[0] == "^":
        return Part(), end + 1
    simple = "-" not in inside and "\\" not in inside and len(inside) <= CLASS_AT_MOST
    return Part(tuple(inside) if simple else None, None, frozenset({inside})), end + 1


def _best(parts: list[Part]) -> frozenset[str] | None:
    """The set that is hardest to meet by chance: kanji tell more than kana, long more than short."""
    sets = [part.anchors if part.exact is None else frozenset(part.exact) for part in parts]
    usable = [found for found in sets if found and "" not in found]
    return max(usable, key=_telling, default=None)


def _telling(words: frozenset[str]) -> tuple[int, int]:
    return min(sum(3 if "\u3400" <= letter <= "\u9fff" else 1 for letter in word) for word in words), -len(
        words
    )
