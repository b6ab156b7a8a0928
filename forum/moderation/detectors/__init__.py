"""One file a label: what it looks for in the views of a text. Words live in lexicons/, context in their guards; what has no
shape is left to the model in likeness.py."""

from forum.moderation.detectors import (
    contact_exchange,
    crisis,
    likeness,
    minor,
    personal_info,
    sexual,
    solicitation_commerce,
    threat_or_abuse,
)
from forum.moderation.detectors.base import Detector, Finding, Views

DETECTORS: tuple[Detector, ...] = (
    personal_info.detect,
    contact_exchange.detect,
    crisis.detect,
    threat_or_abuse.detect,
    solicitation_commerce.detect,
    sexual.detect,
    minor.detect,
)


def rule_findings(text: str, views: Views) -> list[Finding]:
    """What the rules of all labels find."""
    return [found for detect in DETECTORS for found in detect(text, views)]


def findings_of(text: str, views: Views) -> list[Finding]:
    """What the rules find and what the model adds."""
    found = rule_findings(text, views)
    return [*found, *likeness.findings_of(views, found)]
