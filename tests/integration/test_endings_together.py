"""Ends of a thread and what others do in it at the same moment: they wait for each other, on both databases."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select

from forum import clock, errors, ids
from forum.extensions import begin_writing, db
from forum.identity.seeds import Identity, derive, new_seed
from forum.models import Fold, Participant, Post, Theme, Thread
from forum.moderation import lifecycle
from forum.moderation.policy import load_policy
from forum.posting import endings, folds, pipeline
from forum.posting.drafts import Screened, reviewed
from forum.runtime import runtime

AT_ONCE = 6
ROUNDS = 6


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def board(request: pytest.FixtureRequest) -> Iterator[Flask]:
    app: Flask = request.getfixturevalue("app" if request.param == "sqlite" else "postgres_app")
    with app.app_context():
        yield app
        db.session.remove()


@pytest.fixture
def opener(board: Flask) -> Identity:
    return derive(new_seed(), runtime().keys)


@pytest.fixture
def thread_id(opener: Identity) -> bytes:
    begin_writing()
    made = pipeline.start_thread(
        theme=db.session.get_one(Theme, "r2"),
        author=author(opener),
        draft=draft("はじめの話"),
        choices=pipeline.Choices("listen", 7, "now"),
    )
    db.session.commit()
    return made.thread_id


def author(identity: Identity, post_id: bytes | None = None) -> pipeline.Author:
    words = ("abandon", "ability", "able", "about")
    return pipeline.Author(identity, runtime().keys, post_id or ids.new_id(), words, 0)


def draft(body: str) -> Screened:
    """Words that screening has nothing to say about."""
    return reviewed(body, load_policy())


def together(board: Flask, *acts: Callable[[], object]) -> list[str]:
    """Do all of these at once, each in a transaction of its own; what each was refused with, or nothing."""
    start = Barrier(len(acts), timeout=60)

    def one(act: Callable[[], object]) -> str:
        with board.app_context():
            start.wait()
            begin_writing()
            try:
                act()
                db.session.commit()
            except errors.ForumError as refused:
                db.session.rollback()
                return type(refused).__name__
            finally:
                db.session.remove()
            return ""

    db.session.remove()
    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def thread_now(thread_id: bytes) -> Thread:
    db.session.rollback()
    return db.session.get_one(Thread, thread_id, populate_existing=True)


@pytest.mark.parametrize("kind", endings.KINDS)
def test_one_form_arriving_many_times_at_once_makes_one_post(
    board: Flask, opener: Identity, thread_id: bytes, kind: str
) -> None:
    post_id = ids.new_id()

    def tell() -> None:
        endings.tell(thread_id=thread_id, kind=kind, author=author(opener, post_id), draft=draft("ここまで"))

    told = together(board, *[tell] * AT_ONCE)
    assert sorted(told) == ["", *["Already"] * (AT_ONCE - 1)]
    assert db.session.scalar(select(func.count()).select_from(Post)) == 2
    assert thread_now(thread_id).last_no == 2


def test_one_answer_arriving_many_times_at_once_is_one_post(board: Flask, thread_id: bytes) -> None:
    identity, post_id = derive(new_seed(), runtime().keys), ids.new_id()

    def answer() -> None:
        pipeline.reply(thread_id=thread_id, author=author(identity, post_id), draft=draft("読みました"))

    assert sorted(together(board, *[answer] * AT_ONCE)) == ["", *["Already"] * (AT_ONCE - 1)]
    assert thread_now(thread_id).last_no == 2


def test_an_answer_that_was_taken_is_known_again_when_the_thread_has_closed(
    board: Flask, opener: Identity, thread_id: bytes
) -> None:
    identity, post_id = derive(new_seed(), runtime().keys), ids.new_id()

    def answer() -> None:
        pipeline.reply(thread_id=thread_id, author=author(identity, post_id), draft=draft("読みました"))

    assert together(board, answer) == [""]
    assert together(board, lambda: endings.close(thread_id=thread_id, identity=opener)) == [""]
    assert together(board, answer) == ["Already"]


def test_no_answer_stands_behind_the_last_words(board: Flask, opener: Identity, thread_id: bytes) -> None:
    def answer() -> None:
        identity = derive(new_seed(), runtime().keys)
        pipeline.reply(thread_id=thread_id, author=author(identity), draft=draft("読みました"))

    def close() -> None:
        endings.tell(thread_id=thread_id, kind="last", author=author(opener), draft=draft("ここまで"))

    told = together(board, close, *[answer] * AT_ONCE)
    numbers = dict(db.session.execute(select(Post.kind, func.max(Post.number)).group_by(Post.kind)).all())
    assert numbers["last"] == thread_now(thread_id).last_no
    assert told.count("Closed") == AT_ONCE - (numbers["last"] - 2)


def test_withdrawing_and_prolonging_at_once_never_leaves_a_withdrawn_thread_with_a_long_life(
    board: Flask, opener: Identity, thread_id: bytes
) -> None:
    def withdraw() -> None:
        lifecycle.erase(
            db.session.scalars(select(Post).where(Post.thread_id == thread_id, Post.number == 1)).one()
        )

    def prolong() -> None:
        endings.prolong(thread_id=thread_id, identity=opener, days=365)

    told = together(board, withdraw, *[prolong] * AT_ONCE)
    assert set(told) <= {"", "Gone"}
    left = thread_now(thread_id)
    assert (left.status, left.ends_on) == (
        "withdrawn",
        clock.date_after(lifecycle.DAYS_AFTER_WITHDRAWAL),
    )


@pytest.mark.parametrize("has_answered", [False, True], ids=["their first act", "known in the thread"])
def test_a_fold_pressed_many_times_at_once_makes_one_participant_and_one_row(
    board: Flask, thread_id: bytes, has_answered: bool
) -> None:
    post_id = db.session.scalars(select(Post.id).where(Post.thread_id == thread_id)).one()
    identity = derive(new_seed(), runtime().keys)
    if has_answered:
        begin_writing()
        pipeline.reply(thread_id=thread_id, author=author(identity), draft=draft("読みました"))
        db.session.commit()

    def press(verb: Callable[..., bool]) -> None:
        verb(post=db.session.get_one(Post, post_id), identity=identity, keys=runtime().keys)

    for verb, left in ((folds.fold, 1), (folds.unfold, 0)) * ROUNDS:
        assert together(board, *[lambda verb=verb: press(verb)] * AT_ONCE) == [""] * AT_ONCE
        db.session.rollback()
        assert db.session.scalar(select(func.count()).select_from(Fold)) == left
    assert db.session.scalar(select(func.count()).select_from(Participant)) == 2
