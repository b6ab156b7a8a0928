"""`make eval`, second half: how well search finds what people hope for, on the judged queries of `relevance/`.

Recall is the share of the relevant threads among the first twenty (twenty at most count as all), P@5 the share of the first five that are relevant
(of as many as there are relevant ones), MRR the mean of 1/rank of the first relevant one. Queries of kind ``nothing`` have no relevant thread; they
are right when nothing comes.
"""

import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from forum.search.alike import alike, beside_hits
from forum.search.analysis import IN_OPENING
from forum.search.backends import make_backend
from forum.search.base import Document, SearchBackend
from forum.search.finding import find_threads
from forum.search.query import parse
from tests import tables
from tests.corpora.rows import FOLDER, SAMPLES, rows_of

RELEVANCE = FOLDER / "relevance"
DOCUMENT = FOLDER.parents[1] / "docs" / "search.md"
TODAY = date(2026, 11, 1)
SHOWN = 20
FIRST = 5


@dataclass(frozen=True)
class Score:
    """Of one query: each between 0 and 1."""

    recall: float
    precision: float
    rank: float


class Board:
    """The samples and the invented posts, indexed. Thread ids are their names."""

    def __init__(self, backend: SearchBackend) -> None:
        self.posts = {document.post_id: document for document in documents()}
        self.openings = {post.thread_id.decode(): post for post in self.posts.values() if post.number == 1}
        self.backend = backend
        backend.put(self.posts.values())

    def load(self, post_ids: Sequence[bytes]) -> dict[bytes, Document]:
        """The posts with these ids."""
        return {post_id: self.posts[post_id] for post_id in post_ids}

    def _openings(self, post_ids: Sequence[bytes]) -> dict[bytes, Document]:
        # What stands at the end of a story goes by openings alone (search/relations.py).
        return {post_id: post for post_id, post in self.load(post_ids).items() if post.number == 1}

    def by_words(self, query: str) -> list[str]:
        """Names of the threads that hold the words, the best first."""
        hits = find_threads(self.backend, parse(query), self.load, limit=SHOWN)
        return [self.posts[post_id].thread_id.decode() for post_id in hits.post_ids]

    def near_too(self, query: str) -> list[str]:
        """The same, and after them those that are merely near, as the page of results shows them."""
        found = self.by_words(query)
        hits = {name.encode() for name in found}
        like = beside_hits(self.backend, parse(query), self.load, hits=hits, theme=None)
        return found + [thread_id.decode() for thread_id in like]

    def related(self, name: str) -> list[str]:
        """Names of the threads like this one."""
        text, gone = self.openings[name].text, {name.encode()}
        found = alike(self.backend, text, self._openings, without=gone, mark=IN_OPENING, limit=SHOWN)
        return [thread_id.decode() for thread_id in found]


def documents() -> Iterator[Document]:
    """Every post of the samples and of `relevance/posts.jsonl`."""
    for thread in rows_of(sorted(SAMPLES.glob("*.jsonl"))):
        yield _document(thread["id"], 1, thread)
        for number, reply in enumerate(thread["replies"], start=2):
            yield _document(thread["id"], number, {**thread, **reply, "title": ""})
    for post in rows_of([RELEVANCE / "posts.jsonl"]):
        yield _document(post["thread"], post["number"], post)


def _document(thread: str, number: int, row: Mapping[str, Any]) -> Document:
    return Document(
        post_id=f"{thread}-{number}".encode().ljust(16),
        thread_id=thread.encode(),
        theme=row["theme"],
        number=number,
        day=TODAY - timedelta(days=row.get("days_ago", 0)),
        title=row.get("title", ""),
        body=row["body"],
    )


def score(found: list[str], relevant: Mapping[str, int]) -> Score:
    """How good this list is."""
    if not relevant:
        return Score(*[float(not found)] * 3)
    hits = [name in relevant for name in found[:SHOWN]]
    first = next((rank for rank, hit in enumerate(hits, start=1) if hit), None)
    return Score(
        recall=sum(hits) / min(len(relevant), SHOWN),
        precision=sum(hits[:FIRST]) / min(len(relevant), FIRST),
        rank=1 / first if first else 0.0,
    )


def table(title: str, scores: Mapping[str, Sequence[Score]]) -> Iterator[str]:
    """The lines of a table, one kind a line and all of them last."""
    yield f"| {title} | number | recall | P@5 | MRR |"
    yield "|---|---|---|---|---|"
    every = [one for some in scores.values() for one in some]
    for kind, some in [*scores.items(), ("all", every)]:
        means = (
            statistics.mean(getattr(one, name) for one in some) for name in ("recall", "precision", "rank")
        )
        yield f"| {kind} | {len(some)} | " + " | ".join(f"{mean:.2f}" for mean in means) + " |"


def of_queries(find: Callable[[str], list[str]]) -> dict[str, list[Score]]:
    """The scores of the judged queries by kind."""
    scores: dict[str, list[Score]] = defaultdict(list)
    for row in rows_of([RELEVANCE / "queries.jsonl"]):
        scores[row["kind"]].append(score(find(row["q"]), row["relevant"]))
    return scores


def of_threads(board: Board) -> dict[str, list[Score]]:
    """The scores of the judged threads."""
    rows = rows_of([RELEVANCE / "related.jsonl"])
    return {"related threads": [score(board.related(row["thread"]), row["related"]) for row in rows]}


def lines() -> Iterator[str]:
    """All tables."""
    with tempfile.TemporaryDirectory() as folder:
        board = Board(make_backend("whoosh", Path(folder)))
        yield from table("queries, by words alone", of_queries(board.by_words))
        yield ""
        yield from table("queries, as the page answers them", of_queries(board.near_too))
        yield ""
        yield from table("threads", of_threads(board))


def main() -> None:
    """Print the tables, and with ``--write`` put them into docs/search.md."""
    told = list(lines())
    sys.stdout.writelines(f"{line}\n" for line in told)
    if sys.argv[1:] == ["--write"]:
        tables.put(DOCUMENT, "relevance", told)


if __name__ == "__main__":
    main()
