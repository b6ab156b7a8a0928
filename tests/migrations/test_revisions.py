"""The revisions make exactly the tables of the models, on both databases, up and down and with rows in them."""

import json
from pathlib import Path

import pytest
from alembic import op
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import Date, create_engine, func, insert, inspect, select, update
from sqlalchemy.exc import IntegrityError

from forum import clock, models, schema
from forum.extensions import Base, db
from forum.posting.bulk import put_threads
from forum.posting.transfer import read_line
from forum.runtime import runtime
from tests.drift import differences, statements, stored_otherwise

ROW = json.dumps({"theme": "r1", "body": "窓をあけました。", "replies": [{"body": "読みました。"}]})

KEPT = (models.Post, models.Reaction, models.Fold)


def tables_of(url: str) -> set[str]:
    engine = create_engine(url)
    try:
        return set(inspect(engine).get_table_names()) - {"alembic_version"}
    finally:
        engine.dispose()


def test_every_revision_goes_up_and_down_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.sqlite3'}"
    engine = create_engine(url)
    for revision in reversed(list(ScriptDirectory(str(schema.folder())).walk_revisions())):
        schema.upgrade(engine, revision.revision)
        schema.downgrade(engine, "-1")
        schema.upgrade(engine, revision.revision)
    assert tables_of(url) == set(Base.metadata.tables)
    schema.downgrade(engine, "base")
    assert tables_of(url) == set()
    engine.dispose()


def test_migrated_tables_are_stored_as_the_models_say(tmp_path: Path) -> None:
    assert stored_otherwise(tmp_path) == []


def test_no_table_keeps_the_order_of_writing(tmp_path: Path) -> None:
    migrated = statements(tmp_path / "a.sqlite3", by_models=False)
    tables = {name: kept for name, kept in migrated.items() if f"CREATETABLE{name}" in kept}
    assert len(tables) == len(Base.metadata.tables)
    assert [name for name, kept in tables.items() if ")WITHOUTROWID" not in kept] == []


def test_one_table_alone_holds_times_finer_than_a_day() -> None:
    finer = {
        (table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if "TIME" in str(column.type).upper() and not isinstance(column.type, Date)
    }
    assert finer == {("timer", "due")}


def test_rows_survive_going_to_the_newest_revision_again(app: Flask) -> None:
    with app.app_context():
        put_threads([read_line(ROW, frozenset({"r1"}))], runtime().keys)
        db.session.commit()
        assert not schema.upgrade(db.engine)
        assert db.session.scalar(select(func.count()).select_from(models.Post)) == 2


def test_a_database_with_rows_goes_down_to_nothing(app: Flask) -> None:
    with app.app_context():
        put_threads([read_line(ROW, frozenset({"r1"}))], runtime().keys)
        db.session.commit()
        db.session.remove()
        schema.downgrade(db.engine, "base")
        assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}


def test_changing_the_table_of_posts_takes_nothing_with_it_that_refers_to_them(app: Flask) -> None:
    with app.app_context():
        put = put_threads([read_line(ROW, frozenset({"r1"}))], runtime().keys)[0]
        writer, answerer = db.session.scalars(select(models.Participant.id)).all()
        db.session.add_all(
            [
                models.Reaction(post_id=put.post_ids[1], participant_id=writer, kind="same"),
                models.Fold(participant_id=writer, folded_id=answerer),
            ]
        )
        db.session.execute(update(models.Post).where(models.Post.number == 2).values(kind="last"))
        db.session.commit()
        db.session.remove()
        schema.downgrade(db.engine, "920474a92fda")
        assert schema.upgrade(db.engine)
        kept = {model: db.session.scalar(select(func.count()).select_from(model)) for model in KEPT}
        assert kept == {models.Post: 2, models.Reaction: 1, models.Fold: 0}
        with pytest.raises(IntegrityError):
            db.session.execute(insert(models.Fold).values(participant_id=writer, folded_id=b"nobody"))


def test_a_revision_that_would_leave_a_reference_to_nothing_changes_nothing(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        put_threads([read_line(ROW, frozenset({"r1"}))], runtime().keys)
        db.session.commit()
        db.session.remove()
        monkeypatch.setattr(op, "drop_table", lambda _name: op.execute("DELETE FROM participant"))
        with pytest.raises(RuntimeError, match="post"):
            schema.downgrade(db.engine, "920474a92fda")
        monkeypatch.undo()
        assert db.session.scalar(select(func.count()).select_from(models.Participant)) == 2


def test_a_target_has_one_open_case_and_any_number_of_settled_ones(app: Flask) -> None:
    with app.app_context():
        put = put_threads([read_line(ROW, frozenset({"r1"}))], runtime().keys)[0]
        case = {
            "target_kind": "post",
            "target_id": put.post_ids[0],
            "thread_id": put.thread_id,
            "lane": 5,
            "source": "flag",
            "opened_day": clock.today(),
        }
        db.session.execute(insert(models.Case), [case | {"state": "settled"}, case | {"state": "settled"}])
        db.session.execute(insert(models.Case), [case | {"state": "open"}])
        with pytest.raises(IntegrityError):
            db.session.execute(insert(models.Case), [case | {"state": "leased"}])


@pytest.mark.postgres
def test_postgresql_gets_the_same_tables(postgres_url: str) -> None:
    assert differences(postgres_url) == []
    assert tables_of(postgres_url) == set(Base.metadata.tables)


@pytest.mark.postgres
def test_postgresql_goes_down_and_up_again(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    schema.upgrade(engine)
    schema.downgrade(engine, "base")
    assert tables_of(postgres_url) == set()
    assert schema.upgrade(engine)
    engine.dispose()


@pytest.mark.postgres
def test_an_import_fits_postgresql_too(postgres_app: Flask) -> None:
    with postgres_app.app_context():
        put_threads([read_line(ROW, frozenset({"r1"}))], runtime().keys)
        db.session.commit()
        assert db.session.scalar(select(func.count()).select_from(models.Post)) == 2
