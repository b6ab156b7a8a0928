"""The table from a finding to what happens: read from a file an operator can edit, refused when it has a hole.

A screening that meets a finding without a row would have to guess, at night, about somebody's life. So every
cell must be there before the board starts.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, cast

from forum.contacts import Contact, load_contacts
from forum.errors import ConfigError
from forum.moderation.detectors.base import Detector, Finding, Known

SHIPPED = Path(__file__).with_name("policy.toml")

Action = Literal["publish", "ask", "hold", "reject"]
Panel = Literal["", "c0", "c1", "c2", "c3", "dv", "h"]

ACTIONS: tuple[Action, ...] = ("publish", "ask", "hold", "reject")  # from mild to strict
PANELS: tuple[Panel, ...] = ("", "c0", "dv", "c1", "h", "c2", "c3")  # from quiet to urgent
LANES = (1, 2, 3, 4, 5)

# What the detectors can say. A severity outside this table is a fault of a detector, caught by the tests.
CELLS: Mapping[tuple[str, str], tuple[int, ...]] = MappingProxyType(
    {
        ("personal_info", ""): (1, 2, 3),
        ("contact_exchange", ""): (1, 2),
        ("crisis", "suicide"): (0, 1, 2, 3),
        ("crisis", "self_harm"): (0, 1, 2),
        ("crisis", "violence_victim"): (0, 1, 2, 3),
        ("threat_or_abuse", ""): (1, 2),
        ("solicitation_commerce", ""): (0, 1, 2),
        ("sexual", ""): (1, 2),
        ("minor", ""): (1, 2),
        ("advice", ""): (1,),
    }
)
# What lies in the place where words are put (posting/surroundings.py), and no detector can see.
PLACES: Mapping[tuple[str, str], tuple[int, ...]] = MappingProxyType(
    {("echo", ""): (0, 1, 2), ("care", ""): (1,), ("calm", ""): (1,)}
)
_TABLE = {**CELLS, **PLACES}
_ROW_KEYS = {"label", "sub", "severity", "newcomer", "action", "unchanged", "panel", "lane"}


@dataclass(frozen=True)
class Row:
    """One cell's answer. ``unchanged`` is what happens when the writer, having been asked, sends it as it is."""

    action: Action
    unchanged: Action
    panel: Panel
    lane: int | None


@dataclass(frozen=True)
class Policy:
    """The whole table, and what the house shows itself and therefore hides from nobody.

    ``more`` are detectors made of an operator's own lists; ``own_rows`` and ``notes`` speak for rules that have an answer
    of their own instead of a cell of the table.
    """

    rows: Mapping[tuple[str, str, int, bool], Row]
    known: Known
    more: tuple[Detector, ...] = ()
    own_rows: Mapping[str, Row] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)

    def row_for(self, finding: Finding, *, newcomer: bool) -> Row:
        """The answer to one finding. Raises KeyError for a cell no detector may use."""
        if finding.rule in self.own_rows:
            return self.own_rows[finding.rule]
        return self.rows[finding.label, finding.sub, finding.severity, newcomer]


def load_policy(
    path: Path | None = None, contacts: Iterable[Contact] | None = None, *, own: Path | None = None
) -> Policy:
    """The table of ``path`` (the shipped one without), with the cells that the file ``own`` answers in another way.

    Raises ConfigError, in one line, for a bad or missing row. ``own`` may be missing, and need not be whole.
    """
    source = path or SHIPPED
    rows = _rows_from(_read(source), source.name)
    _ensure_whole(rows, source.name)
    if own is not None and own.is_file():
        rows |= _rows_from(_read(own), own.name)
    known = known_from(load_contacts() if contacts is None else contacts)
    return Policy(rows=MappingProxyType(rows), known=known)


