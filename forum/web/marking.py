"""Marks in a text and what each says: the same on the page that asks a writer and on the desk."""

from collections.abc import Iterable
from typing import Any

from forum.i18n import lazy_gettext as _
from forum.moderation.names import ASKED_AND_NAMED, COVERED

Line = list[tuple[str, int]]


def marked_lines(text: str, marks: Iterable[tuple[int, int, int]]) -> list[Line]:
    """A text as lines of (piece, number of its mark or 0); every letter stands in exactly one piece.

    ``marks`` are (start, end, number), in order and apart. Empty lines are left out.
    """
    pieces: Line = []
    place = 0
    for start, end, number in marks:
        pieces += [(text[place:start], 0), (text[start:end], number)]
        place = end
    pieces.append((text[place:], 0))
    lines: list[Line] = [[]]
    for piece, number in pieces:
        first, *rest = piece.split("\n")
        lines[-1].append((first, number))
        lines += [[(line, number)] for line in rest]
    return [kept for line in lines if (kept := [(piece, number) for piece, number in line if piece])]


# Made once and put into the reader's language one by one: the desk's list asks for eighty of them.
_RULE_WORDS: dict[str, Any] = {
    "phone": _("電話番号のようです"),
    "mail": _("メールアドレスのようです"),
    "mail_hint": _("メールアドレスのようです"),
    "street_address": _("住所のようです"),
    "plate": _("車のナンバーのようです"),
    "account_or_card": _("口座やカードの番号のようです"),
    "account_of_another": _("だれかのアカウントのようです"),
    "account_name": _("連絡先のようです"),
    "own_contact": _("連絡先のようです"),
    "service_number": _("連絡先のようです"),
    "link": _("外の頁へのリンクです"),
    "own_full_name": _("名前が分かります"),
    "full_name_of_another": _("だれかの名前が分かります"),
    "own_named_place": _("勤め先や学校が分かります"),
    "named_place_of_another": _("だれかの勤め先や学校が分かります"),
    "points_out_a_member": _("ここに書いた人を言い当てているようです"),
    "combination": _("ほかの言葉とそろうと、だれのことか分かります"),
    "place_and_time": _("会う場所と時間が分かります"),
    "asks_for_contact": _("連絡先を尋ねる言葉に読めます"),
    "asks_for_address": _("連絡先を尋ねる言葉に読めます"),
    "asks_elsewhere": _("ほかの場所へ誘う言葉に読めます"),
    "asks_out": _("会う約束に読めます"),
    "asks_to_meet": _("会う約束に読めます"),
    "asks_where": _("住まいを尋ねる言葉に読めます"),
    **dict.fromkeys(COVERED, _("お店や集まりの名前は、いつも伏せて出しています")),
    ASKED_AND_NAMED: _("店や集まりの名前を尋ねる声と、それに答える名前があります"),
    "asks_to_blame": _("責める問いに読めるかもしれません"),
    "what_is_normal": _("「普通は」と言われたように読めるかもしれません"),
    "lays_blame": _("「あなたにも」と言われたように読めるかもしれません"),
    "echo": _("ほとんど同じ文が、ほかの話にもあります"),
    "marked_by_reader": _("知らせた人が、伏せてほしいと印を付けました"),
    "calm": _("ゆっくりの日なので、はじめての人の言葉を先に読みます"),
    "care": _("命の心配がある話への、はじめての人の返事です"),
}
_LABEL_WORDS: dict[str, Any] = {
    "personal_info": _("だれのことか分かってしまうかもしれません"),
    "contact_exchange": _("連絡先のやりとりに読めます"),
    "crisis": _("つらさが強いように読めます"),
    "threat_or_abuse": _("だれかを傷つける言葉に読めます"),
    "solicitation_commerce": _("誘いや宣伝に読めます"),
    "watched": _("世話人が一度見ておきたい言葉です"),
    "sexual": _("性的なことを求める言葉に読めます"),
    "minor": _("十八歳にならない人のことに読めます"),
    "advice": _("「こうしたら」と読めるかもしれません"),
}
_OTHERWISE: Any = _("もう一度見ていただきたいところです")


def reason_words(label: str, rule: str) -> str:
    """What one rule of screening saw, in a few plain words; a rule without words of its own speaks for its label."""
    return str(_RULE_WORDS.get(rule) or _LABEL_WORDS.get(label) or _OTHERWISE)


def words_of_rule(rule: str) -> str | None:
    """The words of one rule, if it has its own."""
    return str(_RULE_WORDS[rule]) if rule in _RULE_WORDS else None
