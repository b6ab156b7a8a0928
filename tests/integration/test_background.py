"""The board's own work: it publishes on time, forgets on the right day and not before, and outlives faults."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from forum import clock, logs
from forum.cli import work
from forum.extensions import begin_writing, db
from forum.identity.keys import Keys
from forum.identity.receipts import new_words
from forum.models import (
    Case,
    DayCounter,
    Decision,
    IndexJob,
    Letter,
    Moderator,
    Participant,
    Post,
    Receipt,
    Revision,
    Thread,
    Timer,
)
from forum.moderation import cases, leases, lifecycle, receipts, staff
from forum.posting.bulk import Put, put_threads
from forum.posting.transfer import read_line
from forum.runtime import runtime
from forum.search import outbox
from forum.search.query import parse
from tests.actors import Writer

NOON = datetime(2027, 3, 10, 12, 0, tzinfo=clock.BOARD_ZONE)
ROW = '{"theme": "r1", "body": "窓をあけました。", "replies": [{"body": "読みました。"}]}'


@pytest.fixture
def board(app: Flask) -> Iterator[Flask]:
    """An app whose clock stands at noon, inside its context."""
    with app.app_context(), clock.frozen(NOON):
        yield app


@pytest.fixture
def noted() -> Iterator[list[str]]:
    """What goes into the log, every attribute of it."""
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(str(vars(record)))  # type: ignore[method-assign]
    logger = logging.getLogger(logs.LOGGER)
    logger.addHandler(handler)
    yield lines
    logger.removeHandler(handler)


def put_thread() -> Put:
    put = put_threads([read_line(ROW, frozenset({"r1"}))], runtime().keys)[0]
    db.session.commit()
    return put


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def keys() -> Keys:
    return runtime().keys


def add_moderator() -> Moderator:
    moderator, _ = staff.add_moderator(name="世話人B", role="moderator", keys=keys())
    db.session.commit()
    return moderator


def purge_on(day: date) -> int:
    with clock.frozen(datetime.combine(day, datetime.min.time(), clock.BOARD_ZONE)):
        return work.purge()


def test_a_delayed_post_is_published_when_its_time_has_come(app: Flask) -> None:
    writer = Writer(app)
    writer.vents("あとで読まれる話です。", publish="soon")
    with app.app_context():
        timer = db.session.scalars(select(Timer).where(Timer.kind == "publish")).one()
        due = timer.due.replace(tzinfo=clock.BOARD_ZONE)
        with clock.frozen(due - timedelta(seconds=1)):
            work.fire_timers()
        assert db.session.scalar(select(Post.status)) == "scheduled"
        with clock.frozen(due):
            assert work.fire_timers() == 0
        assert db.session.scalar(select(Post.status)) == "live"
        assert db.session.scalar(select(Thread.status)) == "live"
        assert db.session.scalars(select(Timer).where(Timer.kind == "publish")).all() == []


def test_a_delayed_post_that_a_moderator_held_is_not_published_by_the_clock(board: Flask) -> None:
    put = put_thread()
    post = db.session.get_one(Post, put.post_ids[1])
    lifecycle.remove(post)
    db.session.add(Timer(kind="publish", target=post.id, due=NOON.replace(tzinfo=None)))
    db.session.commit()
    work.fire_timers()
    assert db.session.get_one(Post, put.post_ids[1]).status == "removed"
    assert count(Timer) == 0


def test_a_lease_that_ran_out_gives_the_case_back(board: Flask) -> None:
    put = put_thread()
    moderator = add_moderator()
    post = db.session.get_one(Post, put.post_ids[1])
    case = cases.open_case(post=post, lane=5, source="flag", hour=1)
    case_id = leases.lease(case_id=case.id, moderator=moderator, audit_key=keys().audit).id
    db.session.commit()
    with clock.frozen(NOON + timedelta(minutes=11)):
        work.fire_timers()
    case = db.session.get_one(Case, case_id)
    assert (case.state, case.leased_by) == ("open", None)


def test_one_timer_that_fails_does_not_keep_the_others(board: Flask, noted: list[str]) -> None:
    put = put_thread()
    due = NOON.replace(tzinfo=None)
    broken = db.session.get_one(Post, put.post_ids[1])
    broken.status, broken.number = "scheduled", None
    thread = db.session.get_one(Thread, put.thread_id)
    thread.last_no = 0  # the next number is taken: publishing cannot work
    db.session.add_all(
        [
            Timer(kind="publish", target=broken.id, due=due - timedelta(minutes=1)),
            Timer(kind="edit", target=put.post_ids[0], due=due),
        ]
    )
    db.session.commit()
    assert work.fire_timers() == 1
    assert [timer.kind for timer in db.session.scalars(select(Timer))] == ["publish"]
    assert len(noted) == 1
    assert "IntegrityError" in noted[0]
    assert "読みました" not in noted[0]


def test_a_thread_goes_at_its_end_with_everything_that_hangs_on_it(board: Flask) -> None:
    put = put_thread()
    receipts.keep(kind="post", target_id=put.post_ids[0], words=new_words("ja"), keys=keys())
    db.session.add(Timer(kind="edit", target=put.post_ids[0], due=NOON.replace(tzinfo=None)))
    db.session.commit()
    ends_on = db.session.get_one(Thread, put.thread_id).ends_on
    purge_on(ends_on)
    assert count(Thread) == 1
    purge_on(ends_on + timedelta(days=1))
    for model in (Thread, Post, Participant, Receipt, Timer):
        assert count(model) == 0, model
    assert count(IndexJob) == 2  # an index in memory is told by the process that holds it


def test_a_thread_with_an_open_case_waits_for_it(board: Flask) -> None:
    put = put_thread()
    case = cases.open_case(post=db.session.get_one(Post, put.post_ids[1]), lane=5, source="flag", hour=1)
    db.session.commit()
    day = db.session.get_one(Thread, put.thread_id).ends_on + timedelta(days=1)
    purge_on(day)
    assert count(Thread) == 1
    begin_writing()
    case = db.session.get_one(Case, case.id)
    case.state = "settled"
    db.session.commit()
    purge_on(day)
    assert count(Thread) == 0


def removed_post(put: Put) -> bytes:
    post = db.session.get_one(Post, put.post_ids[1])
    case = cases.open_case(post=post, lane=4, source="flag", hour=1)
    lifecycle.remove(post)
    moderator = add_moderator()
    case.state = "settled"
    db.session.add(
        Decision(
            case_id=case.id,
            moderator_id=moderator.id,
            outcome="remove",
            rule=4,
            note_team="",
            day=NOON.date(),
        )
    )
    db.session.commit()
    return post.id


def test_removed_words_are_erased_after_fourteen_days_and_not_before(board: Flask) -> None:
    put = put_thread()
    post_id = removed_post(put)
    purge_on(NOON.date() + timedelta(days=13))
    assert db.session.get_one(Post, post_id).source == "読みました。"
    purge_on(NOON.date() + timedelta(days=14))
    post = db.session.get_one(Post, post_id)
    assert (post.status, post.source, post.html) == ("removed", "", "")
    assert post.number == 2
    assert count(Revision) == 0


def test_settled_cases_go_after_half_a_year(board: Flask) -> None:
    removed_post(put_thread())
    purge_on(NOON.date() + timedelta(days=180))
    assert count(Case) == 1
    purge_on(NOON.date() + timedelta(days=181))
    assert (count(Case), count(Decision)) == (0, 0)


def test_letters_and_receipts_go_when_nobody_can_open_them_any_more(board: Flask) -> None:
    db.session.add(Letter(kind="letter", state="open", body="こんにちは。", answer="", day=NOON.date()))
    receipts.keep(kind="letter", target_id=b"x" * 16, words=new_words("ja"), keys=keys())
    db.session.commit()
    purge_on(NOON.date() + timedelta(days=180))
    assert (count(Letter), count(Receipt)) == (1, 1)
    purge_on(NOON.date() + timedelta(days=181))
    assert (count(Letter), count(Receipt)) == (0, 0)


def test_the_order_of_an_ended_day_is_thrown_away_once(board: Flask) -> None:
    for _ in range(12):
        put_thread()
    ordered = select(Thread.id).order_by(Thread.bumped_no)
    before = list(db.session.scalars(ordered))
    assert [db.session.get_one(Thread, thread_id).bumped_no for thread_id in before] == list(range(1, 13))
    purge_on(NOON.date())
    assert list(db.session.scalars(ordered)) == before
    purge_on(NOON.date() + timedelta(days=1))
    after = list(db.session.scalars(ordered))
    assert sorted(after) == sorted(before)
    assert after != before
    assert count(DayCounter) == 0
    purge_on(NOON.date() + timedelta(days=2))
    assert list(db.session.scalars(ordered)) == after


def test_an_imported_thread_stands_like_one_that_was_written(app: Flask) -> None:
    Writer(app).vents("窓をあけました。", theme="r1", lifetime="365")
    with app.app_context():
        written = dict(vars(db.session.scalars(select(Thread)).one()))
        put = put_threads(
            [read_line('{"theme": "r1", "body": "窓をあけました。"}', frozenset({"r1"}))], keys()
        )[0]
        brought = vars(db.session.get_one(Thread, put.thread_id))
        own = {"_sa_instance_state", "id", "opening_id", "bumped_no", "version"}
        assert {name: written[name] for name in written.keys() - own} == {
            name: brought[name] for name in brought.keys() - own
        }
        posts = [vars(post) for post in db.session.scalars(select(Post))]
        own = {"_sa_instance_state", "id", "thread_id", "participant_id"}
        first, second = ({name: post[name] for name in post.keys() - own} for post in posts)
        assert first == second


def found(app: Flask, words: str) -> int:
    return len(list(runtime().search.candidates(parse(words).terms, theme=None)))


def test_the_loop_feeds_the_index_and_stops_when_told(make_app: Callable[..., Flask]) -> None:
    app = make_app(search="whoosh")
    stop = work.Stop()
    with app.app_context():
        begin_writing()
        outbox.enqueue(*put_thread().post_ids)
        db.session.commit()
    loop = threading.Thread(target=work.run, args=(app, stop))
    loop.start()
    try:
        with app.app_context():
            for _ in range(100):
                if found(app, "窓をあけ") and not count(IndexJob):
                    break
                db.session.rollback()
                threading.Event().wait(0.1)
            assert found(app, "窓をあけ") == 1
            assert count(IndexJob) == 0
    finally:
        stop.set()
        loop.join(10)
    assert not loop.is_alive()


def test_an_erased_text_leaves_the_write_ahead_log_too(board: Flask) -> None:
    put = put_thread()
    begin_writing()
    lifecycle.erase(db.session.get_one(Post, put.post_ids[1]))
    db.session.commit()
    db.session.remove()
    database = Path(db.engine.url.database or "")
    log = database.with_name(database.name + "-wal")
    assert "読みました".encode() in log.read_bytes()
    assert work.empty_log()
    assert not log.exists() or log.stat().st_size == 0
    assert "読みました".encode() not in database.read_bytes()
    assert "窓をあけました".encode() in database.read_bytes()
    assert not work.empty_log()


def test_a_reader_in_the_way_of_the_log_is_not_disturbed(board: Flask) -> None:
    put_thread()
    count(Post)  # begins a transaction that goes on reading
    with db.engine.connect() as writer:
        writer.exec_driver_sql("DELETE FROM index_job")
        writer.commit()
    began = time.monotonic()
    work.empty_log()
    assert time.monotonic() - began < 5
    assert count(Post) == 2


def test_a_purge_leaves_no_trace_of_ended_posts_in_the_index(make_app: Callable[..., Flask]) -> None:
    app = make_app(search="whoosh")
    with app.app_context(), clock.frozen(NOON):
        put = put_thread()
        outbox.enqueue(*put.post_ids)
        db.session.commit()
        work.drain()
        ends_on = db.session.get_one(Thread, put.thread_id).ends_on
        assert runtime().search.size() == 2
        purge_on(ends_on + timedelta(days=1))
        assert runtime().search.size() == 0
        assert count(IndexJob) == 0
        left = b"".join(path.read_bytes() for path in Path(app.instance_path).rglob("*.seg"))
        assert put.post_ids[0] not in left


def test_an_index_whose_files_were_lost_is_built_anew(make_app: Callable[..., Flask]) -> None:
    app = make_app(search="whoosh")
    with app.app_context():
        put_thread()
        work.drain()
        assert found(app, "窓をあけ") == 1


def test_the_loop_ends_when_its_parent_is_gone(app: Flask) -> None:
    work.run(app, work.Stop(), parent=-1)


def test_an_index_in_memory_is_filled_inside_its_own_process(app: Flask) -> None:
    with app.app_context():
        put_thread()
        assert found(app, "窓をあけ") == 0
        work.keep_memory_index(app)
        assert found(app, "窓をあけ") == 1
        begin_writing()
        outbox.enqueue(b"x" * 16)
        db.session.commit()
        assert work.drain() == 0
        assert count(IndexJob) == 1
