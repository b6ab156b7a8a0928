"""Finds writers who seem to be under eighteen and adults who look for them; a parent's words are neither."""

from collections.abc import Iterator

from forum.moderation.detectors.base import Finding, Views
from forum.moderation.detectors.lexicon import findings_of


def detect(text: str, views: Views) -> Iterator[Finding]:
    """Severity 1: the writer seems to be a child; 2: somebody looks for one."""
    yield from findings_of("minor", views)
