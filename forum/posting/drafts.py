"""What somebody wrote, cleaned and screened, before it touches the database."""

from dataclasses import dataclass, replace

from forum import markup
from forum.models.content import BODY_LENGTH, TITLE_LENGTH, WARNING_LENGTH
from forum.moderation.names import COVERED
from forum.moderation.policy import Policy
from forum.moderation.screening import Draft, Verdict, after_covering, mask, screen
from forum.moderation.watched import PREFIX


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
    that. ``masked`` are the rules whose words the writer chose to mask.
    """

    words: Words
    verdict: Verdict
    insists: bool
    html: str
    typed: Words = Words("")
    seen: Verdict | None = None
    newcomer: bool = False
    for_listening: bool = False
    masked: tuple[str, ...] = ()

    @property
    def action(self) -> str:
        """What happens now: ``publish``, ``ask``, ``hold`` or ``reject``."""
        if self.verdict.action == "ask" and self.insists:
            return str(self.verdict.unchanged)
        return str(self.verdict.action)

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
        typed=words,
        seen=seen,
        newcomer=newcomer,
        for_listening=for_listening,
    )


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
    """The words with the chosen marks (numbers from 1, in the order of :func:`marks`) made unreadable."""
    spans: dict[str, list[tuple[int, int]]] = {"body": [], "title": [], "warning": []}
    for _number, mark in _chosen(screened, chosen):
        spans[mark.field].append((mark.start, mark.end))
    words = screened.typed
    return Words(
        body=mask(words.body, spans["body"]),
        title=mask(words.title, spans["title"]),
        warning=mask(words.warning, spans["warning"]),
    )


def look_at_masked(screened: Screened, chosen: set[int], policy: Policy) -> Screened:
    """What is left when the writer has masked the chosen marks: whoever chose them was asked already, so what was left
    standing was left on purpose."""
    again = look_at(
        masked(screened, chosen),
        policy,
        newcomer=screened.newcomer,
        insists=True,
        for_listening=screened.for_listening,
    )
    return replace(again, masked=tuple(mark.rule for _number, mark in _chosen(screened, chosen)))


def _chosen(screened: Screened, chosen: set[int]) -> list[tuple[int, "Mark"]]:
    numbered = enumerate(marks(screened.seen or screened.verdict), start=1)
    return [(number, mark) for number, mark in numbered if number in chosen and mark.may_be_masked]


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


def marks(verdict: Verdict) -> list[Mark]:
    """The passages of a verdict, in reading order, overlapping ones once."""
    found = sorted(
        (
            Mark(finding.field, start, end, finding.label, finding.rule)
            for finding in verdict.findings
            if finding.label in MASKABLE
            or (finding.label in SHOWN and finding.severity)
            or finding.rule.startswith(PREFIX)
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
