"""言葉を伏せる: a writer takes words out of a post, at any time and for ever. Adding is not possible.

What is left must be the old text with pieces taken out, nothing moved and nothing put in; where a piece went, the text
says that its writer took it out.
"""

from forum import errors
from forum.models import Post
from forum.moderation import lifecycle

MARK = "〔本人が伏せました〕"
# A stand-in of one letter while texts are compared; clean_input lets no such letter through.
_CUT = "\uffff"
OPEN_STATUSES = frozenset({"live", "held", "hidden", "scheduled"})


def cut(old: str, new: str) -> str:
    """``new`` with a mark wherever words of ``old`` are gone. Linear time.

    Raises Invalid (``body``: ``added``, ``empty``) when something was put in or moved, or when nothing is left.
    """
    before, wanted = old.replace(MARK, _CUT), new.replace(MARK, "")
    if not wanted.strip():
        raise errors.Invalid("body", "empty")
    head, tail = _common(before, wanted)
    middle = _marked(before[head : len(before) - tail], wanted[head : len(wanted) - tail])
    return (before[:head] + middle + before[len(before) - tail :]).replace(_CUT, MARK)


def cut_words(post: Post, new: str) -> bool:
    """Take words out of a post; says whether anything changed. Raises Invalid, or TooLate when it is gone."""
    if post.status not in OPEN_STATUSES:
        raise errors.TooLate
    return lifecycle.revise(post, source=cut(post.source, new))


def _common(before: str, wanted: str) -> tuple[int, int]:
    """How many letters the two share at the beginning, and behind that at the end."""
    most = min(len(before), len(wanted))
    head = next((place for place in range(most) if before[place] != wanted[place]), most)
    most -= head
    tail = next((place for place in range(most) if before[-1 - place] != wanted[-1 - place]), most)
    return head, tail


def _marked(before: str, wanted: str) -> str:
    kept: list[str] = []
    gone: list[str] = []
    place = 0
    for letter in before:
        if place < len(wanted) and letter == wanted[place]:
            kept += [_mark(gone), letter]
            gone.clear()
            place += 1
        else:
            gone.append(letter)
    if place < len(wanted):
        raise errors.Invalid("body", "added")
    return "".join([*kept, _mark(gone)])


def _mark(gone: list[str]) -> str:
    # White space that went with nothing else is no word.
    return _CUT if "".join(gone).strip() else ""
