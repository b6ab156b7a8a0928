"""Names of services are put out of sight for everybody: the trade lives on innocent testimonials that mention one.

Two ways to a name: a list (shipped, and the operator's own), and patterns of testimonials for names no list knows. What is
found here is covered with 〇〇 before it is stored; nobody is blamed for it.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forum.contacts import Contact
from forum.moderation.detectors.base import Finding, Known, Views
from forum.moderation.detectors.lexicon import findings_of
from forum.moderation.detectors.views import views_of
from forum.moderation.entries import Faults, entries_of, words_of
from forum.moderation.listed import Listed, folded_word, places, present
from forum.text import Folded, rewrite

SHIPPED = Path(__file__).with_name("services.toml")
OWN = "services.toml"
KINDS = ("club", "dating", "fortune", "detective", "counsel", "money", "other")

LABEL, LEXICON = "solicitation_commerce", "names"
NAMED, QUESTION = "named_service", "asks_name"
ASKED_AND_NAMED = "asked_and_named"  # of a whole thread: somebody asked for a name, and somebody new gave one
# What these rules mark is covered whatever else is decided.
COVERED = frozenset({NAMED, "praised_name", "praised_new_name", "searched_name"})
PLACEHOLDER = "⌘"  # a listed name as the patterns see it


@dataclass(frozen=True)
class Services:
    """The listed names, and names that are never covered: those of the board's own page of help."""

    names: tuple[Listed, ...] = ()
    kept: frozenset[str] = frozenset()

    def detect(self, text: str, views: Views) -> Iterator[Finding]:
        """Listed names (severity 0), testimonials with a name (1), names to search for (0)."""
        named = tuple(places(self.names, views))
        for _name, spans in named:
            yield Finding(LABEL, "", 0, "", spans, NAMED)
        seen = self._with_placeholders(views) if named else views
        for found in findings_of(LEXICON, seen):
            if found.rule != QUESTION and not self._is_kept(text, found):
                yield dataclasses.replace(found, label=LABEL)

    def _with_placeholders(self, views: Views) -> Views:
        plain, compact = self._replaced(views.plain), self._replaced(views.compact)
        kana = compact if views.kana is views.compact else self._replaced(views.kana)
        return dataclasses.replace(views, plain=plain, compact=compact, kana=kana)

    def _replaced(self, view: Folded) -> Folded:
        for name in sorted(present(self.names, view), key=lambda name: -len(name.bare)):
            view = rewrite(view, name.pattern, lambda _found: PLACEHOLDER)
        return view

    def _is_kept(self, text: str, found: Finding) -> bool:
        said = [_bare(text[start:end]) for start, end in found.spans]
        return all(len(word) > 1 and any(word in name for name in self.kept) for word in said)


def asks_for_name(text: str) -> bool:
    """Whether somebody asks where it was, or what it is called."""
    views = views_of(text, Known())
    return any(found.rule == QUESTION for found in findings_of(LEXICON, views))


def read_services(path: Path, faults: Faults) -> list[Listed]:
    """The names of one file. What is wrong goes to ``faults``, one line each, and is left out."""
    found: list[Listed] = []
    for where, entry in entries_of(path, "service", {"kind", "names"}, faults):
        if entry.get("kind") not in KINDS:
            faults.add(f"{where}: kind is one of {', '.join(KINDS)}")
        found += _folded(where, entry, faults)
    return found


def services_of(names: list[Listed], contacts: tuple[Contact, ...]) -> Services:
    """The list as screening uses it, each spelling once."""
    kept = frozenset(_bare(name) for entry in contacts for name in (entry.name_ja, entry.name_en) if name)
    once = {name.bare: name for name in names}
    return Services(tuple(once.values()), kept)


def _folded(where: str, entry: Mapping[str, Any], faults: Faults) -> Iterator[Listed]:
    for name in words_of(entry, "names", where, faults):
        try:
            yield folded_word(name)
        except ValueError as wrong:
            faults.add(f"{where}: {name!r}: {wrong}")


def _bare(text: str) -> str:
    return views_of(text, Known()).compact.text.replace(" ", "")
