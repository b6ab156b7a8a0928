"""The words detectors share: what they are given and what they hand back."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from operator import add

from forum.text import Folded

_LATIN_WORDS = re.compile("[a-z]{2} [a-z]")


@dataclass(frozen=True)
class Finding:
    """One reason to look twice. ``rule`` is a stable code; ``spans`` mark letters of the original text.

    ``severity`` is a row of the policy table; severity 0 is never a label, only a reason for the quiet line.
    """

    label: str
    sub: str
    severity: int
    field: str
    spans: tuple[tuple[int, int], ...]
    rule: str
    score: float | None = None  # of the model alone: log-odds


@dataclass(frozen=True)
class Known:
    """What the house itself shows and therefore hides from nobody: digits of helplines, hosts of their pages."""

    numbers: frozenset[str] = field(default_factory=frozenset)
    hosts: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Views:
    """One text, seen in the ways people disguise it. Every view leads back to the original's letters.

    plain: folded, with its spaces (for languages that have them).
    compact: spaces and joiners inside words dropped, 伏字 as ○, あっと and どっと as ``@`` and ``.``.
    digits: compact, with long runs of digits in any writing as plain digits.
    kana: compact with romaji read out; ``compact`` itself where there is none.
    """

    text: str
    plain: Folded
    compact: Folded
    digits: Folded
    kana: Folded
    known: Known

    @cached_property
    def spaced(self) -> tuple[tuple[Folded, frozenset[str]], ...]:
        """What languages with spaces are matched on, with its pairs of letters; nothing without Latin words."""
        return ((self.plain, grams_of(self.plain.text)),) if _LATIN_WORDS.search(self.plain.text) else ()

    @cached_property
    def unspaced(self) -> tuple[tuple[Folded, frozenset[str]], ...]:
        """What Japanese is matched on, with its pairs of letters."""
        views = (self.compact,) if self.kana is self.compact else (self.compact, self.kana)
        return tuple((view, grams_of(view.text)) for view in views)


def grams_of(text: str) -> frozenset[str]:
    """All letters and pairs of neighbours."""
    return frozenset((*text, *map(add, text, text[1:])))


Detector = Callable[[str, Views], Iterable[Finding]]
