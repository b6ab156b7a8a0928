"""What every form of the board shares: a token always, a wait ticket where a new identity may be born."""

import hmac
import secrets
from functools import cached_property
from typing import Any

from flask import current_app, session
from flask_wtf import FlaskForm
from markupsafe import Markup
from wtforms import Field, HiddenField, StringField
from wtforms.csrf.core import CSRF, CSRFTokenField
from wtforms.validators import ValidationError

from forum.text import clean_input

KEPT_AS = "csrf_token"  # the one thing a sealed session keeps for a form
SECRET_BYTES = 20
NONCE_BYTES = 16


def form_token() -> str:
    """A token for the forms of this browser: bound to its sealed secret, another one on every page.

    Flask-WTF's own carries the second it was made, readable to whoever saves the page; this one carries no time.
    """
    if KEPT_AS not in session:
        session[KEPT_AS] = secrets.token_hex(SECRET_BYTES)
    return _token(secrets.token_hex(NONCE_BYTES))


def _token(nonce: str) -> str:
    key = current_app.config["WTF_CSRF_SECRET_KEY"]
    return nonce + hmac.digest(key, f"{nonce}{session[KEPT_AS]}".encode(), "sha256").hex()


class TokenField(CSRFTokenField):
    """The hidden field of the token, put into letters once for a form: the desk's list shows one form a hundred times."""

    @cached_property
    def _shown(self) -> Markup:
        shown: Markup = super().__call__(id=False)
        return shown

    def __call__(self, **attributes: Any) -> Markup:
        return self._shown if attributes == {"id": False} else super().__call__(**attributes)


class TimelessToken(CSRF):
    """Makes and checks the token of a form."""

    field_class = TokenField

    def generate_csrf_token(self, csrf_token_field: Field) -> str:
        """The token to put into the form."""
        return form_token()

    def validate_csrf_token(self, form: FlaskForm, field: Field) -> None:
        """Raises ValidationError unless the token was made for this browser."""
        sent = str(field.data or "")
        if KEPT_AS not in session or not hmac.compare_digest(
            _token(sent[: NONCE_BYTES * 2]).encode(), sent.encode()
        ):
            raise ValidationError("token")


class BaseForm(FlaskForm):
    """A form whose token never runs out: a long letter takes as long as it takes."""

    class Meta(FlaskForm.Meta):
        csrf_class = TimelessToken

    @property
    def token_is_wrong(self) -> bool:
        """Whether only the token kept this form from being taken."""
        return bool(self.errors.get("csrf_token"))


class TicketForm(BaseForm):
    """A form that may give a browser its identity: with a wait ticket, the script's proof of work for it where one is
    asked, and a field that people do not see."""

    ticket = HiddenField()
    proof = HiddenField()
    website = StringField()

    @property
    def is_from_a_machine(self) -> bool:
        """Whether the field that people do not see was filled in."""
        return bool(self.website.data)


def cleaned(value: Any) -> Any:
    """Filter of text fields: control, bidi and invisible characters go, the words stay."""
    return clean_input(value) if isinstance(value, str) else value
