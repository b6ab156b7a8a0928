"""Forms of writers and of readers who answer without words."""

from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from forum.forms.base import BaseForm, TicketForm, cleaned
from forum.i18n import lazy_gettext as _
from forum.models.content import BODY_LENGTH, LIFETIMES, PROLONGED, TITLE_LENGTH, WARNING_LENGTH
from forum.models.moderation import NOTE_LENGTH

WISHES = (
    ("listen", _("ただ聞いてほしい")),
    ("experience", _("体験を聞きたい")),
    ("advice", _("助言も歓迎")),
)
PUBLISH = (
    ("now", _("すぐに")),
    ("soon", _("少し時間をおいて（5分から30分）")),
    ("tomorrow", _("あすの朝")),
)
LIFETIME_WORDS = {1: _("1日"), 7: _("7日"), 30: _("30日"), 365: _("1年")}
FLAG_REASONS = (
    ("life", _("この人の命が心配")),
    ("identity", _("だれのことか分かってしまいそう")),
    ("attack", _("責めたり、おとしめたりしている")),
    ("harsh", _("きつく感じた")),
    ("solicitation", _("誘いや宣伝、お金の話")),
    ("other", _("そのほか、気になること")),
)
TOO_LONG = _("少し長いようです。%(max)d文字までにすると送れます。書いたものはここに残っています。")
MARKS_ROOM = 12  # a text full of cuts is longer than it was: each leaves a mark
EMPTY = _("まだ何も書かれていません。一言でもかまいません。")
CHOOSE = _("どれか一つを選んでください。")


class WordsForm(TicketForm):
    """The words of a post: what an opening post, a reply and an edit have in common."""

    body = TextAreaField(
        _("本文"),
        filters=[cleaned],
        validators=[DataRequired(EMPTY), Length(max=BODY_LENGTH, message=TOO_LONG)],
    )
    deposit = HiddenField()  # the sealed name of what was put aside, when this goes on with it
    asked = HiddenField()  # a digest of the words a question was about: marks of other words mask nothing
    warning = StringField(
        _("注意書き"),
        filters=[cleaned],
        validators=[Optional(), Length(max=WARNING_LENGTH, message=TOO_LONG)],
    )


class TitledForm(WordsForm):
    """The words of a post that opens a thread."""

    title = StringField(
        _("題"), filters=[cleaned], validators=[Optional(), Length(max=TITLE_LENGTH, message=TOO_LONG)]
    )


class ThreadForm(TitledForm):
    """A new thread: the words first, the choices with safe defaults."""

    wish = RadioField(
        _("ほしい返事"),
        choices=WISHES,
        default="listen",
    )
    lifetime = SelectField(
        _("残しておく長さ"),
        choices=[(days, LIFETIME_WORDS[days]) for days in LIFETIMES],
        coerce=int,
        default=365,
    )
    publish = SelectField(_("出すとき"), choices=PUBLISH, default="now")


class ReplyForm(WordsForm):
    """A reply."""

    heard = HiddenField()  # filled in when the one question about advice was asked


class EditForm(WordsForm):
    """New words for one's own post; ``seen`` says how the post stood when the form was opened."""

    seen = HiddenField()


class TitledEditForm(TitledForm, EditForm):
    """New words for an opening post, and for the title above it."""


class CutForm(BaseForm):
    """One's own text with words taken out of it."""

    body = TextAreaField(
        _("本文"),
        filters=[cleaned],
        validators=[
            DataRequired(_("全部を消すときは、「消す」を使ってください。")),
            Length(max=BODY_LENGTH * MARKS_ROOM, message=TOO_LONG),
        ],
    )


class FlagForm(TicketForm):
    """A reader tells the caretakers."""

    reason = RadioField(_("どんなことですか"), choices=FLAG_REASONS, validators=[InputRequired(CHOOSE)])
    note = TextAreaField(
        _("伝えておきたいこと"),
        filters=[cleaned],
        validators=[Optional(), Length(max=NOTE_LENGTH, message=TOO_LONG)],
    )
    words = TextAreaField(
        _("伏せてほしい言葉"),
        filters=[cleaned],
        validators=[Optional(), Length(max=NOTE_LENGTH, message=TOO_LONG)],
    )


# What the domain refuses, said beside the field.
FLAG_WORDS = {
    "too_many": _("言葉は五つまでにしてください。"),
    "too_long": _("一つの言葉は四十文字までにしてください。"),
    "unknown": _("文のなかに見つからない言葉があります。文のとおりに書き出してください。"),
    "too_often": _("何度も出てくる言葉は、前後の言葉も足して、そこだけが分かるように書き出してください。"),
}


class ReactForm(TicketForm):
    """An answer without words."""

    kind = RadioField(
        choices=(("same", _("わかります")), ("with_you", _("そばにいます")), ("thanks", _("ありがとう"))),
        validators=[InputRequired(CHOOSE)],
    )


class FoldForm(TicketForm):
    """Fold the writer of a post in this thread, or show them again."""

    way = RadioField(
        choices=(("fold", _("たたんでおく")), ("unfold", _("ひらいておく"))),
        validators=[InputRequired(CHOOSE)],
    )


class StoryForm(WordsForm):
    """Words of the opener about the thread as a whole."""

    kind = RadioField(
        _("どちらとして置きますか"),
        choices=(("aftermath", _("その後")), ("last", _("最後の言葉（置くと、話が閉じます）"))),
        default="aftermath",
    )


class EndForm(BaseForm):
    """Close a thread, or open it again: nothing but the token."""


class ProlongForm(BaseForm):
    """A longer life for a thread, counted from today."""

    lifetime = SelectField(
        _("きょうから"),
        choices=[(days, LIFETIME_WORDS[days]) for days in PROLONGED],
        coerce=int,
        default=PROLONGED[-1],
    )


class DeleteForm(BaseForm):
    """Yes, take it away. ``phrase`` carries the receipt words where the browser has no key to the post."""
