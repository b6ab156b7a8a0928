"""Once more who it is: before a step against a writer, before keys and ways in are changed.

Threat: somebody sits down at a desk that was left open. Reading goes on as before; what weighs on a person asks for password
and code, or a passkey, unless that was shown within the last minutes. What was typed is carried through and comes back.
"""

from collections.abc import Callable

from flask import Response, make_response, render_template, request

from forum.extensions import begin_writing, db
from forum.forms.moderation import PasskeyForm, ProveForm
from forum.i18n import gettext as _
from forum.models import Moderator
from forum.moderation import ceremony, door, passkeys, staff
from forum.runtime import runtime
from forum.web import asked_keys, attempts
from forum.web.errors import form_message, rest_words
from forum.web.sessions import PROOF_MINUTES
from forum.web.staff import current_moderator, staff_session

PROVE = "prove"
# What belongs to the short page itself, or to a press that has passed.
NOT_CARRIED = {"csrf_token", "password", "code", "box", "answer", "act"}

Back = Callable[[str], Response]


def before_sanction(sanction: str | None, back: Back) -> Response | None:
    """None when the decision may go on: it carries no step against a writer, or they showed lately who they are.

    Otherwise the short page that asks, or ``back`` with a sentence when this very press has just shown it.
    """
    if not sanction and request.form.get("act") != PROVE:
        return None
    return once_more(back)


def once_more(back: Back) -> Response | None:
    """The same for whatever else needs it."""
    if request.form.get("act") == PROVE:
        return _proved(back)
    return None if staff_session().is_proved else page()


def page(form: ProveForm | None = None, *, message: str | None = None, status: int = 200) -> Response:
    """The short page. It is sent to the address it stands at, with everything that was typed there."""
    rendered = render_template(
        "moderation/confirm.html",
        form=form or ProveForm(formdata=None),
        carried=[(name, value) for name, value in request.form.items(multi=True) if name not in NOT_CARRIED],
        minutes=PROOF_MINUTES,
        message=message,
        has_passkeys=asked_keys.site() is not None and bool(passkeys.passkeys_of(current_moderator())),
    )
    return make_response(rendered, status)


def taken(form: PasskeyForm | ProveForm, *, aim: str, action: str = "sign_in") -> Moderator:
    """The moderator whose passkey was shown; its count and the challenge are used. Raises PasskeyRefused."""
    keys = runtime().keys
    try:
        shown = asked_keys.shown(form, aim=aim)
        begin_writing()
        if aim == ceremony.IN:
            door.someone_came(hours=runtime().settings.door_hours)
        moderator = passkeys.take(shown=shown, keys=keys, action=action)
    except passkeys.WentBack as doubt:
        begin_writing()
        passkeys.note_doubt(doubt=doubt, keys=keys)
        db.session.commit()
        raise
    except ceremony.PasskeyRefused:
        db.session.rollback()
        raise
    db.session.commit()
    return moderator


def _proved(back: Back) -> Response:
    form, moderator = ProveForm(), current_moderator()
    if not form.validate():
        return page(form, message=form_message(form), status=422)
    left = None if form.answer.data else attempts.count_try(moderator.name)
    if left is not None:
        answer = page(form, message=rest_words(left), status=429)
        answer.headers["Retry-After"] = str(left)
        return answer
    try:
        _show_again(form, moderator.name)
    except (ceremony.PasskeyRefused, staff.LoginRefused):
        db.session.rollback()
        said = _("合いませんでした。コードは一度だけ使えます。次のコードを待って、もう一度どうぞ。")
        return page(form, message=said, status=422)
    staff_session().prove()
    return back(_("確かめました。書いたものはそのままです。続けてどうぞ。"))


def _show_again(form: ProveForm, name: str) -> None:
    if form.answer.data:
        taken(form, aim=ceremony.AGAIN, action="proved_again")
        return
    keys = runtime().keys
    proof = staff.check_login(
        name=name, password=form.password.data or "", code=form.code.data or "", keys=keys
    )
    begin_writing()
    staff.log_in(proof=proof, keys=keys, action="proved_again")
    db.session.commit()
    attempts.forgive(name)
