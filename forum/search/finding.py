"""From candidates to hits: the index says which posts may match, the text itself in the database decides."""

from collections.abc import Callable, Mapping, Sequence
from itertools import islice

from forum.search.base import Hits, SearchBackend
from forum.search.query import Query

LoadTexts = Callable[[Sequence[bytes]], Mapping[bytes, str]]

CHUNK = 50
# A query whose terms stand in thousands of posts that do not match it ends here rather than read them all.
CHECKED = 3000


def find_posts(
    backend: SearchBackend,
    query: Query,
    load_texts: LoadTexts,
    *,
    theme: str | None,
    limit: int,
    skip: int = 0,
) -> Hits:
    """The posts ``skip`` to ``skip + limit`` of those that match, newest first.

    ``load_texts`` gives the present text of those posts that may be shown; a post it does not give is no hit.
    """
    found: list[bytes] = []
    candidates = islice(backend.candidates(query, theme=theme), CHECKED)
    while len(found) <= skip + limit and (chunk := list(islice(candidates, CHUNK))):
        texts = load_texts(chunk)
        found += [post_id for post_id in chunk if post_id in texts and query.matches(texts[post_id])]
    return Hits(tuple(found[skip : skip + limit]), len(found) > skip + limit)
