"""What people hope to find is found, on the judged queries of `tests/corpora/relevance`: not worse than it was."""

import statistics
from collections import Counter
from pathlib import Path

import pytest

from forum.search.backends import make_backend
from tests import tables
from tests.corpora import relevance
from tests.corpora.rows import rows_of


@pytest.fixture(scope="module")
def board() -> relevance.Board:
    return relevance.Board(make_backend("memory", Path()))


def mean(scores: dict[str, list[relevance.Score]], name: str) -> float:
    return statistics.mean(getattr(one, name) for some in scores.values() for one in some)


def test_the_corpus_is_as_large_as_it_says() -> None:
    assert len(list(rows_of([relevance.RELEVANCE / "posts.jsonl"]))) == 300
    assert len(list(rows_of([relevance.RELEVANCE / "related.jsonl"]))) == 40
    queries = list(rows_of([relevance.RELEVANCE / "queries.jsonl"]))
    assert len({row["q"] for row in queries}) == 100
    assert Counter(row["kind"] for row in queries if not row["relevant"]) == {"nothing": 3}


def test_queries_are_answered_as_well_as_they_were(board: relevance.Board) -> None:
    scores = relevance.of_queries(board.near_too)
    assert mean(scores, "rank") >= 0.83
    assert mean(scores, "precision") >= 0.59
    assert mean(scores, "recall") >= 0.49
    for kind in ("one letter", "kana for kanji", "width or katakana", "other kanji", "phrase", "nothing"):
        assert statistics.mean(one.rank for one in scores[kind]) == 1.0, kind


def test_threads_that_tell_of_the_same_are_found_as_well_as_they_were(board: relevance.Board) -> None:
    scores = relevance.of_threads(board)
    assert mean(scores, "rank") >= 0.40
    assert mean(scores, "precision") >= 0.26


def test_a_score_counts_what_was_hoped_for() -> None:
    assert relevance.score(["a", "x", "b"], {"a": 2, "b": 1}) == relevance.Score(1.0, 1.0, 1.0)
    assert relevance.score(["x", "a"], {"a": 2, "b": 1}) == relevance.Score(0.5, 0.5, 0.5)
    assert relevance.score([], {"a": 2}) == relevance.Score(0.0, 0.0, 0.0)
    assert relevance.score([], {}).rank == 1.0
    assert relevance.score(["x"], {}).rank == 0.0


def test_a_table_is_put_between_its_marks_alone(tmp_path: Path) -> None:
    text = tmp_path / "text.md"
    text.write_text("before\n<!-- a -->\nold\n<!-- /a -->\nafter\n<!-- b -->\n<!-- /b -->\n")
    tables.put(text, "a", ["| new |"])
    assert text.read_text() == (
        "before\n<!-- a -->\n\n| new |\n\n<!-- /a -->\nafter\n<!-- b -->\n<!-- /b -->\n"
    )
    with pytest.raises(ValueError, match="no place"):
        tables.put(text, "c", [])
