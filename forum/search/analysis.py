"""From text to the terms an index knows.

Japanese writes no spaces, so its runs are cut into every letter and every pair of neighbours; two letters
are then found as fast as five. Words of alphabets stay words, in the singular. Folding (width, case,
katakana, small kana) is the one that screening uses, so that コドク, こどく and ｺﾄﾞｸ are one word.
"""

import re
from itertools import pairwise

from forum.text import fold_for_matching

# Goes up when the terms of the same text change: an index made with another version is not read.
ANALYSIS_VERSION = 1
# Longer "words" are noise (a held key, a hash): their beginning is enough.
TERM_LENGTH = 40

_ALPHABET = "0-9a-z\u00df-\u024f\u0370-\u052f\u1e00-\u1fff"
_RUN = re.compile(
    f"(?P<word>[{_ALPHABET}]+)|(?P<letters>(?:(?![{_ALPHABET}_])[\\w\u2190-\u2bff\U0001f000-\U0001faff])+)"
)
_WORD = re.compile(f"[{_ALPHABET}]+")
_SIBILANT = re.compile(r"(?:s|x|z|ch|sh)es$")


def fold(text: str) -> str:
    """The one spelling that is compared."""
    return fold_for_matching(text).text


def terms(folded: str) -> frozenset[str]:
    """Every term of a folded text: words in the singular, single letters, pairs of letters."""
    found: set[str] = set()
    for run in _RUN.finditer(folded):
        piece = run.group()
        if run.lastgroup == "word":
            found.add(singular(piece))
        else:
            found.update(piece)
            found.update(map("".join, pairwise(piece)))
    return frozenset(found)


def needed_terms(folded: str) -> frozenset[str]:
    """The terms a text must have to hold this: pairs speak for their letters."""
    found: set[str] = set()
    for run in _RUN.finditer(folded):
        piece = run.group()
        if run.lastgroup == "word":
            found.add(singular(piece))
        elif len(piece) == 1:
            found.add(piece)
        else:
            found.update(map("".join, pairwise(piece)))
    return frozenset(found)


def is_word(folded: str) -> bool:
    """Whether this is one word of an alphabet, which is found as a whole word only."""
    return _WORD.fullmatch(folded) is not None


def whole(pattern: str, text: str) -> str:
    """The pattern of a text, made to tear no alphabetic word or number at its ends."""
    before = f"(?<![{_ALPHABET}])" if _WORD.match(text) else ""
    after = f"(?![{_ALPHABET}])" if _WORD.match(text[-1:]) else ""
    return before + pattern + after


def words(folded: str) -> list[tuple[int, int, str]]:
    """Start, end and singular of every alphabetic word."""
    return [(found.start(), found.end(), singular(found.group())) for found in _WORD.finditer(folded)]


def stretches(folded: str) -> list[str]:
    """What stands between spaces and punctuation; LINE交換 is one stretch."""
    found: list[str] = []
    end = -1
    for run in _RUN.finditer(folded):
        if run.start() == end:
            found[-1] += run.group()
        else:
            found.append(run.group())
        end = run.end()
    return found


def trimmed(folded: str) -> str:
    """Without what carries no term at either end: 「寂しい」 is asked for as 寂しい."""
    runs = list(_RUN.finditer(folded))
    return folded[runs[0].start() : runs[-1].end()] if runs else ""


def singular(word: str) -> str:
    """feelings → feeling, boxes → box, stories → story; short words and -ss, -us, -is stay."""
    if len(word) > 4 and word.endswith("ies"):
        word = word[:-3] + "y"
    elif len(word) > 4 and _SIBILANT.search(word):
        word = word[:-2]
    elif len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    return word[:TERM_LENGTH]
