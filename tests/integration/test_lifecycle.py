"""Every change of a status: counted, idempotent, undone by its opposite, seen by the search index; on both databases."""

import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from forum import clock, ids
from forum.extensions import begin_writing, db
from forum.identity.seeds import derive, new_seed
from forum.models import IndexJob, Post, Revision, Theme, Thread
from forum.moderation import lifecycle
from forum.moderation.policy import load_policy
from forum.posting import pipeline
from forum.posting.drafts import Screened, reviewed
from forum.queries import posts, threads
from forum.runtime import runtime


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def board(request: pytest.FixtureRequest) -> Iterator[Flask]:
    app: Flask = request.getfixturevalue("app" if request.param == "sqlite" else "postgres_app")
    with app.app_context():
        yield app
        db.session.remove()


def author() -> pipeline.Author:
    keys = runtime().keys
    identity = derive(new_seed(), keys)
    return pipeline.Author(identity, keys, ids.new_id(), ("abandon", "ability", "able", "about"), 0)


def draft(body: str) -> Screened:
    """Words that screening has nothing to say about."""
    return reviewed(body, load_policy())


def opened(body: str = "はじめの話", lifetime: int = 30) -> Post:
    begin_writing()
    theme = db.session.get_one(Theme, "r2")
    made = pipeline.start_thread(
        theme=theme, author=author(), draft=draft(body), choices=pipeline.Choices("listen", lifetime, "now")
    )
    db.session.commit()
    return made


def answered(thread_id: bytes, body: str = "返事") -> Post:
    begin_writing()
    made = pipeline.reply(thread_id=thread_id, author=author(), draft=draft(body))
    db.session.commit()
    return made


def counted(thread_id: bytes) -> tuple[int, int]:
    thread = db.session.get_one(Thread, thread_id, populate_existing=True)
    live = select(func.count()).where(Post.thread_id == thread_id, Post.status == "live")
    return thread.live_posts, int(db.session.scalar(live) or 0)


def test_each_verb_says_whether_it_changed_anything_and_its_opposite_undoes_it(board: Flask) -> None:
    post = opened()
    reply = answered(post.thread_id)
    begin_writing()
    for forth, back in ((lifecycle.hide, lifecycle.show), (lifecycle.remove, lifecycle.restore)):
        assert (forth(reply), forth(reply)) == (True, False)
        assert counted(post.thread_id) == (1, 1)
        assert (back(reply), back(reply)) == (True, False)
        assert counted(post.thread_id) == (2, 2)
    thread = db.session.get_one(Thread, post.thread_id)
    assert (lifecycle.lock(thread), lifecycle.lock(thread)) == (True, False)
    assert (lifecycle.unlock(thread), lifecycle.unlock(thread)) == (True, False)
    db.session.commit()


def test_counts_hold_after_any_sequence_of_verbs(board: Flask) -> None:
    post = opened()
    reply = answered(post.thread_id)
    verbs: list[Callable[[Post], bool]] = [
        lifecycle.hide, lifecycle.show, lifecycle.remove, lifecycle.restore, lifecycle.publish, lifecycle.hold,
    ]  # fmt: skip
    begin_writing()
    for verb, target in itertools.product(verbs + verbs[::-1], (post, reply)):
        verb(target)
        live, real = counted(post.thread_id)
        assert live == real
    db.session.commit()


def test_every_change_raises_the_version_and_asks_the_index_to_look_again(board: Flask) -> None:
    post = opened()
    for verb in (lifecycle.hide, lifecycle.show, lifecycle.remove, lifecycle.restore, lifecycle.erase):
        begin_writing()
        db.session.execute(IndexJob.__table__.delete())
        before = db.session.get_one(Thread, post.thread_id, populate_existing=True).version
        assert verb(db.session.get_one(Post, post.id))
        db.session.commit()
        assert db.session.get_one(Thread, post.thread_id, populate_existing=True).version > before
        assert db.session.get(IndexJob, post.id)


def test_erasing_leaves_no_word_and_keeps_the_number(board: Flask) -> None:
    post = opened()
    reply = answered(post.thread_id, "消える言葉")
    number = reply.number
    begin_writing()
    assert lifecycle.erase(db.session.get_one(Post, reply.id))
    db.session.commit()
    gone = db.session.get_one(Post, reply.id)
    assert (gone.source, gone.html, gone.warning, gone.number) == ("", "", "", number)
    later = answered(post.thread_id)
    assert later.number == number + 1


def test_withdrawing_the_opening_post_closes_the_thread_and_keeps_the_replies_a_week(board: Flask) -> None:
    post = opened("取り下げる話")
    answered(post.thread_id, "残る返事")
    begin_writing()
    lifecycle.erase(db.session.get_one(Post, post.id))
    db.session.commit()
    head = threads.thread_head(post.thread_id)
    assert head is not None
    assert (head.status, head.is_locked, head.title, head.excerpt) == ("withdrawn", True, "", "")
    assert head.ends_on == clock.date_after(lifecycle.DAYS_AFTER_WITHDRAWAL)
    assert [
        row.html for row in posts.numbered(runtime().onlooker, post.thread_id, 1, 9) if row.status == "live"
    ] == ["<p>残る返事</p>"]
    assert post.thread_id not in {row.id for row in threads.newest(50)}


def test_a_thread_is_gone_the_day_after_its_end(board: Flask) -> None:
    with clock.frozen(datetime(2026, 1, 10, 22, tzinfo=clock.BOARD_ZONE)):
        post = opened(lifetime=7)
    for days, there in ((7, True), (8, False)):
        with clock.frozen(datetime(2026, 1, 10, 23, tzinfo=clock.BOARD_ZONE) + timedelta(days=days)):
            assert (threads.thread_head(post.thread_id) is not None) is there


def test_a_revision_is_kept_only_while_a_case_holds_it(board: Flask) -> None:
    post = opened("元の言葉")
    begin_writing()
    lifecycle.revise(db.session.get_one(Post, post.id), source="直した言葉")
    db.session.commit()
    assert db.session.scalar(select(func.count()).select_from(Revision)) == 0


def test_writers_at_once_get_numbers_without_gap_or_double(board: Flask) -> None:
    thread_id = opened().thread_id
    db.session.rollback()

    def write(number: int) -> None:
        with board.app_context():
            answered(thread_id, f"返事{number}")
            db.session.remove()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(24)))
    db.session.rollback()  # a new look at the database
    numbers = sorted(row.number or 0 for row in posts.numbered(runtime().onlooker, thread_id, 1, 100))
    assert numbers == list(range(1, 26))
    assert counted(thread_id) == (25, 25)


def test_handles_in_one_thread_never_meet(board: Flask) -> None:
    post = opened()
    for number in range(60):
        answered(post.thread_id, f"返事{number}")
    pairs = [(row.adjective, row.noun) for row in posts.numbered(runtime().onlooker, post.thread_id, 1, 100)]
    assert len(set(pairs)) == len(pairs) == 61
