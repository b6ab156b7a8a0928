"""Finds words aimed at a member or at the house; insults that a writer reports having received are no attack."""

from collections.abc import Iterator

from forum.moderation.detectors.base import Finding, Views
from forum.moderation.detectors.lexicon import findings_of


def detect(text: str, views: Views) -> Iterator[Finding]:
    """Severity 1: scorn; 2: threats, exposure, slurs, urging to die."""
    yield from findings_of("threat_or_abuse", views)
