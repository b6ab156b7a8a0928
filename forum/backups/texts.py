"""What is left of an old text when what went since is taken out of it again, without knowing a letter of what came in.

Each step names spans of the text it was made upon, with how many letters stood there afterwards. So places stay true from step
to step, though nobody remembers which letters those were.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forum.moderation.screening import MASK
from forum.posting.cutting import MARK

# A letter that is not known any more; clean_input lets no such letter through.
_UNKNOWN = "\uffff"
_MARKS = {"cut": MARK, "mask": MASK}

Step = Mapping[str, Any]


@dataclass(frozen=True)
class Left:
    """What is left, and whether it is letter for letter the text that stood at last."""

    text: str
    is_exact: bool


def left_of(text: str, revision: int, steps: Sequence[Step]) -> Left:
    """``text``, which was ``revision``, after these steps. When they do not lead on from it, nothing of it is left.

    A step is what the journal has of a replaced text: ``revision``, ``gone`` (start, end, letters in its place), ``mark``.
    """
    now, ordered = text, _in_order(steps)
    # A revision that was put back later, and the number of the one that put it back: what lies between is as if it never was.
    put_back = {step["gone"][0][0]: step["revision"] for step in ordered if step["mark"] == "back"}
    never_was: set[int] = set()
    for step in ordered:
        while revision in put_back:
            until = put_back.pop(revision) + 1
            never_was.update(range(revision, until))
            revision = until
        if step["revision"] in never_was and not _is_twice(step, ordered):
            continue
        if step["mark"] == "back" and step is ordered[-1] and step["revision"] == revision:
            break  # the backup has the words covered, and nobody here knows them
        if step["revision"] != revision or not _fits(now, step):
            return Left(MARK if text else "", is_exact=False)
        now, revision = _after(now, step), revision + 1
    return Left(re.sub(f"{_UNKNOWN}+", MARK, now), is_exact=_UNKNOWN not in now)


def _in_order(steps: Sequence[Step]) -> list[Step]:
    """Each once: one whose commit failed may have been tried again. Two that differ do not lead on from each other."""
    once = {(int(step["revision"]), str(step["gone"]), str(step["mark"])): step for step in steps}
    return [once[key] for key in sorted(once)]


def _is_twice(step: Step, ordered: Sequence[Step]) -> bool:
    """Whether another step claims to follow on the same text: one of the two never came to be, and nobody knows which."""
    claims = [other for other in ordered if other["revision"] == step["revision"]]
    return len(claims) > 1


def _fits(text: str, step: Step) -> bool:
    ends = [0, *(place for start, end, _put in step["gone"] for place in (start, end)), len(text)]
    return step["mark"] not in ("whole", "back") and ends == sorted(ends)


def _after(text: str, step: Step) -> str:
    pieces, place = [], 0
    for start, end, put in step["gone"]:
        mark = _MARKS.get(step["mark"], "")
        pieces += [text[place:start], mark if mark and put == len(mark) else _UNKNOWN * put]
        place = end
    return "".join([*pieces, text[place:]])
