"""From candidates to hits: the index says which posts may match, the text itself in the database decides."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Protocol

from forum.search import analysis
from forum.search.base import SearchBackend
from forum.search.query import Query

CHUNK = 50
# A query whose terms stand in thousands of posts that do not match it ends here rather than read them all: after so
# many posts, or so many letters.
CHECKED = 3000
LETTERS_CHECKED = 400_000


class Order(StrEnum):
    """What comes first. In the best order, a word in a title is worth more than one in the post that begins a thread,
    and that more than one in a reply; the newer of equals comes first. Posts are too short for counting to help.
    """

    BEST = "best"
    NEWEST = "newest"


class Readable(Protocol):
    """A post that may be shown, as it stands in the database now."""

    @property
    def thread_id(self) -> bytes: ...

    @property
    def text(self) -> str: ...


LoadPosts = Callable[[Sequence[bytes]], Mapping[bytes, Readable]]


@dataclass(frozen=True, slots=True)
class Hits:
    """Of each thread found the post that comes first; ``more`` says whether there are other threads behind them."""

    post_ids: tuple[bytes, ...]
    more: bool


def find_threads(
    backend: SearchBackend,
    query: Query,
    load: LoadPosts,
    *,
    theme: str | None = None,
    order: Order = Order.BEST,
    limit: int,
    skip: int = 0,
) -> Hits:
    """The threads ``skip`` to ``skip + limit`` of those with a post that matches.

    ``load`` gives those of the posts asked for that may be shown; a post it does not give is no hit.
    """
    found: dict[bytes, bytes] = {}
    letters = 0
    candidates = islice(_candidates(backend, query, theme, order), CHECKED)
    while (
        len(found) <= skip + limit
        and letters < LETTERS_CHECKED
        and (chunk := list(islice(candidates, CHUNK)))
    ):
        posts = load(chunk)
        letters += sum(len(post.text) for post in posts.values())
        for post_id in chunk:
            post = posts.get(post_id)
            if post and post.thread_id not in found and query.matches(post.text):
                found[post.thread_id] = post_id
    return Hits(tuple(found.values())[skip : skip + limit], len(found) > skip + limit)


def _candidates(backend: SearchBackend, query: Query, theme: str | None, order: Order) -> Iterator[bytes]:
    terms = query.terms
    if order is Order.NEWEST:
        yield from backend.candidates(terms, theme=theme)
        return
    seen: set[bytes] = set()
    for mark in (analysis.IN_TITLE, analysis.IN_OPENING, ""):
        for post_id in backend.candidates(analysis.marked(mark, terms), theme=theme):
            if post_id not in seen:
                seen.add(post_id)
                yield post_id
