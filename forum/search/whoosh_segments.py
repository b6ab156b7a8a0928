"""Segments of the index: how one is read, and how one is put together, with no more of Whoosh than its files.

A post is known by the terms it holds and by its place (28 bytes: day, number, id, mark of the theme). No text.
Whoosh's general way of writing takes ten times as long: it sorts every single posting as a tuple, asks for
lengths of fields and packs lists of two numbers. Here the postings of a segment are gathered in memory and
handed over term by term. Private names of Whoosh are used for it; the library is pinned and has ended.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import accumulate
from typing import Any

from whoosh.codec.whoosh3 import W3Codec, W3FieldWriter, W3PostingsWriter
from whoosh.columns import FixedBytesColumn
from whoosh.fields import COLUMN, FieldType, Schema
from whoosh.formats import Existence

from forum.search import analysis, places
from forum.search.base import Document, Progress
from forum.search.whoosh_files import files_of

FIELD = "terms"
# Reading a post's text and looking for the words in it takes as long as reading so many postings of a further term.
TEXT_COST = 100
RAREST = 6
BLOCK = 512

# Places, and the day of the newest post that was not looked at yet.
Found = tuple[list[bytes], bytes]

_PLACE = FixedBytesColumn(places.PLACE_BYTES)
_FORMAT = Existence()
SCHEMA = Schema(terms=FieldType(format=_FORMAT, analyzer=None), place=COLUMN(_PLACE))


class _Postings(W3PostingsWriter):  # type: ignore[misc]
    """Takes the whole list of a term at once; there are no weights to keep."""

    def fill(self, numbers: "array[int]") -> None:
        for start in range(0, len(numbers), self._blocklimit):
            if start:
                self._write_block()
            self._ids = numbers[start : start + self._blocklimit]
            self._weights = array("f", [1.0])

    def _mini_weights(self) -> None:
        return None


class _Terms(W3FieldWriter):  # type: ignore[misc]
    """Takes the postings of a draft, which are gathered already."""

    def add_postings(self, schema: Any, _lengths: None, postings: Mapping[str, "array[int]"]) -> None:
        self.start_field(FIELD, schema[FIELD])
        for term in sorted(postings):  # by code points, which is the order of the bytes too
            self.start_term(term.encode("utf-8"))
            self._postwriter.fill(postings[term])
            self.finish_term()
        self.finish_field()


class Codec(W3Codec):  # type: ignore[misc]
    """Whoosh's files without lengths of fields and without compression."""

    length_stats = False

    def __init__(self) -> None:
        super().__init__(blocklimit=BLOCK, compression=0)

    def field_writer(self, storage: Any, segment: Any) -> Any:
        return _Terms(self, storage, segment)

    def postings_writer(self, dbfile: Any, byteids: bool = False) -> Any:
        return _Postings(dbfile, blocklimit=self._blocklimit, byteids=byteids, compression=self._compression)


class Places(Sequence[bytes]):
    """The places of a segment's posts by their numbers, one behind the other: an object each would take thrice as much."""

    def __init__(self, places_in_order: Iterable[bytes]) -> None:
        self._all = b"".join(places_in_order)

    def __len__(self) -> int:
        return len(self._all) // places.PLACE_BYTES

    def __getitem__(self, number: Any) -> Any:
        begin = number * places.PLACE_BYTES
        if not 0 <= begin < len(self._all):
            raise IndexError(number)
        return self._all[begin : begin + places.PLACE_BYTES]


