"""言葉を伏せる: a writer takes words out of a post, at any time and for ever. Adding is not possible.

What is left must be the old text with pieces taken out, nothing moved and nothing put in; where a piece went, the text
says that its writer took it out.
"""

from collections.abc import Sequence
from itertools import accumulate

from forum import errors
from forum.models import Post
from forum.moderation import lifecycle

MARK = "〔本人が伏せました〕"
# A stand-in of one letter while texts are compared; clean_input lets no such letter through.
_CUT = "\uffff"
OPEN_STATUSES = frozenset({"live", "held", "hidden", "scheduled"})

Spans = list[tuple[int, int]]


def cut(old: str, new: str) -> str:
    """``new`` with a mark wherever words of ``old`` are gone. Linear time.

    Raises Invalid (``body``: ``added``, ``empty``) when something was put in or moved, or when nothing is left.
    """
    return taken_out(old, gone(old, new))


def gone(old: str, new: str) -> Spans:
    """Where words of ``old`` went. Marks of ``new`` do not count; those of ``old`` go with what goes beside them.

    Raises Invalid as :func:`cut`.
    """
    wanted = new.replace(MARK, "")
    if not wanted.strip():
        raise errors.Invalid("body", "empty")
    before = old.replace(MARK, _CUT)
    head, tail = _common(before, wanted)
    middle = _gone_letters(before[head : len(before) - tail], wanted[head : len(wanted) - tail])
    places = list(accumulate((len(MARK) if letter == _CUT else 1 for letter in before), initial=0))
    return [(places[head + start], places[head + end]) for start, end in middle]


def replaced(old: str, new: str) -> list[tuple[int, int, int]]:
    """The stretch of ``old`` that is not in ``new`` in its place, and how many letters are there instead.

    What stays is what both begin and end with.
    """
    if old == new:
        return []
    head, tail = _common(old, new)
    return [(head, len(old) - tail, len(new) - head - tail)]


def taken_out(old: str, spans: Sequence[tuple[int, int]]) -> str:
    """``old`` without these spans (in order, apart), a mark in place of each that held more than white space."""
    kept, place = [], 0
    for start, end in spans:
        kept += [old[place:start], MARK if _holds_words(old, start, end) else ""]
        place = end
    return "".join([*kept, old[place:]])


def cut_words(post: Post, new: str) -> bool:
    """Take words out of a post; says whether anything changed. Raises Invalid, or TooLate when it is gone."""
    if post.status not in OPEN_STATUSES:
        raise errors.TooLate
    spans = gone(post.source, new)
    marked = [(start, end, len(MARK) if _holds_words(post.source, start, end) else 0) for start, end in spans]
    return lifecycle.revise(post, source=taken_out(post.source, spans), gone=marked, mark="cut")


def _holds_words(text: str, start: int, end: int) -> bool:
    return bool(text[start:end].strip())


def _common(before: str, wanted: str) -> tuple[int, int]:
    """How many letters the two share at the beginning, and behind that at the end."""
    most = min(len(before), len(wanted))
    head = next((place for place in range(most) if before[place] != wanted[place]), most)
    most -= head
    tail = next((place for place in range(most) if before[-1 - place] != wanted[-1 - place]), most)
    return head, tail


def _gone_letters(before: str, wanted: str) -> Spans:
    """The stretches of ``before`` that lie between the letters of ``wanted``. Raises Invalid when one is not there."""
    spans: Spans = []
    start = place = 0
    for here, letter in enumerate(before):
        if place < len(wanted) and letter == wanted[place]:
            spans.append((start, here))
            start, place = here + 1, place + 1
    if place < len(wanted):
        raise errors.Invalid("body", "added")
    return [(low, high) for low, high in [*spans, (start, len(before))] if low < high]
