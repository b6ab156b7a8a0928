"""What is seen in words only when it is known where they are put: whether they stand elsewhere, too, and who is there.

Asked inside the write transaction, behind the thread's lock: two who press at the same moment do not miss each other.
"""

from forum.models import Thread
from forum.moderation import care, echoes
from forum.moderation.screening import Finding
from forum.posting.drafts import Concern, Screened

LANE_OF_ECHOES = 4
ECHO, CARE = "echo", "care"


def seen_in_place(draft: Screened, *, thread: Thread | None, by_opener: bool) -> Screened:
    """The draft with what its place adds to it. ``thread`` is None for words that open one."""
    if draft.is_reviewed:
        return draft
    if thread is not None and not by_opener and draft.newcomer and care.is_in_care(thread.opening_id):
        draft = draft.with_concern(_concern(CARE, "hold", care.LANE_OF_ANSWERS))
    echoes.stand_in_line(draft.numbers)
    found = echoes.twins(draft.words.body, draft.numbers, but_thread=thread.id if thread else b"")
    answer = echoes.answer_to(found, newcomer=draft.newcomer)
    return draft.with_concern(_concern(ECHO, answer, LANE_OF_ECHOES)) if answer else draft


def _concern(label: str, action: str, lane: int) -> Concern:
    finding = Finding(label=label, sub="", severity=1, field="body", spans=(), rule=label)
    return Concern(finding, "ask" if action == "ask" else "hold", lane)
