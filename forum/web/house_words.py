"""What a moderator said to a writer in danger, for that writer's eyes: on the page of the post, under its receipt, in their
own place. The lines that are open now stand below it, since a message may point at them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from forum import clock
from forum.contacts import for_panel
from forum.extensions import db
from forum.i18n import locale
from forum.models import Case, Message
from forum.moderation import care, contact
from forum.moderation.policy import PANELS
from forum.runtime import runtime
from forum.web import words

# Where screening found nothing (somebody flagged): who listens, and nothing that frightens.
PLAIN_PANEL = "c1"
CONTACTS_SHOWN = 4


@dataclass(frozen=True)
class HouseWord:
    """One message, as lines."""

    lines: list[str]
    day_words: str
    thread_title: str | None


def said(messages: list[Message], titles: Mapping[bytes, str] | None = None) -> dict[str, Any]:
    """``house_messages`` and ``house_contacts`` for a template; with ``titles`` (by thread) each says where it belongs.

    A message of which no word is left, since its post was erased, is none.
    """
    shown = [
        HouseWord(lines, words.day_words(message.day), (titles or {}).get(message.thread_id))
        for message in messages
        if (lines := lines_of(message))
    ]
    panel = panel_of(_findings_of(messages[0])) if shown else ""
    found = for_panel(runtime().contacts, panel or PLAIN_PANEL, clock.now()) if shown else ()
    return {"house_messages": shown, "house_contacts": found[:CONTACTS_SHOWN]}


def lines_of(message: Message) -> list[str]:
    """The reviewed message in this reader's language, then a moderator's own words."""
    reviewed = contact.reviewed_words(message.sentence, locale())
    return [line for text in (reviewed, message.words) for line in text.splitlines() if line.strip()]


def panel_of(findings: str) -> str:
    """The help that was shown for what screening found; nothing when it found nothing of the kind."""
    rows = runtime().policy.rows
    panels = [
        row.panel
        for found in care.crises(findings)
        if (row := rows.get(("crisis", str(found.get("sub")), int(found.get("severity", 0)), False)))
    ]
    return max(panels, key=PANELS.index, default="")


def _findings_of(message: Message) -> str:
    case = db.session.get(Case, message.case_id)
    return case.findings if case else ""
