"""`make eval ARGS=file.jsonl`: how well screening does on labelled texts.

A line is {"id","text","labels"} and, if known, "must_hold" and "accept" (labels that are neither asked for nor wrong). Files
named *.jsonl beside this one are taken when none is given. A figure on texts that the rules were tuned with says little.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from forum.moderation.policy import Policy, load_policy
from forum.moderation.screening import Draft, screen, to_json

HOLDING = {"hold", "reject"}


@dataclass
class Tally:
    """What was counted; ``wrong`` are the ids of rows that were judged otherwise than labelled."""

    right: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    extra: Counter[str] = field(default_factory=Counter)
    normal: int = 0
    normal_left_alone: int = 0
    must_hold: int = 0
    held: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, row: dict[str, Any], verdict: dict[str, Any]) -> None:
        """Count one row."""
        wanted, seen = set(row["labels"]), set(verdict["labels"])
        extra = seen - wanted - set(row.get("accept", ()))
        self.right.update(wanted & seen)
        self.missed.update(wanted - seen)
        self.extra.update(extra)
        self.normal += not wanted
        self.normal_left_alone += not wanted and not seen
        must_hold, holds = bool(row.get("must_hold")), verdict["action"] in HOLDING
        self.must_hold += must_hold
        self.held += must_hold and holds
        if wanted - seen or extra or (must_hold and not holds):
            self.wrong.append(str(row["id"]))


def main() -> int:
    """Score the files and print the figures; 2 when there is nothing to score."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--wrong", action="store_true", help="also list the ids of rows judged wrongly")
    asked = parser.parse_args()
    files = asked.files or sorted(Path(__file__).parent.glob("*.jsonl"))
    if not files:
        print("Name a file of labelled texts: make eval ARGS=texts.jsonl", file=sys.stderr)
        return 2
    tally = counted(rows_of(files), load_policy())
    print_figures(tally)
    if asked.wrong:
        print("judged otherwise:", *tally.wrong)
    return 0


def rows_of(files: Iterable[Path]) -> Iterable[dict[str, Any]]:
    """The rows of all files."""
    for path in files:
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip():
                yield json.loads(line)


def counted(rows: Iterable[dict[str, Any]], policy: Policy) -> Tally:
    """Screen every row as a newcomer's and count."""
    tally = Tally()
    for row in rows:
        tally.add(row, to_json(str(row["id"]), screen(Draft(body=row["text"]), policy)))
    return tally


def print_figures(tally: Tally) -> None:
    """Precision, recall and F1 of each label, and the two figures that matter to people."""
    for label in sorted(tally.right.keys() | tally.missed.keys() | tally.extra.keys()):
        right, missed, extra = tally.right[label], tally.missed[label], tally.extra[label]
        print(
            f"{label:<22} precision {share(right, right + extra)}  recall {share(right, right + missed)}",
            end="",
        )
        print(f"  F1 {share(2 * right, 2 * right + missed + extra)}  of {right + missed}")
    print(f"normal posts left alone  {share(tally.normal_left_alone, tally.normal)} of {tally.normal}")
    print(f"held where it must       {share(tally.held, tally.must_hold)} of {tally.must_hold}")


def share(part: int, whole: int) -> str:
    """A share as text, or a dash of nothing."""
    return f"{part / whole:.3f}" if whole else "  –  "


if __name__ == "__main__":
    sys.exit(main())
