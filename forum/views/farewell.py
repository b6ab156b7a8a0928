"""The steps that answer a farewell: a word to the writer, a line for the next shift, a pause. None of them decides."""

from flask import Blueprint, Response, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from forum import errors, ids
from forum.extensions import begin_writing, db
from forum.forms.farewell import ContactForm, LineForm
from forum.forms.moderation import DECISION_WORDS, PlainForm
from forum.moderation import contact, handover, leases
from forum.runtime import runtime
from forum.web import case_page, desk_case, farewell_page
from forum.web.errors import form_message
from forum.web.limits import limited
from forum.web.staff import current_moderator, navigation, only_moderators

bp = Blueprint("farewell", __name__, url_prefix="/m")
bp.before_request(only_moderators)
bp.context_processor(navigation)


@bp.post("/c/<case_id>/contact")
@limited("desk")
def reach_out(case_id: str) -> ResponseReturnValue:
    """Send the message whose button was pressed, once; the case stays open."""
    identifier, form = ids.from_text(case_id), ContactForm()
    if not form.validate():
        return _again(identifier, contact_form=form, message=form_message(form), status=422)
    begin_writing()
    try:
        contact.reach_out(
            case_id=identifier,
            version=form.version.data,
            moderator=current_moderator(),
            sentence=form.sentence.data or "",
            words=form.note_author.data or "",
            audit_key=runtime().keys.audit,
        )
    except errors.Invalid as refused:
        db.session.rollback()
        return _again(identifier, contact_form=form, message=_words_for(refused), status=422)
    except errors.Stale:
        db.session.rollback()
        found = desk_case.case_of(identifier)
        said = case_page.what_changed(found, None, current_moderator())
        return _again(identifier, contact_form=form, message=said, status=409)
    db.session.commit()
    return redirect(url_for("moderation.case", case_id=case_id, sent=1, _anchor="h-speak"), 303)


@bp.post("/c/<case_id>/line")
@limited("desk")
def pass_on(case_id: str) -> ResponseReturnValue:
    """Leave the case to whoever comes next: one line more in the handover, and the lease is given back."""
    identifier, form = ids.from_text(case_id), LineForm()
    if not form.validate():
        return _again(identifier, line_form=form, message=form_message(form), status=422)
    begin_writing()
    try:
        leases.give_back(identifier, current_moderator())
        handover.add_line(moderator=current_moderator(), words=form.words.data or "")
    except errors.Invalid as refused:
        db.session.rollback()
        return _again(identifier, line_form=form, message=_words_for(refused), status=422)
    db.session.commit()
    return redirect(url_for(".pause"), 303)


@bp.post("/c/<case_id>/pause")
@limited("desk")
def give_back(case_id: str) -> ResponseReturnValue:
    """Go for a while: the others can take the case at once."""
    identifier, form = ids.from_text(case_id), PlainForm()
    if not form.validate():
        return _again(identifier, message=form_message(form), status=422)
    begin_writing()
    leases.give_back(identifier, current_moderator())
    db.session.commit()
    return redirect(url_for(".pause"), 303)


@bp.get("/pause")
def pause() -> str:
    """A page with nothing on it to do."""
    return render_template("moderation/pause.html", form=PlainForm())


def _again(
    case_id: bytes,
    *,
    contact_form: ContactForm | None = None,
    line_form: LineForm | None = None,
    message: str | None,
    status: int,
) -> Response:
    """The steps once more with everything that was typed, also for whoever no longer reads the case."""
    found = desk_case.case_of(case_id)
    page = desk_case.steps_page(found, message=message, contact_form=contact_form, line_form=line_form)
    return make_response(page, status)


def _words_for(refused: errors.Invalid) -> str:
    told = DECISION_WORDS.get((refused.field, refused.code))
    return str(told) if told else farewell_page.refusal_words(refused.field, refused.code)
