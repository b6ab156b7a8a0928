"""The index on disk: one writer at a time, any number of readers in any number of processes.

Terms of a changed or deleted post stay in the files until their segment is written anew, which happens as segments
are merged; :meth:`WhooshBackend.optimize` does it for all, nightly, and a rebuild leaves nothing of before.

Whoosh's own searcher, query parser and merge policy are not used: the first opens every segment again after each
commit, the second takes a person's input for a language, the third once put everything into one segment and took
a quarter of an hour for it.
"""

import os
import threading
import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Any

from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC, FileIndex, clean_files

from forum import clock
from forum.errors import Unwell
from forum.search import analysis, places
from forum.search.base import Document, Progress, heaviest
from forum.search.folders import IndexFolder
from forum.search.whoosh_segments import SCHEMA, Codec, Draft, Segment

INDEX_NAME = "posts"
LAYOUT_VERSION = 2

# Segments of one size class are merged when there are this many; large ones are left in peace. A post is then
# written anew at most six times, and a search looks into twenty segments at most besides the sealed ones.
MERGE_FACTOR = 4
SEALED_SIZE = 4096
BUILD_SIZE = 40_000
_TRIES = 10
_PAUSE_SECONDS = 0.02


@dataclass(frozen=True)
class _Held:
    """A segment as one commit knows it: with the numbers of posts forgotten since it was written."""

    name: str
    segment: Segment
    gone: frozenset[int]

    @property
    def size(self) -> int:
        return len(self.segment.places) - len(self.gone)


@dataclass(frozen=True)
class _View:
    """The index at one moment."""

    build: Path | None
    generation: int
    held: tuple[_Held, ...]

    @property
    def size(self) -> int:
        return sum(held.size for held in self.held)


_NOTHING = _View(None, -1, ())


