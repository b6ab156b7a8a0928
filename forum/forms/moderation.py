"""Forms of the desk, and the notes to writers that wait there half-written."""

from collections.abc import Mapping

from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import AnyOf, DataRequired, InputRequired, Length, Optional

from forum.forms.base import BaseForm, cleaned
from forum.forms.wordings import NOTES, UNFILLED, filled
from forum.i18n import lazy_gettext as _
from forum.models.content import BODY_LENGTH, WARNING_LENGTH
from forum.models.staff import HANDOVER_LENGTH, NAME_LENGTH

NOTE_LENGTH = 2000
BOX_MOST, ANSWER_MOST = 400, 20_000
WORDS_LENGTH = 3000
TOO_LONG = _("少し長いようです。%(max)d文字までにしてください。")
EMPTY = _("まだ何も書かれていません。")
CHOOSE = _("ひな形を選ぶ")

# The digit is the key of the outcome.
OUTCOME_LABELS = {
    "fine": (1, _("このままでよい")),
    "publish": (2, _("出す")),
    "edit_request": (3, _("書きなおしをお願いする")),
    "fold": (4, _("注意書きでたたむ")),
    "mask": (5, _("言葉を伏せる")),
    "hide": (6, _("見えなくする")),
    "remove": (7, _("取り除く")),
    "lock": (8, _("話を閉じる")),
    "move": (9, _("部屋を移す")),
}
# What putting out is where something was decided before: all of it is undone.
UNDO_LABEL = _("もとにもどす")
RULE_LABELS = (
    (0, _("どの約束でもない")),
    (1, _("一　分かることは書かない")),
    (2, _("二　連絡先を交わさない、会わない")),
    (3, _("三　責めない、決めつけない")),
    (4, _("四　宣伝、勧誘、お金")),
    (5, _("五　苦しい人を知らせる")),
)
# Steps against the writer, the gentlest first. "" is none, and what is chosen when nothing is chosen.
SANCTION_LABELS = (
    ("", _("しない")),
    ("note", _("ひとこと伝えるだけ（数えない）")),
    ("warning", _("気をつけてもらう（三十日おぼえておく）")),
    ("slow", _("七日のあいだ、一日に一つまで")),
    ("thread", _("この話からは離れてもらう")),
    ("board7", _("七日、書くのを休んでもらう")),
    ("board30", _("三十日、書くのを休んでもらう")),
    ("board90", _("九十日、書くのを休んでもらう")),
)
# What may be done with a case beside deciding it.
MOVE_LABELS = {
    "hour": _("一時間あとで"),
    "tomorrow": _("あした見る"),
    "three_days": _("三日あとで"),
    "escalate": _("まとめ役に回す"),
    "hand_back": _("みんなの一覧に戻す"),
    "confirm": _("同じ考えです（決める）"),
    "send_back": _("もう一度考えたい（戻す）"),
}
# What the domain refuses, said beside the field.
DECISION_WORDS: Mapping[tuple[str, str], object] = {
    ("outcome", "for_lead"): _("この案件は、まとめ役が決めます。急ぐときは、みんなの一覧に戻せます。"),
    ("outcome", "appeal"): _(
        "違うと思う、という声が届いています。決めた人とは別の世話人が、読みなおします。"
    ),
    ("outcome", "too_late"): _(
        "十四日が過ぎて、元の言葉はもう消えています。「このままでよい」を選ぶと、書いた人への制限だけがなくなります。"
    ),
    ("theme", "empty"): _("移す先の部屋を選んでください。"),
    ("theme", "unknown"): _("その部屋は、いま開いていません。選びなおしてください。"),
    ("theme", "same"): _("もう、その部屋にあります。ほかの部屋を選んでください。"),
    ("outcome", "own"): _("自分で決めた案件です。ほかの人が見ます。"),
    ("until", "unknown"): _("命が心配な案件は、長くはあとに回せません。"),
    ("outcome", "unknown"): _("この投稿の今の様子では選べません。もう一度選んでください。"),
    ("rule", "empty"): _("どの約束に触れたかを選んでください。書いた人に伝えます。"),
    ("rule", "unknown"): _("約束を選びなおしてください。"),
    ("warning", "empty"): _("たたむときの注意書きを書いてください。"),
    ("warning", "too_long"): _("注意書きは六十文字までです。"),
    ("mask_spans", "empty"): _("伏せる言葉に印を付けるか、書き出してください。"),
    ("mask_spans", "unknown"): _("文のなかに見つからない言葉があります。文のとおりに書き出してください。"),
    ("sanction", "unknown"): _("この決定には付けられません。選びなおしてください。"),
    ("note_author", "unfilled"): UNFILLED,
    ("note_author", "too_long"): _("少し長いようです。二千文字までにしてください。"),
    ("note_team", "too_long"): _("少し長いようです。二千文字までにしてください。"),
}
ENROL_WORDS: Mapping[tuple[str, str], object] = {
    ("password", "too_short"): _("十二文字以上にしてください。言葉をいくつか並べると覚えやすくなります。"),
    ("password", "too_long"): _("二百文字までにしてください。"),
    ("code", "wrong"): _("コードが合いませんでした。端末の時計を確かめて、次のコードを入れてください。"),
}


