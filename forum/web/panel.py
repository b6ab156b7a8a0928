"""Help contacts beside any answer."""

from typing import Any

from forum import clock
from forum.contacts import for_panel
from forum.runtime import runtime


def panel_context(panel: str) -> dict[str, Any]:
    """``panel`` and ``panel_contacts`` for a template; an empty code is no panel."""
    contacts = for_panel(runtime().contacts, panel, clock.now()) if panel else ()
    return {"panel": panel or None, "panel_contacts": contacts}
