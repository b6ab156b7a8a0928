"""The posts of a measurement, in one SQLite file that every engine reads the texts from."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from forum.search.base import Document

# More posts than any shelf has.
ALL = 1_000_000_000
# ``place`` counts in the order of hits: the greatest is the newest.
_TABLE = """
CREATE TABLE posts (
    place INTEGER PRIMARY KEY, id BLOB NOT NULL, thread BLOB NOT NULL, theme TEXT NOT NULL,
    number INTEGER NOT NULL, day INTEGER NOT NULL, title TEXT NOT NULL, body TEXT NOT NULL, text TEXT NOT NULL
)
"""
_COLUMNS = "id, thread, theme, number, day, title, body"


class Text(NamedTuple):
    """What an engine reads of a post before it shows it."""

    thread_id: bytes
    text: str


class Shelf:
    """An open file of posts."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.connection = sqlite3.connect(path)

    def fill(self, documents: Iterable[Document]) -> None:
        """Put these into an empty file, in the order of hits."""
        execute = self.connection.execute
        execute(_TABLE)
        execute(f"CREATE TABLE coming AS SELECT {_COLUMNS} FROM posts")
        rows = (
            (
                made.post_id,
                made.thread_id,
                made.theme,
                made.number,
                made.day.toordinal(),
                made.title,
                made.body,
            )
            for made in documents
        )
        self.connection.executemany("INSERT INTO coming VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        execute(
            f"INSERT INTO posts ({_COLUMNS}, text)"
            f" SELECT {_COLUMNS}, iif(title = '', body, title || char(10) || body) FROM coming"
            " ORDER BY day, number, id"
        )
        execute("DROP TABLE coming")
        execute("CREATE UNIQUE INDEX posts_by_id ON posts (id)")
        self.connection.commit()
        execute("ANALYZE")
        execute("VACUUM")

    def size(self) -> int:
        """How many posts there are."""
        return int(self.connection.execute("SELECT count(*) FROM posts").fetchone()[0])

    def documents(self, limit: int) -> Iterator[Document]:
        """The oldest ``limit`` of them, as the board reads its own: day by day, inside a day by random id."""
        query = f"SELECT {_COLUMNS} FROM posts ORDER BY day, id LIMIT ?"
        for post_id, thread_id, theme, number, day, title, body in self.connection.execute(query, (limit,)):
            yield Document(post_id, thread_id, theme, number, date.fromordinal(day), title, body)

    def texts(self) -> Iterator[tuple[int, str]]:
        """Every place with the text that stands there."""
        yield from self.connection.execute("SELECT place, text FROM posts ORDER BY place")

    def load(self, post_ids: Sequence[bytes]) -> Mapping[bytes, Text]:
        """The texts of these posts: what Nagi's search asks the board for."""
        marks = ", ".join("?" * len(post_ids))
        query = f"SELECT id, thread, text FROM posts WHERE id IN ({marks})"
        return {
            post_id: Text(thread_id, text)
            for post_id, thread_id, text in self.connection.execute(query, list(post_ids))
        }
