"""Letters a pattern cannot match without, read from the pattern itself.

Japanese rules cannot lean on word boundaries, so hundreds of patterns would be tried at every letter. A look for
a few fixed letters first costs almost nothing and lets nearly all patterns rest on nearly all texts.
"""

import re
from dataclasses import dataclass

EXACT_AT_MOST = 24  # alternatives kept word by word; beyond that only their parts are
CLASS_AT_MOST = 8

_REPEAT = re.compile(r"(\?|\*|\+|\{(\d+)(?:,\d*)?\})\??")
_CLASS_SHORTHANDS = "dwsDWSbB"


@dataclass(frozen=True)
class _Part:
    """``exact``: all it can match, if few; ``anchors``: one of these is in every match, if known."""

    exact: tuple[str, ...] | None
    anchors: frozenset[str] | None


_NOTHING = _Part(("",), None)
_ANYTHING = _Part(None, None)


def anchors_of(pattern: str) -> frozenset[str] | None:
    """Strings of which every match contains at least one, or None where the pattern fixes no letters."""
    part, end = _alternatives(pattern, 0)
    if end != len(pattern):
        raise ValueError(f"unbalanced pattern: {pattern}")
    return _best([part])


def _alternatives(pattern: str, at: int) -> tuple[_Part, int]:
    parts: list[_Part] = []
    while True:
        part, at = _sequence(pattern, at)
        parts.append(part)
        if pattern[at : at + 1] != "|":
            break
        at += 1
    exact = tuple(word for part in parts for word in part.exact or ()) if all(p.exact for p in parts) else None
    if exact is not None and len(exact) > EXACT_AT_MOST:
        exact = None
    sets = [_best([part]) for part in parts]
    anchors = frozenset().union(*(found for found in sets if found)) if all(sets) else None
    return _Part(exact, anchors), at


def _sequence(pattern: str, at: int) -> tuple[_Part, int]:
    exact: tuple[str, ...] = ("",)
    whole = True
    candidates: list[_Part] = []
    while at < len(pattern) and pattern[at] not in "|)":
        part, at = _repeated(pattern, at)
        if part.exact is not None and len(exact) * len(part.exact) <= EXACT_AT_MOST:
            exact = tuple(left + right for left in exact for right in part.exact)
            continue
        whole = False
        candidates.append(_Part(exact, None))
        candidates.append(part)
        exact = part.exact if part.exact is not None else ("",)
    if whole:
        return _Part(exact, None), at
    candidates.append(_Part(exact, None))
    return _Part(None, _best(candidates)), at


def _repeated(pattern: str, at: int) -> tuple[_Part, int]:
    part, at = _atom(pattern, at)
    found = _REPEAT.match(pattern, at)
    if found is None:
        return part, at
    if found[1] == "?" and part.exact is not None and len(part.exact) < EXACT_AT_MOST:
        return _Part((*part.exact, ""), None), found.end()
    needed = found[1] == "+" or (found[2] is not None and int(found[2]) > 0)
    return (_Part(None, _best([part])) if needed else _ANYTHING), found.end()


def _atom(pattern: str, at: int) -> tuple[_Part, int]:
    sign = pattern[at]
    if sign == "(":
        return _group(pattern, at)
    if sign == "[":
        return _letters(pattern, at)
    if sign == "\\":
        escaped = pattern[at + 1]
        return (_ANYTHING if escaped in _CLASS_SHORTHANDS else _Part((escaped,), None)), at + 2
    if sign in "^$":
        return _NOTHING, at + 1
    return (_ANYTHING if sign == "." else _Part((sign,), None)), at + 1


def _group(pattern: str, at: int) -> tuple[_Part, int]:
    opened = re.compile(r"\((?:\?(?::|=|!|<=|<!|P<\w+>))?").match(pattern, at)
    if opened is None:
        raise ValueError(f"unreadable group: {pattern}")
    part, end = _alternatives(pattern, opened.end())
    if pattern[end : end + 1] != ")":
        raise ValueError(f"unbalanced pattern: {pattern}")
    looks_around = opened.group() in ("(?=", "(?!", "(?<=", "(?<!")
    return (_NOTHING if looks_around else part), end + 1


def _letters(pattern: str, at: int) -> tuple[_Part, int]:
    end = at + 2 if pattern[at + 1] != "^" else at + 3
    while pattern[end] != "]":
        end += 2 if pattern[end] == "\\" else 1
    inside = pattern[at + 1 : end]
    simple = inside[0] != "^" and "-" not in inside and "\\" not in inside and len(inside) <= CLASS_AT_MOST
    return (_Part(tuple(inside), None) if simple else _ANYTHING), end + 1


def _best(parts: list[_Part]) -> frozenset[str] | None:
    """The set that is hardest to meet by chance: kanji tell more than kana, long more than short."""
    sets = [part.anchors if part.exact is None else frozenset(part.exact) for part in parts]
    usable = [found for found in sets if found and "" not in found]
    return max(usable, key=_telling, default=None)


def _telling(words: frozenset[str]) -> tuple[int, int]:
    return min(sum(3 if "\u3400" <= letter <= "\u9fff" else 1 for letter in word) for word in words), -len(words)
