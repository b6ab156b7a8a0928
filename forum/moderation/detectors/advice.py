"""Finds what reads like advice or a lecture; looked for only where the opener wants nothing but to be heard."""

import re
from collections.abc import Iterator
from dataclasses import replace

from forum.moderation.detectors.base import Finding, Views
from forum.moderation.detectors.lexicon import findings_of

_SENTENCE = re.compile(r"[^。．！？!?\n]+[。．！？!?]*")


def detect(text: str, views: Views) -> Iterator[Finding]:
    """Severity 1: what one ought to do, questions that are none, what everybody knows better. Marked is the sentence:
    half a verb would tell its writer nothing."""
    for found in findings_of("advice", views):
        (start, end), *_ = found.spans
        yield replace(found, spans=tuple(_sentences(text, start, end)))


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for found in _SENTENCE.finditer(text):
        low = found.start() + len(found.group()) - len(found.group().lstrip())
        if low < end and start < found.end():
            yield low, found.end()
