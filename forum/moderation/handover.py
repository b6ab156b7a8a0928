"""The note of one shift for the next: one for the whole desk, and the next one takes its place."""

from forum import clock, errors
from forum.extensions import db
from forum.models import Handover, Moderator
from forum.models.staff import HANDOVER_LENGTH
from forum.moderation import state

_ONLY = 1


def leave_note(*, moderator: Moderator, words: str) -> bool:
    """Put these words at the top of the desk in place of what stood there; without words the place stays empty.

    Says whether anything stands there now. Raises Invalid (``words``: too_long).
    """
    words = words.strip()
    if len(words) > HANDOVER_LENGTH:
        raise errors.Invalid("words", "too_long")
    state.stand_in_line()  # two who leave a note at once leave one after the other
    found = db.session.get(Handover, _ONLY, populate_existing=True)
    if not words:
        if found is not None:
            db.session.delete(found)
        db.session.flush()
        return False
    db.session.merge(Handover(id=_ONLY, moderator_id=moderator.id, words=words, day=clock.today()))
    db.session.flush()
    return True


def add_line(*, moderator: Moderator, words: str) -> None:
    """Put a line below what stands there, and the name of whoever wrote last beside it all.

    Raises Invalid (``words``: empty, or too_long with what stands there: nothing of it is dropped).
    """
    if not words.strip():
        raise errors.Invalid("words", "empty")
    state.stand_in_line()
    found = db.session.get(Handover, _ONLY, populate_existing=True)
    before = f"{found.words}\n" if found else ""
    leave_note(moderator=moderator, words=before + " ".join(words.split()))
