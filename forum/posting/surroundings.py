"""What is seen in words only when it is known where they are put: whether they stand elsewhere, too, who is there, and
whether the board has a calm day.

Asked inside the write transaction, behind the thread's lock: two who press at the same moment do not miss each other.
"""

from forum.models import Thread
from forum.moderation import care, echoes
from forum.moderation.screening import Finding
from forum.moderation.state import board_state
from forum.posting.drafts import Screened

ECHO, CARE, CALM = echoes.LABEL, "care", "calm"


def seen_in_place(draft: Screened, *, thread: Thread | None, by_opener: bool) -> Screened:
    """The draft with what its place adds to it. ``thread`` is None for words that open one."""
    if thread is not None and not by_opener and care.is_in_care(thread.opening_id):
        draft = draft.in_place(_finding(CARE, 1))
    if draft.newcomer and board_state().is_calm:
        draft = draft.in_place(_finding(CALM, 1))
    echoes.stand_in_line(draft.numbers)
    found = echoes.twins(draft.words.body, draft.numbers, but_thread=thread.id if thread else b"")
    return draft.in_place(_finding(ECHO, echoes.severity_of(found))) if found else draft


def _finding(label: str, severity: int) -> Finding:
    return Finding(label=label, sub="", severity=severity, field="body", spans=(), rule=label)
