"""The index in PostgreSQL: several processes, sudden ends, broken tables, and what is left of what was taken away."""

import random
import secrets
import struct
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text

from forum.errors import Unwell
from forum.search import analysis, postgres_backend, postgres_tables, turns
from forum.search.memory_backend import MemoryBackend
from forum.search.postgres_backend import PostgresBackend
from forum.search.postgres_tables import number_of
from tests import drift
from tests.databases import postgres_schema
from tests.unit.search.posts import many, post, post_id
from tests.unit.search.processes import (
    found,
)

pytestmark = pytest.mark.postgres

Open = Callable[[], PostgresBackend]


@pytest.fixture
def machine(postgres_url: str) -> Iterator[Open]:
    """Opens the index as another machine would."""
    engines: list[Engine] = []

    def opened() -> PostgresBackend:
        engines.append(create_engine(postgres_url))
        return PostgresBackend(engines[-1])

    yield opened
    for engine in engines:
        engine.dispose()


@pytest.fixture
def sql(postgres_url: str) -> Iterator[Callable[..., list[Any]]]:
    """Asks the server itself; {s} is the schema of the index."""
    engine = create_engine(postgres_url, isolation_level="AUTOCOMMIT")

    def ask(statement: str, **values: object) -> list[Any]:
        with engine.connect() as connection:
            schema = connection.execute(text("SELECT current_schema() || '_search'")).scalar_one()
            found = connection.execute(text(statement.replace("{s}", schema)), values)
            return list(found) if found.returns_rows else []

    yield ask
    engine.dispose()


def tables(sql: Callable[..., list[Any]]) -> list[str]:
    return [row[0] for row in sql("SELECT tablename FROM pg_tables WHERE schemaname = '{s}' ORDER BY 1")]


def test_boards_in_one_database_do_not_wait_for_each_other(
    machine: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "WAIT_SECONDS", 0.2)
    with postgres_schema() as url:
        engine = create_engine(url)
        other = PostgresBackend(engine)
        with machine().alone():
            other.put([post("a", "静か")])
        assert (other.size(), machine().size()) == (1, 0)
        engine.dispose()


def test_a_database_without_a_place_for_the_index_is_told(postgres_url: str) -> None:
    engine = create_engine(f"{postgres_url}_missing")
    backend = PostgresBackend(engine)
    assert not backend.is_usable()
    with pytest.raises(Unwell, match="no schema of ours"):
        backend.put([post("a", "静か")])
    with pytest.raises(Unwell, match="no schema of ours"):
        backend.size()
    engine.dispose()


def test_a_role_that_may_not_make_the_tables_is_told_before_anybody_writes(
    postgres_url: str, sql: Callable[..., list[Any]]
) -> None:
    board, role = sql("SELECT current_schema()")[0][0], f"nagi_{secrets.token_hex(6)}"
    if not sql("SELECT rolcreaterole FROM pg_roles WHERE rolname = current_user")[0][0]:
        pytest.skip("making a role needs the right to; name who has it in FORUM_TEST_POSTGRES")
    sql(f"CREATE ROLE {role}")
    sql(f"GRANT USAGE ON SCHEMA {board} TO {role}")
    engine = create_engine(f"{postgres_url}%20-crole%3D{role}")
    try:
        backend = PostgresBackend(engine)
        assert backend.size() == 0
        assert not backend.is_usable()
        with pytest.raises(Unwell, match="InsufficientPrivilege"):
            backend.put([post("a", "静か")])
        sql(f"CREATE SCHEMA {{s}} AUTHORIZATION {role}")
        assert backend.is_usable()
        backend.put([post("a", "静か")])
        assert found(backend, "静か") == [post_id("a")]
    finally:
        engine.dispose()
        sql(f"DROP OWNED BY {role} CASCADE")
        sql(f"DROP ROLE {role}")


def test_a_writer_may_enter_again_from_inside(machine: Open) -> None:
    backend, other = machine(), machine()
    with backend.alone(), backend.alone():
        backend.put([post("a", "静か")])
    other.put([post("b", "静か")])
    assert backend.size() == 2


