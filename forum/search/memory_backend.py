"""The index in the memory of one process: for tests and for trying things out. Empty after every start."""

import threading
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

from forum.search import analysis
from forum.search.base import Document, Progress, heaviest, newest_first


@dataclass(frozen=True, slots=True)
class _Known:
    place: tuple[int, int, bytes]
    theme: str
    terms: frozenset[str]


class MemoryBackend:
    """Keeps terms, no text, like the others."""

    def __init__(self) -> None:
        self._known: dict[bytes, _Known] = {}
        self._lock = threading.RLock()

    def alone(self) -> AbstractContextManager[object]:
        """Be the only writer."""
        return self._lock

    def put(self, documents: Iterable[Document]) -> None:
        """Add these, in place of what was known of the same posts."""
        fresh = {document.post_id: _known(document) for document in documents}
        with self._lock:
            self._known = self._known | fresh

    def drop(self, post_ids: Iterable[bytes]) -> None:
        """Forget these."""
        gone = frozenset(post_ids)
        with self._lock:
            self._known = {post_id: known for post_id, known in self._known.items() if post_id not in gone}

    def candidates(self, terms: Collection[str], *, theme: str | None) -> Iterator[bytes]:
        """Posts that hold all of these terms, newest first."""
        if not terms:
            return iter(())
        fitting = (known for known in self._known.values() if known.terms.issuperset(terms))
        places = sorted((known.place for known in fitting if theme in (None, known.theme)), reverse=True)
        return (post_id for _, _, post_id in places)

    def frequencies(self, terms: Collection[str]) -> Mapping[str, int]:
        """How many posts hold each of these terms."""
        return {term: sum(term in known.terms for known in self._known.values()) for term in terms}

    def closest(self, weights: Mapping[str, float], *, limit: int) -> list[bytes]:
        """The posts whose terms have the greatest sum of these weights."""
        sums = {
            post_id: sum(weights[term] for term in weights.keys() & known.terms)
            for post_id, known in self._known.items()
        }
        return heaviest(sums, limit)

    def rebuild(self, documents: Iterable[Document], progress: Progress | None = None) -> int:
        """Put these in place of everything, at once for readers."""
        fresh: dict[bytes, _Known] = {}
        for document in documents:
            fresh[document.post_id] = _known(document)
            if progress:
                progress(1)
        with self._lock:
            self._known = fresh
        return len(fresh)

    def optimize(self) -> None:
        """Nothing is left of forgotten posts."""

    def is_usable(self) -> bool:
        """Always."""
        return True

    def is_empty(self) -> bool:
        """Whether no post is known."""
        return not self._known

    def size(self) -> int:
        """How many posts are known."""
        return len(self._known)


def _known(document: Document) -> _Known:
    return _Known(newest_first(document), document.theme, analysis.document_terms(document))
