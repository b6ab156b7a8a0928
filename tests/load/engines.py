"""Search engines that are measured alike: each is built from the same posts, and asked for the newest hits of a word.

The rivals get what favours them: their rows are numbered in the order of hits, so that they find the newest first and
end with the twentieth. They know the letters as they are written; Nagi also knows other spellings, and gives threads.
"""

import re
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import psycopg
from sqlalchemy import create_engine, text

from forum.search.backends import make_backend
from forum.search.base import SearchBackend
from forum.search.finding import Order, find_threads
from forum.search.postgres_backend import SCHEMA_ENDING
from forum.search.query import parse
from tests.load import indexer
from tests.load.shelf import ALL, Shelf

HITS = 20
TRIGRAM = 3


class Engine(Protocol):
    """Something that finds posts."""

    name: str

    def build(self) -> None:
        """Index every post of the shelf."""

    def size(self) -> int:
        """Bytes of the index alone."""

    def newest(self, words: str, limit: int = HITS) -> list[bytes]:
        """Threads of the newest hits, their texts read; one thread may come several times, but not from Nagi."""


class Nagi(ABC):
    """The board's own search, with one of its backends, which says how large its index is."""

    def __init__(self, name: str, backend: SearchBackend, shelf: Shelf) -> None:
        self.name, self._backend, self._shelf = name, backend, shelf

    def build(self) -> None:
        self._backend.rebuild(self._shelf.documents(ALL))

    @abstractmethod
    def size(self) -> int:
        """Bytes of the index alone."""

    def newest(self, words: str, limit: int = HITS, order: Order = Order.NEWEST) -> list[bytes]:
        hits = find_threads(self._backend, parse(words), self._shelf.load, order=order, limit=limit)
        return [text.thread_id for text in self._shelf.load(hits.post_ids).values()]

    def best(self, words: str) -> list[bytes]:
        """The same in the best order."""
        return self.newest(words, order=Order.BEST)


class Whoosh(Nagi):
    """The board's own search as it is shipped. The index is built by a process of its own, whose memory is told."""

    def __init__(self, shelf: Shelf, folder: Path) -> None:
        super().__init__("Nagi on Whoosh", make_backend("whoosh", folder), shelf)
        self._folder, self.mebibytes = folder, 0

    def build(self) -> None:
        self.mebibytes = indexer.run(self._shelf.path, self._folder, ALL)

    def size(self) -> int:
        return sum(file.stat().st_size for file in self._folder.rglob("*") if file.is_file())


class OnPostgres(Nagi):
    """The board's own search in tables of PostgreSQL."""

    def __init__(self, shelf: Shelf, url: str) -> None:
        self._engine = create_engine(url)
        super().__init__("Nagi on PostgreSQL", make_backend("postgres", Path(), self._engine), shelf)

    def size(self) -> int:
        query = text(
            "SELECT sum(pg_total_relation_size(pg_class.oid)) FROM pg_class JOIN pg_namespace ON relnamespace = pg_namespace.oid"
            " WHERE nspname = current_schema() || :ending AND relkind = 'r'"
        )
        with self._engine.connect() as connection:
            return int(connection.scalar(query, {"ending": SCHEMA_ENDING}) or 0)


