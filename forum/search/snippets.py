"""The piece of a post that was found, with the searched words marked: made by hand on the database's text."""

from forum.search.query import Query, Spelt

Parts = tuple[tuple[str, bool], ...]

SNIPPET_LENGTH = 90
# How much of the piece stands before the first hit: enough to see how the sentence began.
LEAD = 20


def snippet(text: str, query: Query, length: int = SNIPPET_LENGTH) -> Parts:
    """About ``length`` letters around the first hit as (piece, is hit); white space becomes single spaces."""
    text = " ".join(text.split())
    marks = _marks(text, query)
    first = marks[0][0] if marks else 0
    start = max(0, min(first - LEAD, len(text) - length))
    end = min(len(text), start + length)
    pieces: list[tuple[str, bool]] = [("…", False)] if start else []
    place = start
    for low, high in marks:
        if low >= end:
            break
        pieces += [(text[place : max(low, place)], False), (text[max(low, place) : min(high, end)], True)]
        place = max(place, min(high, end))
    pieces += [(text[place:end], False), ("…" if end < len(text) else "", False)]
    return tuple((piece, is_hit) for piece, is_hit in pieces if piece)


def _marks(text: str, query: Query) -> list[tuple[int, int]]:
    spelt = Spelt(text)
    found = sorted(span for word in query.words for span in word.spans(spelt))
    marks: list[tuple[int, int]] = []
    for low, high in found:
        if marks and low <= marks[-1][1]:
            marks[-1] = (marks[-1][0], max(high, marks[-1][1]))
        else:
            marks.append((low, high))
    return marks
