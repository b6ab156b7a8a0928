"""Moderators come and go: two ways in, logout, and the one-time link behind which a password is chosen."""

import io
from typing import Any

import segno
from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for

from forum import errors
from forum.extensions import begin_writing, db
from forum.forms.moderation import ENROL_WORDS, EnrolForm, LoginForm, PasskeyForm, PlainForm
from forum.i18n import gettext as _
from forum.models import Moderator
from forum.moderation import ceremony, credentials, door, staff
from forum.runtime import runtime
from forum.views import confirming
from forum.web import asked_keys, attempts
from forum.web.devices import remember_device
from forum.web.errors import form_message, rest_words
from forum.web.limits import limited
from forum.web.staff import only_moderators, signed_in, staff_session

bp = Blueprint("staff", __name__, url_prefix="/m")


@bp.route("/login", methods=["GET"])
def login() -> Response:
    """The form; who is signed in already goes on to the list."""
    if signed_in() is not None:
        return make_response(redirect(url_for("moderation.queue"), 303))
    return _login_page(LoginForm())


@bp.post("/login")
@limited("login")
def log_in() -> Response:
    """Name, password and code in one; what did not fit is not said."""
    form, keys = LoginForm(), runtime().keys
    if not form.validate():
        return _login_page(form, message=form_message(form), status=422)
    left = attempts.count_try(form.name.data)
    if left is not None:
        answer = _login_page(form, message=rest_words(left), status=429)
        answer.headers["Retry-After"] = str(left)
        return answer
    try:
        proof = staff.check_login(
            name=form.name.data, password=form.password.data, code=form.code.data, keys=keys
        )
        begin_writing()
        door.someone_came(hours=runtime().settings.door_hours)
        moderator = staff.log_in(proof=proof, keys=keys)
    except staff.LoginRefused:
        db.session.rollback()
        said = _("名前、パスワード、コードのどれかが合いませんでした。コードは一度だけ使えます。")
        return _login_page(form, message=said, status=422)
    db.session.commit()
    attempts.forgive(form.name.data)
    return _signed_in(moderator)


@bp.post("/login/passkey")
@limited("login")
def log_in_with_passkey() -> Response:
    """The other way in, for whoever has added a passkey. It needs script, and nothing else does."""
    form = PasskeyForm()
    if not form.validate():
        return _login_page(LoginForm(formdata=None), message=form_message(form), status=422)
    try:
        moderator = confirming.taken(form, aim=ceremony.IN)
    except ceremony.PasskeyRefused:
        said = _("このパスキーでは入れませんでした。もう一度か、下の名前とパスワードでどうぞ。")
        return _login_page(LoginForm(formdata=None), message=said, status=422)
    return _signed_in(moderator)


@bp.post("/challenge")
@limited("desk")
def challenge() -> tuple[dict[str, Any], int]:
    """What the script asks a device for: a fresh challenge for one aim. Nothing is stored."""
    aim = request.form.get("aim", "")
    if aim != ceremony.IN and signed_in() is None:
        abort(403)
    if not PlainForm().validate() or aim not in ceremony.AIMS or asked_keys.site() is None:
        return {}, 422
    return asked_keys.asked(aim), 200


@bp.post("/logout")
@limited("desk")
def logout() -> Response:
    """Leave the desk."""
    refused = only_moderators()
    if refused is not None:
        return refused
    if PlainForm().validate():
        staff_session().sign_out()
        return make_response(redirect(url_for(".login"), 303))
    return make_response(redirect(url_for("moderation.queue"), 303))


@bp.get("/enrol/<token>")
def enrol(token: str) -> Response:
    """Behind the one-time link: choose a password, copy the second factor."""
    return _enrol_page(token, EnrolForm())


@bp.post("/enrol/<token>")
@limited("desk")  # nobody guesses a token, and nobody near must keep its holder from using it
def enrolled(token: str) -> Response:
    """Put password and second factor in force; the link is used up, and the desk opens."""
    form, keys = EnrolForm(), runtime().keys
    staff.invited(token, keys)
    if not form.validate():
        return _enrol_page(token, form, message=form_message(form), status=422)
    if form.password.data != form.again.data:
        form.again.errors = [_("二つのパスワードがそろっていません。")]
        return _enrol_page(token, form, status=422)
    try:
        chosen = credentials.choose_credentials(
            token=token, password=form.password.data, code=form.code.data, keys=keys
        )
    except errors.Invalid as refused:
        form[refused.field].errors = [ENROL_WORDS[(refused.field, refused.code)]]
        return _enrol_page(token, form, status=422)
    begin_writing()
    door.someone_came(hours=runtime().settings.door_hours)
    moderator = staff.enrol(token=token, credentials=chosen, keys=keys)
    db.session.commit()
    return _signed_in(moderator)


@bp.get("/enrol/<token>/qr")
def enrol_qr(token: str) -> Response:
    """The second factor as a picture for an authenticator app."""
    keys = runtime().keys
    moderator = staff.invited(token, keys)
    uri = credentials.totp_uri(
        moderator.name, credentials.totp_secret(token, keys), runtime().settings.site_name
    )
    picture = io.BytesIO()
    segno.make(uri, micro=False).save(picture, kind="svg", scale=4, border=2, xmldecl=False)
    return Response(picture.getvalue(), mimetype="image/svg+xml")


def _signed_in(moderator: Moderator) -> Response:
    staff_session().sign_in(moderator.id, moderator.session_epoch, True)
    answer = make_response(redirect(url_for("moderation.queue"), 303))
    remember_device(answer, moderator)
    return answer


def _login_page(form: LoginForm, *, message: str | None = None, status: int = 200) -> Response:
    page = render_template(
        "moderation/login.html", form=form, message=message, has_passkeys=asked_keys.site() is not None
    )
    return make_response(page, status)


def _enrol_page(token: str, form: EnrolForm, *, message: str | None = None, status: int = 200) -> Response:
    keys = runtime().keys
    moderator = staff.invited(token, keys)
    context: dict[str, Any] = {
        "token": token,
        "name": moderator.name,
        "secret": _in_fours(credentials.totp_secret(token, keys)),
        "least": credentials.PASSWORD_LEAST,
    }
    return make_response(
        render_template("moderation/enrol.html", form=form, message=message, **context), status
    )


def _in_fours(secret: str) -> str:
    return " ".join(secret[place : place + 4] for place in range(0, len(secret), 4))