class _Fts:
    """An index of FTS5 in a file of its own, without a copy of the texts."""

    name: str
    tokenizer: str

    def __init__(self, shelf: Shelf, folder: Path) -> None:
        self._file, self._shelf = folder / f"{type(self).__name__}.sqlite3", shelf
        self._connection = sqlite3.connect(self._file)
        self._connection.execute("ATTACH ? AS shelf", (str(shelf.path),))

    def build(self) -> None:
        execute = self._connection.execute
        execute(f"CREATE VIRTUAL TABLE main.found USING fts5(text, content='', tokenize='{self.tokenizer}')")
        rows = ((place, self.letters(text)) for place, text in self._shelf.texts())
        self._connection.executemany("INSERT INTO found (rowid, text) VALUES (?, ?)", rows)
        execute("INSERT INTO found (found) VALUES ('optimize')")
        self._connection.commit()
        execute("VACUUM main")

    def size(self) -> int:
        return self._file.stat().st_size

    def newest(self, words: str, limit: int = HITS) -> list[bytes]:
        query = (
            "SELECT thread, text FROM (SELECT rowid AS place FROM found WHERE found MATCH ? ORDER BY rowid DESC LIMIT ?)"
            " JOIN shelf.posts USING (place)"
        )
        return self._threads(query, self.phrase(words), limit)

    def _threads(self, query: str, sought: str, limit: int) -> list[bytes]:
        return [thread for thread, _text in self._connection.execute(query, (sought, limit))]

    def letters(self, text: str) -> str:
        """What is given to the tokenizer."""
        return text

    def phrase(self, words: str) -> str:
        """The query for one word."""
        return f'"{words}"'


class Trigrams(_Fts):
    """FTS5's own trigrams. Two letters have none: the texts themselves are looked through, the newest first."""

    name = "FTS5 trigrams"
    tokenizer = "trigram"

    def newest(self, words: str, limit: int = HITS) -> list[bytes]:
        if len(words) >= TRIGRAM:
            return super().newest(words, limit)
        query = "SELECT thread, text FROM shelf.posts WHERE text LIKE ? ORDER BY place DESC LIMIT ?"
        return self._threads(query, f"%{words}%", limit)


class Bigrams(_Fts):
    """FTS5 over pairs of letters that are cut beforehand, asked for as a phrase."""

    name = "FTS5 bigrams"
    tokenizer = "unicode61"
    # Stands between runs of letters: no phrase reaches over it.
    _BREAK = " zzz "

    def letters(self, text: str) -> str:
        return self._BREAK.join(" ".join(_pairs(run)) for run in re.findall(r"[^\W_]+", text))

    def phrase(self, words: str) -> str:
        return f'"{self.letters(words)}"'

    def count(self, words: str) -> int:
        """How many posts hold a word."""
        query = "SELECT count(*) FROM found WHERE found MATCH ?"
        return int(self._connection.execute(query, (self.phrase(words),)).fetchone()[0])


def _pairs(run: str) -> Iterator[str]:
    return map("".join, pairwise(run)) if len(run) > 1 else iter((run,))


class PgTrgm:
    """PostgreSQL's pg_trgm: a GIN index that LIKE uses, on a table that lies in PostgreSQL, too."""

    name = "PostgreSQL pg_trgm"

    def __init__(self, shelf: Shelf, url: str) -> None:
        """Raises psycopg.Error where the extension is not to be had."""
        self._connection = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
        self._connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        self._connection.execute("CREATE TABLE posts (place int PRIMARY KEY, thread bytea, text text)")
        with self._connection.cursor().copy("COPY posts FROM STDIN") as copy:
            for row in shelf.connection.execute("SELECT place, thread, text FROM posts"):
                copy.write_row(row)

    def build(self) -> None:
        # The extension may have been there before, in another schema.
        row = self._connection.execute(
            "SELECT extnamespace::regnamespace::text FROM pg_extension WHERE extname = 'pg_trgm'"
        ).fetchone()
        schema = row[0] if row else "public"
        self._connection.execute(f"CREATE INDEX posts_found ON posts USING gin (text {schema}.gin_trgm_ops)")
        self._connection.execute("VACUUM ANALYZE posts")

    def size(self) -> int:
        row = self._connection.execute("SELECT pg_relation_size('posts_found')").fetchone()
        return int(row[0]) if row else 0

    def newest(self, words: str, limit: int = HITS) -> list[bytes]:
        query = "SELECT thread, text FROM posts WHERE text LIKE %s ORDER BY place DESC LIMIT %s"
        return [thread for thread, _text in self._connection.execute(query, (f"%{words}%", limit))]
