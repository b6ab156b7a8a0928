"""PostgreSQL's pages and samples: erased words stand in none of them after the night."""

import re
import secrets
from collections.abc import Callable, Iterator
from datetime import timedelta

import psycopg
import pytest
from flask import Flask
from sqlalchemy import event, select, text

from forum import clock, errors, schema
from forum.cli import rewriting
from forum.cli.themes import sync_themes
from forum.extensions import db
from forum.models import (
    Post,
)
from forum.runtime import runtime
from tests.actors import Writer
from tests.databases import POSTGRES
from tests.keeping import (
    BODY,
    CUT,
    GONE,
    Keeper,
    later,
    written,
)


@pytest.fixture
def own_database(make_app: Callable[..., Flask]) -> Iterator[Flask]:
    """A board in a database of its own, so that nobody else's transactions keep its rows alive."""
    name, plain = f"nagi_{secrets.token_hex(6)}", POSTGRES.replace("+psycopg", "")
    try:
        with psycopg.connect(plain, autocommit=True, connect_timeout=3) as connection:
            allowed = connection.execute(
                "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
            if allowed and allowed[0]:
                connection.execute(f"CREATE DATABASE {name}")
    except psycopg.OperationalError:
        allowed = None
    if not (allowed and allowed[0]):
        pytest.skip("reading PostgreSQL's pages needs a superuser; name one in FORUM_TEST_POSTGRES")
    app = make_app(database_url=POSTGRES.rsplit("/", 1)[0] + f"/{name}")
    with app.app_context():
        schema.upgrade(db.engine)
        sync_themes(runtime().settings)
        db.session.commit()
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


PAGES = """
SELECT c.relname, pg_read_binary_file(pg_relation_filepath(c.oid), 0, 100000000, true)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 't', 'i') AND (n.nspname IN ('public', 'pg_toast') OR c.relname = 'pg_statistic')
"""


def pages(app: Flask) -> bytes:
    with app.app_context(), db.engine.connect() as connection:
        connection.execute(text("CHECKPOINT"))
        found = b"".join(bytes(row[1] or b"") for row in connection.execute(text(PAGES)))
        connection.rollback()
        return found


# Long, and of letters that do not repeat: such a text is stored in pieces beside its table, uncompressed.
LONG = "".join(chr(0x4E00 + (n * 7919) % 20000) for n in range(4000))


@pytest.mark.postgres
def test_after_the_night_erased_words_stand_in_no_page_of_postgresql(own_database: Flask) -> None:
    writer, other = Writer(own_database), Writer(own_database)
    writer.vents(BODY)
    other.replies(writer.thread_id, LONG)
    kept = Writer(own_database)
    kept.replies(writer.thread_id, "読みました。夜が長いですね。")
    with own_database.app_context(), db.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))
    assert "青葉台".encode() in pages(own_database)
    assert LONG[100:110].encode() in pages(own_database)
    later(writer, f"/p/{writer.post_id}/e", body=CUT)
    other.sends(f"/p/{other.post_id}/d")
    assert "青葉台".encode() in pages(own_database)  # or this test would see nothing
    url = own_database.config["SQLALCHEMY_DATABASE_URI"]
    assert Keeper(own_database, database_url=url).runs("purge").exit_code == 0
    left = pages(own_database)
    assert "会いました".encode() in left
    assert "夜が長い".encode() in left
    assert not [word for word in (*GONE, LONG[100:110], LONG[2000:2010]) if word.encode() in left]


@pytest.mark.postgres
def test_postgresql_keeps_no_samples_of_words(own_database: Flask) -> None:
    for _ in range(3):
        Writer(own_database).vents(BODY, title="会わない日のこと")
    with own_database.app_context(), db.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))
        sampled = connection.execute(
            text("SELECT tablename, attname FROM pg_stats WHERE schemaname = 'public'")
        )
        names = {tuple(row) for row in sampled}
    assert ("thread", "status") in names
    words = {(table, column) for table, columns in words_of_people().items() for column in columns}
    assert not names & words


def words_of_people() -> dict[str, set[str]]:
    """Columns of free text, but for what operators and the program write."""
    ours = {"theme", "moderator"}
    codes = re.compile(r"VARCHAR\(24\)|VARCHAR\(60\)")
    return {
        name: {
            column.name
            for column in table.columns
            if isinstance(column.type, db.String)
            and (column.name in {"title", "warning"} or not codes.fullmatch(str(column.type)))
        }
        for name, table in db.metadata.tables.items()
        if name not in ours
    }


@pytest.mark.postgres
def test_whoever_reads_is_not_kept_waiting_and_the_table_is_tried_again(own_database: Flask) -> None:
    moment = [1000.0]
    with own_database.app_context():
        nightly = rewriting.Nightly(lambda: moment[0])
        reader = db.engine.connect()
        reader.execute(select(Post.id))
        began = clock.now()
        with pytest.raises(errors.Unwell):
            nightly.step()
        assert clock.now() - began < timedelta(seconds=rewriting.PATIENCE_SECONDS + 5)
        reader.close()
        nightly.step()  # not at once: whoever reads is left in peace for a while
        moment[0] += rewriting.PAUSE_SECONDS
        nightly.step()
        tables = []
        event.listen(db.engine, "before_cursor_execute", lambda *given: tables.append(given[2]))
        moment[0] += rewriting.PAUSE_SECONDS
        nightly.step()
    assert not [statement for statement in tables if "CLUSTER" in statement]


@pytest.mark.postgres
def test_rows_that_an_old_transaction_still_sees_are_waited_for(own_database: Flask) -> None:
    writer = written(Keeper(own_database))
    with own_database.app_context():
        seen = db.engine.connect().execution_options(isolation_level="REPEATABLE READ")
        seen.execute(text("SELECT count(*) FROM theme"))  # nothing of the table in question
        writer.sends(f"/p/{writer.post_id}/d")
        assert rewriting.rewrite(["post"]) == ["post"]
        seen.close()
        assert rewriting.rewrite(["post", "thread"]) == []
    assert "青葉台".encode() not in pages(own_database)


def test_sqlite_has_nothing_to_rewrite(app: Flask) -> None:
    with app.app_context():
        assert rewriting.rewrite() == []
