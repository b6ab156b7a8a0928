"""How quick the board's search is beside what a database would do: same posts, same words, same run.

Every engine is asked for the newest twenty hits of some hundred words of two to six letters and reads their texts. They
take turns, the median of the rounds counts for each word, and p50 and p99 are those of the words.
"""

import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

import psycopg

from tests.databases import postgres_schema
from tests.load import indexer, japanese
from tests.load.engines import Bigrams, Engine, Nagi, OnPostgres, PgTrgm, Trigrams, Whoosh
from tests.load.shelf import ALL, Shelf

Row = tuple[str, str, str]
Search = Callable[[str], object]

ROUNDS = 3
UNIT = 10_000
MIB = 1024 * 1024
CHECKED_WORDS, CHECKED_HITS = 20, 200
# At these parts of a board it is told how search grows with it.
PARTS = (20, 5, 1)


def rows(folder: Path, count: int) -> Iterator[Row]:
    """The rows of the table: what every engine needs, and Nagi beside the others."""
    shelf = filled(folder, count)
    words = japanese.queries()
    with ExitStack() as stack:
        nagi, bigrams = Whoosh(shelf, folder / "whoosh"), Bigrams(shelf, folder)
        engines: list[Engine] = [nagi, Trigrams(shelf, folder), bigrams, *on_postgres(shelf, stack)]
        costs = [built(engine, count) for engine in engines]
        yield posts_found(bigrams, words, count)
        ensure_alike(engines, bigrams, words)
        searches: dict[str, Search] = {engine.name: engine.newest for engine in engines}
        took = asked(searches | {f"{nagi.name}, best first": nagi.best}, words)
    for engine, cost in zip(engines, costs, strict=True):
        yield from cost
        yield from times(engine.name, took[engine.name])
    yield from times(f"{nagi.name}, best first", took[f"{nagi.name}, best first"])
    yield from compared(took, nagi.name)
    yield memory(folder, shelf, nagi.mebibytes, count)


def growth(folder: Path, count: int) -> Iterator[Row]:
    """The rows of Nagi alone on a twentieth, a fifth and all of so many posts."""
    words = japanese.queries()
    for part in PARTS:
        size = count // part
        shelf = filled(folder / str(size), size)
        nagi = Whoosh(shelf, folder / str(size) / "whoosh")
        name = f"{nagi.name}, {size:,} posts"
        nagi.name = name
        yield from built(nagi, size)
        yield (f"{name}, memory of the indexer", f"{nagi.mebibytes} MiB", "flat")
        yield from times(name, asked({name: nagi.newest}, words)[name])


def filled(folder: Path, count: int) -> Shelf:
    """A file with so many posts."""
    folder.mkdir(parents=True)
    shelf = Shelf(folder / "posts.sqlite3")
    shelf.fill(japanese.posts(count))
    return shelf


def on_postgres(shelf: Shelf, stack: ExitStack) -> list[Engine]:
    """What PostgreSQL can do, where there is one."""
    try:
        url = stack.enter_context(postgres_schema())
    except psycopg.OperationalError:
        return []
    found: list[Engine] = [OnPostgres(shelf, url)]
    with suppress(psycopg.Error):  # the extension is not everywhere
        found.append(PgTrgm(shelf, url))
    return found


def built(engine: Engine, count: int) -> list[Row]:
    """Let an engine index everything; what that took."""
    began = time.perf_counter()
    engine.build()
    took, size, units = time.perf_counter() - began, engine.size() / MIB, count / UNIT
    return [
        (f"{engine.name}: build", f"{took:.1f} s, {took / units:.2f} a {UNIT:,} posts", ""),
        (f"{engine.name}: size", f"{size:.1f} MiB, {size / units:.2f} a {UNIT:,} posts", ""),
    ]


def posts_found(bigrams: Bigrams, words: Sequence[str], count: int) -> Row:
    """How rare and how common the words are."""
    counts = sorted(map(bigrams.count, words))
    few = sum(count < 20 for count in counts)
    told = (
        f"in {statistics.median(counts):,.0f} posts (median), {counts[-1]:,} at most; {few} in fewer than 20"
    )
    return (f"{len(words)} words looked for in {count:,} posts", told, "")


def ensure_alike(engines: Sequence[Engine], bigrams: Bigrams, words: Sequence[str]) -> None:
    """Some words are found in the same threads by all; Nagi may find more, in other spellings. Raises RuntimeError."""
    checked = [word for word in words if 0 < bigrams.count(word) <= CHECKED_HITS][:CHECKED_WORDS]
    for word in checked:
        expected = set(bigrams.newest(word, ALL))
        for engine in engines:
            found = set(engine.newest(word, ALL))
            if not (found >= expected if isinstance(engine, Nagi) else found == expected):
                raise RuntimeError(f"{engine.name} finds other threads for {word}")


def asked(searches: Mapping[str, Search], words: Sequence[str]) -> dict[str, dict[str, float]]:
    """Seconds for each word by each engine."""
    took: dict[str, dict[str, list[float]]] = {name: {word: [] for word in words} for name in searches}
    for _ in range(ROUNDS):
        for name, search in searches.items():
            for word in words:
                began = time.perf_counter()
                search(word)
                took[name][word].append(time.perf_counter() - began)
    return {
        name: {word: statistics.median(seconds) for word, seconds in by_word.items()}
        for name, by_word in took.items()
    }


def times(name: str, took: Mapping[str, float]) -> Iterator[Row]:
    """What one engine took, for all words and for the shortest."""
    yield (f"{name}: two to six letters", _told(took.values()), "")
    yield (f"{name}: two letters", _told(seconds for word, seconds in took.items() if len(word) == 2), "")


def compared(took: Mapping[str, Mapping[str, float]], nagi: str) -> Iterator[Row]:
    """The ratios that count."""
    slow = {name: percentile(by_word.values(), 99) for name, by_word in took.items()}
    for other, goal in ((Trigrams.name, "≤ 1"), (Bigrams.name, "≤ 4")):
        yield (f"search p99, {nagi} / {other}", f"{slow[nagi] / slow[other]:.2f}", goal)


def memory(folder: Path, shelf: Shelf, mebibytes: int, count: int) -> Row:
    """What the process held that built the index, and what it holds for half as many posts."""
    half = indexer.run(shelf.path, folder / "half", count // 2)
    told = f"{mebibytes} MiB for {count:,} posts, {half} for half of them"
    return ("memory of the indexer", told, "flat")


def percentile(seconds: Iterable[float], which: int) -> float:
    """The value that so many of a hundred do not exceed."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) * which // 100, len(ordered) - 1)]


def _told(seconds: Iterable[float]) -> str:
    took = list(seconds)
    return f"p50 {percentile(took, 50) * 1000:.2f} ms, p99 {percentile(took, 99) * 1000:.2f} ms"