class WhooshBackend:
    """Search in files under one folder, shared by all processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = IndexFolder(folder, f"w{LAYOUT_VERSION}a{analysis.ANALYSIS_VERSION}")
        self._view = _NOTHING
        # Segments share a place in their files with everybody who reads them: one thread at a time.
        self._reading = threading.Lock()

    def alone(self) -> AbstractContextManager[None]:
        """Be the only writer, from reading the database to the end of writing."""
        return self._folder.alone()

    def put(self, documents: Iterable[Document]) -> None:
        """Add these, in place of what was known of the same posts; one commit."""
        unique = {document.post_id: document for document in documents}
        draft = Draft()
        draft.add(unique.values())
        self._write(draft, unique)

    def drop(self, post_ids: Iterable[bytes]) -> None:
        """Forget these; one commit."""
        self._write(Draft(), post_ids)

    def candidates(self, terms: Collection[str], *, theme: str | None) -> Iterator[bytes]:
        """Posts that hold the rarest of these terms, newest first.

        What is newer than everything that was not looked at yet is given out; then the segment with the newest of
        that is read a little further. So the newest hits of a common word are found without reading about the others.
        """
        if not terms:
            return
        sought = [term.encode("utf-8") for term in terms]
        streams = [
            (held.segment.newest_day, held.segment.holding(sought, held.gone))
            for held in self._present().held
        ]
        mark = places.theme_mark(theme) if theme is not None else b""
        pool: list[bytes] = []
        while streams:
            streams.sort(key=itemgetter(0))
            _, stream = streams.pop()
            with self._reading:
                step = next(stream, None)
            if step is not None:
                found, day = step
                pool = sorted(pool + [record for record in found if record.endswith(mark)])
                streams.append((day, stream))
            to_come = max((day for day, _ in streams), default=b"")
            while pool and pool[-1][places.DAY] > to_come:
                yield pool.pop()[places.POST_ID]

    def frequencies(self, terms: Collection[str]) -> Mapping[str, int]:
        """How many posts hold each of these terms; forgotten ones count until their segment is written anew."""
        counted = Counter[str](dict.fromkeys(terms, 0))
        for held in self._present().held:
            with self._reading:
                counted.update({term: held.segment.frequency(term.encode("utf-8")) for term in terms})
        return counted

    def closest(self, weights: Mapping[str, float], *, limit: int) -> list[bytes]:
        """The posts whose terms have the greatest sum of these weights."""
        sums: dict[bytes, float] = {}
        sought = {term.encode("utf-8"): weight for term, weight in weights.items()}
        for held in self._present().held:
            with self._reading:
                sums |= held.segment.weighed(sought, held.gone)
        return heaviest(sums, limit)

    def rebuild(self, documents: Iterable[Document], progress: Progress | None = None) -> int:
        """Put these in place of everything: a build of its own that becomes the index when it is whole."""
        with self.alone():
            build, source, done = self._folder.begin(), iter(documents), 0
            index = FileIndex.create(FileStorage(str(build)), SCHEMA, INDEX_NAME)
            while batch := list(islice(source, BUILD_SIZE)):
                draft = Draft()
                draft.add(batch, progress)
                _commit(index, draft, forgotten={}, merged=set())
                done += len(batch)
            self._folder.publish(build)
        return done

    def optimize(self) -> None:
        """Write every segment anew that still holds terms of forgotten posts; take away what killed writers left.

        Small segments become one. Threat: on a quiet board each holds one post, and they lie in the order of writing.
        """
        with self.alone():
            index, all_held = self._index(), self._present().held
            small = [held for held in all_held if held.size < SEALED_SIZE]
            large = [[held] for held in all_held if held.size >= SEALED_SIZE and held.gone]
            for some in [small, *large] if len(small) > 1 or any(held.gone for held in small) else large:
                draft = Draft()
                with self._reading:
                    for held in some:
                        draft.take(held.segment, held.gone)
                _commit(index, draft, forgotten={}, merged={held.name for held in some})
            self._folder.keep_only(Path(index.storage.folder))
            _clear(index.storage)

    def is_usable(self) -> bool:
        """Whether the files can be read. A folder that is not there yet is an empty index."""
        try:
            self._present()
        except Unwell:
            return False
        return True

    def is_empty(self) -> bool:
        """Whether no post is known. Raises Unwell when the files cannot be read."""
        return not self.size()

    def size(self) -> int:
        """How many posts are known. Raises Unwell when the files cannot be read."""
        return self._present().size

    def _write(self, draft: Draft, post_ids: Iterable[bytes]) -> None:
        with self.alone():
            view, index, ids = self._present(), self._index(), list(post_ids)
            with self._reading:
                forgotten = {held.name: _numbers_of(held, ids) for held in view.held}
                merged = _tail(view.held, len(draft.places)) if draft.places else []
                for held in merged:
                    draft.take(held.segment, held.gone | forgotten[held.name])
            if draft.places or any(forgotten.values()):
                _commit(index, draft, forgotten=forgotten, merged={held.name for held in merged})

    def _index(self) -> Any:
        build = self._folder.current()
        if build is None:
            build = self._folder.begin()
            FileIndex.create(FileStorage(str(build)), SCHEMA, INDEX_NAME)
            self._folder.publish(build)
        return FileIndex(FileStorage(str(build)), SCHEMA, INDEX_NAME)

    def _present(self) -> _View:
        """The view of the newest commit, by whichever process. Raises Unwell when files cannot be read."""
        with self._reading:
            for _ in range(_TRIES):
                try:
                    self._view = _look(self._folder.current(), self._view)
                except OSError:
                    time.sleep(_PAUSE_SECONDS)  # a writer took a file away between two looks
                except Exception as broken:
                    raise Unwell(f"the search index cannot be read: {type(broken).__name__}") from broken
                else:
                    return self._view
            raise Unwell("the search index cannot be opened")


def _look(build: Path | None, before: _View) -> _View:
    if build is None:
        return _NOTHING
    storage = FileStorage(str(build))
    generation = TOC._latest_generation(storage, INDEX_NAME)
    if (build, generation) == (before.build, before.generation):
        return before
    known = {held.name: held.segment for held in before.held}
    toc = TOC.read(storage, INDEX_NAME, gen=generation, schema=SCHEMA)
    return _View(build, generation, tuple(_hold(storage, segment, known) for segment in toc.segments))


def _hold(storage: Any, segment: Any, known: dict[str, Segment]) -> _Held:
    name = segment.segment_id()
    return _Held(name, known.get(name) or Segment(storage, segment), frozenset(segment.deleted_docs()))


def _numbers_of(held: _Held, post_ids: list[bytes]) -> frozenset[int]:
    known = held.segment.numbers_by_id
    return frozenset(known[post_id] for post_id in post_ids if post_id in known) - held.gone


def _tail(all_held: Iterable[_Held], size: int) -> list[_Held]:
    """The small segments that a new one of this size is to be merged with."""
    left, merged = list(all_held), list[_Held]()
    while True:
        small = [held for held in left if held.size < min(size * MERGE_FACTOR, SEALED_SIZE)]
        if len(small) < MERGE_FACTOR - 1:
            return merged
        merged += small
        size += sum(held.size for held in small)
        left = [held for held in left if held not in small]


def _commit(index: Any, draft: Draft, *, forgotten: dict[str, frozenset[int]], merged: set[str]) -> None:
    """Write the draft as a new segment; ``merged`` ones go, ``forgotten`` numbers are struck out of the others."""
    writer = index.writer(timeout=1, codec=Codec())
    try:
        for segment in writer.segments:
            for number in forgotten.get(segment.segment_id(), ()):
                segment.delete_document(number)
        draft.write(writer)
        writer.commit(
            mergetype=lambda _, segments: [
                segment for segment in segments if segment.segment_id() not in merged and segment.doc_count()
            ]
        )
    except BaseException:
        for let_go in (writer.cancel, writer.writelock.release):
            with suppress(Exception):  # what went wrong is told, and not what came of it
                let_go()
        raise
    _blur_times(Path(index.storage.folder))


def _clear(storage: Any) -> None:
    """Take away files that belong to no commit: a killed writer's half-written ones may hold terms of any post."""
    toc = TOC.read(storage, INDEX_NAME, schema=SCHEMA)
    clean_files(storage, INDEX_NAME, toc.generation, toc.segments)
    for draft in Path(storage.folder).glob(f"_{INDEX_NAME}_*.toc.*"):
        draft.unlink()


def _blur_times(folder: Path) -> None:
    """Set the files back to midnight: a segment's own time would be the second in which its newest post was written."""
    midnight = clock.midnight().timestamp()
    for file in [*folder.iterdir(), folder]:
        with suppress(FileNotFoundError):  # another process may clear an old segment away meanwhile
            os.utime(file, (midnight, midnight))
