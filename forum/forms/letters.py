"""Forms to the caretakers."""

from wtforms import RadioField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from forum.forms.base import TicketForm, cleaned
from forum.i18n import lazy_gettext as _

LETTER_LENGTH = 3000
ABOUT_LENGTH = 300
TOO_LONG = _("少し長いようです。%(max)d文字までにすると送れます。書いたものはここに残っています。")


class LetterForm(TicketForm):
    """A letter: words, and where it is about if it is about something."""

    body = TextAreaField(
        _("手紙"),
        filters=[cleaned],
        validators=[
            DataRequired(_("まだ何も書かれていません。一言でもかまいません。")),
            Length(max=LETTER_LENGTH, message=TOO_LONG),
        ],
    )
    about = StringField(
        _("どの話のことか（分かれば）"),
        filters=[cleaned],
        validators=[Optional(), Length(max=ABOUT_LENGTH, message=TOO_LONG)],
    )


class TakedownForm(LetterForm):
    """A request for a post to be taken down: why, and which."""

    plea = RadioField(
        _("どんなことですか"),
        choices=[
            ("about", _("自分のことが書かれている")),
            ("mine", _("自分の投稿だが、控えがない")),
        ],
        default="about",
    )
