"""The index on disk: the only home of Whoosh.

What is kept of a post is which terms it holds, and one record of 28 bytes: its day, its number in the
thread, its id and its theme. No text. Terms of a changed or deleted post stay in the files until their
segment is written anew: :meth:`WhooshBackend.optimize` does it for all, nightly; a rebuild leaves nothing
of before.

A query reads the postings of its rarest terms and nothing else. Whoosh's own searcher, query parser and
merge policy are not used: the first opens every segment again after each commit, the second takes a
person's input for a language, the third once put everything into one segment and took a quarter of an hour
for it.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import SystemRandom
from typing import Any

from whoosh.codec.whoosh3 import W3Codec, W3PostingsWriter
from whoosh.columns import FixedBytesColumn
from whoosh.fields import COLUMN, FieldType, Schema
from whoosh.filedb.filestore import FileStorage
from whoosh.formats import Existence
from whoosh.index import TOC, FileIndex
from whoosh.reading import SegmentReader

from forum.errors import Unwell
from forum.search import analysis, places
from forum.search.base import Document, Progress
from forum.search.folders import IndexFolder
from forum.search.query import Query

INDEX_NAME = "posts"
LAYOUT_VERSION = 1

_PLACE = FixedBytesColumn(places.PLACE_BYTES)

# Segments of one size class are merged when there are this many; large ones are left in peace. A post is then
# written anew at most six times, and a search looks into twenty segments at most besides the sealed ones.
MERGE_FACTOR = 4
SEALED_SIZE = 4096
BUILD_SIZE = 10_000
# Once so few posts are left, reading their texts is cheaper than reading further postings.
FEW = 20
RAREST = 4
MEMORY_MIB = 64
_TRIES = 10
_PAUSE_SECONDS = 0.02


class _Postings(W3PostingsWriter):  # type: ignore[misc]
    """Writes numbers of documents and nothing else: no weights to compare, no types to check two million times."""

    def add_posting(self, id_: int, weight: float, vbytes: bytes, length: int | None = None) -> None:
        if len(self._ids) >= self._blocklimit:
            self._write_block()
        self._ids.append(id_)
        self._weights.append(weight)


class _Codec(W3Codec):  # type: ignore[misc]
    """Whoosh's own files, written without what is never asked for.

    ``length_stats`` looks for a file of field lengths once a posting, and there is none. Compression is off: most
    postings are a handful of numbers, and packing each of them took half of the time.
    """

    length_stats = False

    def __init__(self) -> None:
        super().__init__(blocklimit=512, compression=0)

    def postings_writer(self, dbfile: Any, byteids: bool = False) -> Any:
        return _Postings(dbfile, blocklimit=self._blocklimit, byteids=byteids, compression=self._compression)


class _Exactly(FieldType):  # type: ignore[misc]
    """A field that takes its terms ready-made, as bytes, and keeps nothing but that they occur."""

    def __init__(self) -> None:
        super().__init__(format=Existence(), analyzer=None)

    def index(self, value: Iterable[bytes], **_: Any) -> Iterator[tuple[bytes, int, float, bytes]]:
        return ((term, 1, 1.0, b"") for term in value)


_SCHEMA = Schema(key=_Exactly(), terms=_Exactly(), place=COLUMN(_PLACE))
_FORMAT = Existence()

MergePolicy = Callable[[Any, list[Any]], list[Any]]


class _Segment:
    """One segment, opened once and kept: the reader of its postings and its records in memory."""

    def __init__(self, storage: Any, segment: Any) -> None:
        files = segment.open_compound_file(storage) if segment.is_compound() else storage
        codec = segment.codec()
        self._terms = codec.terms_reader(files, segment)
        column = codec.per_document_reader(files, segment).column_reader("place", _PLACE)
        self._places: list[bytes] = [bytes(column[number]) for number in range(segment.doc_count_all())]
        self.newest_day = max((place[places.DAY] for place in self._places), default=b"")

    def holding(self, terms: Iterable[bytes], gone: frozenset[int]) -> list[bytes]:
        """Records of the documents that may hold all of these."""
        found: set[int] | None = None
        for term in self._rarest(terms):
            if found is not None and len(found) <= FEW:
                break
            numbers = self.numbers("terms", term)
            found = numbers if found is None else found & numbers
        return [self._places[number] for number in (found or set()) - gone]

    def numbers(self, field: str, term: bytes) -> set[int]:
        """The documents of a term. Reads whole blocks: the matcher's own loop is five times slower."""
        if (field, term) not in self._terms:
            return set()
        matcher = self._terms.matcher(field, term, _FORMAT)
        found: set[int] = set()
        while matcher.is_active():
            matcher._read_ids()
            found.update(matcher._ids)
            matcher._next_block()
        return found

    def _rarest(self, terms: Iterable[bytes]) -> list[bytes]:
        try:
            counted = sorted((self._terms.doc_frequency("terms", term), term) for term in terms)
        except KeyError:  # a term that no document here holds
            return []
        return [term for _, term in counted[:RAREST]]


@dataclass(frozen=True)
class _View:
    """The index as it stood at one moment: segments with the numbers of documents forgotten since."""

    build: Path | None
    generation: int
    segments: tuple[tuple[str, _Segment, frozenset[int]], ...]
    size: int


_NOTHING = _View(None, -1, (), 0)


