"""A moderator's own passkeys: make one, see them by name, take one away."""

from flask import Blueprint, Response, make_response, redirect, render_template, url_for

from forum import errors, ids
from forum.extensions import begin_writing, db
from forum.forms.moderation import PASSKEY_WORDS, NewPasskeyForm, PlainForm
from forum.i18n import gettext as _
from forum.moderation import ceremony, passkeys
from forum.runtime import runtime
from forum.views import confirming
from forum.web import asked_keys, words
from forum.web.errors import form_message
from forum.web.limits import limited
from forum.web.staff import current_moderator, navigation, only_moderators, staff_session

bp = Blueprint("passkeys", __name__, url_prefix="/m/keys")
bp.before_request(only_moderators)
bp.context_processor(navigation)


@bp.get("")
def index() -> Response:
    """The list, and the form for another one, for whoever showed lately that it is they."""
    return _page() if staff_session().is_proved else confirming.page()


@bp.post("")
@limited("desk")
def add() -> Response:
    """Keep a key that a device has just made."""
    asked = confirming.once_more(_back)
    if asked is not None:
        return asked
    form, moderator = NewPasskeyForm(), current_moderator()
    if not form.validate():
        return _page(form, message=form_message(form), status=422)
    try:
        challenge = asked_keys.opened(form, aim=ceremony.NEW)
        key = asked_keys.new_key(form, challenge)
        begin_writing()
        passkeys.add(
            moderator=moderator, name=form.name.data or "", key=key, challenge=challenge, keys=runtime().keys
        )
    except errors.Invalid as refused:
        db.session.rollback()
        form.name.errors = [PASSKEY_WORDS[(refused.field, refused.code)]]
        return _page(form, status=422)
    except ceremony.PasskeyRefused:
        db.session.rollback()
        said = _("このパスキーは受けとれませんでした。もう一度「作る」から、どうぞ。")
        return _page(form, message=said, status=422)
    db.session.commit()
    return make_response(redirect(url_for(".index"), 303))


@bp.post("/<passkey_id>")
@limited("desk")
def remove(passkey_id: str) -> Response:
    """Take a key away: it opens nothing from now on."""
    asked = confirming.once_more(_back)
    if asked is not None:
        return asked
    form, identifier = PlainForm(), ids.from_text(passkey_id)
    if not form.validate():
        return _page(message=form_message(form), status=422)
    begin_writing()
    passkeys.remove(passkey_id=identifier, moderator=current_moderator(), keys=runtime().keys)
    db.session.commit()
    return make_response(redirect(url_for(".index"), 303))


def _back(said: str) -> Response:
    return _page(NewPasskeyForm(), message=said)


def _page(form: NewPasskeyForm | None = None, *, message: str | None = None, status: int = 200) -> Response:
    own = [
        {"id_text": ids.to_text(key.id), "name": key.name, "day_words": words.day_words(key.added_day)}
        for key in passkeys.passkeys_of(current_moderator())
    ]
    page = render_template(
        "moderation/passkeys.html",
        own=own,
        form=form or NewPasskeyForm(formdata=None),
        message=message,
        has_passkeys=asked_keys.site() is not None,
    )
    return make_response(page, status)
