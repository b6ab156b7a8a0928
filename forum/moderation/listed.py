"""Words of a list an operator keeps, found in a text however they are spelled: wide, in kana, spaced out, half hidden.

The list is matched on the same views as every rule, so a span always marks letters the writer can see.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from forum.moderation.detectors.base import Views
from forum.moderation.detectors.views import compact_view
from forum.text import Folded, clean_input, fold_for_matching

SHORTEST, LONGEST = 2, 40  # letters after folding: one letter would mark half of what is written
SHORT = 4  # up to so many letters a word is short
_WILD = "[○〇*×✕]"
_HIDES = re.compile(_WILD)
_LATIN = re.compile("[a-z0-9]")


@dataclass(frozen=True)
class Listed:
    """One word as it is looked for. ``bare`` has no spaces: people put them in and leave them out."""

    word: str
    bare: str

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """A pattern for the word, also with one letter of it, or two together, behind a ○.

        A Latin word is not the inside of another. A short word shows its first and its last letter: 「〇〇さん」 is how
        people leave a name out, and hides no 奥さん.
        """
        letters = [*map(re.escape, self.bare)]
        ways = [letters]
        outer = 0 if len(letters) > SHORT else 1
        for width in (1, 2):
            for at in range(outer, len(letters) - outer - width + 1):
                ways.append([*letters[:at], *[_WILD] * width, *letters[at + width :]])
        return re.compile("|".join(_bounded(self.bare, way) for way in ways))

    @cached_property
    def ends(self) -> tuple[str, str]:
        """Its beginning and its end, one of which is left whatever two letters are hidden."""
        left = max(1, (len(self.bare) - 1) // 2)
        return self.bare[:left], self.bare[-left:]


def folded_word(word: str) -> Listed:
    """A word of a list, folded as texts are. Raises ValueError when too little or too much is left of it."""
    bare = compact_view(fold_for_matching(clean_input(word))).text.replace(" ", "").replace("\n", "")
    if not SHORTEST <= len(bare) <= LONGEST:
        raise ValueError(f"a word has {SHORTEST} to {LONGEST} letters")
    return Listed(word, bare)


def places(words: tuple[Listed, ...], views: Views) -> Iterator[tuple[Listed, tuple[tuple[int, int], ...]]]:
    """Each word that stands in the text, with all its places in the original, in order."""
    found: dict[Listed, set[tuple[int, int]]] = {}
    if not words:
        return
    for view in _apart(views):
        for word in present(words, view):
            spans = {view.span(*match.span()) for match in word.pattern.finditer(view.text)}
            if spans:
                found.setdefault(word, set()).update(spans)
    for word, spans in found.items():
        yield word, tuple(sorted(spans))


def present(words: tuple[Listed, ...], view: Folded) -> tuple[Listed, ...]:
    """The words that may stand in a view: a look at its letters alone, at C speed, that spares nearly all patterns."""
    squeezed = view.text.replace(" ", "")
    if not _HIDES.search(squeezed):
        return tuple(word for word in words if word.bare in squeezed)
    return tuple(word for word in words if word.ends[0] in squeezed or word.ends[1] in squeezed)


def _bounded(bare: str, letters: list[str]) -> str:
    before = "(?<![a-z0-9])" if _LATIN.match(bare[0]) else ""
    after = "(?![a-z0-9])" if _LATIN.match(bare[-1]) else ""
    return before + " ?".join(letters) + after


def _apart(views: Views) -> Iterator[Folded]:
    seen: list[Folded] = []
    for view in (views.compact, views.digits, views.kana):
        if not any(view is other for other in seen):
            seen.append(view)
            yield view
