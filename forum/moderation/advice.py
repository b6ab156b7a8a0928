"""Advice and lectures, looked for only in answers to somebody who wants nothing but to be heard.

Nothing here is a label of screening: it has no row in the policy, opens no case and holds nothing. Its one consequence
is a single question to the writer. So it is not called by ``screen``, and ``forum screen`` does not know it.
"""

from dataclasses import replace

from forum.moderation.detectors.base import Finding, Known
from forum.moderation.detectors.lexicon import findings_of
from forum.moderation.detectors.views import views_of

LABEL = "advice"


def findings_in(body: str, known: Known) -> tuple[Finding, ...]:
    """What reads as if the other one were told what to do, marked in the text. Pure, and linear in the text."""
    return tuple(replace(found, field="body") for found in findings_of(LABEL, views_of(body, known)))
