"""From a change to the index: nothing is lost, whenever somebody is stopped; on both databases."""

import contextvars
import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text

from forum import create_app, ids
from forum.extensions import begin_writing, db
from forum.models import IndexJob, Post, Thread
from forum.moderation import lifecycle
from forum.runtime import runtime
from forum.search import documents, outbox
from forum.search.query import parse
from tests.actors import Writer

SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture(
    params=[
        ("sqlite", "whoosh"),
        pytest.param(("postgres", "whoosh"), marks=pytest.mark.postgres),
        pytest.param(("postgres", "postgres"), marks=pytest.mark.postgres),
    ],
    ids=" ".join,
)
def board(request: pytest.FixtureRequest, make_app: Callable[..., Flask]) -> Iterator[Flask]:
    """A board whose index processes share, inside its context."""
    database, search = request.param
    if database == "postgres":
        request.getfixturevalue("postgres_app")
        app = make_app(search=search, database_url=request.getfixturevalue("postgres_url"))
    else:
        app = make_app(search=search)
    with app.app_context():
        yield app
        db.session.remove()


def written(board: Flask, body: str, **fields: str) -> bytes:
    """A new thread's opening post; the session then sees it."""
    writer = Writer(board)
    outside(writer.vents, body, **fields)
    db.session.rollback()
    return ids.from_text(writer.post_id)


def outside(act: Callable[..., object], *given: object, **fields: str) -> None:
    """Do something as a browser does: without the test's own application context around it."""
    contextvars.Context().run(act, *given, **fields)


def found(typed: str) -> list[bytes]:
    return list(runtime().search.candidates(parse(typed).terms, theme=None))


def lose_the_index(board: Flask) -> None:
    if runtime().settings.search == "whoosh":
        shutil.rmtree(Path(board.instance_path) / "index")
        return
    with db.engine.begin() as connection:
        schema = connection.execute(text("SELECT current_schema()")).scalar_one()
        connection.execute(text(f"DROP SCHEMA {schema}_search CASCADE"))


def drained() -> int:
    done = outbox.drain(runtime().search)
    db.session.commit()
    return done


def tokens() -> dict[bytes, bytes]:
    db.session.rollback()
    return {row.post_id: row.token for row in db.session.execute(select(IndexJob.post_id, IndexJob.token))}


def changed(post_id: bytes, change: Callable[[Post], object]) -> None:
    begin_writing()
    change(db.session.get_one(Post, post_id))
    db.session.commit()


def test_a_new_post_is_found_after_the_next_drain(board: Flask) -> None:
    post_id = written(board, "台所の明かりだけつけて", title="夜の台所")
    assert found("台所") == []
    assert outbox.waiting() == 1
    assert drained() == 1
    assert found("台所") == found("夜の台所") == [post_id]
    assert outbox.waiting() == 0
    assert drained() == 0


def test_the_index_follows_every_change_of_state(board: Flask) -> None:
    post_id = written(board, "台所の明かり")
    drained()
    for change, finds in [
        (lifecycle.hide, []),
        (lifecycle.show, [post_id]),
        (lifecycle.remove, []),
        (lifecycle.restore, [post_id]),
        (lambda post: lifecycle.revise(post, source="台所のラジオ"), [post_id]),
        (lifecycle.erase, []),
    ]:
        changed(post_id, change)
        drained()
        assert found("台所") == finds
    assert found("ラジオ") == []


def test_replies_disappear_with_their_thread(board: Flask) -> None:
    opening = written(board, "台所の明かり")
    thread_id = db.session.get_one(Post, opening).thread_id
    outside(Writer(board).replies, ids.to_text(thread_id), "うちの台所も同じです")
    drained()
    assert len(found("台所")) == 2
    changed(opening, lifecycle.hide)
    drained()
    assert found("台所") == []
    changed(opening, lifecycle.show)
    drained()
    assert len(found("台所")) == 2


def test_a_post_that_is_gone_from_the_database_is_forgotten(board: Flask) -> None:
    post_id = written(board, "台所の明かり")
    drained()
    begin_writing()
    outbox.enqueue(post_id)
    db.session.delete(db.session.get_one(Thread, db.session.get_one(Post, post_id).thread_id))
    db.session.commit()
    assert drained() == 1
    assert runtime().search.size() == 0


