"""What the page that asks shows: the writer's own text with the words marked, and one line of reason each."""

from dataclasses import dataclass
from typing import Any

from forum.i18n import gettext as _
from forum.moderation.screening import MASK
from forum.posting.drafts import Mark, Screened, marks

Paragraph = list[tuple[str, int]]
COMBINATION = "combination"


@dataclass(frozen=True)
class Reason:
    """One numbered mark; ``masked`` is what would stand in its place."""

    number: int
    original: str
    masked: str
    reason_words: str

    def __iter__(self) -> Any:
        return iter((self.number, self.original, self.masked, self.reason_words))

    def __getitem__(self, place: int) -> Any:
        return tuple(self)[place]


def ask_context(screened: Screened) -> dict[str, Any]:
    """``marked_body``, ``reasons``, ``has_combination`` and ``may_keep`` for the template."""
    found = marks(screened.verdict)
    return {
        "marked_body": marked_paragraphs(screened.words.body, found),
        "reasons": [_reason(number, mark, screened) for number, mark in enumerate(found, start=1)],
        "has_combination": any(mark.rule == COMBINATION for mark in found),
        "may_keep": screened.verdict.unchanged in {"publish", "hold"},
        "waits_when_kept": screened.verdict.unchanged == "hold",
        "intro": _intro(screened),
    }


def marked_paragraphs(body: str, found: list[Mark]) -> list[Paragraph]:
    """The body as paragraphs of (text, number of the mark or 0). Every letter of it stands in exactly one piece."""
    pieces: list[tuple[str, int]] = []
    place = 0
    for number, mark in enumerate(found, start=1):
        if mark.field != "body":
            continue
        pieces.append((body[place : mark.start], 0))
        pieces.append((body[mark.start : mark.end], number))
        place = mark.end
    pieces.append((body[place:], 0))
    paragraphs: list[Paragraph] = [[]]
    for text, number in pieces:
        head, *rest = text.split("\n")
        paragraphs[-1].append((head, number))
        for line in rest:
            paragraphs.append([(line, number)])
    return [kept for paragraph in paragraphs if (kept := [piece for piece in paragraph if piece[0]])]


def _reason(number: int, mark: Mark, screened: Screened) -> Reason:
    original = getattr(screened.words, mark.field)[mark.start : mark.end]
    return Reason(number, original, MASK, _reason_words(mark))


def _intro(screened: Screened) -> str | None:
    labels = set(screened.verdict.labels)
    if "contact_exchange" in labels:
        return _(
            "ここでは<wbr>連絡先を交わさない<wbr>約束にしています。<wbr>みんなが安心して<wbr>書けるように。<wbr>印のところを<wbr>伏せておきますか。"
        )
    if labels & {"threat_or_abuse", "solicitation_commerce", "sexual", "minor"}:
        return _(
            "そのままでは<wbr>置けないかもしれない<wbr>ところがありました。<wbr>少し言いかえてみますか。"
        )
    return None


def _reason_words(mark: Mark) -> str:
    return rule_words(mark.rule) or label_words(mark.label)


def rule_words(rule: str) -> str | None:
    """What one rule of screening saw, in a few plain words; None for a rule without words of its own."""
    return {
        "phone": _("電話番号のようです"),
        "mail": _("メールアドレスのようです"),
        "email": _("メールアドレスのようです"),
        "address": _("住所のようです"),
        "postcode": _("郵便番号のようです"),
        "plate": _("車のナンバーのようです"),
        "account": _("口座やカードの番号のようです"),
        "card": _("口座やカードの番号のようです"),
        "link": _("外の頁へのリンクです"),
        "name": _("人の名前のようです"),
        "full_name": _("人の名前のようです"),
        "workplace": _("勤め先が分かります"),
        "school": _("学校が分かります"),
        "place": _("町の名前です"),
        "combination": _("ほかの言葉とそろうと、だれのことか分かります"),
        "messenger_id": _("連絡先のようです"),
        "meeting": _("会う約束に読めます"),
        "ask_contact": _("連絡先を尋ねる言葉に読めます"),
    }.get(rule)


def label_words(label: str) -> str:
    """The same for a whole label."""
    return {
        "personal_info": _("だれのことか分かってしまうかもしれません"),
        "contact_exchange": _("連絡先のやりとりに読めます"),
        "crisis": _("つらさが強いように読めます"),
        "threat_or_abuse": _("だれかを傷つける言葉に読めます"),
        "solicitation_commerce": _("誘いや宣伝に読めます"),
        "sexual": _("性的なことを求める言葉に読めます"),
        "minor": _("十八歳より下の人のことに読めます"),
    }.get(label, _("もう一度見ていただきたいところです"))
