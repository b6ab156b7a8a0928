"""What every backend does alike: in files, in PostgreSQL, in memory."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from forum.errors import ConfigError
from forum.search import analysis
from forum.search.backends import make_backend
from forum.search.base import SearchBackend
from forum.search.finding import CHUNK, Order, find_threads
from forum.search.query import parse
from tests.unit.search.posts import Shelf, many, post, post_id


@pytest.fixture(params=["whoosh", "memory", pytest.param("postgres", marks=pytest.mark.postgres)])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SearchBackend]:
    if request.param != "postgres":
        yield make_backend(request.param, tmp_path / "index")
        return
    engine = create_engine(request.getfixturevalue("postgres_url"))
    yield make_backend(request.param, tmp_path / "index", engine)
    engine.dispose()


def found(backend: SearchBackend, typed: str, theme: str | None = None) -> list[bytes]:
    return list(backend.candidates(parse(typed).terms, theme=theme))


def test_an_unknown_backend_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        make_backend("paper", tmp_path)
    with pytest.raises(ConfigError):
        make_backend("postgres", tmp_path)


def test_an_index_that_was_never_written_is_empty_and_usable(backend: SearchBackend) -> None:
    assert backend.is_usable()
    assert backend.is_empty()
    assert backend.size() == 0
    assert found(backend, "静か") == []
    backend.drop([post_id("never")])
    backend.optimize()
    assert backend.size() == 0


@pytest.mark.parametrize(
    "typed", ["静か", "静", "かな夜", "ﾂﾊﾞﾒ", "つばめ", "quiet", "SWALLOWS", "2015", "夏 つばめ", "🌙", "題名"]
)
def test_a_post_is_found_by_what_stands_in_it(backend: SearchBackend, typed: str) -> None:
    backend.put(
        [
            post("a", "静かな夜、2015年の夏のツバメ 🌙 Quiet swallow", title="題名"),
            post("b", "ほかの話"),
        ]
    )
    assert found(backend, typed) == [post_id("a")]


@pytest.mark.parametrize("typed", ["雪", "静山", "quie", "静か 雪", "！", "", "\x00", "のの"])
def test_a_post_is_not_found_by_what_does_not_stand_in_it(backend: SearchBackend, typed: str) -> None:
    backend.put([post("a", "静かな夜、ツバメ Quiet swallow")])
    assert found(backend, typed) == []


def test_newer_days_come_first_then_later_numbers(backend: SearchBackend) -> None:
    backend.put([post("old", "静か", day=1), post("new", "静か", day=9)])
    backend.put([post("later", "静か", day=1, number=7), post("middle", "静か", day=5)])
    assert found(backend, "静か") == [post_id(name) for name in ("new", "middle", "later", "old")]


def test_a_theme_narrows(backend: SearchBackend) -> None:
    backend.put([post("a", "静か", theme="r1"), post("b", "静か", theme="r2")])
    assert found(backend, "静か", theme="r2") == [post_id("b")]
    assert found(backend, "静か", theme="r9") == []
    assert found(backend, "静か", theme="") == []


def test_putting_again_replaces_and_dropping_forgets(backend: SearchBackend) -> None:
    backend.put([post("a", "静かな夜"), post("b", "静かな朝")])
    backend.put([post("a", "にぎやかな夜")])
    assert found(backend, "静か") == [post_id("b")]
    assert found(backend, "にぎやか") == [post_id("a")]
    assert backend.size() == 2
    assert not backend.is_empty()
    backend.drop([post_id("a"), post_id("unknown")])
    assert found(backend, "夜") == []
    assert backend.size() == 1
    backend.drop([post_id("b")])
    assert backend.size() == 0
    assert backend.is_empty()
    backend.put([post("b", "静かな朝")])
    assert found(backend, "静か") == [post_id("b")]


def test_the_last_of_two_documents_of_one_post_counts(backend: SearchBackend) -> None:
    backend.put([post("a", "はじめの言葉"), post("a", "あとの言葉")])
    assert backend.size() == 1
    assert found(backend, "あと") == [post_id("a")]


def test_rebuilding_puts_everything_in_place_of_everything(backend: SearchBackend) -> None:
    backend.put([post("gone", "静か")])
    steps: list[int] = []
    assert backend.rebuild(iter(many(120)), steps.append) == 120
    assert sum(steps) == 120
    assert backend.size() == 120
    assert found(backend, "静か") == [document.post_id for document in reversed(many(120))]
    assert backend.rebuild([]) == 0
    assert found(backend, "静か") == []


def test_a_rebuild_that_fails_leaves_what_was(backend: SearchBackend) -> None:
    backend.put([post("a", "静か")])

    def broken():  # type: ignore[no-untyped-def]
        yield post("b", "静か")
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="disk"):
        backend.rebuild(broken())
    assert found(backend, "静か") == [post_id("a")]
    backend.put([post("c", "静か", day=3)])
    assert found(backend, "静か") == [post_id("c"), post_id("a")]


def test_many_small_writes_find_the_same_as_one_large(backend: SearchBackend) -> None:
    documents = many(150)
    for document in documents:
        backend.put([document])
    backend.drop([document.post_id for document in documents[::3]])
    backend.put([post(3, "静かな夜の 3 番目", day=3)])
    left = [document for place, document in enumerate(documents) if place % 3 or place == 3]
    expected = [document.post_id for document in reversed(left)]
    assert found(backend, "静か") == expected
    assert found(backend, "149") == [post_id(149)]
    backend.optimize()
    assert found(backend, "静か") == expected
    assert backend.size() == len(expected)


def test_several_threads_may_search_while_one_writes(backend: SearchBackend) -> None:
    documents = many(60)
    backend.put(documents[:30])
    faults: list[object] = []

    def search() -> None:
        for _ in range(60):
            hits = found(backend, "静か")
            if len(hits) < 30 or len(set(hits)) != len(hits):
                faults.append(hits)

    readers = [threading.Thread(target=search) for _ in range(4)]
    for reader in readers:
        reader.start()
    for document in documents[30:]:
        backend.put([document])
    for reader in readers:
        reader.join()
    assert not faults
    assert len(found(backend, "静か")) == 60


def test_terms_are_counted_and_so_are_openings(backend: SearchBackend) -> None:
    backend.put([post("a", "静かな夜", title="夜"), post("b", "夜", number=2)])
    backend.put([post("c", "夜の海")])
    counted = backend.frequencies(["夜", "=夜", "^夜", "*", "^*", "雪"])
    assert dict(counted) == {"夜": 3, "=夜": 1, "^夜": 2, "*": 3, "^*": 2, "雪": 0}


def test_the_posts_with_the_heaviest_terms_come_first(backend: SearchBackend) -> None:
    backend.put([post("one", "海"), post("two", "海と山"), post("none", "雪")])
    backend.put([post("gone", "海と山と川")])
    backend.drop([post_id("gone")])
    weights = {"海": 1.0, "山": 0.5, "川": 3.0, "谷": 9.0}
    assert backend.closest(weights, limit=5) == [post_id("two"), post_id("one")]
    assert backend.closest(weights, limit=1) == [post_id("two")]
    assert backend.closest({}, limit=5) == []


# --- candidates become hits -----------------------------------------------------------------------------------


def test_the_text_decides_and_not_the_index(backend: SearchBackend) -> None:
    near, real, hidden = (
        post("near", "しず、ずか"),
        post("real", "しずか", day=-1),
        post("hidden", "しずか", day=-2),
    )
    backend.put([near, real, hidden])
    shelf = Shelf(near, real)
    hits = find_threads(backend, parse("しずか"), shelf.load, limit=10)
    assert hits.post_ids == (real.post_id,)
    assert not hits.more


def test_an_edited_text_is_no_hit_even_before_the_index_knows(backend: SearchBackend) -> None:
    backend.put([post("a", "静かな夜")])
    hits = find_threads(backend, parse("静か"), Shelf(post("a", "消しました")).load, limit=10)
    assert hits.post_ids == ()


def test_pages_follow_each_other_without_gap_or_doubling(backend: SearchBackend) -> None:
    documents = many(75)
    backend.put(documents)
    shelf, seen, skip = Shelf(*documents), [], 0
    while True:
        hits = find_threads(backend, parse("静か"), shelf.load, order=Order.NEWEST, limit=20, skip=skip)
        seen += hits.post_ids
        skip += 20
        if not hits.more:
            break
    assert seen == [document.post_id for document in reversed(documents)]


def test_a_title_is_worth_more_than_an_opening_and_that_more_than_a_reply(backend: SearchBackend) -> None:
    documents = [
        post("old title", "ほかの話", title="静かな夜", day=1),
        post("title", "ほかの話", title="静かな朝", day=2),
        post("opening", "静かに暮らす", title="題", day=5),
        post("reply", "静かですね", number=3, day=9),
    ]
    backend.put(documents[:2])
    backend.put(documents[2:])
    load = Shelf(*documents).load
    best = find_threads(backend, parse("静か"), load, limit=10)
    assert best.post_ids == tuple(map(post_id, ("title", "old title", "opening", "reply")))
    newest = find_threads(backend, parse("静か"), load, order=Order.NEWEST, limit=10)
    assert newest.post_ids == tuple(map(post_id, ("reply", "opening", "title", "old title")))


def test_a_thread_stands_once_with_its_best_post(backend: SearchBackend) -> None:
    documents = [
        post("opening", "静かな夜", thread="t"),
        post("reply", "静かですね", number=2, day=1, thread="t"),
        post("other", "静か", number=2),
    ]
    backend.put(documents)
    load = Shelf(*documents).load
    hits = find_threads(backend, parse("静か"), load, limit=1)
    assert hits.post_ids == (post_id("opening"),)
    assert hits.more
    rest = find_threads(backend, parse("静か"), load, limit=1, skip=1)
    assert rest.post_ids == (post_id("other"),)
    assert not rest.more


@pytest.mark.parametrize("typed", ["こどく", "コドク", "ｺﾄﾞｸ", "孤独", "孤独な夜"])
def test_a_word_of_the_table_is_found_in_every_spelling(backend: SearchBackend, typed: str) -> None:
    documents = [post("kanji", "孤独な夜"), post("kana", "こどくな夜"), post("other", "夜の海")]
    backend.put(documents)
    hits = find_threads(backend, parse(typed), Shelf(*documents).load, limit=9)
    assert set(hits.post_ids) == {post_id("kanji"), post_id("kana")}


def test_no_more_texts_are_read_than_the_page_needs(backend: SearchBackend) -> None:
    documents = many(400)
    backend.put(documents)
    shelf = Shelf(*documents)
    find_threads(backend, parse("静か"), shelf.load, order=Order.NEWEST, limit=10)
    assert shelf.asked == CHUNK


def test_words_that_are_kept_out_are_kept_out(backend: SearchBackend) -> None:
    documents = [post("a", "夜の海"), post("b", "夜の山")]
    backend.put(documents)
    hits = find_threads(backend, parse("夜 -海"), Shelf(*documents).load, limit=10)
    assert hits.post_ids == (post_id("b"),)


def test_the_index_keeps_terms_and_no_text(tmp_path: Path) -> None:
    backend = make_backend("whoosh", tmp_path)
    secret = "台所の明かりだけつけて座っていました"
    backend.put([post("a", secret, title="台所の明かり")])
    files = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert "台所".encode() in files, "as a term"
    for length in range(3, len(secret)):
        assert secret[:length].encode() not in files
    assert len(analysis.text_terms(secret)) > 20
