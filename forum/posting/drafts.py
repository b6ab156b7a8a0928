"""What somebody wrote, cleaned and screened, before it touches the database."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

from forum import markup
from forum.models.content import BODY_LENGTH, TITLE_LENGTH, WARNING_LENGTH
from forum.moderation import advice, echoes
from forum.moderation.policy import ACTIONS, Action, Policy
from forum.moderation.screening import Draft, Finding, Verdict, mask, screen

# The lane of what its writer put unchanged after a question for which the policy names none.
LANE_OTHER = 5


@dataclass(frozen=True)
class Words:
    """The words of a post as the form gave them."""

    body: str
    title: str = ""
    warning: str = ""


@dataclass(frozen=True)
class Concern:
    """What lies not in the words but in where they are put: ``ask`` the writer once, or ``hold`` them for a reader.

    ``lane`` is that of the case when they are stored all the same; None opens none.
    """

    finding: Finding
    action: Action
    lane: int | None


@dataclass(frozen=True)
class Screened:
    """Words with what screening saw, their finished HTML, and whether the writer was asked and sent them unchanged.

    ``numbers`` find nearly the same text elsewhere. ``is_reviewed``: a sentence of the house, chosen and not written.
    """

    words: Words
    verdict: Verdict
    insists: bool
    html: str
    newcomer: bool = False
    numbers: tuple[int, ...] = ()
    concerns: tuple[Concern, ...] = ()
    is_reviewed: bool = False

    @property
    def action(self) -> Action:
        """What happens now: ``publish``, ``ask``, ``hold`` or ``reject``. All questions come at once: nothing that a
        place alone would hold is held before they were asked."""
        if self.is_reviewed:
            return "publish"
        if self.verdict.action in ("hold", "reject"):
            return self.verdict.action
        return "ask" if self.has_questions and not self.insists else self.unchanged

    @property
    def unchanged(self) -> Action:
        """What happens to the same words once their writer was asked."""
        after = [concern.action for concern in self.concerns if concern.action != "ask"]
        return max(self.verdict.unchanged, *after, key=ACTIONS.index) if after else self.verdict.unchanged

    @property
    def has_questions(self) -> bool:
        """Whether there is anything to ask the writer."""
        return "ask" in (self.verdict.action, *(concern.action for concern in self.concerns))

    @property
    def lane(self) -> int | None:
        """The lane of the case that these words open when they are stored; None: no case."""
        of_words = self.verdict.lane
        if of_words is None and self.verdict.action == "ask" and self.insists:
            of_words = LANE_OTHER
        lanes = (of_words, *(concern.lane for concern in self.concerns))
        return min((lane for lane in lanes if lane is not None), default=None)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything a moderator should see beside the text."""
        return (
            *self.verdict.findings,
            *(concern.finding for concern in self.concerns if concern.lane is not None),
        )

    def with_concern(self, concern: Concern) -> Self:
        """The same, and one thing more that lies in the place."""
        return replace(self, concerns=(*self.concerns, concern))

    def concerns_about(self, label: str) -> bool:
        """Whether the place gives this concern."""
        return any(concern.finding.label == label for concern in self.concerns)

    @property
    def status(self) -> str:
        return "held" if self.action == "hold" else "live"


def look_at(
    words: Words, policy: Policy, *, newcomer: bool, insists: bool, for_listening: bool = False
) -> Screened:
    """Screen and render words: pure and slow, so it stands before the write transaction.

    ``for_listening``: they answer somebody who only wants to be heard, and were not asked about yet.
    """
    # What is longer than a post may be is refused for that; nobody waits for the rest of it to be read.
    body, title, warning = (
        words.body[:BODY_LENGTH],
        words.title[:TITLE_LENGTH],
        words.warning[:WARNING_LENGTH],
    )
    draft = Draft(body=body, title=title, warning=warning, newcomer=newcomer)
    found = advice.findings_in(body, policy.known) if for_listening else ()
    return Screened(
        words,
        screen(draft, policy),
        insists,
        markup.render_post(body),
        newcomer=newcomer,
        numbers=echoes.numbers_of(body),
        concerns=tuple(Concern(finding, "ask", None) for finding in found),
    )


def reviewed(sentence: str, policy: Policy) -> Screened:
    """A sentence of the house that somebody chose instead of writing: nothing is asked about it, and nothing waits."""
    screened = look_at(Words(sentence), policy, newcomer=False, insists=True)
    return replace(screened, is_reviewed=True, numbers=())


def masked(screened: Screened, chosen: set[int]) -> Words:
    """The words with the chosen marks (numbers from 1, in the order of :func:`marks`) made unreadable."""
    spans: dict[str, list[tuple[int, int]]] = {"body": [], "title": [], "warning": []}
    for number, mark in enumerate(marks(screened), start=1):
        if number in chosen and mark.can_be_masked:
            spans[mark.field].append((mark.start, mark.end))
    words = screened.words
    return Words(
        body=mask(words.body, spans["body"]),
        title=mask(words.title, spans["title"]),
        warning=mask(words.warning, spans["warning"]),
    )


@dataclass(frozen=True)
class Mark:
    """One passage to look at again."""

    field: str
    start: int
    end: int
    label: str
    rule: str

    @property
    def can_be_masked(self) -> bool:
        return self.label in MASKABLE


def marks(screened: Screened) -> list[Mark]:
    """The passages to look at again, in reading order, overlapping ones once."""
    found = sorted(
        _marks(screened),
        # Of two that begin together the longer one speaks, and what identifies before what connects.
        key=lambda mark: (mark.field, mark.start, -mark.end, mark.label != "personal_info", mark.rule),
    )
    kept: list[Mark] = []
    for mark in found:
        if kept and kept[-1].field == mark.field and mark.start < kept[-1].end:
            last = kept.pop()
            if (
                last.can_be_masked != mark.can_be_masked
            ):  # only words that tell too much are masked, and they come first
                mark = last if last.can_be_masked else mark
            else:
                mark = Mark(last.field, last.start, max(last.end, mark.end), last.label, last.rule)
        kept.append(mark)
    return kept


def _marks(screened: Screened) -> Iterator[Mark]:
    shown = [finding for finding in screened.verdict.findings if finding.label in MASKABLE]
    for finding in (*shown, *(concern.finding for concern in screened.concerns)):
        yield from (
            Mark(finding.field, start, end, finding.label, finding.rule)
            for start, end in finding.spans
            if start < end
        )


# Words can be masked where a part of them says too much; a mood or a tone cannot.
MASKABLE = frozenset({"personal_info", "contact_exchange", "solicitation_commerce"})
