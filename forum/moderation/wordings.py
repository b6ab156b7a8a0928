"""An operator's own ready sentences for the desk, beside the shipped ones (``forms/wordings.py``).

They live in ``templates.toml`` in the instance folder. Entries that are wrong are left out, and ``forum check`` says why: a
slip in a file must not keep a moderator from answering.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from forum.models.content import BODY_LENGTH
from forum.moderation.entries import Faults, entries_of
from forum.moderation.letters import ANSWER_LENGTH
from forum.moderation.wishes import WORDS_LENGTH as NOTE_LENGTH
from forum.text import clean_input

OWN = "templates.toml"
FIELDS = ("kind", "label", "words")
LABEL_LENGTH = 40
# Where each kind begins, and how long what is sent from there may be.
LENGTHS: Mapping[str, int] = {"note": NOTE_LENGTH, "answer": ANSWER_LENGTH, "voice": BODY_LENGTH}

Lists = dict[str, dict[str, tuple[str, str]]]


def read_own(path: Path, faults: Faults) -> Lists:
    """By kind and code: what it is called in the list, and its words. What is wrong goes to ``faults``, one line each."""
    found: Lists = {kind: {} for kind in LENGTHS}
    for where, entry in entries_of(path, "template", FIELDS, faults):
        given = [clean_input(value) if isinstance(value := entry.get(key), str) else "" for key in FIELDS]
        kind, label, words = given
        wrong = _wrong(kind, label, words)
        if not wrong and code_of(label) in found[kind]:
            wrong = f"another {kind} is called {label}"
        if wrong:
            faults.add(f"{where}: {wrong}")
        else:
            found[kind][code_of(label)] = (label, words)
    return found


def code_of(label: str) -> str:
    """What names a template in a form: the same however the file around it changes."""
    return "own_" + hashlib.sha256(label.encode()).hexdigest()[:12]


def faults_of(path: Path) -> list[str]:
    """Everything that is wrong with the file, one line each; one that is not there has no fault."""
    faults = Faults()
    read_own(path, faults)
    return faults.lines


def _wrong(kind: str, label: str, words: str) -> str:
    if kind not in LENGTHS:
        return f"kind is one of {', '.join(LENGTHS)}"
    if not label or "\n" in label or len(label) > LABEL_LENGTH:
        return f"label is one line of {LABEL_LENGTH} letters at most"
    if not words:
        return "words is the text it begins with"
    if len(words) > LENGTHS[kind]:
        return f"a {kind} has {LENGTHS[kind]} letters at most"
    return ""
