"""What somebody wrote, cleaned and screened, before it touches the database."""

from dataclasses import dataclass

from forum import markup
from forum.models.content import BODY_LENGTH, TITLE_LENGTH, WARNING_LENGTH
from forum.moderation.policy import Policy
from forum.moderation.screening import Draft, Verdict, mask, screen


@dataclass(frozen=True)
class Words:
    """The words of a post as the form gave them."""

    body: str
    title: str = ""
    warning: str = ""


@dataclass(frozen=True)
class Screened:
    """Words with what screening saw, their finished HTML, and whether the writer was asked and sent them unchanged."""

    words: Words
    verdict: Verdict
    insists: bool
    html: str

    @property
    def action(self) -> str:
        """What happens now: ``publish``, ``ask``, ``hold`` or ``reject``."""
        if self.verdict.action == "ask" and self.insists:
            return str(self.verdict.unchanged)
        return str(self.verdict.action)

    @property
    def status(self) -> str:
        return "held" if self.action == "hold" else "live"


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
    return Screened(words, screen(draft, policy), insists, markup.render_post(body))


def masked(screened: Screened, chosen: set[int]) -> Words:
    """The words with the chosen marks (numbers from 1, in the order of :func:`marks`) made unreadable."""
    spans: dict[str, list[tuple[int, int]]] = {"body": [], "title": [], "warning": []}
    for number, mark in enumerate(marks(screened.verdict), start=1):
        if number in chosen and mark.label in MASKABLE:
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


def marks(verdict: Verdict) -> list[Mark]:
    """The passages of a verdict, in reading order, overlapping ones once."""
    found = sorted(
        (
            Mark(finding.field, start, end, finding.label, finding.rule)
            for finding in verdict.findings
            if finding.label in SHOWN and finding.severity
            for start, end in finding.spans
            if start < end
        ),
        # Of two that begin together the longer one speaks, and what identifies before what connects.
        key=lambda mark: (mark.field, mark.start, -mark.end, mark.label != "personal_info", mark.rule),
    )
    kept: list[Mark] = []
    for mark in found:
        if kept and kept[-1].field == mark.field and mark.start < kept[-1].end:
            last = kept.pop()
            mark = Mark(last.field, last.start, max(last.end, mark.end), last.label, last.rule)
        kept.append(mark)
    return kept


# Words can be masked where a part of them says too much; a mood or a tone cannot, but its writer sees where it is.
MASKABLE = frozenset({"personal_info", "contact_exchange", "solicitation_commerce"})
SHOWN = MASKABLE | {"threat_or_abuse", "sexual", "advice"}
