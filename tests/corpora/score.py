"""`make eval`: how well screening does on labelled texts.

Files named *.jsonl beside this one are taken when none is given (``make eval ARGS=texts.jsonl``). A line is
{"id","text","labels"} and, if known, "must_hold", "subs", "note" and "accept" (labels that are neither asked for nor wrong). A
figure on texts that rules were tuned with says little: development.jsonl is such, held_back.jsonl is not.
"""

import argparse
import statistics
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

from forum.moderation.detectors.likeness import LABELS
from forum.moderation.policy import Policy, load_policy
from forum.moderation.screening import Draft, screen, to_json
from tests.corpora.rows import FOLDER, rows_of

HOLDING = {"hold", "reject"}
NOTHING = "(none)"
HARD = "hard negative"


@dataclass
class Tally:
    """What was counted. ``seen_for[wanted, seen]``: how often a text with the one label was given the other."""

    right: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    extra: Counter[str] = field(default_factory=Counter)
    seen_for: Counter[tuple[str, str]] = field(default_factory=Counter)
    shares: dict[str, list[bool]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)

    def add(self, row: dict[str, Any], verdict: dict[str, Any]) -> None:
        """Count one row."""
        wanted, seen = set(row["labels"]), set(verdict["labels"])
        extra = seen - wanted - set(row.get("accept", ()))
        self.right.update(wanted & seen)
        self.missed.update(wanted - seen)
        self.extra.update(extra)
        for label in wanted or {NOTHING}:
            # What was seen besides the other labels that are right.
            others = (seen - wanted - set(row.get("accept", ()))) | ({label} & seen)
            self.seen_for.update((label, other) for other in others or {NOTHING})
        must_hold, is_held = bool(row.get("must_hold")), verdict["action"] in HOLDING
        self._share(row, wanted, seen, must_hold=must_hold, is_held=is_held)
        if wanted - seen or extra or (must_hold and not is_held):
            self.wrong.append(str(row["id"]))

    def _share(
        self, row: dict[str, Any], wanted: set[str], seen: set[str], *, must_hold: bool, is_held: bool
    ) -> None:
        if not wanted:
            self._count("normal posts left alone", not seen)
            self._count("normal posts not held", not is_held)
            if row.get("note", "").startswith(HARD):
                self._count("  of those that look like bad ones, left alone", not seen)
            return
        self._count("other posts noticed at all", bool(seen) or is_held)
        if must_hold:
            self._count("held where it must", is_held)
            for label in wanted:
                self._count(f"  {label}", is_held)
        for sub in row.get("subs", ()):
            self._count(f"crisis seen, {sub}", "crisis" in seen)

    def _count(self, name: str, is_so: bool) -> None:
        self.shares.setdefault(name, []).append(is_so)


def main() -> int:
    """Score the files and print the figures; 2 when there is nothing to score."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--wrong", action="store_true", help="also list the ids of rows judged wrongly")
    asked = parser.parse_args()
    files = asked.files or sorted(FOLDER.glob("*.jsonl"))
    if not files:
        print("Name a file of labelled texts: make eval ARGS=texts.jsonl", file=sys.stderr)
        return 2
    policy = load_policy()
    for file in files:
        tally = counted(rows_of([file]), policy)
        print(f"== {file.name}")
        print_figures(tally)
        if asked.wrong:
            print("judged otherwise:", *tally.wrong)
    return 0


def counted(rows: Iterable[dict[str, Any]], policy: Policy) -> Tally:
    """Screen every row as a newcomer's and count."""
    tally = Tally()
    screen(Draft(body="いちど読む"), policy)  # what is read once is not counted
    for row in rows:
        begun = perf_counter()
        verdict = screen(Draft(body=row["text"]), policy)
        tally.milliseconds.append((perf_counter() - begun) * 1000)
        tally.add(row, to_json(str(row["id"]), verdict))
    return tally


def print_figures(tally: Tally) -> None:
    """Precision, recall and F1 of each label, what was taken for what, and the shares that matter to people."""
    scores = []
    print(f"{'':24}{'rows':>5}  precision  recall     F1")
    for label in LABELS:
        right, missed, extra = tally.right[label], tally.missed[label], tally.extra[label]
        f1 = share(2 * right, 2 * right + missed + extra)
        scores.append(2 * right / max(1, 2 * right + missed + extra))
        print(
            f"{label:<24}{right + missed:>5}      {share(right, right + extra)}   {share(right, right + missed)}  {f1}"
        )
    print(f"{'mean of F1':<24}{'':>5}                       {statistics.mean(scores):.3f}")
    _print_confusion(tally)
    for name, held in sorted(tally.shares.items(), key=lambda each: each[0].startswith("crisis")):
        print(f"{name:<46} {share(sum(held), len(held))} of {len(held)}")
    print(f"{'time for one text, median':<46} {statistics.median(tally.milliseconds):.2f} ms")


def _print_confusion(tally: Tally) -> None:
    columns = (*LABELS, NOTHING)
    print("seen (across) for what was wanted (down)")
    print(" " * 24 + "".join(f"{column[:8]:>9}" for column in columns))
    for wanted in columns:
        print(f"{wanted:<24}" + "".join(f"{tally.seen_for[wanted, seen]:>9}" for seen in columns))


def share(part: int, whole: int) -> str:
    """A share as text, or a dash of nothing."""
    return f"{part / whole:.3f}" if whole else "  –  "


if __name__ == "__main__":
    sys.exit(main())
