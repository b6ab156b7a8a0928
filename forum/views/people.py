"""Who sits at the desk, for whoever leads: and a new way in for somebody who lost theirs."""

from flask import Blueprint, Response, make_response, render_template, request

from forum import errors, ids
from forum.extensions import begin_writing, db
from forum.forms.moderation import PlainForm
from forum.i18n import gettext as _
from forum.models import Moderator
from forum.moderation import roles, staff
from forum.runtime import runtime
from forum.views import confirming
from forum.web.errors import form_message
from forum.web.limits import limited
from forum.web.staff import current_moderator, ensure_lead, navigation, only_moderators

bp = Blueprint("people", __name__, url_prefix="/m/people")
bp.before_request(only_moderators)
bp.before_request(ensure_lead)
bp.context_processor(navigation)


@bp.get("")
def index() -> Response:
    """Everybody by name, with what they may do and whether they have a way in."""
    return _page()


@bp.post("/<moderator_id>")
@limited("desk")
def recover(moderator_id: str) -> Response:
    """Shut somebody's old ways in and show a new one, once. It stands in the record."""
    whom = db.session.get(Moderator, ids.from_text(moderator_id))
    if whom is None:
        raise errors.NotFound
    roles.ensure_may_recover(current_moderator(), whom)
    asked = confirming.once_more(lambda said: _page(message=said))
    if asked is not None:
        return asked
    form = PlainForm()
    if not form.validate():
        return _page(message=form_message(form), status=422)
    begin_writing()
    token = staff.recover_moderator(moderator=whom, by=current_moderator(), keys=runtime().keys)
    db.session.commit()
    link = request.host_url.rstrip("/") + staff.enrolment_path(token)
    return make_response(
        render_template("moderation/recovered.html", name=whom.name, link=link, hours=staff.RECOVERY_HOURS)
    )


def _page(*, message: str | None = None, status: int = 200) -> Response:
    actor = current_moderator()
    rows = [
        {
            "id_text": ids.to_text(one.id),
            "name": one.name,
            "role": _role_words(one.role),
            "state": _state_words(one),
            "may_recover": roles.may_recover(actor, one),
        }
        for one in staff.everyone()
    ]
    return make_response(
        render_template("moderation/people.html", rows=rows, form=PlainForm(formdata=None), message=message),
        status,
    )


def _role_words(role: str) -> str:
    return {"moderator": _("世話人"), "lead": _("世話人のまとめ役"), "operator": _("場所を動かす人")}[role]


def _state_words(one: Moderator) -> str:
    if one.is_disabled:
        return _("いまは入れません")
    return "" if one.password_hash else _("入口の用意ができるのを待っています")
