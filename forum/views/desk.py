"""The desk as a place people share: the rota, the note for the next shift, calm days."""

from datetime import date

from flask import Blueprint, Response, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from forum import errors, ids
from forum.extensions import begin_writing, db
from forum.forms.moderation import (
    CalmForm,
    DropForm,
    HandoverForm,
    RotaForm,
)
from forum.i18n import gettext as _
from forum.models import Moderator
from forum.moderation import audit, handover, rota, staff, state
from forum.queries import staff as lately
from forum.runtime import runtime
from forum.web import board
from forum.web import rota as plan
from forum.web.errors import form_message
from forum.web.limits import limited
from forum.web.staff import current_moderator, ensure_lead, navigation, only_moderators
from forum.web.writing import staffed_hours

bp = Blueprint("desk", __name__, url_prefix="/m")
bp.before_request(only_moderators)
bp.context_processor(navigation)


@bp.route("/rota", methods=["GET"])
def duties() -> Response:
    """Who is on duty in the coming weeks."""
    return _rota_page(_rota_form(RotaForm(formdata=None)))


@bp.post("/rota")
@limited("desk")
def enter_duty() -> ResponseReturnValue:
    """Enter somebody for some hours, for whoever leads."""
    ensure_lead()
    form = _rota_form(RotaForm())
    if not form.validate():
        return _rota_page(form, message=form_message(form), status=422)
    begin_writing()
    try:
        for day in plan.chosen_days(form):
            rota.plan(
                moderator=_person(form.who.data),
                day=day,
                hours=range(form.first.data, form.until.data),
                staffed=staffed_hours(),
            )
    except errors.Invalid:
        db.session.rollback()
        form.until.errors = [_("その間に、当番の時間がありません。時間を選びなおしてください。")]
        return _rota_page(form, status=422)
    db.session.commit()
    return redirect(url_for(".duties"), 303)


@bp.post("/rota/drop")
@limited("desk")
def drop_duty() -> ResponseReturnValue:
    """Take a line out of the rota, for whoever leads."""
    ensure_lead()
    form = DropForm()
    if not form.validate():
        return _rota_page(_rota_form(RotaForm(formdata=None)), message=form_message(form), status=422)
    begin_writing()
    rota.drop(moderator_id=ids.from_text(form.who.data), day=_day(form.day.data), hours=_hours(form))
    db.session.commit()
    return redirect(url_for(".duties"), 303)


@bp.route("/handover", methods=["GET", "POST"])
@limited("desk")
def note() -> ResponseReturnValue:
    """Leave a note for the next shift in place of the one that stands there."""
    form = HandoverForm()
    if not form.is_submitted() or not form.validate():
        if not form.is_submitted():
            found = lately.handover()
            form.words.data = found.words if found else ""
        page = render_template("moderation/handover.html", form=form, message=form_message(form))
        return make_response(page, 422 if form.is_submitted() else 200)
    begin_writing()
    handover.leave_note(moderator=current_moderator(), words=form.words.data or "")
    db.session.commit()
    return redirect(url_for("moderation.queue"), 303)


@bp.route("/calm", methods=["GET", "POST"])
@limited("desk")
def calm() -> ResponseReturnValue:
    """Calm days on or off, for whoever leads."""
    ensure_lead()
    form = CalmForm()
    if not form.is_submitted() or not form.validate():
        page = render_template(
            "moderation/calm.html", form=form, message=form_message(form), is_calm=board.is_calm()
        )
        return make_response(page, 422 if form.is_submitted() else 200)
    begin_writing()
    if state.calm(form.act.data == "on"):
        audit.record(key=runtime().keys.audit, action=f"calm_{form.act.data}", actor=current_moderator())
    db.session.commit()
    return redirect(url_for("moderation.queue"), 303)


def _person(text: str) -> Moderator:
    found = db.session.get(Moderator, ids.from_text(text))
    if found is None:
        raise errors.NotFound
    return found


def _rota_form(form: RotaForm) -> RotaForm:
    return plan.with_choices(form, staff.everyone())


def _rota_page(form: RotaForm, *, message: str | None = None, status: int = 200) -> Response:
    page = render_template(
        "moderation/rota.html",
        form=form,
        drop=DropForm(formdata=None),
        message=message,
        lines=plan.lines_of_rota(),
        gaps=plan.gap_words(),
    )
    return make_response(page, status)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise errors.Invalid("day", "unknown") from None


def _hours(form: DropForm) -> list[int]:
    return [int(hour) for hour in form.hours.data.split(",") if hour.isdecimal() and len(hour) < 3]
