"""Rules kept as data: families of words with the reason for each, patterns over them, and guards for context.

A pattern is a regular expression with two shorthands: ``<family>`` for any word of a family and ``~`` for a
short gap inside one sentence. It is written as people write; it is folded like the text before it is compiled.
A guard says when words do not mean what they say: denied, reported, past, a figure of speech. It drops a match,
or turns it into severity 0, the quiet line.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from forum.moderation.detectors.anchors import read_pattern
from forum.moderation.detectors.base import Finding, Views
from forum.text import Folded, fold_words

FOLDER = Path(__file__).with_name("lexicons")
LANGUAGES = ("ja", "en")
GAP = "[^。!?\\n]{0,14}"
SENTENCE_REACH = 120  # letters to each side that count as the same sentence, for texts without full stops
FINDINGS_A_RULE = 8

_FAMILY = re.compile(r"(?<!\?P)<([a-z_0-9]+)>")
_SENTENCE_ENDS = "。!?\n"


@dataclass(frozen=True)
class Guard:
    """Context in which a match is not meant: each pattern that is set must be found, ``but`` must not.

    ``match`` looks at the marked letters themselves, the others around them.
    """

    before: re.Pattern[str] | None
    after: re.Pattern[str] | None
    sentence: re.Pattern[str] | None
    text: re.Pattern[str] | None
    match: re.Pattern[str] | None
    but: re.Pattern[str] | None
    severity: int | None

    def holds(self, text: str, start: int, end: int) -> bool:
        """Whether this context surrounds ``text[start:end]``."""
        low, high = _sentence_around(text, start, end)
        return (
            (self.before is None or self.before.search(text, low, start) is not None)
            and (self.after is None or self.after.match(text, end, min(high + 4, len(text))) is not None)
            and (self.sentence is None or self.sentence.search(text, low, high) is not None)
            and (self.text is None or self.text.search(text) is not None)
            and (self.match is None or self.match.match(text, start, end) is not None)
            and (self.but is None or self.but.search(text, low, high) is None)
        )


@dataclass(frozen=True)
class Pattern:
    """A pattern, compiled when first tried, and letters it cannot match without (empty: none known)."""

    spelling: str
    anchors: frozenset[str]

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """The compiled pattern."""
        return re.compile(self.spelling)


@dataclass(frozen=True)
class Rule:
    """Any of ``any`` is a match; each of ``every`` must match somewhere as well and is marked too.

    ``needs`` is a cheap look at the whole text that spares the rest of the rule; it marks nothing.
    """

    code: str
    sub: str
    severity: int
    needs: Pattern | None
    any: tuple[Pattern, ...]
    every: tuple[Pattern, ...]
    unless: tuple[Guard, ...]


@dataclass(frozen=True)
class Lexicon:
    """All rules of one label in one language."""

    label: str
    spaced: bool
    rules: tuple[Rule, ...]
    anchors: dict[str, tuple[str, ...]]  # by two of their letters


@lru_cache(maxsize=32)
def lexicon_of(language: str, label: str) -> Lexicon:
    """The rules of one file, compiled at the first use and kept. Raises ValueError, naming the rule, if unusable."""
    source = FOLDER / language / f"{label}.toml"
    data = tomllib.loads(source.read_text(encoding="utf-8")) if source.exists() else {}
    families = _families(data.get("families", {}))
    guards = {name: _guard(entry, families) for name, entry in data.get("guards", {}).items()}
    rules = tuple(_rule(entry, families, guards) for entry in data.get("rules", ()))
    patterns = [pattern for rule in rules for pattern in (*rule.any, *rule.every, rule.needs) if pattern]
    anchors = frozenset().union(*(pattern.anchors for pattern in patterns))
    return Lexicon(label=label, spaced=language == "en", rules=rules, anchors=_by_grams(anchors))


def _by_grams(anchors: frozenset[str]) -> dict[str, tuple[str, ...]]:
    """Anchors under their most telling pair of letters, so that one set operation finds those in a text."""
    index: dict[str, tuple[str, ...]] = {}
    for anchor in sorted(anchors):
        gram = max((anchor[at : at + 2] for at in range(max(1, len(anchor) - 1))), key=_is_rare)
        index[gram] = (*index.get(gram, ()), anchor)
    return index


def _is_rare(gram: str) -> int:
    return sum("\u3400" <= letter <= "\u9fff" for letter in gram)


def findings_of(label: str, views: Views) -> Iterator[Finding]:
    """What the word rules of a label find, in every language and in every view the language needs."""
    found: dict[Finding, None] = {}  # the kana view and overlapping patterns say many things twice
    for language in LANGUAGES:
        lexicon = lexicon_of(language, label)
        for view, grams in views.spaced if lexicon.spaced else views.unspaced:
            found |= dict.fromkeys(_search(lexicon, view, grams))
    yield from found


def _search(lexicon: Lexicon, view: Folded, grams: frozenset[str]) -> Iterator[Finding]:
    text = view.text
    met = lexicon.anchors.keys() & grams
    present = {
        anchor for gram in met for anchor in lexicon.anchors[gram] if len(anchor) < 3 or anchor in text
    }
    for rule in lexicon.rules:
        if rule.needs and (_rests(rule.needs, present) or not rule.needs.regex.search(text)):
            continue
        others: set[tuple[int, int]] | None = None
        for severity, start, end in _matches(rule, text, present):
            others = _every(rule, view, present) if others is None else others
            if others is None:
                break
            yield Finding(
                lexicon.label,
                rule.sub,
                severity,
                "",
                tuple(sorted({view.span(start, end), *others})),
                rule.code,
            )


def _every(rule: Rule, view: Folded, present: set[str]) -> set[tuple[int, int]] | None:
    spans: set[tuple[int, int]] = set()
    for pattern in rule.every:
        found = None if _rests(pattern, present) else pattern.regex.search(view.text)
        if found is None or found.start() == found.end():
            return None
        spans.add(view.span(*found.span()))
    return spans


def _matches(rule: Rule, text: str, present: set[str]) -> Iterator[tuple[int, int, int]]:
    left = FINDINGS_A_RULE
    for pattern in rule.any:
        if _rests(pattern, present):
            continue
        for match in pattern.regex.finditer(text):
            start, end = match.span("m") if "m" in pattern.regex.groupindex and match["m"] else match.span()
            severity = _after_guards(rule, text, start, end)
            if severity is None or start == end:
                continue
            yield severity, start, end
            left -= 1
            if not left:
                return


def _rests(pattern: Pattern, present: set[str]) -> bool:
    return bool(pattern.anchors) and pattern.anchors.isdisjoint(present)


def _after_guards(rule: Rule, text: str, start: int, end: int) -> int | None:
    """The severity left when context has been heard, or None when nothing is left."""
    severity: int | None = rule.severity
    for guard in rule.unless:
        if guard.holds(text, start, end):
            if guard.severity is None:
                return None
            severity = min(rule.severity, guard.severity)
    return severity


def _sentence_around(text: str, start: int, end: int) -> tuple[int, int]:
    floor = max(0, start - SENTENCE_REACH)
    low = max(text.rfind(sign, floor, start) + 1 for sign in _SENTENCE_ENDS)
    ceiling = min(len(text), end + SENTENCE_REACH)
    found = [at for sign in _SENTENCE_ENDS if (at := text.find(sign, end, ceiling)) >= 0]
    return max(low, floor), min(found, default=ceiling)


def _families(data: dict[str, Any]) -> dict[str, str]:
    """Each family as one group; a family may name families above it."""
    families: dict[str, str] = {}
    for name, entry in data.items():
        words = sorted(entry["words"], key=len, reverse=True)
        families[name] = "(?:" + "|".join(_spelled(word, families) for word in words) + ")"
    return families


def _spelled(pattern: str, families: dict[str, str]) -> str:
    def family(found: re.Match[str]) -> str:
        if found[1] not in families:
            raise ValueError(f"no family {found[1]} in {pattern}")
        return families[found[1]]

    return _FAMILY.sub(family, fold_words(pattern).replace("~", GAP))


def _pattern(pattern: str, families: dict[str, str]) -> Pattern:
    spelled = _spelled(pattern, families)
    part = read_pattern(spelled)
    begins = f"(?=[{''.join(sorted(part.first))}])" if part.first else ""  # fails at most letters, at once
    return Pattern(begins + spelled, part.anchors or frozenset())


def _guard(entry: dict[str, Any], families: dict[str, str]) -> Guard:
    def compiled(key: str) -> re.Pattern[str] | None:
        return re.compile(_spelled(entry[key], families)) if key in entry else None

    return Guard(
        before=compiled("before"),
        after=compiled("after"),
        sentence=compiled("sentence"),
        text=compiled("text"),
        match=compiled("match"),
        but=compiled("but"),
        severity=entry.get("severity"),
    )


def _rule(entry: dict[str, Any], families: dict[str, str], guards: dict[str, Guard]) -> Rule:
    try:
        return Rule(
            code=entry["code"],
            sub=entry.get("sub", ""),
            severity=entry["severity"],
            needs=_pattern(entry["needs"], families) if "needs" in entry else None,
            any=tuple(_pattern(pattern, families) for pattern in entry["any"]),
            every=tuple(_pattern(pattern, families) for pattern in entry.get("every", ())),
            unless=tuple(guards[name] for name in entry.get("unless", ())),
        )
    except (KeyError, re.error) as broken:
        raise ValueError(f"rule {entry.get('code', '?')}: {broken}") from broken
