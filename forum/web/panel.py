"""Help contacts beside any answer."""

from typing import Any

from forum import clock
from forum.contacts import for_panel
from forum.models.content import BODY_LENGTH
from forum.moderation.screening import Draft, screen
from forum.runtime import runtime

# A post with its title and its warning, and then some.
LONGEST = BODY_LENGTH + 1000


def panel_context(panel: str) -> dict[str, Any]:
    """``panel`` and ``panel_contacts`` for a template; an empty code is no panel."""
    contacts = for_panel(runtime().contacts, panel, clock.now()) if panel else ()
    return {"panel": panel or None, "panel_contacts": contacts}


def panel_for(*texts: str) -> dict[str, Any]:
    """The same for what somebody wrote, wherever it was written: whatever else is answered, help comes first."""
    written = "\n".join(text for text in texts if text)
    return panel_context(screen(Draft(body=written[:LONGEST]), runtime().policy).panel if written else "")
