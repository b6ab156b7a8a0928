"""The search form: it changes nothing, so it carries no token and sets no cookie."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, StringField

from forum.forms.base import cleaned
from forum.i18n import lazy_gettext as _

# The first is what is taken when nothing, or nothing known, was chosen.
ORDERS = (("best", _("言葉のよく合う話から")), ("newest", _("新しい話から")))


def _known_order(value: str | None) -> str:
    return value if value in dict(ORDERS) else ORDERS[0][0]


class SearchForm(FlaskForm):
    """Words, perhaps one room, and what comes first. Any input is taken."""

    class Meta(FlaskForm.Meta):
        csrf = False

    q = StringField(_("言葉"), filters=[cleaned])
    b = SelectField(_("部屋"), default="", choices=[], validate_choice=False)
    o = RadioField(_("並べかた"), choices=ORDERS, default=ORDERS[0][0], filters=[_known_order])

    def offer(self, rooms: list[dict[str, Any]]) -> None:
        """Let one of these rooms be chosen, or all."""
        self.b.choices = [("", _("すべての部屋")), *((room["code"], room["name"]) for room in rooms)]
        if self.b.data not in {code for code, _name in self.b.choices}:
            self.b.data = ""  # a room that is closed, or that never was: all of them
