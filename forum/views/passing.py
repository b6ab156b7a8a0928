"""Presses beside the decision: taking one back, putting a case off, leaving it to a lead, the second look."""

from collections.abc import Callable

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from forum import errors, ids
from forum.extensions import begin_writing, db
from forum.forms.moderation import DECISION_WORDS, DecideForm, MoveForm, PlainForm
from forum.i18n import gettext as _
from forum.moderation import passing, pending
from forum.runtime import runtime
from forum.views import confirming
from forum.web import case_page, desk_case, desk_said
from forum.web.errors import form_message
from forum.web.limits import limited
from forum.web.staff import current_moderator, navigation, only_moderators
from forum.web.writing import staffed_hours

bp = Blueprint("passing", __name__, url_prefix="/m")
bp.before_request(only_moderators)
bp.context_processor(navigation)


@bp.post("/c/<case_id>/undo")
@limited("desk")
def undo(case_id: str) -> ResponseReturnValue:
    """Take one's own decision back while it has no effect: a plain button for fifteen seconds."""
    identifier, form = ids.from_text(case_id), PlainForm()
    if not form.validate():
        return desk_case.page(desk_case.case_of(identifier), message=form_message(form), status=422)
    begin_writing()
    try:
        pending.undo(case_id=identifier, moderator=current_moderator(), audit_key=runtime().keys.audit)
    except errors.TooLate:
        db.session.rollback()
        said = _("もう取り消せません。今の様子は、下のとおりです。")
        return desk_case.page(desk_case.case_of(identifier), message=said, status=409)
    db.session.commit()
    return redirect(url_for("moderation.case", case_id=case_id), 303)


@bp.post("/c/<case_id>/move")
@limited("desk")
def move(case_id: str) -> ResponseReturnValue:
    """Put off, leave to a lead, give back, confirm, send back: what the pressed button says. Whoever agrees to a step against
    a writer is asked once more who they are, as whoever decided it was."""
    identifier, form, typed = ids.from_text(case_id), MoveForm(), DecideForm()
    kept = typed if typed.was_typed_in else None  # a note somebody thought about is never lost
    asked = confirming.before_sanction(
        pending.step_to_come(identifier) if form.act.data == "confirm" else "",
        lambda said: desk_case.page(desk_case.case_of(identifier), form=kept, message=said),
    )
    if asked is not None:
        return asked
    if not form.validate():
        return desk_case.page(
            desk_case.case_of(identifier), form=kept, message=form_message(form), status=422
        )
    begin_writing()
    try:
        message = _MOVES[form.act.data](identifier, form.version.data, form.act.data)
    except errors.Invalid as refused:
        db.session.rollback()
        said = str(DECISION_WORDS.get((refused.field, refused.code), _("もう一度見てください。")))
        return desk_case.page(desk_case.case_of(identifier), form=kept, message=said, status=422)
    except errors.Stale:
        db.session.rollback()
        found = desk_case.case_of(identifier)
        said = case_page.what_changed(found, typed.revision.data, current_moderator())
        return desk_case.page(found, form=kept, message=said, status=409)
    db.session.commit()
    desk_said.next_time(message)
    return redirect(url_for("moderation.queue"), 303)


def _snooze(case_id: bytes, version: int, act: str) -> int:
    passing.snooze(
        case_id=case_id,
        version=version,
        moderator=current_moderator(),
        until=act,
        hours=staffed_hours(),
        audit_key=runtime().keys.audit,
    )
    return desk_said.SNOOZED


def _pass_on(case_id: bytes, version: int, act: str) -> int:
    verb = passing.escalate if act == "escalate" else passing.hand_back
    verb(case_id=case_id, version=version, moderator=current_moderator(), audit_key=runtime().keys.audit)
    return desk_said.ESCALATED if act == "escalate" else desk_said.HANDED_BACK


def _confirm(case_id: bytes, version: int, _act: str) -> int:
    agreed = pending.confirm(
        case_id=case_id, version=version, moderator=current_moderator(), audit_key=runtime().keys.audit
    )
    return desk_said.CONFIRMED if agreed else desk_said.CHANGED


def _send_back(case_id: bytes, version: int, _act: str) -> int:
    pending.send_back(
        case_id=case_id, version=version, moderator=current_moderator(), audit_key=runtime().keys.audit
    )
    return desk_said.SENT_BACK


_MOVES: dict[str, Callable[[bytes, int, str], int]] = {
    **dict.fromkeys(passing.UNTIL, _snooze),
    "escalate": _pass_on,
    "hand_back": _pass_on,
    "confirm": _confirm,
    "send_back": _send_back,
}