PASSKEY_WORDS: Mapping[tuple[str, str], object] = {
    ("name", "empty"): _("あとで見分けられる名前を付けてください。"),
    ("name", "too_long"): _("四十文字までにしてください。"),
    ("name", "taken"): _("同じ名前のパスキーがあります。少し変えてみてください。"),
    ("name", "many"): _("パスキーは一人十個までです。使わないものを外してから、もう一度どうぞ。"),
}


class PlainForm(BaseForm):
    """A button: nothing but the token."""


class LoginForm(BaseForm):
    """Name, password and the six digits, all at once: which of them did not fit is not said."""

    name = StringField(_("名前"), filters=[cleaned], validators=[InputRequired(EMPTY), Length(max=40)])
    password = PasswordField(_("パスワード"), validators=[InputRequired(EMPTY), Length(max=400)])
    code = StringField(
        _("六けたのコード"), filters=[cleaned], validators=[InputRequired(EMPTY), Length(max=20)]
    )


class PasskeyForm(BaseForm):
    """What a script fills in: the challenge it was given, and the device's answer to it."""

    box = HiddenField(validators=[InputRequired(EMPTY), Length(max=BOX_MOST)])
    answer = HiddenField(validators=[InputRequired(EMPTY), Length(max=ANSWER_MOST)])


class NewPasskeyForm(PasskeyForm):
    """The same for a key that is made, with the name its moderator gives it."""

    name = StringField(_("名前"), filters=[cleaned], validators=[Length(max=NAME_LENGTH, message=TOO_LONG)])


class ProveForm(BaseForm):
    """Once more who it is: password and code, or a passkey."""

    password = PasswordField(_("パスワード"), validators=[Length(max=400)])
    code = StringField(_("六けたのコード"), filters=[cleaned], validators=[Length(max=20)])
    box = HiddenField(validators=[Length(max=BOX_MOST)])
    answer = HiddenField(validators=[Length(max=ANSWER_MOST)])


class EnrolForm(BaseForm):
    """What a moderator chooses behind the one-time link."""

    password = PasswordField(_("パスワード"), validators=[InputRequired(EMPTY), Length(max=400)])
    again = PasswordField(_("もう一度"), validators=[InputRequired(EMPTY), Length(max=400)])
    code = StringField(
        _("六けたのコード"), filters=[cleaned], validators=[InputRequired(EMPTY), Length(max=20)]
    )


class DecideForm(BaseForm):
    """One form, one press. ``version`` and ``revision`` say what the moderator had before their eyes."""

    version = IntegerField(validators=[InputRequired()])
    revision = IntegerField(validators=[InputRequired()])
    outcome = RadioField(
        _("どうするか"),
        choices=[(code, label) for code, (_key, label) in OUTCOME_LABELS.items()],
        validators=[InputRequired(_("どうするかを選んでください。"))],
    )
    rule = SelectField(_("約束"), choices=RULE_LABELS, coerce=int, default=0)
    marks = SelectMultipleField(_("この部分"), coerce=int, validate_choice=False)
    words = TextAreaField(
        _("ほかの言葉（一行に一つ、文のとおりに）"),
        filters=[cleaned],
        validators=[Optional(), Length(max=NOTE_LENGTH)],
    )
    warning = StringField(
        _("たたむときの注意書き"),
        filters=[cleaned],
        validators=[Optional(), Length(max=WARNING_LENGTH, message=TOO_LONG)],
    )
    note_author = TextAreaField(
        _("書いた人へ"), filters=[cleaned], validators=[Optional(), Length(max=NOTE_LENGTH, message=TOO_LONG)]
    )
    note_team = StringField(
        _("仲間へ"), filters=[cleaned], validators=[Optional(), Length(max=NOTE_LENGTH, message=TOO_LONG)]
    )
    sanction = SelectField(_("書いた人に"), choices=SANCTION_LABELS, default="")
    theme = SelectField(_("移す先の部屋"), default="", validate_choice=False)
    template = SelectField(
        _("ひな形"),
        choices=[("", CHOOSE), *((code, label) for code, (label, _text) in NOTES.items())],
        validate_choice=False,
    )

    @property
    def was_typed_in(self) -> bool:
        """Whether there is anything to lose."""
        return any(
            (
                self.note_author.data,
                self.note_team.data,
                self.words.data,
                self.warning.data,
                self.outcome.data,
            )
        )