class Segment:
    """A segment on disk, opened once and kept. Not for several threads at a time: they would share a place in a file."""

    def __init__(self, storage: Any, segment: Any) -> None:
        files = files_of(segment, storage)
        codec = segment.codec()
        self._terms = codec.terms_reader(files, segment)
        column = codec.per_document_reader(files, segment).column_reader("place", _PLACE)
        self.places = Places(column[number] for number in range(segment.doc_count_all()))
        self.newest_day = self.places[0][places.DAY] if self.places else b""

    @cached_property
    def numbers_by_id(self) -> dict[bytes, int]:
        """The number of each post in this segment; only who writes asks for it."""
        return {place[places.POST_ID]: number for number, place in enumerate(self.places)}

    def holding(self, terms: Iterable[bytes], gone: frozenset[int]) -> Iterator[Found]:
        """Places of the posts that may hold all of these terms, found from the newest day on, a stretch at a time."""
        rarest = self._rarest(terms)
        lists = [_List(self._terms.matcher(FIELD, term, _FORMAT)) for _, term in rarest]
        low, blocks, size = -1, 1, len(self.places)
        while lists and (numbers := lists[0].forward(blocks)):
            high, found = numbers[-1], set(numbers)
            for (frequency, _), further in zip(rarest[1:], lists[1:], strict=True):
                if len(found) * TEXT_COST < frequency * (high - low) / size:
                    break
                found.intersection_update(further.between(low, high))
            to_come = self.places[high + 1][places.DAY] if high + 1 < size else b""
            yield [self.places[number] for number in found - gone], to_come
            low, blocks = high, blocks * 2

    def frequency(self, term: bytes) -> int:
        """How many posts hold this term."""
        try:
            return int(self._terms.doc_frequency(FIELD, term))
        except KeyError:
            return 0

    def weighed(self, weights: Mapping[bytes, float], gone: frozenset[int]) -> dict[bytes, float]:
        """The sum of the weights of the terms that each post holds; posts without any are left out."""
        sums: dict[int, float] = {}
        for term, weight in weights.items():
            if self.frequency(term):
                for number in _numbers(self._terms.matcher(FIELD, term, _FORMAT)):
                    sums[number] = sums.get(number, 0.0) + weight
        return {
            self.places[number][places.POST_ID]: total for number, total in sums.items() if number not in gone
        }

    def postings(self) -> Iterator[tuple[str, "array[int]"]]:
        """Every term with the numbers of its posts."""
        for _, term in self._terms.terms():
            yield term.decode("utf-8"), _numbers(self._terms.matcher(FIELD, term, _FORMAT))

    def _rarest(self, terms: Iterable[bytes]) -> list[tuple[int, bytes]]:
        try:
            counted = sorted((self._terms.doc_frequency(FIELD, term), term) for term in terms)
        except KeyError:  # a term that no post here holds
            return []
        return counted[:RAREST]


class Draft:
    """A segment being put together in memory, from documents and from older segments."""

    def __init__(self) -> None:
        self.places: list[bytes] = []
        self._postings = defaultdict[str, "array[int]"](lambda: array("I"))

    def add(self, documents: Iterable[Document], progress: Progress | None = None) -> None:
        """Take these in."""
        for document in documents:
            number = len(self.places)
            self.places.append(places.place(document))
            for term in analysis.document_terms(document):
                self._postings[term].append(number)
            if progress:
                progress(1)

    def take(self, segment: Segment, gone: frozenset[int]) -> None:
        """Take everything in that a segment knows, but for the forgotten posts."""
        kept = [number for number in range(len(segment.places)) if number not in gone]
        moved = {number: len(self.places) + place for place, number in enumerate(kept)}
        self.places += [segment.places[number] for number in kept]
        for term, numbers in segment.postings():
            left = [moved[number] for number in numbers if number in moved]
            if left:
                self._postings[term].extend(left)

    def write(self, writer: Any) -> None:
        """Hand everything to one of Whoosh's writers, which is then committed. Nothing may have been added to it.

        Posts are put in the order of their days, the newest first, so that a search need not read about all of them;
        inside a day in that of their random ids: nothing tells who wrote before whom.
        """
        order = sorted(range(len(self.places)), key=lambda number: self.places[number][places.POST_ID])
        order.sort(key=lambda number: self.places[number][places.DAY], reverse=True)
        for place, number in enumerate(order):
            writer.perdocwriter.start_doc(place)
            writer.perdocwriter.add_column_value("place", _PLACE, self.places[number])
            writer.perdocwriter.finish_doc()
        moved = {number: place for place, number in enumerate(order)}
        for term, numbers in self._postings.items():
            self._postings[term] = array("I", sorted(map(moved.__getitem__, numbers)))
        writer.docnum, writer.pool = len(order), self
        writer._added = bool(order)

    def iter_postings(self) -> dict[str, "array[int]"]:
        """What the writer asks its pool for when it is committed."""
        return self._postings

    def cleanup(self) -> None:
        """What the writer asks its pool for at the end: there are no files to take away."""


class _List:
    """The posting list of one term, read from its beginning on as far as somebody asks. Only ever forward."""

    def __init__(self, matcher: Any) -> None:
        self._matcher = matcher

    def forward(self, blocks: int) -> "array[int]":
        """The numbers of the next blocks."""
        return _numbers(self._matcher, blocks)

    def between(self, low: int, high: int) -> "array[int]":
        """The numbers above ``low`` up to ``high``, and some around them; ``low`` never falls."""
        numbers = array("I")
        self._matcher._skip_to_block(lambda: self._matcher.block_max_id() <= low)
        while self._matcher.is_active():
            numbers.extend(_block(self._matcher))
            if self._matcher.block_max_id() >= high:  # what is left of it is for the next time
                break
            self._matcher._next_block()
        return numbers


def _numbers(matcher: Any, blocks: int | None = None) -> "array[int]":
    """The numbers of a posting list, or of its next blocks: the matcher's own loop is ten times slower."""
    numbers = array("I")
    while matcher.is_active() and blocks != 0:
        numbers.extend(_block(matcher))
        matcher._next_block()
        blocks = blocks and blocks - 1
    return numbers


def _block(matcher: Any) -> Iterable[int]:
    matcher._read_data()
    return accumulate(matcher._data[0])  # kept as differences
