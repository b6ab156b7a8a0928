"""What the page that asks shows: the writer's own text with the words marked, and one line of reason each."""

from typing import Any, NamedTuple

from forum.i18n import gettext as _
from forum.moderation.screening import MASK
from forum.posting.drafts import Mark, Screened, choices, marks
from forum.posting.surroundings import ECHO
from forum.web.marking import marked_lines, reason_words

COMBINATION = "combination"
ADVICE = "advice"


class Reason(NamedTuple):
    """One numbered mark. ``masked`` is what would stand in its place, nothing where masking would not help; ``choice``
    its number among what may be chosen, 0 where there is nothing to choose."""

    number: int
    original: str
    masked: str
    reason_words: str
    choice: int


def ask_context(screened: Screened) -> dict[str, Any]:
    """``marked_body``, ``reasons``, ``has_combination``, ``can_mask``, ``may_keep`` and the questions for the template.

    All questions stand together: what was found in the words speaks first; what lies in the place follows, or stands alone.
    """
    found = marks(screened)
    reasons = [_reason(number, mark, screened) for number, mark in enumerate(found, start=1)]
    about_words = _asking(screened) - {ADVICE, ECHO}
    questions = _questions(screened)
    return {
        "marked_body": marked_lines(screened.typed.body, _in_body(found)),
        "reasons": reasons,
        "can_mask": any(reason.choice for reason in reasons),
        "has_combination": any(mark.rule == COMBINATION for mark in found),
        "may_keep": screened.verdict.unchanged in {"publish", "hold"},
        "waits_when_kept": screened.verdict.unchanged == "hold",
        "is_read_when_kept": screened.verdict.lane is not None,
        "intro": _intro(about_words) if about_words else next(iter(questions), None),
        "further": questions if about_words else questions[1:],
    }


def _asking(screened: Screened) -> set[str]:
    """The labels that ask."""
    verdict = screened.verdict
    answered = zip(verdict.findings, verdict.rows, strict=True)
    return {found.label for found, row in answered if row.action == "ask"}


def _questions(screened: Screened) -> list[str]:
    """What is asked because of where the words are put."""
    asked, labels = [], _asking(screened)
    if ADVICE in labels:
        asked.append(
            _(
                "この人は、<wbr>ただ聞いてほしいと<wbr>書いています。<wbr>「こうしたら」と<wbr>読めるところが<wbr>あります。<wbr>このまま置きますか。<wbr>少し言いかえますか。"
            )
        )
    if ECHO in labels:
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
    original = getattr(screened.typed, mark.field)[mark.start : mark.end]
    may_choose = mark.may_be_masked and not mark.is_covered
    choice = choices(screened.seen).index(mark) + 1 if may_choose else 0
    return Reason(number, original, MASK if mark.may_be_masked else "", _words_of(mark), choice)


def _intro(labels: set[str]) -> str | None:
    if "contact_exchange" in labels:
        return _(
            "ここでは<wbr>連絡先を交わさない<wbr>約束にしています。<wbr>みんなが安心して<wbr>書けるように。<wbr>印のところを<wbr>伏せておきますか。"
        )
    if labels & {"threat_or_abuse", "solicitation_commerce", "sexual", "minor"}:
        return _(
            "そのままでは<wbr>置けないかもしれない<wbr>ところがありました。<wbr>少し言いかえてみますか。"
        )
    return None
