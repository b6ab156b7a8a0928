"""The index on disk: several processes, sudden ends, broken files, and what is left of what was taken away."""

import os
import threading
import time
import tracemalloc
from collections.abc import Callable
from itertools import groupby, islice
from pathlib import Path

import pytest
from whoosh.index import TOC

from forum.errors import Unwell
from forum.search import folders, whoosh_backend, whoosh_segments
from forum.search.memory_backend import MemoryBackend
from forum.search.query import parse
from forum.search.whoosh_backend import WhooshBackend
from tests.unit.search.posts import many, post, post_id
from tests.unit.search.processes import (
    SPAWN,
    begin,
    found,
    in_files,
    kill,
    write_for_ever,
)


@pytest.mark.parametrize("moment", [0.003, 0.007, 0.011, 0.017, 0.026])
def test_an_index_whose_writer_was_killed_opens_at_a_whole_commit(tmp_path: Path, moment: float) -> None:
    process, told = begin(write_for_ever, in_files, tmp_path)
    while told.recv() < 3:
        pass
    time.sleep(moment)
    kill(process)
    done = 3
    while told.poll():
        try:
            done = told.recv()
        except EOFError:
            break

    backend = WhooshBackend(tmp_path)
    assert backend.is_usable()
    known = backend.size()
    assert known % 20 == 0
    assert known >= (done + 1) * 20, "nothing that was reported as done is lost"
    assert len(found(backend, "静か")) == known
    backend.put([post("after", "静かな朝", day=10_000)])
    assert found(backend, "静か")[0] == post_id("after")
    assert backend.size() == known + 1


def test_a_writer_may_enter_again_from_inside(tmp_path: Path) -> None:
    backend = WhooshBackend(tmp_path)
    with backend.alone(), backend.alone():
        backend.put([post("a", "静か")])
    assert backend.size() == 1


def test_a_reader_keeps_finding_while_the_index_is_built_anew(tmp_path: Path) -> None:
    reader, writer = WhooshBackend(tmp_path), WhooshBackend(tmp_path)
    writer.put([post("a", "静か")])
    going = reader.candidates(parse("静か").terms, theme=None)
    assert next(going) == post_id("a")
    writer.rebuild(many(3))
    assert list(going) == []
    assert len(found(reader, "静か")) == 3


def test_terms_of_a_forgotten_post_are_gone_after_the_nightly_rewrite(tmp_path: Path) -> None:
    backend = WhooshBackend(tmp_path)
    backend.put([*many(30), post("secret", "鳳仙花の種")])
    backend.drop([post_id("secret")])
    assert held(tmp_path, "鳳仙")
    backend.optimize()
    assert not held(tmp_path, "鳳仙")
    assert not held_id(tmp_path, post_id("secret"))
    assert backend.size() == 30


def die_before_the_commit(folder: Path) -> None:
    TOC.write = lambda *_: os._exit(9)
    WhooshBackend(folder).put([post("secret", "鳳仙花の種")])


def die_before_the_exchange(folder: Path) -> None:
    folders.IndexFolder.publish = lambda *_: os._exit(9)  # type: ignore[method-assign,assignment]
    WhooshBackend(folder).rebuild([post("secret", "鳳仙花の種")])


@pytest.mark.parametrize("dies", [die_before_the_commit, die_before_the_exchange])
def test_what_a_killed_writer_left_is_gone_after_the_nightly_rewrite(
    tmp_path: Path, dies: Callable[[Path], None]
) -> None:
    backend = WhooshBackend(tmp_path)
    backend.put(many(3))
    process = SPAWN.Process(target=dies, args=(tmp_path,))
    process.start()
    process.join(60)
    assert process.exitcode == 9
    backend.drop([post_id("secret")])
    assert held(tmp_path, "鳳仙"), "it was never in the index, so dropping it wrote nothing"
    backend.optimize()
    assert not held(tmp_path, "鳳仙")
    assert len(found(backend, "静か")) == 3