def test_a_writer_whose_connection_was_lost_writes_nothing_more(
    machine: Open, sql: Callable[..., list[Any]]
) -> None:
    backend = machine()
    backend.put([post("a", "静か")])
    with backend.alone():
        sql(
            "SELECT pg_terminate_backend(pid) FROM pg_locks "
            "WHERE locktype = 'advisory' AND objid::int8 = (CAST(:board AS int8) & 4294967295)",
            board=number_of(sql("SELECT '{s}'")[0][0]),
        )
        for name in "bc":  # a second try would be without the lock
            with pytest.raises(Unwell):
                backend.put([post(name, "静か")])
    backend.put([post("d", "静か")])
    assert found(backend, "静か") == sorted([post_id("a"), post_id("d")], reverse=True)


def test_readers_keep_finding_while_the_index_is_built_anew(machine: Open) -> None:
    reader, writer = machine(), machine()
    writer.rebuild(many(40))
    faults: list[object] = []
    stop = threading.Event()

    def search() -> None:
        while not stop.is_set():
            try:
                hits = len(found(reader, "静か")), reader.size()
            except Unwell as fault:
                faults.append(fault)
            else:
                if set(hits) - {40}:
                    faults.append(hits)

    readers = [threading.Thread(target=search) for _ in range(3)]
    for thread in readers:
        thread.start()
    for _ in range(15):
        writer.rebuild(many(40))
        writer.put(many(1))
        writer.optimize()
    stop.set()
    for thread in readers:
        thread.join()
    assert not faults


def test_terms_of_a_forgotten_post_are_gone_after_the_nightly_rewrite(
    machine: Open, sql: Callable[..., list[Any]]
) -> None:
    backend = machine()
    backend.put([*many(30), post("secret", "鳳仙花の種"), post("edited", "山茶花の種")])
    backend.drop([post_id("secret")])
    backend.put([post("edited", "夜の海")])
    for name in tables(sql):
        sql(f"VACUUM {{s}}.{name}")
    assert is_held(sql, number("鳳仙")), "cleaning alone leaves it in the index of terms"
    assert is_held(sql, number("茶花"))
    backend.optimize()
    assert is_held(sql, post_id(1)), "or this test would see nothing"
    assert is_held(sql, number("静か"))
    for gone in (number("鳳仙"), number("茶花"), post_id("secret")):
        assert not is_held(sql, gone)
    assert backend.size() == 31
    assert backend.frequencies(["静か", "鳳仙"]) == {"静か": 30, "鳳仙": 0}


def number(term: str) -> bytes:
    """A term as it stands in a page."""
    return struct.pack("<i", number_of(term))


def is_held(sql: Callable[..., list[Any]], value: bytes) -> bool:
    """Whether a page of the index has this in it."""
    if not sql("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")[0][0]:
        pytest.skip("reading PostgreSQL's pages needs a superuser; name one in FORUM_TEST_POSTGRES")
    sql("CHECKPOINT")
    files = sql(
        "SELECT pg_read_binary_file(pg_relation_filepath(c.oid), 0, 100000000, true) FROM pg_class c "
        "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = '{s}' AND c.relkind IN ('r', 'i')"
    )
    return any(value in bytes(row[0] or b"") for row in files)


def test_the_order_of_writing_is_gone_after_the_nightly_rewrite(
    machine: Open, sql: Callable[..., list[Any]]
) -> None:
    backend = machine()
    for document in random.Random(4).sample(many(40), 40):
        backend.put([document])
    backend.optimize()
    table = next(name for name in tables(sql) if not name.endswith("_counts"))
    rows = sql(f"SELECT day, number, post_id, xmin::text FROM {{s}}.{table} ORDER BY ctid")
    places = [tuple(row)[:3] for row in rows]
    assert places == sorted(places)
    assert len({row[3] for row in rows}) == 1, "all were written by one transaction"


def test_what_is_in_order_is_not_rewritten(machine: Open, sql: Callable[..., list[Any]]) -> None:
    backend = machine()
    backend.put(many(3))
    files = "SELECT relname, relfilenode FROM pg_class WHERE relnamespace = '{s}'::regnamespace"
    made = sql(files)
    backend.optimize()
    ordered = sql(files)
    assert ordered != made
    backend.optimize()
    backend.drop([post_id("unknown")])
    backend.optimize()
    assert sql(files) == ordered
    backend.drop([post_id(1)])
    backend.optimize()
    assert sql(files) != ordered


