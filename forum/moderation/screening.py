"""From a draft to a verdict: normalise → detectors → findings → policy → verdict. Pure; nothing is stored.

A person who dares to write once and is stopped without reason may not write again. So a verdict keeps apart
what the page does now (``action``: often only to show the writer their own words) and what happens when they
send them as they are (``unchanged``).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from forum.moderation.detectors import advice, findings_of
from forum.moderation.detectors.base import Detector, Finding, Views
from forum.moderation.detectors.views import views_of
from forum.moderation.names import COVERED
from forum.moderation.policy import ACTIONS, PANELS, Action, Panel, Policy, Row

__all__ = [
    "Detector",
    "Draft",
    "Finding",
    "Verdict",
    "Views",
    "after_covering",
    "explain",
    "mask",
    "screen",
    "to_json",
    "with_place",
]

MASK = "〇〇"


@dataclass(frozen=True)
class Draft:
    """What somebody is about to publish.

    ``newcomer``: no own surviving posts on two different days yet. ``for_listening``: an answer to somebody who only
    wants to be heard.
    """

    body: str
    title: str = ""
    warning: str = ""
    newcomer: bool = True
    for_listening: bool = False

    def fields(self) -> Iterator[tuple[str, str]]:
        """Name and text of every field that holds text."""
        yield from ((name, text) for name in ("body", "title", "warning") if (text := getattr(self, name)))


@dataclass(frozen=True)
class Verdict:
    """``action`` is what the page does now, ``unchanged`` what it does with the same text after asking.

    ``panel`` is shown with every action. ``lane`` is the case to open when the text is stored as it is.
    """

    action: Action
    findings: tuple[Finding, ...]
    panel: Panel
    lane: int | None
    unchanged: Action = "publish"
    rows: tuple[Row, ...] = ()  # what the policy answers to each finding, in the same order

    @property
    def labels(self) -> tuple[str, ...]:
        """What was found, each once; the quiet line (severity 0) is no label."""
        return tuple(dict.fromkeys(finding.label for finding in self.findings if finding.severity))

    @property
    def subs(self) -> tuple[str, ...]:
        """The kinds of crisis found, each once."""
        return tuple(dict.fromkeys(found.sub for found in self.findings if found.severity and found.sub))

    @property
    def is_heavy(self) -> bool:
        """Whether help comes before anything else: more than the one quiet line of a dark mood."""
        return self.panel not in {"", "c0"}

    @property
    def may_publish_unchanged(self) -> bool:
        """Whether the writer, once asked, may send the same words and be read."""
        return self.unchanged == "publish"

    def spans_in(self, field: str) -> tuple[tuple[int, int], ...]:
        """The marked letters of one field, in order, overlapping ones joined: what one press masks."""
        return joined(span for finding in self.findings if finding.field == field for span in finding.spans)

    def covered_in(self, field: str) -> tuple[tuple[int, int], ...]:
        """The names in one field that are put out of sight whatever else happens, in order and apart."""
        return joined(
            span
            for finding in self.findings
            if finding.field == field and finding.rule in COVERED
            for span in finding.spans
        )

    def rules_that(self, action: Action) -> tuple[str, ...]:
        """The rules whose answer is ``action``: at once, or, for what is asked about, when it is sent unchanged."""
        answered = zip(self.findings, self.rows, strict=True) if self.rows else ()
        return tuple(
            dict.fromkeys(found.rule for found, row in answered if action in (row.action, row.unchanged))
        )


def screen(draft: Draft, policy: Policy) -> Verdict:
    """The verdict on a draft, in time linear in its length. The strictest finding decides; every panel counts."""
    findings = tuple(found for name, text in draft.fields() for found in _find(name, text, draft, policy))
    return _verdict(findings, [policy.row_for(found, newcomer=draft.newcomer) for found in findings])


def with_place(verdict: Verdict, finding: Finding, row: Row) -> Verdict:
    """The verdict with one finding more, which lies not in the words but in the place they are put in.

    Where the words are asked about, a place that would hold them waits for the answer: all questions come at once, and
    nobody's number is kept for a reader before its writer saw it marked.
    """
    if verdict.action == "ask" and row.action == "hold":
        row = replace(row, action="ask", unchanged="hold")
    return _verdict((*verdict.findings, finding), [*verdict.rows, row])


def _verdict(findings: tuple[Finding, ...], rows: Sequence[Row]) -> Verdict:
    return Verdict(
        action=_strictest(row.action for row in rows),
        findings=findings,
        panel=max((row.panel for row in rows), key=PANELS.index, default=""),
        lane=min((row.lane for row in rows if row.lane is not None), default=None),
        unchanged=_strictest(row.unchanged for row in rows),
        rows=tuple(rows),
    )


def mask(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """The text with 〇〇 in place of each span. Raises ValueError for a span outside the text."""
    pieces: list[str] = []
    low = 0
    for start, end in joined(spans):
        if not 0 <= start < end <= len(text):
            raise ValueError("a span lies outside the text")
        pieces += [text[low:start], MASK]
        low = end
    return "".join(pieces) + text[low:]


def after_covering(verdict: Verdict) -> Verdict:
    """The same verdict about the text that is left when the names in it are covered: spans moved, none lost."""
    covers = {field: verdict.covered_in(field) for field in ("body", "title", "warning")}
    if not any(covers.values()):
        return verdict
    return replace(verdict, findings=tuple(_moved(found, covers[found.field]) for found in verdict.findings))


def _moved(found: Finding, covers: tuple[tuple[int, int], ...]) -> Finding:
    moved = {
        (_place(start, covers, is_end=False), _place(end, covers, is_end=True)) for start, end in found.spans
    }
    return replace(found, spans=tuple(sorted(moved)))


def _place(at: int, covers: tuple[tuple[int, int], ...], *, is_end: bool) -> int:
    """Where a place in the text went; one inside a covered name goes to its beginning or, as an end, behind it."""
    shift = 0
    for low, high in covers:
        if at <= low:
            break
        if at < high:
            return low + shift + (len(MASK) if is_end else 0)
        shift += len(MASK) - (high - low)
    return at + shift


def explain(draft: Draft, policy: Policy) -> dict[str, Any]:
    """Why a draft was judged so, for an operator who tunes the table: views, findings, the row of each."""
    verdict = screen(draft, policy)
    return {
        "action": verdict.action,
        "unchanged": verdict.unchanged,
        "panel": verdict.panel,
        "lane": verdict.lane,
        "folded": {name: _views_read(text, policy) for name, text in draft.fields()},
        "findings": [
            _finding_read(found, draft, row, policy.notes.get(found.rule, ""))
            for found, row in zip(verdict.findings, verdict.rows, strict=True)
        ],
    }


def to_json(row_id: str, verdict: Verdict) -> dict[str, Any]:
    """One line of ``forum screen``. ``ask`` is printed only where the same words may be published after asking."""
    asked = verdict.action == "ask" and not verdict.may_publish_unchanged
    return {
        "id": row_id,
        "labels": list(verdict.labels),
        "subs": list(verdict.subs),
        "action": verdict.unchanged if asked else verdict.action,
        "spans": [
            [*span, found.label] for found in verdict.findings if found.severity for span in found.spans
        ],
    }


def _find(name: str, text: str, draft: Draft, policy: Policy) -> Iterator[Finding]:
    views = views_of(text, policy.known)
    listed = [found for detect in policy.more for found in detect(text, views)]
    covered = [span for found in listed if found.rule in COVERED for span in found.spans]
    lectures = advice.detect(text, views) if draft.for_listening else ()
    for found in (*lectures, *findings_of(text, views, covered), *listed):
        yield replace(found, field=name)


def _strictest(actions: Iterable[Action]) -> Action:
    return max(actions, key=ACTIONS.index, default="publish")


def joined(spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The spans in order, overlapping ones as one."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)


def _views_read(text: str, policy: Policy) -> dict[str, str]:
    views = views_of(text, policy.known)
    return {name: getattr(views, name).text for name in ("plain", "compact", "digits", "kana")}


def _finding_read(found: Finding, draft: Draft, row: Row, note: str) -> dict[str, Any]:
    text = getattr(draft, found.field)
    return {
        "label": found.label,
        "sub": found.sub,
        "severity": found.severity,
        "field": found.field,
        "rule": found.rule,
        "words": [text[start:end] for start, end in found.spans],
        "action": row.action,
        "unchanged": row.unchanged,
        "panel": row.panel,
        "lane": row.lane,
        **({} if found.score is None else {"score": found.score}),
        **({"note": note} if note else {}),
    }
