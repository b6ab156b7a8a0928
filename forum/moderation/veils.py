"""A veil over passages of a post: readers see that they are being looked at, the text itself stays as it was written.

Only ``html`` is another one; page, search and lists are made of it. So a veil is lifted without a trace, and a moderator
reads the whole text.
"""

import json
from collections.abc import Iterable

from sqlalchemy import delete, select

from forum import markup
from forum.extensions import db
from forum.models import Interim, Post
from forum.text import covered

KIND = "veil"
COVER = "［確認中］"

Spans = list[tuple[int, int]]


def encoded(spans: Iterable[tuple[int, int]]) -> str:
    """Places as a row keeps them; none is the empty text."""
    listed = sorted(set(spans))
    return json.dumps(listed) if listed else ""


def decoded(text: str) -> Spans:
    """The places of a row."""
    return [(int(start), int(end)) for start, end in json.loads(text)] if text else []


def places(text: str, words: Iterable[str]) -> Spans:
    """Where these words stand in a text, each wherever it stands."""
    found: Spans = []
    for word in words:
        place = text.find(word) if word else -1
        while place >= 0:
            found.append((place, place + len(word)))
            place = text.find(word, place + len(word))
    return sorted(set(found))


def over(post_id: bytes) -> Spans:
    """What lies under a veil in this post."""
    row = db.session.get(Interim, (post_id, KIND), populate_existing=True)
    return decoded(row.spans) if row else []


def in_sight(post: Post) -> str:
    """The text as far as readers see it, every letter in its place: what lies under a veil is line ends, which no passage
    holds. Or whoever asks for words that are covered would learn, guess by guess, what they are."""
    letters = list(post.source)
    for start, end in over(post.id):
        letters[start:end] = "\n" * (end - start)
    return "".join(letters)


def rendered(post: Post) -> str:
    """What readers see of the text as it stands: with its veil, if there is one."""
    return markup.render_post(covered(post.source, over(post.id), COVER))


def carried_over(post: Post, source: str) -> str:
    """The HTML of a new text of this post, where words that lay under a veil stand in it still; else the empty text.

    Whoever takes the words out themselves needs no veil any more.
    """
    spans = over(post.id)
    if not spans:
        return ""
    again = places(source, {post.source[start:end] for start, end in spans})
    if not again:
        forget(post.id, KIND)
        return ""
    db.session.get_one(Interim, (post.id, KIND)).spans = encoded(again)
    return markup.render_post(covered(source, again, COVER))


def forget(post_id: bytes, *kinds: str) -> set[str]:
    """Drop the rows of these kinds (all without); says which there were."""
    rows = select(Interim.kind).where(Interim.post_id == post_id)
    gone = delete(Interim).where(Interim.post_id == post_id)
    if kinds:
        rows, gone = rows.where(Interim.kind.in_(kinds)), gone.where(Interim.kind.in_(kinds))
    found = set(db.session.scalars(rows))
    db.session.execute(gone)
    return found