def test_the_planner_keeps_no_samples_of_ids_and_terms(machine: Open, sql: Callable[..., list[Any]]) -> None:
    backend = machine()
    backend.put(many(60))
    backend.optimize()
    for name in tables(sql):
        sql(f"ANALYZE {{s}}.{name}")
    sampled = {row[0] for row in sql("SELECT attname FROM pg_stats WHERE schemaname = '{s}'")}
    assert "day" in sampled
    assert not sampled & {"post_id", "terms", "term"}


def test_an_index_of_another_edition_is_not_read_and_goes_with_the_next_one(
    machine: Open, sql: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    machine().put([post("a", "静か")])
    monkeypatch.setattr(postgres_backend, "LAYOUT_VERSION", 99)
    newer = machine()
    assert newer.is_usable()
    assert newer.size() == 0, "so it is built anew"
    sql("CREATE TABLE {s}.somebody_elses ()")
    newer.rebuild(many(3))
    edition = f"p99a{analysis.ANALYSIS_VERSION}"
    assert tables(sql) == [edition, f"{edition}_counts", "somebody_elses"]


def test_broken_tables_are_told_and_a_rebuild_mends_them(
    machine: Open, sql: Callable[..., list[Any]]
) -> None:
    backend = machine()
    backend.put([post("a", "静か")])
    for name in tables(sql):
        if not name.endswith("_counts"):
            sql(f"ALTER TABLE {{s}}.{name} DROP COLUMN terms")
    assert not backend.is_usable()
    with pytest.raises(Unwell):
        found(backend, "静か")
    with pytest.raises(Unwell):
        backend.put([post("b", "静か")])
    backend.rebuild([post("a", "静か")])
    assert backend.is_usable()
    assert found(backend, "静か") == [post_id("a")]


def test_a_server_that_is_away_is_told() -> None:
    backend = PostgresBackend(create_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing"))
    assert not backend.is_usable()
    for act in (backend.size, lambda: backend.put(many(1)), lambda: found(backend, "静か")):
        with pytest.raises(Unwell):
            act()


@pytest.mark.parametrize("few", [0, 40, 1000])
def test_common_and_rare_words_are_found_in_one_order(
    machine: Open, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    """Walking, looking up, and the change from one to the other find what a plain look at everything finds."""
    for name, value in {
        "FEW": few,
        "STRETCH": 3,
        "LONGEST_STRETCH": 8,
        "RARE": 2,
        "PAGE": 2,
        "PAGE_GROWS": 2,
    }.items():
        monkeypatch.setattr(postgres_backend, name, value)
    chosen = random.Random(11)
    words = {"海": 0.9, "山": 0.5, "川": 0.2, "谷": 0.05}
    documents = [
        post(
            n,
            "夜と" + "と".join(word for word, share in words.items() if chosen.random() < share),
            day=chosen.randrange(9),
            number=chosen.randrange(1, 9),
            theme=chosen.choice(["r1", "r2"]),
        )
        for n in range(200)
    ]
    plain, backend = MemoryBackend(), machine()
    plain.put(documents)
    backend.rebuild(documents)
    for typed in ("夜", *words, "海 山", "海 山 川", "川 谷", "雪"):
        for theme in (None, "r1", "r2", "r3"):
            assert found(backend, typed, theme) == found(plain, typed, theme), (typed, theme)


def test_revisions_and_models_do_not_see_the_index(postgres_url: str, machine: Open) -> None:
    machine().put(many(3))
    assert drift.differences(postgres_url) == []
    assert machine().size() == 3


def test_two_terms_of_one_number_do_no_harm(machine: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (postgres_tables, postgres_backend):
        monkeypatch.setattr(module, "number_of", lambda term: len(term))
    backend = machine()
    backend.put([post("a", "海"), post("b", "山")])
    assert sorted(found(backend, "海")) == sorted([post_id("a"), post_id("b")])
    assert backend.frequencies(["海", "山"]) == {"海": 2, "山": 2}
    assert backend.closest({"海": 1.0, "山": 2.0}, limit=1) == [min(post_id("a"), post_id("b"))]
