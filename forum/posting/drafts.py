"""What somebody wrote, cleaned and screened, before it touches the database."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

from forum import markup
from forum.models.content import BODY_LENGTH, TITLE_LENGTH, WARNING_LENGTH
from forum.moderation import echoes
from forum.moderation.names import COVERED
from forum.moderation.policy import Policy
from forum.moderation.screening import Draft, Finding, Verdict, after_covering, mask, screen, with_place
from forum.moderation.watched import PREFIX

# A full stop ends a sentence where a space or nothing follows: not in 3.5, and not in an address.
SENTENCE = re.compile(r"(?:[^\s。．！？!?.]|\.(?=\S))(?:[^。．！？!?\n.]|\.(?=\S))*[。．！？!?.]*")


@dataclass(frozen=True)
class Words:
    """The words of a post as the form gave them."""

    body: str
    title: str = ""
    warning: str = ""


@dataclass(frozen=True)
class Screened:
    """Words with what screening saw, their finished HTML, and whether the writer was asked and sent them unchanged.

    ``words`` is what is stored, names of services covered; ``typed`` what the writer wrote, and ``seen`` the verdict on
    that. ``masked`` are the rules whose words the writer chose to mask. ``numbers`` find nearly the same text elsewhere.
    """

    words: Words
    verdict: Verdict
    insists: bool
    html: str
    typed: Words
    seen: Verdict
    policy: Policy
    newcomer: bool = False
    for_listening: bool = False
    masked: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()

    @property
    def action(self) -> str:
        """What happens now: ``publish``, ``ask``, ``hold`` or ``reject``."""
        if self.verdict.action == "ask" and self.insists:
            return str(self.verdict.unchanged)
        return str(self.verdict.action)

    def in_place(self, finding: Finding) -> Self:
        """The same with one finding more, which lies in the place."""
        row = self.policy.row_for(finding, newcomer=self.newcomer)
        return replace(self, verdict=with_place(self.verdict, finding, row))

    @property
    def status(self) -> str:
        return "held" if self.action == "hold" else "live"

    @property
    def names_covered(self) -> bool:
        """Whether a name of a service was put out of sight."""
        return any(found.rule in COVERED for found in self.verdict.findings)


def look_at(
    words: Words, policy: Policy, *, newcomer: bool, insists: bool, for_listening: bool = False
) -> Screened:
    """Screen and render words: pure and slow, so it stands before the write transaction."""
    # What is longer than a post may be is refused for that; nobody waits for the rest of it to be read.
    body, title, warning = (
        words.body[:BODY_LENGTH],
        words.title[:TITLE_LENGTH],
        words.warning[:WARNING_LENGTH],
    )
    draft = Draft(body=body, title=title, warning=warning, newcomer=newcomer, for_listening=for_listening)
    seen = screen(draft, policy)
    kept = _covered(words, seen)
    html = markup.render_post(kept.body[:BODY_LENGTH])
    return Screened(
        kept,
        after_covering(seen),
        insists,
        html,
        words,
        seen,
        policy,
        newcomer=newcomer,
        for_listening=for_listening,
        numbers=echoes.numbers_of(kept.body[:BODY_LENGTH]),
    )


def reviewed(sentence: str, policy: Policy) -> Screened:
    """A sentence of the house that somebody chose instead of writing: nothing is asked about it, and nothing waits."""
    words, verdict = Words(sentence), Verdict("publish", (), "", None)
    return Screened(words, verdict, True, markup.render_post(sentence), words, verdict, policy)


def _covered(words: Words, seen: Verdict) -> Words:
    """The words with the names of services out of sight; as they are when there is none."""
    body, title, warning = (
        mask(getattr(words, field), seen.covered_in(field)) for field in ("body", "title", "warning")
    )
    # A name of one letter's width becomes longer by its cover.
    return Words(
        body, title[: max(TITLE_LENGTH, len(words.title))], warning[: max(WARNING_LENGTH, len(words.warning))]
    )


def masked(screened: Screened, chosen: set[int]) -> Words:
    """The words with the chosen ones of :func:`choices` (numbers from 1) made unreadable."""
    spans: dict[str, list[tuple[int, int]]] = {"body": [], "title": [], "warning": []}
    for mark in _chosen(screened, chosen):
        spans[mark.field].append((mark.start, mark.end))
    words = screened.typed
    return Words(
        body=mask(words.body, spans["body"]),
        title=mask(words.title, spans["title"]),
        warning=mask(words.warning, spans["warning"]),
    )


def look_at_masked(screened: Screened, chosen: set[int]) -> Screened:
    """What is left when the writer has masked the chosen marks: whoever chose them was asked already, so what was left
    standing was left on purpose."""
    again = look_at(
        masked(screened, chosen),
        screened.policy,
        newcomer=screened.newcomer,
        insists=True,
        for_listening=screened.for_listening,
    )
    return replace(again, masked=tuple(mark.rule for mark in _chosen(screened, chosen)))


def _chosen(screened: Screened, chosen: set[int]) -> list["Mark"]:
    return [mark for number, mark in enumerate(choices(screened.seen), start=1) if number in chosen]


@dataclass(frozen=True)
class Mark:
    """One passage to look at again."""

    field: str
    start: int
    end: int
    label: str
    rule: str

    @property
    def is_covered(self) -> bool:
        """Whether the house covers it in any case: there is nothing to choose."""
        return self.rule in COVERED

    @property
    def may_be_masked(self) -> bool:
        """Whether the text says less without the marked words; a mood or a tone stays what it is."""
        return self.label in MASKABLE or self.rule.startswith(PREFIX)


def choices(verdict: Verdict) -> list[Mark]:
    """What a writer may choose to mask, in reading order, overlapping ones once: one list on every page that asks about
    the same words, whatever else is asked there."""
    kept: list[Mark] = []
    for mark in (one for one in _shown(verdict) if one.may_be_masked):
        if kept and kept[-1].field == mark.field and mark.start < kept[-1].end:
            last = kept.pop()
            mark = Mark(last.field, last.start, max(last.end, mark.end), last.label, last.rule)
        kept.append(mark)
    return kept


def marks(screened: Screened) -> list[Mark]:
    """The passages of what was typed, in reading order and apart. A tone is marked by its sentence: half a word would
    tell its writer nothing. It cannot be masked and gives way to what can: it is marked up to there and from there on."""
    kept = choices(screened.seen)
    for mark in _shown(screened.seen):
        if not mark.may_be_masked:
            for sentence in _sentences(mark, getattr(screened.typed, mark.field)):
                kept += _beside(sentence, kept)
    return sorted(kept, key=lambda mark: (mark.field, mark.start))


def _sentences(mark: Mark, text: str) -> Iterator[Mark]:
    for found in SENTENCE.finditer(text):
        if found.start() < mark.end and mark.start < found.end():
            yield replace(mark, start=found.start(), end=found.end())


def _beside(mark: Mark, others: list[Mark]) -> Iterator[Mark]:
    start = mark.start
    for other in sorted((one for one in others if one.field == mark.field), key=lambda one: one.start):
        if start < min(other.start, mark.end):
            yield replace(mark, start=start, end=min(other.start, mark.end))
        start = max(start, other.end)
    if start < mark.end:
        yield replace(mark, start=start)


def _shown(verdict: Verdict) -> list[Mark]:
    found = (
        Mark(finding.field, start, end, finding.label, finding.rule)
        for finding in verdict.findings
        if finding.label in MASKABLE
        or (finding.label in TOLD and finding.severity)
        or finding.rule.startswith(PREFIX)
        for start, end in finding.spans
        if start < end
    )
    # Of two that begin together the longer one speaks, and what identifies before what connects.
    return sorted(
        found, key=lambda mark: (mark.field, mark.start, -mark.end, mark.label != "personal_info", mark.rule)
    )


# Words can be masked where a part of them says too much; a mood or a tone cannot, but its writer sees where it is.
MASKABLE = frozenset({"personal_info", "contact_exchange", "solicitation_commerce"})
TOLD = frozenset({"threat_or_abuse", "sexual", "advice"})
