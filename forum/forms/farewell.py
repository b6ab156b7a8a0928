"""Forms of the steps that answer a farewell."""

from wtforms import HiddenField, IntegerField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from forum.forms.base import BaseForm, cleaned
from forum.forms.moderation import NOTE_LENGTH, TOO_LONG
from forum.i18n import lazy_gettext as _

LINE_LENGTH = 120


class ContactForm(BaseForm):
    """A word to the writer: the reviewed message whose button was pressed, and words of one's own beside it."""

    version = IntegerField(validators=[InputRequired()])
    sentence = HiddenField(validators=[Optional()])
    note_author = TextAreaField(
        _("添える言葉（なくてもかまいません）"),
        filters=[cleaned],
        validators=[Optional(), Length(max=NOTE_LENGTH, message=TOO_LONG)],
    )


class LineForm(BaseForm):
    """One line for the next shift."""

    words = StringField(
        _("引きつぎの一行"),
        filters=[cleaned],
        validators=[
            InputRequired(_("まだ何も書かれていません。")),
            Length(max=LINE_LENGTH, message=TOO_LONG),
        ],
    )
