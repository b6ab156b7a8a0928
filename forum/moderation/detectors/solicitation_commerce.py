"""Finds what brings money into the room: advertising, recruiting, referral codes, asking and offering."""

from collections.abc import Iterator

from forum.moderation.detectors.base import Finding, Views
from forum.moderation.detectors.lexicon import findings_of


def detect(text: str, views: Views) -> Iterator[Finding]:
    """Severity 1: praise of a named place; 2: advertising, recruiting, asking for or offering money."""
    yield from findings_of("solicitation_commerce", views)
