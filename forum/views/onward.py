"""From one case to the next with one press: the next of the list is taken for whoever pressed, in the same request."""

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from forum import errors, ids
from forum.extensions import begin_writing, db
from forum.moderation import takedowns
from forum.runtime import runtime
from forum.web import desk_list, desk_said
from forum.web.staff import current_moderator
from forum.web.writing import staffed_hour


def to_next(*, last_message: int, but: bytes | None = None) -> ResponseReturnValue:
    """The next case, leased and its view recorded; the list with something kind when nothing is left but ``but``.

    Commits by itself, after whatever was decided before: the record's lock must not be held while another case is
    locked. What another took meanwhile is passed over, and nothing is taken out of anybody's hands.
    """
    moderator, hour, key = current_moderator(), staffed_hour(), runtime().keys.audit
    for case_id in desk_list.waiting_for(moderator):
        if case_id == but:
            continue
        begin_writing()
        try:
            takedowns.look(case_id=case_id, moderator=moderator, hour=hour, audit_key=key, only_free=True)
        except (errors.Stale, errors.NotFound):
            db.session.rollback()
            continue
        db.session.commit()
        return redirect(url_for("moderation.case", case_id=ids.to_text(case_id)), 303)
    desk_said.next_time(last_message)
    return redirect(url_for("moderation.queue"), 303)
