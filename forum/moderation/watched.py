"""An operator's own watched words: each with what happens where it stands, and a note why.

They live in ``watched.toml`` in the instance folder, written by hand or by ``forum screen watch``. A finding of one is like
any other; its rule is called by a digest, so that counters and cases elsewhere do not repeat the word.
"""

import hashlib
import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, get_args

from forum import files
from forum.moderation.detectors.base import Finding, Views
from forum.moderation.entries import Faults, entries_of
from forum.moderation.listed import Listed, folded_word, places
from forum.moderation.policy import ACTIONS, CELLS, Action, Panel, Row

OWN = "watched.toml"
PREFIX = "watched:"
LABEL = "watched"  # of a word without a label of its own
SEVERITY = 1
FIELDS = ("word", "action", "note", "label")
NOTE_LENGTH = 300
LABELS = tuple(dict.fromkeys(label for label, _sub in CELLS))
LANES = {
    "crisis": 1,
    "minor": 1,
    "personal_info": 2,
    "threat_or_abuse": 3,
    "contact_exchange": 4,
    "solicitation_commerce": 4,
}
OTHER_LANE = 5
_HEADER = re.compile(r"^[ \t]*\[\[[ \t]*word[ \t]*\]\]", re.MULTILINE)
_ABOVE = "# Watched words: forum screen watch --help\n"


@dataclass(frozen=True)
class Watched:
    """One word: ``action`` is what happens, ``note`` is for the caretakers, ``label`` says what it belongs to."""

    listed: Listed
    action: Action
    note: str = ""
    label: str = ""

    @property
    def code(self) -> str:
        """The name of its rule: the same for every spelling, and without the word."""
        return PREFIX + hashlib.sha256(self.listed.bare.encode()).hexdigest()[:12]

    @property
    def row(self) -> Row:
        """What follows, as the policy's table says it. Asked and sent unchanged, it is published with a case."""
        unchanged: Action = "publish" if self.action == "ask" else self.action
        panel: Panel = "c0" if self.label == "crisis" else ""
        return Row(self.action, unchanged, panel, LANES.get(self.label, OTHER_LANE))


@dataclass(frozen=True)
class Watch:
    """All of them, as screening uses them."""

    words: tuple[Watched, ...] = ()

    def detect(self, text: str, views: Views) -> Iterator[Finding]:
        """Every watched word with all its places."""
        for listed, spans in places(self._listed, views):
            found = self._by_listed[listed]
            yield Finding(found.label or LABEL, "", SEVERITY, "", spans, found.code)

    @cached_property
    def _by_listed(self) -> dict[Listed, Watched]:
        return {word.listed: word for word in self.words}

    @cached_property
    def _listed(self) -> tuple[Listed, ...]:
        return tuple(self._by_listed)

    @property
    def rows(self) -> dict[str, Row]:
        """What follows from each, by the code of its rule."""
        return {word.code: word.row for word in self.words}

    @property
    def notes(self) -> dict[str, str]:
        """The note of each, by the code of its rule."""
        return {word.code: word.note for word in self.words}


def watched_word(word: str, action: str, note: str = "", label: str = "") -> Watched:
    """One word, checked. Raises ValueError with what is wrong."""
    if action not in ACTIONS:
        raise ValueError(f"action is one of {', '.join(ACTIONS)}")
    if label and label not in LABELS:
        raise ValueError(f"label is one of {', '.join(LABELS)}")
    if len(note) > NOTE_LENGTH:
        raise ValueError(f"a note has {NOTE_LENGTH} letters at most")
    return Watched(folded_word(word), _action(action), note, label)


def read_watch(path: Path, faults: Faults) -> Watch:
    """The words of the file. What is wrong goes to ``faults``, one line each, and is left out."""
    found: dict[str, Watched] = {}
    for where, entry in entries_of(path, "word", FIELDS, faults):
        try:
            made = _from(entry)
            if made.code in found:
                raise ValueError(f"{made.listed.word!r} stands in it already")
            found[made.code] = made
        except ValueError as wrong:
            faults.add(f"{where}: {wrong}")
    return Watch(tuple(found.values()))


def add(path: Path, word: Watched) -> None:
    """Put a word into the file, below what stands there. Raises ValueError when it is there, or the file is broken."""
    if word.code in _sound(path).rows:
        raise ValueError(f"{word.listed.word!r} is watched already; remove it first")
    text = path.read_text(encoding="utf-8").rstrip("\n") + "\n\n" if path.is_file() else _ABOVE + "\n"
    fields = {"word": word.listed.word, "action": word.action, "note": word.note, "label": word.label}
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items() if value]
    _replace(path, text + "\n".join(["[[word]]", *lines]) + "\n")


def remove(path: Path, word: str) -> bool:
    """Take a word out, in whatever spelling; everything else in the file stays. False when it was not there.

    Raises ValueError when the file is broken, or the word is none.
    """
    wanted, found = folded_word(word).bare, _sound(path)
    if wanted not in {held.listed.bare for held in found.words}:
        return False
    text = path.read_text(encoding="utf-8")
    starts = [match.start() for match in _HEADER.finditer(text)]
    pieces = [text[low:high] for low, high in zip(starts, [*starts[1:], len(text)], strict=True)]
    kept = [piece for piece in pieces if folded_word(tomllib.loads(piece)["word"][0]["word"]).bare != wanted]
    _replace(path, text[: starts[0]] + "".join(kept))
    return True


def _from(entry: Mapping[str, Any]) -> Watched:
    for key in ("word", "action"):
        if key not in entry:
            raise ValueError(f"{key} is missing")
    for key, value in entry.items():
        if not isinstance(value, str):
            raise ValueError(f"{key} is text")
    return watched_word(**{key: value for key, value in entry.items() if key in FIELDS})


def _action(name: str) -> Action:
    return next(action for action in get_args(Action) if action == name)


def _sound(path: Path) -> Watch:
    faults = Faults()
    found = read_watch(path, faults)
    if faults.lines:
        raise ValueError(faults.lines[0])
    return found


def _replace(path: Path, text: str) -> None:
    """Put a file in place of the old one in one step, for its owner alone: a running board never reads half of it."""
    beside = path.with_name(path.name + ".new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as held:
        held.write(text)
        held.flush()
        os.fsync(held.fileno())
    beside.replace(path)
    files.sync(path.parent)
