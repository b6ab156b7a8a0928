"""The search form: it changes nothing, so it carries no token and sets no cookie."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import SelectField, StringField

from forum.forms.base import cleaned
from forum.i18n import lazy_gettext as _


class SearchForm(FlaskForm):
    """Words, and perhaps one room. Any input is taken."""

    class Meta(FlaskForm.Meta):
        csrf = False

    q = StringField(_("言葉"), filters=[cleaned])
    b = SelectField(_("部屋"), default="", validate_choice=False)

    def offer(self, rooms: list[dict[str, Any]]) -> None:
        """Let one of these rooms be chosen, or all."""
        self.b.choices = [("", _("すべての部屋")), *((room["code"], room["name"]) for room in rooms)]
