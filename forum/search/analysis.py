"""From text to the terms an index knows.

Japanese writes no spaces, so its runs are cut into every letter and every pair of neighbours, and into threes
where kana are; two letters are then found as fast as five. Words of alphabets stay words, as their stems. Folding (width, case,
katakana, small kana) is the one that screening uses, so that コドク, こどく and ｺﾄﾞｸ are one word; what the
table of readings knows is there in its kept spelling too.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from operator import add

from whoosh.lang.porter import stem as porter_stem

from forum.search.base import Document
from forum.search.concerns import concerns
from forum.search.readings import any_spelling, one_spelling
from forum.text import fold_for_matching

# Goes up when the terms of the same text change: an index made with another version is not read.
ANALYSIS_VERSION = 3
# Stand before the terms of a title, and of the post that begins a thread: no text has them in a term.
IN_TITLE = "="
IN_OPENING = "^"
# A term of every post, so that posts and openings can be counted like what they hold.
EVERY = "*"
# Longer "words" are noise (a held key, a hash): their beginning is enough.
TERM_LENGTH = 40

_ALPHABET = "0-9a-z\u00df-\u024f\u0370-\u052f\u1e00-\u1fff"
_RUN = re.compile(
    f"(?P<word>[{_ALPHABET}]+)|(?P<letters>(?:(?![{_ALPHABET}_])[\\w\u2190-\u2bff\U0001f000-\U0001faff])+)"
)
_WORD = re.compile(f"[{_ALPHABET}]+")
_KANA = "[\u3041-\u3096\u30fc]"
# A letter and two kana behind it. Pairs of kana stand in half of all texts, each somewhere; threes tell: といった is
# といつ and いつた, 笑いません is 笑いま, いませ and ません. Of kanji alone the pairs tell enough.
_THREE = re.compile(f"(?=(.{_KANA}{{2}}))")


def fold(text: str) -> str:
    """The one spelling that is compared."""
    return fold_for_matching(text).text


def document_terms(document: Document) -> frozenset[str]:
    """All that an index keeps of a post. An opening's terms stand there once more under their mark, and its title's, and
    what the opening is about.
    """
    found = text_terms(document.text) | {EVERY}
    if document.number != 1:
        return found
    title = text_terms(document.title)
    opening = found | text_concerns(document.text)
    return found | marked(IN_OPENING, opening) | marked(IN_TITLE, title)


def marked(mark: str, some: Iterable[str]) -> frozenset[str]:
    """The same terms, looked for in titles or openings alone."""
    return frozenset(mark + term for term in some)


def text_terms(text: str) -> frozenset[str]:
    """Every term of a text, as it is written and in the kept spelling; there also where the spelling may mean something
    else, since somebody may have typed it so."""
    folded = fold(text)
    return _terms(_runs(folded) | _runs(one_spelling(folded)) | _runs(any_spelling(folded)))


def text_concerns(text: str) -> frozenset[str]:
    """What a text is about, as terms."""
    return concerns(one_spelling(fold(text)))


def terms(folded: str) -> frozenset[str]:
    """Every term of a folded text: stems of words, single letters, pairs of letters, threes with kana."""
    return _terms(_runs(folded))


def _runs(folded: str) -> set[tuple[str | None, str]]:
    return {(run.lastgroup, run.group()) for run in _RUN.finditer(folded)}


def _terms(runs: Iterable[tuple[str | None, str]]) -> frozenset[str]:
    found: set[str] = set()
    for kind, piece in runs:
        if kind == "word":
            found.add(stem(piece))
        else:
            found.update(piece)
            found.update(map(add, piece, piece[1:]))
            found.update(_THREE.findall(piece))
    return frozenset(found)


def needed_terms(folded: str) -> frozenset[str]:
    """The terms a text must have to hold this: pairs speak for their letters, and threes for their pairs."""
    found: set[str] = set()
    for run in _RUN.finditer(folded):
        piece = run.group()
        if run.lastgroup == "word":
            found.add(stem(piece))
        elif len(piece) == 1:
            found.add(piece)
        else:
            found.update(_longest(piece))
    return frozenset(found)


def _longest(piece: str) -> Iterator[str]:
    """The threes of a run, and the pairs that stand in none of them."""
    threes = {three.start() for three in _THREE.finditer(piece)}
    yield from (piece[start : start + 3] for start in threes)
    for start in range(len(piece) - 1):
        if not {start, start - 1} & threes:
            yield piece[start : start + 2]


def is_word(folded: str) -> bool:
    """Whether this is one word of an alphabet, which is found as a whole word only."""
    return _WORD.fullmatch(folded) is not None


def whole(pattern: str, text: str) -> str:
    """The pattern of a text, made to tear no alphabetic word or number at its ends."""
    before = f"(?<![{_ALPHABET}])" if _WORD.match(text) else ""
    after = f"(?![{_ALPHABET}])" if _WORD.match(text[-1:]) else ""
    return before + pattern + after


def words(folded: str) -> list[tuple[int, int, str]]:
    """Start, end and stem of every alphabetic word."""
    return [(found.start(), found.end(), stem(found.group())) for found in _WORD.finditer(folded)]


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


@lru_cache(maxsize=4096)
def stem(word: str) -> str:
    """feelings and feeling → feel, worries and worrying → worri: by Porter's rules, for English letters only."""
    return (porter_stem(word) if word.isascii() and word.isalpha() else word)[:TERM_LENGTH]