def test_asking_again_changes_the_token_and_keeps_one_row(board: Flask) -> None:
    names = [ids.new_id() for _ in range(1200)]
    begin_writing()
    outbox.enqueue(*names, *names)
    db.session.commit()
    first = tokens()
    assert first.keys() == set(names)
    begin_writing()
    outbox.enqueue(names[0])
    db.session.commit()
    second = tokens()
    assert len(second) == 1200
    assert [name for name in names if first[name] != second[name]] == names[:1]
    while drained():
        pass
    assert tokens() == {}


def test_a_change_that_is_rolled_back_leaves_no_row(board: Flask) -> None:
    begin_writing()
    outbox.enqueue(ids.new_id())
    db.session.rollback()
    assert tokens() == {}


def test_a_change_made_while_the_index_writes_is_not_lost(board: Flask) -> None:
    post_id = written(board, "台所の明かり")
    backend = runtime().search
    real_put = backend.put

    def put_and_change_meanwhile(given: object) -> None:
        real_put(given)  # type: ignore[arg-type]
        backend.put = real_put  # type: ignore[method-assign]
        changed(post_id, lambda post: lifecycle.revise(post, source="縁側の風"))

    backend.put = put_and_change_meanwhile  # type: ignore[method-assign]
    drained()
    assert tokens().keys() == {post_id}, "the row of the later change stays"
    drained()
    assert found("縁側") == [post_id]
    assert found("台所") == []
    assert tokens() == {}


def test_a_change_made_while_a_rebuild_reads_is_not_lost(board: Flask) -> None:
    early, late = written(board, "台所の明かり"), written(board, "縁側の風")
    heard: list[int] = []

    def change_meanwhile(steps: int) -> None:
        heard.append(steps)
        if len(heard) == 2:  # both were read
            changed(early, lambda post: lifecycle.revise(post, source="みかんの皮"))

    done, jobs = outbox.rebuild(runtime().search, change_meanwhile)
    outbox.take_away(jobs)
    db.session.commit()
    assert done == 2
    assert {post_id for post_id, _ in jobs} == {early, late}, "a rebuild answers what was asked before"
    assert tokens().keys() == {early}, "and nothing that was asked since"
    assert drained() == 1
    assert found("みかん") == [early]
    assert found("台所") == []
    assert found("縁側") == [late]


def test_an_index_with_nothing_in_it_is_filled_before_the_next_post_goes_into_it(
    board: Flask,
) -> None:
    first = written(board, "台所の明かり")
    drained()
    lose_the_index(board)
    second = written(board, "縁側の風")
    assert drained() == 1
    assert found("台所") == [first]
    assert found("縁側") == [second]


def index_and_die(folder: str, search: str, url: str) -> None:
    environ = {"FORUM_INSTANCE": folder, "FORUM_SEARCH": search, "FORUM_DATABASE_URL": url}
    with create_app(environ).app_context():
        outbox.index(runtime().search, [row for (row,) in db.session.execute(select(IndexJob.post_id))])
        os._exit(9)


def test_killed_between_index_and_row_nothing_is_lost(board: Flask, instance: Path) -> None:
    post_id = written(board, "台所の明かり")
    db.session.rollback()
    settings = runtime().settings
    dying = SPAWN.Process(target=index_and_die, args=(str(instance), settings.search, settings.database_url))
    dying.start()
    dying.join(60)
    assert dying.exitcode == 9
    assert found("台所") == [post_id]
    assert tokens().keys() == {post_id}, "it is done once more, which changes nothing"
    assert drained() == 1
    assert found("台所") == [post_id]
    assert runtime().search.size() == 1


def test_a_drain_takes_no_more_than_its_limit(board: Flask) -> None:
    begin_writing()
    outbox.enqueue(*(ids.new_id() for _ in range(7)))
    db.session.commit()
    assert outbox.drain(runtime().search, limit=5) == 5
    db.session.commit()
    assert len(tokens()) == 2


def test_the_whole_board_is_read_day_by_day_for_a_rebuild(
    board: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "BATCH", 2)
    wanted = {written(board, f"台所の明かり {n}") for n in range(3)}
    hidden = written(board, "見えない明かり")
    changed(hidden, lifecycle.hide)
    assert documents.count() == 3
    read = list(documents.all_documents())
    assert {document.post_id for document in read} == wanted
    assert read == sorted(read, key=lambda document: (document.day, document.post_id))
    assert runtime().search.rebuild(documents.all_documents()) == 3
