"""One file a label: what it looks for in the views of a text. Words live in lexicons/, context in their guards; what has no
shape is left to the model in likeness.py."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

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
from forum.moderation.detectors.lexicon import LANGUAGES, lexicon_of

DETECTORS: tuple[Detector, ...] = (
    personal_info.detect,
    contact_exchange.detect,
    crisis.detect,
    threat_or_abuse.detect,
    solicitation_commerce.detect,
    sexual.detect,
    minor.detect,
)


@lru_cache(maxsize=1)
def labels_of_rules() -> Mapping[str, str]:
    """The label of every rule that lives in a lexicon, and of the model's findings, by its code."""
    labels = (*likeness.LABELS, "advice")
    named = {
        rule.code: label
        for label in labels
        for tongue in LANGUAGES
        for rule in lexicon_of(tongue, label).rules
    }
    return named | {likeness.CODE + label: label for label in likeness.LABELS}


def rule_findings(text: str, views: Views) -> list[Finding]:
    """What the rules of all labels find."""
    return [found for detect in DETECTORS for found in detect(text, views)]


def findings_of(text: str, views: Views, covered: Sequence[tuple[int, int]] = ()) -> list[Finding]:
    """What the rules find and the model lets stand, and what it adds. It does not read ``covered`` letters: nobody will."""
    return likeness.weighed(views, rule_findings(text, views), covered)
