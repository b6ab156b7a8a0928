"""The tables of an index in PostgreSQL: two a build, in a schema beside the board's own.

No revision and no model knows them: an index is made from the database and may be thrown away at any moment. A build
is filled under a name of its own and becomes the index by being renamed; killed before that, it never was. Names begin
with the edition, so that tables of another edition are not read.

A row keeps no words: terms stand as numbers, by which they can be looked for and not read, though whoever has a word can try it.
"""

import re
import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Select,
    Table,
    any_,
    delete,
    func,
    inspect,
    literal,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY, array, insert
from sqlalchemy.schema import CreateSchema, CreateTable, DropTable, SetTableComment

from forum.search import analysis, places
from forum.search.base import Document, newest_first

# How long readers may be kept in line by the moment in which new tables take the place of the old ones.
LOCK_MILLISECONDS = 3000
BUILD_MEMORY = "256MB"
# Stands on a table to which something was written since its rows were put in order.
WRITTEN = "written"

_OURS = re.compile(r"p\d+a\d+(_[0-9a-f]+)?(_counts)?")
_NUMBERS = ARRAY(Integer)

Place = tuple[int, int, bytes]


@dataclass(frozen=True)
class Sought:
    """What a post must have: the numbers of its terms, and the mark of its theme if one is asked for."""

    numbers: list[int]
    theme: bytes | None