def test_an_index_that_is_replaced_between_two_looks_is_not_taken_for_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folders.IndexFolder(tmp_path, "w1")
    old, new = folder.begin(), folder.begin()
    pointers = iter([old.name, new.name, new.name])
    old.rmdir()
    monkeypatch.setattr(folder, "_pointer", lambda: next(pointers))
    assert folder.current() == new


def test_a_pointer_to_nothing_is_no_index(tmp_path: Path) -> None:
    folder = folders.IndexFolder(tmp_path, "w1")
    build = folder.begin()
    folder.publish(build)
    assert folder.current() == build
    build.rmdir()
    assert folder.current() is None


def test_a_rebuild_leaves_no_term_of_before(tmp_path: Path) -> None:
    backend = WhooshBackend(tmp_path)
    backend.put([post("secret", "鳳仙花の種")])
    backend.rebuild(many(3))
    assert not held(tmp_path, "鳳仙")


def held(folder: Path, term: str) -> bool:
    return held_id(folder, term.encode())


def held_id(folder: Path, value: bytes) -> bool:
    return any(value in path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_the_order_of_writing_does_not_stand_in_a_segment(tmp_path: Path) -> None:
    backend = WhooshBackend(tmp_path)
    for document in many(64):
        backend.put([document])
    for kept in backend._present().held:
        by_day = groupby(kept.segment.places, key=lambda place: place[:4])
        days = [(day, [place[8:24] for place in of_the_day]) for day, of_the_day in by_day]
        assert [day for day, _ in days] == sorted({day for day, _ in days}, reverse=True)
        assert all(ids == sorted(ids) for _, ids in days)


@pytest.mark.parametrize("days", [1, 7, 400])
@pytest.mark.parametrize("build_size", [130, 1000])
def test_reading_a_stretch_at_a_time_finds_all_and_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: int, build_size: int
) -> None:
    monkeypatch.setattr(whoosh_segments, "BLOCK", 8)
    monkeypatch.setattr(whoosh_backend, "BUILD_SIZE", build_size)
    words = ("静かな夜", "静かな朝", "夜の海に行った", "朝の海を静かに見た")
    documents = [
        post(n, words[n * 7 % 11 % 4], day=n % days, number=n % 5 + 1, theme=f"r{n % 2}") for n in range(900)
    ]
    whoosh, memory = WhooshBackend(tmp_path), MemoryBackend()
    for backend in (whoosh, memory):
        backend.rebuild(documents[:700])
        backend.put(documents[700:])
        backend.drop([document.post_id for document in documents[::9]])
    for typed in ("静か", "夜", "海", "夜の海", "静かに見た", "静か 海", "雨"):
        for theme in (None, "r1"):
            terms = parse(typed).terms
            expected = list(memory.candidates(terms, theme=theme))
            offered = list(whoosh.candidates(terms, theme=theme))
            assert [found for found in offered if found in set(expected)] == expected
            assert len(set(offered)) == len(offered)


def test_the_newest_of_a_common_word_are_found_without_reading_about_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whoosh_segments, "BLOCK", 8)
    backend = WhooshBackend(tmp_path)
    backend.rebuild(many(2000))
    read: list[int] = []
    read_block = whoosh_segments._block
    monkeypatch.setattr(whoosh_segments, "_block", lambda matcher: read.append(1) or read_block(matcher))
    newest = islice(backend.candidates(parse("静か").terms, theme=None), 10)
    assert list(newest) == [document.post_id for document in reversed(many(2000)[-10:])]
    assert len(read) < 20


