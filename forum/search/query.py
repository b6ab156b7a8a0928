"""What a person typed into the search field, understood without a grammar that could be got wrong.

Words between spaces and punctuation are all required, quotes hold a phrase together, a minus before a word
keeps it out. Any input at all is a query, possibly an empty one: no error, no fields, no wildcards.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from forum.search import analysis
from forum.text import fold_words

QUERY_LENGTH = 100
WORDS = 8

_QUOTES = '"“”「」『』＂'
_QUOTED = '"[^"]*"|“[^”]*”|「[^」]*」|『[^』]*』|＂[^＂]*＂'
_PART = re.compile(rf"(?:(?<!\S)(?P<minus>[-－−–]))?(?P<piece>{_QUOTED}|[^\s{_QUOTES}]+)")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True)
class Word:
    """A word or phrase, folded; ``terms`` are what an index must know of a text that holds it."""

    text: str
    terms: frozenset[str]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Finds it in folded text; a space stands for any white space, and 15年 is not found in 2015年."""
        inside = "[ \n]+".join(re.escape(part) for part in _SPACES.split(self.text))
        return re.compile(analysis.whole(inside, self.text))

    def spans(self, folded: str) -> Iterator[tuple[int, int]]:
        """Where it stands in a folded text. Words of an alphabet are found whole, singular or plural."""
        if analysis.is_word(self.text):
            sought = analysis.singular(self.text)
            return ((start, end) for start, end, word in analysis.words(folded) if word == sought)
        return (found.span() for found in self.pattern.finditer(folded))

    def is_in(self, folded: str) -> bool:
        """Whether a folded text holds it."""
        return next(self.spans(folded), None) is not None

    def is_plainly_in(self, kana: str) -> bool:
        """Whether it stands in a text of which only the kana are folded: cheap, and enough most of the time."""
        return self.text in kana and not analysis.words(self.text)


@dataclass(frozen=True)
class Query:
    """All of ``words`` and none of ``without``."""

    words: tuple[Word, ...]
    without: tuple[Word, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for: what is only excluded finds nothing."""
        return not self.words

    @property
    def terms(self) -> frozenset[str]:
        """The terms a matching text must have."""
        return frozenset().union(*(word.terms for word in self.words))

    def matches(self, text: str) -> bool:
        """Whether the text itself holds what is asked for: an index only says that it may."""
        if self.is_empty:
            return False
        kana = fold_words(text)
        if not self.without and all(word.is_plainly_in(kana) for word in self.words):
            return True
        folded = analysis.fold(text)
        return all(word.is_in(folded) for word in self.words) and not any(
            word.is_in(folded) for word in self.without
        )


def parse(text: str) -> Query:
    """The query behind any input; beyond QUERY_LENGTH letters and WORDS words it is cut. Never raises."""
    wanted: dict[str, Word] = {}
    unwanted: dict[str, Word] = {}
    for is_unwanted, piece in _pieces(text[:QUERY_LENGTH]):
        if piece and len(wanted) + len(unwanted) < WORDS:
            (unwanted if is_unwanted else wanted)[piece] = Word(piece, analysis.needed_terms(piece))
    return Query(tuple(wanted.values()), tuple(unwanted.values()))


def _pieces(text: str) -> Iterator[tuple[bool, str]]:
    for part in _PART.finditer(text):
        folded, is_unwanted = analysis.fold(part["piece"]), bool(part["minus"])
        # -e-mail keeps out e-mail, and neither e nor mail alone.
        if is_unwanted or part["piece"][0] in _QUOTES:
            yield is_unwanted, analysis.trimmed(folded)
        else:
            yield from ((False, stretch) for stretch in analysis.stretches(folded))
