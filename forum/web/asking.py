"""What the page that asks shows: the writer's own text with the words marked, and one line of reason each."""

from dataclasses import dataclass, replace
from typing import Any

from forum.i18n import gettext as _
from forum.moderation import advice
from forum.moderation.screening import MASK
from forum.posting.drafts import Mark, Screened, marks
from forum.posting.surroundings import ECHO
from forum.web.marking import marked_lines, reason_words

COMBINATION = "combination"


@dataclass(frozen=True)
class Reason:
    """One numbered mark; ``masked`` is what would stand in its place, empty where hiding a word would not help."""

    number: int
    original: str
    masked: str
    reason_words: str

    def __iter__(self) -> Any:
        return iter((self.number, self.original, self.masked, self.reason_words))

    def __getitem__(self, place: int) -> Any:
        return tuple(self)[place]


def ask_context(screened: Screened) -> dict[str, Any]:
    """``marked_body``, ``reasons``, ``has_combination`` and ``may_keep`` for the template. All questions stand together."""
    found = marks(screened)
    questions = _questions(screened)
    return {
        "marked_body": marked_lines(screened.words.body, _in_body(found)),
        "reasons": [_reason(number, mark, screened) for number, mark in enumerate(found, start=1)],
        "has_combination": any(mark.rule == COMBINATION for mark in found),
        "may_keep": screened.unchanged in {"publish", "hold"},
        "waits_when_kept": screened.unchanged == "hold",
        "is_read_when_kept": screened.unchanged == "hold" or _opens_a_case(screened),
        # What was found in the words speaks first; what lies in the place follows, or stands alone.
        "intro": _intro(screened) if screened.verdict.action == "ask" else next(iter(questions), None),
        "further": questions if screened.verdict.action == "ask" else questions[1:],
    }


def _opens_a_case(screened: Screened) -> bool:
    return replace(screened, insists=True).lane is not None


def _questions(screened: Screened) -> list[str]:
    """What is asked because of where the words are put."""
    asked = []
    if screened.concerns_about(advice.LABEL):
        asked.append(
            _(
                "この人は、<wbr>ただ聞いてほしいと<wbr>書いています。<wbr>「こうしたら」と<wbr>読めるところが<wbr>あります。<wbr>このまま置きますか。<wbr>少し言いかえますか。"
            )
        )
    if screened.concerns_about(ECHO):
        asked.append(
            _(
                "ほとんど同じ文章が、<wbr>別の話にもあるようです。<wbr>ご自分のものなら、<wbr>このまま置いて<wbr>かまいません。"
            )
        )
    return asked


def _in_body(found: list[Mark]) -> list[tuple[int, int, int]]:
    return [
        (mark.start, mark.end, number) for number, mark in enumerate(found, start=1) if mark.field == "body"
    ]


def _words_of(mark: Mark) -> str:
    # What a sum of small things tells is said once, below all of them.
    return "" if mark.rule == COMBINATION else reason_words(mark.label, mark.rule)


def _reason(number: int, mark: Mark, screened: Screened) -> Reason:
    original = getattr(screened.words, mark.field)[mark.start : mark.end]
    return Reason(number, original, MASK if mark.can_be_masked else "", _words_of(mark))


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