def test_after_the_night_small_segments_are_one(tmp_path: Path) -> None:
    backend = WhooshBackend(tmp_path)
    for number in range(15):
        backend.put([post(number, f"静かな夜の {number} 番目")])
    before = list(backend.candidates(parse("静か").terms, theme=None))
    assert len(backend._present().held) > 1, "or nothing is shown here"
    backend.optimize()
    (kept,) = backend._present().held
    ids = [place[8:24] for place in kept.segment.places]
    assert ids == sorted(ids), "written on one day, they lie in the order of their random ids"
    assert list(backend.candidates(parse("静か").terms, theme=None)) == before
    backend.drop([post_id(3)])
    backend.optimize()
    assert backend.size() == 14
    written = sorted(path.name for path in tmp_path.rglob("*.seg"))
    backend.optimize()
    assert sorted(path.name for path in tmp_path.rglob("*.seg")) == written, "nothing to do, nothing written"


def test_the_night_may_come_while_people_search(tmp_path: Path) -> None:
    backend = WhooshBackend(tmp_path)
    backend.put(many(200))
    faults: list[BaseException] = []
    stop = threading.Event()

    def search() -> None:
        while not stop.is_set():
            try:
                assert len(found(backend, "静か")) >= 150
            except BaseException as fault:
                faults.append(fault)
                return

    readers = [threading.Thread(target=search) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(40):
        backend.drop([post_id(number)])
        backend.optimize()
    stop.set()
    for reader in readers:
        reader.join()
    assert faults == []


def test_a_commit_that_fails_is_told_and_the_next_one_goes_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = WhooshBackend(tmp_path)
    backend.put([post("a", "静かな夜")])
    with monkeypatch.context() as patched:

        def full(*_given: object, **_named: object) -> None:
            raise OSError(28, "No space left on device")

        patched.setattr(TOC, "write", full)
        with pytest.raises(OSError, match="No space"):
            backend.put([post("b", "静かな朝")])
    assert found(backend, "静か") == [post_id("a")]
    backend.put([post("c", "静かな昼", day=1)])
    assert found(backend, "静か") == [post_id("c"), post_id("a")]


def test_segments_stay_few(tmp_path: Path) -> None:
    backend = WhooshBackend(tmp_path)
    for document in many(300):
        backend.put([document])
        assert len(backend._present().held) <= 3 * 5
    assert backend.size() == 300


def test_large_builds_come_in_several_segments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whoosh_backend, "BUILD_SIZE", 10)
    backend = WhooshBackend(tmp_path)
    backend.rebuild(many(35))
    assert len(backend._present().held) == 4
    assert found(backend, "静か") == [document.post_id for document in reversed(many(35))]


def test_broken_files_are_told_and_a_rebuild_mends_them(tmp_path: Path) -> None:
    WhooshBackend(tmp_path).put([post("a", "静か")])
    for path in tmp_path.rglob("*.toc"):
        path.write_bytes(b"\x00" * 40)
    broken = WhooshBackend(tmp_path)
    assert not broken.is_usable()
    with pytest.raises(Unwell):
        found(broken, "静か")
    with pytest.raises(Unwell):
        broken.put([post("b", "静か")])
    broken.rebuild([post("a", "静か")])
    assert broken.is_usable()
    assert found(broken, "静か") == [post_id("a")]


def test_an_index_of_another_edition_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    WhooshBackend(tmp_path).put([post("a", "静か")])
    monkeypatch.setattr(whoosh_backend, "LAYOUT_VERSION", 99)
    newer = WhooshBackend(tmp_path)
    assert newer.is_usable()
    assert newer.size() == 0, "so it is built anew"


def test_the_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    WhooshBackend(folder).put([post("a", "静か")])
    assert all(path.stat().st_mode & 0o077 == 0 for path in (folder, *folder.iterdir()) if path.is_dir())


def test_a_process_that_reads_the_index_does_not_hold_it_once_more(tmp_path: Path) -> None:
    WhooshBackend(tmp_path).rebuild(many(4000))
    on_disk = sum(file.stat().st_size for file in tmp_path.rglob("*.seg"))
    reading = WhooshBackend(tmp_path)
    tracemalloc.start()
    try:
        assert reading.size() == 4000
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < on_disk / 2
