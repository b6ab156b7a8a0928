"""Finds what reads like advice or a lecture; looked for only where the opener wants nothing but to be heard."""

from collections.abc import Iterator

from forum.moderation.detectors.base import Finding, Views
from forum.moderation.detectors.lexicon import findings_of


def detect(text: str, views: Views) -> Iterator[Finding]:
    """Severity 1: what one ought to do, questions that are none, what everybody knows better."""
    yield from findings_of("advice", views)