class WhooshBackend:
    """Search in files under one folder, shared by all processes: one writes at a time, all may read."""

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
        # By random id: inside a segment nothing tells who wrote before whom.
        self._write([unique[post_id] for post_id in sorted(unique)], unique)

    def drop(self, post_ids: Iterable[bytes]) -> None:
        """Forget these; one commit."""
        self._write([], post_ids)

    def candidates(self, query: Query, *, theme: str | None) -> Iterator[bytes]:
        """Posts that hold the rarest terms of the query, newest first.

        Segments are read from the one with the newest post on, and only as far as the caller asks: what is
        newer than everything in the segments to come is given out before they are looked at.
        """
        if query.is_empty:
            return
        terms = [term.encode("utf-8") for term in query.terms]
        segments = sorted(self._present().segments, key=lambda held: held[1].newest_day, reverse=True)
        room = places.theme_mark(theme) if theme is not None else b""
        pool: list[bytes] = []
        for place, (_, segment, gone) in enumerate(segments):
            with self._reading:
                found = segment.holding(terms, gone)
            pool = sorted(pool + [record for record in found if record.endswith(room)])
            to_come = segments[place + 1][1].newest_day if place + 1 < len(segments) else b""
            while pool and pool[-1][places.DAY] > to_come:
                yield pool.pop()[places.POST_ID]

    def rebuild(self, documents: Iterable[Document], progress: Progress | None = None) -> int:
        """Put these in place of everything: a build of its own that becomes the index when it is whole."""
        with self.alone():
            build, source, done = self._folder.begin(), iter(documents), 0
            index = FileIndex.create(FileStorage(str(build)), _SCHEMA, INDEX_NAME)
            while batch := list(islice(source, BUILD_SIZE)):
                writer = _writer(index)
                _add(writer, batch, progress)
                writer.commit(merge=False)
                done += len(batch)
            self._folder.publish(build)
        return done

    def optimize(self) -> None:
        """Write every segment anew that still holds terms of forgotten posts."""
        with self.alone():
            index = self._index()
            for segment in TOC.read(index.storage, INDEX_NAME, schema=_SCHEMA).segments:
                if segment.has_deletions():
                    _writer(index).commit(mergetype=_rewriting(segment.segment_id()))

    def is_usable(self) -> bool:
        """Whether the files can be read. A folder that is not there yet is an empty index."""
        try:
            self._present()
        except Unwell:
            return False
        return True

    def size(self) -> int:
        """How many posts are known. Raises Unwell when the files cannot be read."""
        return self._present().size

    def _write(self, documents: Sequence[Document], gone: Iterable[bytes]) -> None:
        with self.alone():
            index = self._index()
            view = self._present()
            writer = _writer(index)
            try:
                forgotten = self._forget(writer, view, gone)
                _add(writer, documents, None)
            except BaseException:
                writer.cancel()
                raise
            if documents or forgotten:
                writer.commit(mergetype=_merge_tail)
            else:
                writer.cancel()

    def _forget(self, writer: Any, view: _View, gone: Iterable[bytes]) -> int:
        forgotten, offset = 0, 0
        keys = list(gone)
        for (_, held, known_gone), segment in zip(view.segments, writer.segments, strict=True):
            with self._reading:
                numbers = {number for key in keys for number in held.numbers("key", key)} - known_gone
            for number in numbers:
                writer.delete_document(offset + number)
            forgotten += len(numbers)
            offset += segment.doc_count_all()
        return forgotten

    def _index(self) -> Any:
        build = self._folder.current()
        if build is None:
            build = self._folder.begin()
            FileIndex.create(FileStorage(str(build)), _SCHEMA, INDEX_NAME)
            self._folder.publish(build)
        return FileIndex(FileStorage(str(build)), _SCHEMA, INDEX_NAME)

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
    toc = TOC.read(storage, INDEX_NAME, gen=generation, schema=_SCHEMA)
    known = {name: held for name, held, _ in before.segments}
    segments = tuple(
        (
            segment.segment_id(),
            known.get(segment.segment_id()) or _Segment(storage, segment),
            frozenset(segment.deleted_docs()),
        )
        for segment in toc.segments
    )
    return _View(build, generation, segments, sum(segment.doc_count() for segment in toc.segments))


def _writer(index: Any) -> Any:
    return index.writer(timeout=1, limitmb=MEMORY_MIB, codec=_Codec())


def _add(writer: Any, documents: Iterable[Document], progress: Progress | None) -> None:
    for document in documents:
        found = analysis.terms(analysis.fold(document.text))
        writer.add_document(
            key=[document.post_id],
            terms=[term.encode("utf-8") for term in found],
            place=places.place(document),
        )
        if progress:
            progress(1)


def _merge_tail(writer: Any, segments: list[Any]) -> list[Any]:
    """Merge small segments by classes of size; ``writer`` holds the new one, which is not among them."""
    size, merged = max(writer.doc_count(), 1), []
    left = sorted(segments, key=lambda segment: segment.doc_count())
    while True:
        ceiling = size * MERGE_FACTOR
        small = [segment for segment in left if segment.doc_count() < min(ceiling, SEALED_SIZE)]
        if len(small) < MERGE_FACTOR - 1:
            break
        merged += small
        size += sum(segment.doc_count() for segment in small)
        left = [segment for segment in left if segment not in small]
    return _merge(writer, segments, {segment.segment_id() for segment in merged})


def _rewriting(name: str) -> MergePolicy:
    return lambda writer, segments: _merge(writer, segments, {name})


def _merge(writer: Any, segments: list[Any], names: set[str]) -> list[Any]:
    """Copy the segments of these names into the writer, in random order: that of writing links people."""
    chosen = [segment for segment in segments if segment.segment_id() in names and segment.doc_count()]
    SystemRandom().shuffle(chosen)
    for segment in chosen:
        reader = SegmentReader(writer.storage, writer.schema, segment)
        writer.add_reader(reader)
        reader.close()
    return [segment for segment in segments if segment.segment_id() not in names]
