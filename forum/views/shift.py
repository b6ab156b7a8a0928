"""One's own shift: begin with the next case, and choose what one leaves to others or opens only when ready."""

from flask import Blueprint, Response, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from forum import ids
from forum.extensions import begin_writing, db
from forum.forms.moderation import AsideForm, NextForm
from forum.moderation import asides
from forum.views import onward
from forum.web import desk_room, desk_said
from forum.web.errors import form_message
from forum.web.limits import limited
from forum.web.staff import current_moderator, navigation, only_moderators

bp = Blueprint("shift", __name__, url_prefix="/m")
bp.before_request(only_moderators)
bp.context_processor(navigation)


@bp.post("/next")
@limited("desk")
def begin() -> ResponseReturnValue:
    """Read the next case of the list; a view is recorded, as with every opening. ``but`` is the one that is left for it."""
    form = NextForm()
    if not form.validate():
        return redirect(url_for("moderation.queue"), 303)
    left = ids.from_text(form.but.data) if form.but.data else None
    return onward.to_next(last_message=desk_said.NOTHING_LEFT, but=left)


@bp.route("/me", methods=["GET", "POST"])
@limited("desk")
def own() -> ResponseReturnValue:
    """What one sets aside for oneself: lanes, rooms that open folded, keys of one letter."""
    form, moderator = AsideForm(), current_moderator()
    if not form.is_submitted():
        return _page(desk_room.aside_form(form, asides.asides_of(moderator.id)))
    if not desk_room.aside_form(form).validate():
        return _page(form, message=form_message(form), status=422)
    begin_writing()
    asides.set_aside(
        moderator=moderator,
        lanes=form.lanes.data or (),
        themes=form.themes.data or (),
        uses_keys=not form.keys.data,
    )
    db.session.commit()
    desk_said.next_time(desk_said.SET_ASIDE)
    return redirect(url_for("moderation.queue"), 303)


def _page(form: AsideForm, *, message: str | None = None, status: int = 200) -> Response:
    return make_response(render_template("moderation/own.html", form=form, message=message), status)
