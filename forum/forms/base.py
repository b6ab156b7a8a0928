"""What every form of the board shares: a token always, a wait ticket where a new identity may be born."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField

from forum.text import clean_input


class BaseForm(FlaskForm):
    """A form with Flask-WTF's token, which never runs out: a long letter takes as long as it takes."""

    class Meta(FlaskForm.Meta):
        csrf_time_limit = None

    @property
    def token_is_wrong(self) -> bool:
        """Whether only the token kept this form from being taken."""
        return bool(self.errors.get("csrf_token"))


class TicketForm(BaseForm):
    """A form that may give a browser its identity: with a wait ticket, and a field that people do not see."""

    ticket = HiddenField()
    website = StringField()

    @property
    def is_from_a_machine(self) -> bool:
        """Whether the field that people do not see was filled in."""
        return bool(self.website.data)


def cleaned(value: Any) -> Any:
    """Filter of text fields: control, bidi and invisible characters go, the words stay."""
    return clean_input(value) if isinstance(value, str) else value
