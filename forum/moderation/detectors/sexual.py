"""Finds sexual solicitation; sexlessness, the change of life and a wish to be held are what the board is for."""

from collections.abc import Iterator

from forum.moderation.detectors.base import Finding, Views
from forum.moderation.detectors.lexicon import findings_of


def detect(text: str, views: Views) -> Iterator[Finding]:
    """Severity 1: explicit words; 2: solicitation."""
    yield from findings_of("sexual", views)
