"""The house's ready sentences, one list for each place they begin in: notes to writers, answers to letters, its own voice.

What stands in brackets is to be filled in, and what still holds a bracket is sent nowhere (``text.has_open_place``). An
operator's own stand in a file (``moderation/wordings.py``); ``web/wordings.py`` puts the two together.
"""

from collections.abc import Mapping
from typing import Any

from wtforms import Field
from wtforms.validators import ValidationError

from forum.forms.base import BaseForm
from forum.i18n import lazy_gettext as _
from forum.text import has_open_place

Wording = tuple[Any, Any]  # what it is called in the list, and its words

UNFILLED = _("[ ]のところが残っています。書きかえると送れます。")

NOTES: Mapping[str, Wording] = {
    "mask_place": (
        _("伏せる：町や仕事がそろうとき"),
        _(
            "大切な話を、ありがとうございます。[どの言葉]がそろうと、だれのことか分かってしまいそうでした。"
            "印のところだけ伏せました。話はそのまま残っています。"
        ),
    ),
    "mask_contact": (
        _("伏せる：連絡先"),
        _(
            "置いてくださって、ありがとうございます。ここでは連絡先を交わさない約束にしています。"
            "[どの言葉]を伏せました。話はそのまま残っています。"
        ),
    ),
    "fold_heavy": (
        _("たたむ：読む前に知らせたいとき"),
        _("読む人が心の準備をできるように、「[注意書き]」と添えてたたみました。話はそのまま残っています。"),
    ),
    "harsh": (
        _("言い方について"),
        _(
            "あなたの言葉を読みました。「[その部分]」のところが、責めているように読まれそうでした。"
            "あなたが感じたことを、あなたの側から書きなおすと、また置くことができます。"
        ),
    ),
    "remove_sales": (
        _("取り除く：宣伝や勧誘"),
        _(
            "宣伝や勧誘、お金の話は、ここには置けません。[その部分]がそう読めたので、取り除きました。"
            "違うと思ったら、そう伝えてください。読みなおします。"
        ),
    ),
    "publish_waited": (
        _("出す：お待たせしたとき"),
        _("お待たせしました。読みました。いまは、ほかの人からも読めます。"),
    ),
    "lock_heated": (
        _("閉じる：言い合いになったとき"),
        _("[いまの様子]ので、この話への返事はここまでにしました。書かれたものは、そのまま残っています。"),
    ),
}
ANSWERS: Mapping[str, Wording] = {
    "read": (
        _("読みました、ありがとう"),
        _("お手紙を読みました。書いてくださって、ありがとうございます。[伝えたいこと]"),
    ),
    "looking": (
        _("これから見ます"),
        _("お手紙を受けとりました。これから[何を]見て、[いつ]までにまたお返事します。"),
    ),
    "changed": (
        _("直しました"),
        _(
            "教えてくださって、ありがとうございます。[どこ]を直しました。また気づいたことがあれば、聞かせてください。"
        ),
    ),
    "cannot": (
        _("できないこと"),
        _(
            "お手紙を読みました。[お願いのこと]は、ここではできません。[わけ]からです。"
            "代わりに、[できること]ならできます。"
        ),
    ),
    "sorry": (
        _("こちらの間違い"),
        _("[どのこと]は、こちらの間違いでした。申し訳ありません。[どうしたか]。"),
    ),
}
VOICE: Mapping[str, Wording] = {
    "welcome": (
        _("よく来てくださいました"),
        _(
            "世話人です。置いていってくださって、ありがとうございます。"
            "「[書いた人の言葉]」のところを、ゆっくり読みました。"
            "返事は夜に多くなります。急がず、また来てください。"
        ),
    ),
    "slow": (
        _("少しゆっくりにしましょう"),
        _(
            "世話人です。[いまの様子]ので、少しゆっくりにしませんか。"
            "ここは、どちらが正しいかを決める場所ではありません。"
            "書いた人の話を、もういちど読んでから、続きをどうぞ。"
        ),
    ),
    "thanks": (
        _("ありがとうございます"),
        _("世話人です。[どのこと]を書いてくださって、ありがとうございます。"),
    ),
    "free": (_("自分の言葉で"), _("世話人です。")),
}
SHIPPED: Mapping[str, Mapping[str, Wording]] = {"note": NOTES, "answer": ANSWERS, "voice": VOICE}


def filled(form: BaseForm, field: Field) -> None:
    """Validator: nobody is sent a template with a place still open. Raises ValidationError."""
    if has_open_place(field.data or ""):
        raise ValidationError(UNFILLED)
