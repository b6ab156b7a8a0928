"""One index that several processes share, in files or in PostgreSQL: what one writes another finds, and one writes at a time."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from forum.errors import Unwell
from forum.search import turns
from forum.search.base import SearchBackend
from forum.search.postgres_backend import PostgresBackend
from tests.unit.search.posts import post, post_id
from tests.unit.search.processes import (
    Make,
    begin,
    found,
    hold,
    in_files,
    in_postgres,
    kill,
    rebuild_for_ever,
    write_on_request,
)


@dataclass
class Shared:
    """Where an index is: how another process opens it, how this one does, and how many parts of builds lie there."""

    make: Make
    where: str
    opened: Callable[[], SearchBackend]
    parts: Callable[[], int]
    parts_of_one: int


def in_a_folder(request: pytest.FixtureRequest) -> Iterator[Shared]:
    folder: Path = request.getfixturevalue("tmp_path")
    yield Shared(
        in_files,
        str(folder),
        lambda: in_files(str(folder)),
        lambda: len([path for path in folder.iterdir() if path.is_dir()]),
        1,
    )


def in_a_database(request: pytest.FixtureRequest) -> Iterator[Shared]:
    url: str = request.getfixturevalue("postgres_url")
    engines: list[Engine] = [create_engine(url)]

    def opened() -> SearchBackend:
        engines.append(create_engine(url))
        return PostgresBackend(engines[-1])

    def parts() -> int:
        query = "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() || '_search'"
        with engines[0].connect() as connection:
            return int(connection.execute(text(query)).scalar_one())

    yield Shared(in_postgres, url, opened, parts, 2)
    for engine in engines:
        engine.dispose()


@pytest.fixture(
    params=[in_a_folder, pytest.param(in_a_database, marks=pytest.mark.postgres)],
    ids=["files", "postgres"],
)
def shared(request: pytest.FixtureRequest) -> Iterator[Shared]:
    yield from request.param(request)


def test_what_one_process_writes_another_finds(shared: Shared) -> None:
    here = shared.opened()
    assert found(here, "静か") == []
    process, orders = begin(write_on_request, shared.make, shared.where)
    for name in ("ひとつ", "ふたつ", "みっつ"):
        orders.send(name)
        orders.recv()
        assert found(here, name) == [post_id(name)]
        here.put([post(f"{name} ここ", name)])
    assert here.size() == 6
    orders.send(None)
    process.join()


@pytest.mark.parametrize("moment", [0.05, 0.15, 0.4, 1.0])
def test_a_rebuild_that_was_killed_never_was(shared: Shared, moment: float) -> None:
    before = shared.opened()
    before.put([post("a", "静か")])
    process, told = begin(rebuild_for_ever, shared.make, shared.where)
    told.recv()
    time.sleep(moment)
    kill(process)
    backend = shared.opened()
    assert backend.size() in {1, 2000}
    assert len(found(backend, "静か")) == backend.size()
    backend.rebuild([post("b", "静か")])
    assert found(before, "静か") == found(backend, "静か") == [post_id("b")]
    assert shared.parts() == shared.parts_of_one, "nothing half-made is left"


def test_one_process_writes_at_a_time(shared: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    backend = shared.opened()
    backend.put([post("a", "静か")])
    process, told = begin(hold, shared.make, shared.where)
    told.recv()
    with monkeypatch.context() as impatient:
        impatient.setattr(turns, "WAIT_SECONDS", 0.2)
        with pytest.raises(Unwell):
            backend.put([post("b", "静か")])
    assert found(backend, "静か") == [post_id("a")], "reading goes on"
    kill(process)
    backend.put([post("b", "静か")])
    assert backend.size() == 2