class NextForm(BaseForm):
    """On to the next case; ``but`` is the one that somebody leaves for it."""

    but = HiddenField(validators=[Optional(), Length(max=60)])


class AsideForm(BaseForm):
    """What a moderator sets aside for themselves. The page gives the choices."""

    lanes = SelectMultipleField(_("ほかの世話人にまかせる列"), coerce=int)
    themes = SelectMultipleField(_("たたんだまま開く場所"))
    keys = BooleanField(_("一文字のキーを使わない"))


class MoveForm(BaseForm):
    """A button beside the decision: which, and upon which version of the case."""

    version = IntegerField(validators=[InputRequired()])
    act = RadioField(choices=list(MOVE_LABELS.items()), validators=[InputRequired()])


class AnswerForm(BaseForm):
    """An answer to a letter. ``seen`` is how long the answer was that stood there already."""

    seen = HiddenField()
    words = TextAreaField(
        _("返事"),
        filters=[cleaned],
        validators=[DataRequired(EMPTY), Length(max=WORDS_LENGTH, message=TOO_LONG), filled],
    )
    template = SelectField(_("ひな形"), choices=[("", CHOOSE)], validate_choice=False)

    @property
    def seen_length(self) -> int:
        """``seen`` as a number; what is none was seen by nobody."""
        text = self.seen.data or "0"
        return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else -1


class RequestForm(AnswerForm):
    """What is done about a request of somebody written about, with or without words to whoever asked."""

    words = TextAreaField(
        _("返事"),
        filters=[cleaned],
        validators=[Optional(), Length(max=WORDS_LENGTH, message=TOO_LONG), filled],
    )
    where = StringField(
        _("どの投稿か"), filters=[cleaned], validators=[Optional(), Length(max=300, message=TOO_LONG)]
    )


class VoiceForm(BaseForm):
    """A word of the house in a thread. ``once`` makes the same form sent twice one word; ``seen`` says how a word that is
    changed stood, ``asked`` about which words a question was."""

    once = HiddenField()
    seen = HiddenField()
    asked = HiddenField()
    body = TextAreaField(
        _("世話人の言葉"),
        filters=[cleaned],
        validators=[DataRequired(EMPTY), Length(max=BODY_LENGTH, message=TOO_LONG), filled],
    )
    template = SelectField(_("ひな形"), choices=[("", CHOOSE)], validate_choice=False)


class WhereForm(BaseForm):
    """The address of a thread that was read outside of the desk."""

    where = StringField(
        _("話のアドレス"),
        filters=[cleaned],
        validators=[DataRequired(EMPTY), Length(max=300, message=TOO_LONG)],
    )


class HandoverForm(BaseForm):
    """A note for the next shift; empty takes the one that stands there away."""

    words = TextAreaField(
        _("次の当番へ"),
        filters=[cleaned],
        validators=[Optional(), Length(max=HANDOVER_LENGTH, message=TOO_LONG)],
    )


class RotaForm(BaseForm):
    """Somebody for some hours of a day, or of the same day in four weeks. The view gives the choices."""

    who = SelectField(_("だれが"))
    day = SelectField(_("いつ"))
    first = SelectField(_("何時から"), coerce=int)
    until = SelectField(_("何時まで"), coerce=int)
    weeks = SelectField(
        _("くりかえし"), choices=[(1, _("この日だけ")), (4, _("四週のあいだ、毎週"))], coerce=int
    )


class DropForm(BaseForm):
    """One line of the rota, to be taken out."""

    who = HiddenField(validators=[InputRequired()])
    day = HiddenField(validators=[InputRequired()])
    hours = HiddenField(validators=[InputRequired()])


class CalmForm(BaseForm):
    """Calm days on or off."""

    act = HiddenField(validators=[AnyOf(("on", "off"))])
