"""Forms of one's own place and of coming back."""

from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from forum.forms.base import BaseForm, TicketForm, cleaned
from forum.i18n import lazy_gettext as _

PHRASE_LENGTH = 300


class BackForm(TicketForm):
    """Four words, or twelve, in any spelling a hand may give them. Twelve make an identity, hence the ticket."""

    phrase = StringField(
        _("控えの言葉"),
        validators=[
            DataRequired(_("四つか十二の言葉を入れてください。")),
            Length(max=PHRASE_LENGTH, message=_("少し長いようです。言葉だけを入れてください。")),
        ],
    )
    body = TextAreaField(
        _("本文"), filters=[cleaned]
    )  # the text with words taken out of it, under four words


class KeyForm(BaseForm):
    """Asks to see the recovery phrase; nothing is filled in."""


class StayForm(BaseForm):
    """Goes on in this browser under a word of one's own choice, or stops."""

    word = StringField(_("合い言葉"))


class EraseForm(BaseForm):
    """Erases everything of one's own, a step a press; ``place`` is the sealed key of the last thread looked at."""

    place = HiddenField()
