"""Finds ways off the board: account names, links, numbers offered, a place with an hour, or just asking.

Severity 1: asking without anything to be found by; 2: something to be found by.
"""

from collections.abc import Iterator

from forum.moderation.detectors import contact_points
from forum.moderation.detectors.base import Finding, Views
from forum.moderation.detectors.lexicon import findings_of

LABEL = "contact_exchange"


def detect(text: str, views: Views) -> Iterator[Finding]:
    """Severity 1: asking; 2: an account name, a link, one's own number or mail, a place and a time."""
    for span in contact_points.links(views):
        yield Finding(LABEL, "", 2, "", (span,), "link")
    for span in contact_points.own_points(views):
        yield Finding(LABEL, "", 2, "", (span,), "own_contact")
    for span in contact_points.services(views):
        yield Finding(LABEL, "", 2, "", (span,), "service_number")
    others = set(contact_points.accounts_of_others(views))
    for found in findings_of(LABEL, views):
        if not (found.rule == "account_name" and others):
            yield found
