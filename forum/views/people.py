"""Who sits at the desk, for whoever leads: a new way in for somebody who lost theirs, and the end for somebody who leaves."""

from typing import Any

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forum import errors, ids
from forum.extensions import begin_writing, db
from forum.forms.moderation import OUTCOME_LABELS, PlainForm
from forum.i18n import gettext as _
from forum.i18n import locale, ngettext
from forum.models import Moderator
from forum.moderation import leaving, roles, staff
from forum.queries import staff as lately
from forum.runtime import runtime
from forum.views import confirming
from forum.web import desk, words
from forum.web.errors import form_message
from forum.web.limits import limited
from forum.web.staff import current_moderator, ensure_lead, navigation, only_moderators
from forum.web.writing import staffed_hour

bp = Blueprint("people", __name__, url_prefix="/m/people")
bp.before_request(only_moderators)
bp.before_request(ensure_lead)
bp.context_processor(navigation)


@bp.get("")
def index() -> Response:
    """Everybody by name, with what they may do and whether they have a way in."""
    return _page()


@bp.get("/<moderator_id>")
def person(moderator_id: str) -> Response:
    """Somebody: what they decided lately, and the button that ends their place at the desk."""
    return _person_page(_somebody(moderator_id))


@bp.post("/<moderator_id>")
@limited("desk")
def leave(moderator_id: str) -> ResponseReturnValue:
    """Somebody leaves: sessions, leases, hours of duty and ways in end with this press."""
    whom, form = _somebody(moderator_id), PlainForm()
    if not roles.may_end(current_moderator(), whom):
        abort(403)
    asked = confirming.once_more(lambda said: _person_page(whom, message=said))
    if asked is not None:
        return asked
    if not form.validate():
        return _person_page(whom, message=form_message(form), status=422)
    begin_writing()
    staff.leave(moderator=whom, keys=runtime().keys, actor=current_moderator())
    db.session.commit()
    return redirect(url_for(".person", moderator_id=moderator_id), 303)


@bp.post("/<moderator_id>/reopen")
@limited("desk")
def reopen(moderator_id: str) -> ResponseReturnValue:
    """Let everybody look anew at what somebody who left decided lately; pressed again while some are still to come."""
    whom, form = _somebody(moderator_id), PlainForm()
    if not _may_reopen(whom):
        abort(403)
    asked = confirming.once_more(lambda said: _person_page(whom, message=said))
    if asked is not None:
        return asked
    if not form.validate():
        return _person_page(whom, message=form_message(form), status=422)
    begin_writing()
    done = leaving.reopen(
        moderator=whom, actor=current_moderator(), hour=staffed_hour(), audit_key=runtime().keys.audit
    )
    db.session.commit()
    return _person_page(whom, message=_reopened_words(done))


@bp.post("/<moderator_id>/recover")
@limited("desk")
def recover(moderator_id: str) -> Response:
    """Shut somebody's old ways in and show a new one, once. It stands in the record."""
    whom = _somebody(moderator_id)
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


def _somebody(text: str) -> Moderator:
    found = db.session.get(Moderator, ids.from_text(text))
    if found is None:
        raise errors.NotFound
    return found


def _person_page(whom: Moderator, *, message: str | None = None, status: int = 200) -> Response:
    page = render_template(
        "moderation/leaving.html",
        form=PlainForm(formdata=None),
        message=message,
        person_id=ids.to_text(whom.id),
        name=whom.name,
        has_left=staff.has_left(whom),
        may_end=roles.may_end(current_moderator(), whom),
        decided=[_decided(row) for row in lately.decided_lately(whom.id)],
        may_reopen=_may_reopen(whom) and leaving.count_to_reopen(whom) > 0,
    )
    return make_response(page, status)


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
        if not staff.has_left(one)
    ]
    return make_response(
        render_template("moderation/people.html", rows=rows, form=PlainForm(formdata=None), message=message),
        status,
    )


def _may_reopen(whom: Moderator) -> bool:
    # Who is still at the desk would only decide the same once more.
    return whom.is_disabled and roles.may_end(current_moderator(), whom)


def _reopened_words(done: leaving.Reopened) -> str:
    said = [ngettext("%(num)d件を開きなおしました。", "%(num)d件を開きなおしました。", done.cases)]
    if done.lifted:
        said.append(_("これらの決定で書けなくなっていた人は、また書けます。"))
    if done.left:
        said.append(
            ngettext(
                "あと%(num)d件あります。もう一度押すと、続きを開きます。",
                "あと%(num)d件あります。もう一度押すと、続きを開きます。",
                done.left,
            )
        )
    return (" " if locale() == "en" else "").join(said)


def _decided(row: lately.DecidedRow) -> dict[str, Any]:
    return {
        "case_id": ids.to_text(row.case_id),
        "lane_words": desk.lane_words(row.lane),
        "outcome": OUTCOME_LABELS[row.outcome][1],
        "day_words": words.day_words(row.day),
    }


def _role_words(role: str) -> str:
    return {"moderator": _("世話人"), "lead": _("世話人のまとめ役"), "operator": _("場所を動かす人")}[role]


def _state_words(one: Moderator) -> str:
    if one.is_disabled:
        return _("いまは入れません")
    return "" if one.password_hash else _("入口の用意ができるのを待っています")