def _read(source: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(source.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as broken:
        raise ConfigError(f"{source.name} cannot be read: {broken}") from broken


def known_from(contacts: Iterable[Contact]) -> Known:
    """Numbers and hosts of the page of contacts: to pass on a helpline is a kindness."""
    numbers: set[str] = set()
    hosts: set[str] = set()
    for entry in contacts:
        numbers |= {
            _digits(number) for number in (entry.number, *(other.number for other in entry.also)) if number
        }
        if entry.url:
            hosts.add(re.sub(r"^https?://(?:www\.)?|[/?#].*$", "", entry.url.lower()))
    return Known(numbers=frozenset(numbers), hosts=frozenset(hosts))


def _digits(number: str) -> str:
    return "".join(sign for sign in number if sign.isdigit())


def _rows_from(data: Mapping[str, Any], name: str) -> dict[tuple[str, str, int, bool], Row]:
    rows: dict[tuple[str, str, int, bool], Row] = {}
    entries = data.get("row", ())
    if not isinstance(entries, list):
        raise ConfigError(f"{name}: rows are written as [[row]]")
    for number, entry in enumerate(entries, 1):
        where = f"{name}: row {number}"
        row = _row_from(entry, where)
        for cell in _cells_of(entry, where):
            if cell in rows:
                raise ConfigError(f"{where}: {_spoken(cell)} is already answered above")
            rows[cell] = row
    return rows


def _ensure_whole(rows: Mapping[tuple[str, str, int, bool], Row], name: str) -> None:
    for label_sub, severities in _TABLE.items():
        for cell in (
            (*label_sub, severity, newcomer) for severity in severities for newcomer in (True, False)
        ):
            if cell not in rows:
                raise ConfigError(f"{name}: no row for {_spoken(cell)}")


def _row_from(entry: Any, where: str) -> Row:
    if not isinstance(entry, dict):
        raise ConfigError(f"{where}: rows are written as [[row]]")
    for key in entry:
        if key not in _ROW_KEYS:
            raise ConfigError(f"{where}: unknown key {key}")
    action = cast(Action, _one_of(entry, "action", ACTIONS, where))
    asked = _one_of(entry, "unchanged", ("publish", "hold", "reject"), where) if action == "ask" else action
    if action != "ask" and "unchanged" in entry:
        raise ConfigError(f"{where}: unchanged belongs to action ask only")
    panel = cast(Panel, _one_of({"panel": "", **entry}, "panel", PANELS, where))
    lane = entry.get("lane")
    if lane is not None and (lane not in LANES or isinstance(lane, bool)):
        raise ConfigError(f"{where}: unknown lane {lane}")
    return Row(action=action, unchanged=cast(Action, asked), panel=panel, lane=lane)


def _one_of(entry: Mapping[str, Any], key: str, choices: tuple[str, ...], where: str) -> str:
    value = entry.get(key)
    if value is None:
        raise ConfigError(f"{where}: {key} is missing")
    if value not in choices:
        raise ConfigError(f"{where}: unknown {key} {value}")
    return str(value)


def _cells_of(entry: Mapping[str, Any], where: str) -> list[tuple[str, str, int, bool]]:
    label, sub = entry.get("label", ""), entry.get("sub", "")
    if label not in {known for known, _ in _TABLE}:
        raise ConfigError(f"{where}: unknown label {label}")
    if (label, sub) not in _TABLE:
        raise ConfigError(f"{where}: unknown sub {sub or '(none)'} of {label}")
    severity = entry.get("severity")
    if severity not in _TABLE[label, sub] or isinstance(severity, bool):
        raise ConfigError(f"{where}: unknown severity {severity} of {label}")
    newcomer = entry.get("newcomer")
    if newcomer not in (None, True, False):
        raise ConfigError(f"{where}: newcomer is true or false")
    return [(label, sub, severity, who) for who in (True, False) if newcomer is None or newcomer is who]


def _spoken(cell: tuple[str, str, int, bool]) -> str:
    label, sub, severity, newcomer = cell
    of = f"{label}/{sub}" if sub else label
    return f"{of} severity {severity} ({'newcomer' if newcomer else 'standing'})"