class Build:
    """Two tables: what each post holds, and how many posts hold each term."""

    def __init__(self, schema: str, name: str) -> None:
        metadata = MetaData(schema=schema)
        self.posts = Table(
            name,
            metadata,
            Column("post_id", LargeBinary, primary_key=True),
            Column("day", Integer, nullable=False),
            Column("number", Integer, nullable=False),
            Column("theme", LargeBinary, nullable=False),
            Column("terms", _NUMBERS, nullable=False),
            comment=WRITTEN,
        )
        self.counts = Table(
            f"{name}_counts",
            metadata,
            Column("term", Integer, primary_key=True, autoincrement=False),
            Column("posts", Integer, nullable=False),
        )
        self._place = (self.posts.c.day, self.posts.c.number, self.posts.c.post_id)
        Index(f"{name}_place", *self._place)
        # Without a list of what is to be put in later, which every search would have to read through from end to end.
        Index(
            f"{name}_terms", self.posts.c.terms, postgresql_using="gin", postgresql_with={"fastupdate": "off"}
        )

    # --- filling ----------------------------------------------------------------------------------------------

    def create(self, connection: Connection) -> None:
        """Make the tables, empty and without what finds rows quickly."""
        if not inspect(connection).has_schema(str(self.posts.schema)):
            connection.execute(CreateSchema(str(self.posts.schema)))
        connection.execute(CreateTable(self.posts))
        connection.execute(CreateTable(self.counts))
        # The planner's samples would keep ids and terms of posts that are gone.
        _alter(connection, self.posts, "ALTER post_id SET STATISTICS 0")
        _alter(connection, self.posts, "ALTER terms SET STATISTICS 0, ALTER terms SET STORAGE EXTERNAL")
        _alter(connection, self.counts, "ALTER term SET STATISTICS 0")

    def finish(self, connection: Connection) -> None:
        """Count the terms, and make the indexes: all at once that is several times quicker than row by row."""
        connection.execute(text(f"SET LOCAL maintenance_work_mem = '{BUILD_MEMORY}'"))
        connection.execute(text(f"SET LOCAL work_mem = '{BUILD_MEMORY}'"))
        term = func.unnest(self.posts.c.terms).column_valued("term", joins_implicitly=True)
        counted = select(term, func.count()).select_from(self.posts).group_by(term)
        connection.execute(insert(self.counts).from_select(["term", "posts"], counted))
        for index in self.posts.indexes:
            index.create(connection)

    def is_there(self, connection: Connection) -> bool:
        """Whether the tables exist."""
        return inspect(connection).has_table(self.posts.name, schema=self.posts.schema)

    def add(self, connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
        """Put rows in, in place of what stood there of the same posts. Does not count their terms."""
        put = insert(self.posts)
        fresh = {name: put.excluded[name] for name in ("day", "number", "theme", "terms")}
        connection.execute(put.on_conflict_do_update(index_elements=["post_id"], set_=fresh), rows)

    def count(self, connection: Connection, terms: Iterable[int]) -> None:
        """Count these terms once more each."""
        times = Counter(terms)
        numbers, more = literal(list(times), _NUMBERS), literal(list(times.values()), _NUMBERS)
        given = func.unnest(numbers, more).table_valued("term", "more").render_derived(name="given")
        put = insert(self.counts).from_select(["term", "posts"], select(given.c.term, given.c.more))
        total = self.counts.c.posts + put.excluded.posts
        connection.execute(put.on_conflict_do_update(index_elements=["term"], set_={"posts": total}))

    def remove(self, connection: Connection, post_ids: Iterable[bytes]) -> bool:
        """Take rows out, say whether there were any. Their terms stay counted."""
        ids = literal(list(post_ids), ARRAY(LargeBinary))
        return connection.execute(delete(self.posts).where(self.posts.c.post_id == any_(ids))).rowcount > 0

    def copy(self, connection: Connection, other: "Build") -> None:
        """Take over all rows of another build: by day, number and id, so that their places tell nothing more."""
        connection.execute(
            text("SET LOCAL enable_sort = off")
        )  # the index has this order; nothing goes to files
        rows = select(other.posts).order_by(*other._place)
        connection.execute(insert(self.posts).from_select(self.posts.c.keys(), rows))

    def note_written(self, connection: Connection) -> None:
        """Note that rows no longer stand in order, or that terms of forgotten posts are there."""
        if not self.is_written(connection):
            connection.execute(SetTableComment(self.posts))

    def is_written(self, connection: Connection) -> bool:
        """Whether :meth:`note_written` was called for this build."""
        return inspect(connection).get_table_comment(self.posts.name, self.posts.schema)["text"] == WRITTEN

    # --- asking -----------------------------------------------------------------------------------------------

    def newest(self, sought: Sought, before: Place, stretch: int) -> Select[Any]:
        """The next so many posts behind a place, and whether each has what is sought."""
        rows = select(*self._place, self._has(sought).label("fits")).where(tuple_(*self._place) < before)
        return rows.order_by(*(part.desc() for part in self._place)).limit(stretch)

    def holding(self, sought: Sought, before: Place, limit: int) -> Select[Any]:
        """The next so many posts behind a place that have what is sought."""
        # Found by their terms first: left to choose, the planner may walk through all posts for the sake of the order.
        found = select(*self._place).where(self._has(sought)).cte("found").prefix_with("MATERIALIZED")
        place = (found.c.day, found.c.number, found.c.post_id)
        rows = select(found).where(tuple_(*place) < before)
        return rows.order_by(*(part.desc() for part in place)).limit(limit)

    def counted(self, numbers: Collection[int]) -> Select[Any]:
        """How many posts hold each of these terms; those that none holds are left out."""
        return select(self.counts).where(self.counts.c.term == any_(literal(list(numbers), _NUMBERS)))

    def weighed(self, weights: Mapping[int, float], limit: int) -> Select[Any]:
        """The posts with the greatest sums of weights."""
        numbers, heavy = literal(list(weights), _NUMBERS), literal(list(weights.values()), ARRAY(Double))
        given = func.unnest(numbers, heavy).table_valued("term", "weight").render_derived(name="given")
        total = func.sum(given.c.weight)
        rows = select(self.posts.c.post_id).join(given, self.posts.c.terms.contains(array([given.c.term])))
        rows = rows.group_by(self.posts.c.post_id).having(total > 0)
        return rows.order_by(total.desc(), self.posts.c.post_id).limit(limit)

    def size(self) -> Select[Any]:
        """How many posts there are."""
        return select(func.count()).select_from(self.posts)

    def _has(self, sought: Sought) -> ColumnElement[bool]:
        fits: ColumnElement[bool] = self.posts.c.terms.contains(literal(sought.numbers, _NUMBERS))
        return fits if sought.theme is None else fits & (self.posts.c.theme == sought.theme)


def publish(connection: Connection, draft: Build, live: Build) -> None:
    """Let a build take the place and the name of the one that counts."""
    _wait_briefly(connection)
    for old, new in ((live.posts, draft.posts), (live.counts, draft.counts)):
        connection.execute(DropTable(old, if_exists=True))
        _alter(connection, new, f"RENAME TO {connection.dialect.identifier_preparer.quote(old.name)}")


def sweep(connection: Connection, live: Build) -> None:
    """Take away builds that were never finished, and those of other editions."""
    _wait_briefly(connection)
    for name in inspect(connection).get_table_names(live.posts.schema):
        if _OURS.fullmatch(name) and name not in {live.posts.name, live.counts.name}:
            connection.execute(DropTable(Table(name, MetaData(schema=live.posts.schema))))


def row_of(document: Document) -> dict[str, object]:
    """What is kept of a post."""
    day, number, post_id = newest_first(document)
    terms = sorted({number_of(term) for term in analysis.document_terms(document)})
    theme = places.theme_mark(document.theme)
    return {"post_id": post_id, "day": day, "number": number, "theme": theme, "terms": terms}


def number_of(term: str) -> int:
    """What stands for a term. That two may have one number does no harm: the text decides."""
    number = zlib.crc32(term.encode("utf-8"))
    return number - 2**32 if number >= 2**31 else number


def _wait_briefly(connection: Connection) -> None:
    connection.execute(text(f"SET LOCAL lock_timeout = {LOCK_MILLISECONDS}"))


def _alter(connection: Connection, table: Table, change: str) -> None:
    connection.execute(
        text(f"ALTER TABLE {connection.dialect.identifier_preparer.format_table(table)} {change}")
    )
