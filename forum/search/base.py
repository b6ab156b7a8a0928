"""What every search backend promises, so that the board does not know which one it has."""

import heapq
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeVar

Progress = Callable[[int], None]
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Document:
    """One visible post. ``title`` is the thread's, at the opening post only; ``body`` is plain text."""

    post_id: bytes
    thread_id: bytes
    theme: str
    number: int
    day: date
    title: str
    body: str

    @property
    def text(self) -> str:
        """All that can be searched of it."""
        return f"{self.title}\n{self.body}" if self.title else self.body


class SearchBackend(Protocol):
    """Knows which posts hold which terms (``analysis.document_terms``). It keeps no text: the caller checks each post
    against the database.
    """

    def alone(self) -> AbstractContextManager[object]:
        """Be the only writer while posts are read and indexed; may be entered again from inside.

        Raises Busy when another writer does not end. The writing methods below enter it by themselves.
        """

    def put(self, documents: Iterable[Document]) -> None:
        """Add these, in place of what was known of the same posts."""

    def drop(self, post_ids: Iterable[bytes]) -> None:
        """Forget these; unknown ones do no harm."""

    def candidates(self, terms: Collection[str], *, theme: str | None) -> Iterator[bytes]:
        """Posts that may hold all of these terms, newest first, found as far as they are asked for; no terms, no posts.

        A backend may look at some of the terms only, so others can be among them.
        """

    def frequencies(self, terms: Collection[str]) -> Mapping[str, int]:
        """How many posts hold each of these terms, nearly: forgotten posts may still be counted for a while."""

    def closest(self, weights: Mapping[str, float], *, limit: int) -> list[bytes]:
        """The posts whose terms have the greatest sum of these weights, greatest first; at most ``limit``."""

    def rebuild(self, documents: Iterable[Document], progress: Progress | None = None) -> int:
        """Put these in place of everything, at once for readers. Says how many; ``progress`` hears steps."""

    def optimize(self) -> None:
        """Rewrite what still holds terms of forgotten posts, and take away what is no part of the index."""

    def is_usable(self) -> bool:
        """Whether a search would work now."""

    def size(self) -> int:
        """How many posts are known."""


def newest_first(document: Document) -> tuple[int, int, bytes]:
    """The order of hits, from the back: the day, then the number in the thread. Nothing finer is kept."""
    return document.day.toordinal(), document.number, document.post_id


def heaviest(sums: Mapping[bytes, float], limit: int) -> list[bytes]:
    """Post ids by their sums, greatest first and equal ones by id; without those of nothing."""
    weighed = ((-weight, post_id) for post_id, weight in sums.items() if weight > 0)
    return [post_id for _, post_id in heapq.nsmallest(limit, weighed)]


def batches(values: Sequence[_Value], size: int) -> Iterator[Sequence[_Value]]:
    """Stretches of at most ``size``: databases limit how many values one statement takes."""
    return (values[start : start + size] for start in range(0, len(values), size))
