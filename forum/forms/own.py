"""Forms of coming back."""

from wtforms import StringField
from wtforms.validators import DataRequired, Length

from forum.forms.base import BaseForm
from forum.i18n import lazy_gettext as _

PHRASE_LENGTH = 200


class BackForm(BaseForm):
    """Four words, in any spelling a hand may give them."""

    phrase = StringField(
        _("控えの言葉"),
        validators=[
            DataRequired(_("控えの四つの言葉を入れてください。")),
            Length(max=PHRASE_LENGTH, message=_("少し長いようです。四つの言葉だけを入れてください。")),
        ],
    )
