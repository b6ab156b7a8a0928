"""What a person typed into the search field, understood without a grammar that could be got wrong.

Words between spaces and punctuation are all required, quotes hold a phrase together, a minus before a word
keeps it out. Any input at all is a query, possibly an empty one: no error, no fields, no wildcards.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from forum.search import analysis, readings
from forum.text import SOUND_MARKS, Folded, fold_for_matching, is_ordinary, kana_pattern

QUERY_LENGTH = 100
WORDS = 8

_QUOTES = '"“”「」『』＂'
_QUOTED = '"[^"]*"|“[^”]*”|「[^」]*」|『[^』]*』|＂[^＂]*＂'
_PART = re.compile(rf"(?:(?<!\S)(?P<minus>[-－−–]))?(?P<piece>{_QUOTED}|[^\s{_QUOTES}]+)")
_JAPANESE = re.compile("[\u3041-\u3096\u30fc\u3400-\u9fff々]+")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True)
class Word:
    """A word or phrase, folded: ``text`` in the kept spelling and ``typed`` as it was typed, which will do too.

    ``terms`` are what an index must know of a text that holds either.
    """

    text: str
    typed: str
    terms: frozenset[str]
    # Whether it holds a word that people spell in several ways: then texts are looked at in the kept spelling.
    is_respelt: bool

    def spans(self, text: "Spelt") -> Iterator[tuple[int, int]]:
        """Where it stands in the original of a text. Words of an alphabet are found whole, in any of their forms."""
        for sought, folded in self._looks(text):
            yield from (folded.span(*span) for span in _spans(sought, folded.text))

    def is_in(self, text: "Spelt") -> bool:
        """Whether a text holds it."""
        if self.is_respelt and next(_spans(self.text, text.kept_text), None):
            return True
        return next(_spans(self.typed, text.folded.text), None) is not None

    @cached_property
    def is_japanese(self) -> bool:
        """Whether it is kanji and kana throughout."""
        return _JAPANESE.fullmatch(self.text) is not None

    @cached_property
    def plain_pattern(self) -> re.Pattern[str] | None:
        """Finds it in a text as it is, whichever kana it is written in; None where that may be part of another word."""
        if not self.is_japanese and analysis.words(self.text):
            return None
        either = "|".join(map(kana_pattern, dict.fromkeys((self.text, self.typed))))
        return re.compile(f"(?:{either})(?![{SOUND_MARKS}])")

    def is_plainly_in(self, text: str) -> bool:
        """Whether it stands in an unfolded text for all to see: cheap, and enough most of the time."""
        return self.plain_pattern is not None and self.plain_pattern.search(text) is not None

    @property
    def stands_plainly(self) -> bool:
        """Whether an ordinary text that does not hold it plainly does not hold it at all."""
        return self.is_japanese and not self.is_respelt

    def _looks(self, text: "Spelt") -> Iterator[tuple[str, Folded]]:
        if self.is_respelt:
            yield self.text, text.kept
        if not self.is_respelt or self.typed != self.text:
            yield self.typed, text.folded


def _spans(sought: str, folded: str) -> Iterator[tuple[int, int]]:
    if analysis.is_word(sought):
        wanted = analysis.stem(sought)
        return ((start, end) for start, end, stem in analysis.words(folded) if stem == wanted)
    return (found.span() for found in _pattern(sought).finditer(folded))


@lru_cache(maxsize=256)
def _pattern(sought: str) -> re.Pattern[str]:
    """Finds this in folded text; a space stands for any white space, and 15年 is not found in 2015年."""
    inside = "[ \n]+".join(re.escape(part) for part in _SPACES.split(sought))
    return re.compile(analysis.whole(inside, sought))


class Spelt:
    """A text as words are looked for in it, each way made when it is first needed."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def folded(self) -> Folded:
        """As it is written."""
        return fold_for_matching(self._text)

    @cached_property
    def kept_text(self) -> str:
        """The letters of :attr:`kept`, which are quicker to have."""
        return readings.one_spelling(self.folded.text)

    @cached_property
    def kept(self) -> Folded:
        """With the words of the table in their kept spelling."""
        return readings.respelt(self.folded)


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
        missing = [word for word in self.words if not word.is_plainly_in(text)]
        if not missing and not self.without:
            return True
        if any(word.stands_plainly for word in missing) and is_ordinary(text):
            return False
        spelt = Spelt(text)
        return all(word.is_in(spelt) for word in self.words) and not any(
            word.is_in(spelt) for word in self.without
        )


def parse(text: str) -> Query:
    """The query behind any input; beyond QUERY_LENGTH letters and WORDS words it is cut. Never raises."""
    wanted: dict[str, Word] = {}
    unwanted: dict[str, Word] = {}
    for is_unwanted, piece in _pieces(text[:QUERY_LENGTH]):
        if piece and len(wanted) + len(unwanted) < WORDS:
            (unwanted if is_unwanted else wanted)[piece] = _word(piece)
    return Query(tuple(wanted.values()), tuple(unwanted.values()))


def _word(folded: str) -> Word:
    kept = readings.one_spelling(folded)
    return Word(kept, folded, analysis.needed_terms(kept), readings.is_spelt_in_several_ways(folded))


def _pieces(text: str) -> Iterator[tuple[bool, str]]:
    for part in _PART.finditer(text):
        folded, is_unwanted = analysis.fold(part["piece"]), bool(part["minus"])
        # -e-mail keeps out e-mail, and neither e nor mail alone.
        if is_unwanted or part["piece"][0] in _QUOTES:
            yield is_unwanted, analysis.trimmed(folded)
        else:
            yield from ((False, stretch) for stretch in analysis.stretches(folded))
