"""Finds people in need: thoughts of dying, harming oneself, being hurt. Levels as the policy table has them."""

from collections.abc import Iterator

from forum.moderation.detectors.base import Finding, Views
from forum.moderation.detectors.lexicon import findings_of


def detect(text: str, views: Views) -> Iterator[Finding]:
    """Severity 0: past, denied, a figure; 1: now; 2: plan, means, this moment; 3: luring others, or another is harmed."""
    yield from findings_of("crisis", views)
