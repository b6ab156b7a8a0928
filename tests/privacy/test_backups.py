"""What somebody took away does not come back with a backup; a backup and the journal beside it tell no more than they must."""

import json
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from sqlalchemy import event, func, select, text

from forum import clock, errors, ids, journal, schema
from forum.backups import archive
from forum.cli import rewriting
from forum.cli.themes import sync_themes
from forum.extensions import begin_writing, db
from forum.identity.receipts import new_words
from forum.models import (
    Ban,
    BoardState,
    Case,
    Deposit,
    Flag,
    Letter,
    Moderator,
    Notice,
    Participant,
    Post,
    Reaction,
    Receipt,
    Revision,
    Thread,
)
from forum.moderation import bans, cases, decisions, lifecycle, staff
from forum.posting import deposits
from forum.posting.cutting import MARK
from forum.runtime import runtime
from tests.actors import Reader, Staff, Writer
from tests.conftest import POSTGRES
from tests.keeping import BODY, REPLY, Keeper, decide, every_table_filled, post_of, raw, text_of, unpacked

CUT = "駅で、会いました。\n夜になると思い出します。"
GONE = ("青葉台", "山田")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def keeper(request: pytest.FixtureRequest, make_app: Callable[..., Flask]) -> Keeper:
    """An operator with a board, on each database."""
    if request.param == "sqlite":
        return Keeper(make_app())
    url = request.getfixturevalue("postgres_url")
    request.getfixturevalue("postgres_app")
    return Keeper(make_app(database_url=url), database_url=url)


@pytest.fixture
def on_sqlite(make_app: Callable[..., Flask]) -> Keeper:
    """An operator with a board on SQLite and an index in files."""
    return Keeper(make_app(search="whoosh"), search="whoosh")


def written(keeper: Keeper, body: str = BODY) -> Writer:
    writer = Writer(keeper.app)
    writer.vents(body, title="会わない日のこと")
    return writer


def later(keeper: Keeper, writer: Writer, path: str, **fields: str) -> None:
    with clock.frozen(clock.now() + timedelta(days=1)):
        answer = writer.sends(path, **fields)
    assert answer.status_code in {200, 303}, answer.text


def post(post_id: bytes) -> Post:
    return db.session.get_one(Post, post_id)


# The writer's own acts.


def test_a_deleted_post_does_not_come_back(keeper: Keeper) -> None:
    writer, other = written(keeper), Writer(keeper.app)
    other.replies(writer.thread_id, REPLY)
    file = keeper.backs_up()
    writer.sends(f"/p/{writer.post_id}/d")
    keeper.restores(file)
    assert text_of(keeper.app, post_of(writer)) == ("deleted", "")
    assert text_of(keeper.app, post_of(other)) == ("live", REPLY)
    with keeper.app.app_context():
        thread = db.session.scalars(select(Thread)).one()
        assert (thread.status, thread.title, thread.excerpt) == ("withdrawn", "", "")
        assert thread.ends_on == clock.date_after(7)
        assert thread.live_posts == 1


def test_a_withdrawn_thread_ends_on_the_day_it_would_have(keeper: Keeper) -> None:
    writer = written(keeper)
    file = keeper.backs_up()
    writer.sends(f"/p/{writer.post_id}/d")
    ends_on = clock.date_after(7)
    with clock.frozen(clock.now() + timedelta(days=3)):
        keeper.restores(file)
    with keeper.app.app_context():
        assert db.session.scalar(select(Thread.ends_on)) == ends_on


def test_words_cut_out_do_not_come_back_and_the_others_do(keeper: Keeper) -> None:
    writer = written(keeper)
    file = keeper.backs_up()
    later(keeper, writer, f"/p/{writer.post_id}/e", body=CUT)
    left = text_of(keeper.app, post_of(writer))
    later(keeper, writer, f"/p/{writer.post_id}/e", body=CUT.replace("夜になると", ""))
    twice = text_of(keeper.app, post_of(writer))
    between = keeper.backs_up()
    keeper.restores(file)
    assert text_of(keeper.app, post_of(writer)) == twice
    keeper.restores(between)
    assert text_of(keeper.app, post_of(writer)) == twice != left
    with keeper.app.app_context():
        assert post(post_of(writer)).revision == 3
        assert not [word for word in GONE if word in post(post_of(writer)).html]


def test_an_edited_text_comes_back_with_what_both_had_and_nothing_else(keeper: Keeper) -> None:
    writer = written(keeper)
    file = keeper.backs_up()
    writer.sends(f"/p/{writer.post_id}/e", body=BODY.replace("青葉台の駅", "となり町の店"))
    keeper.restores(file)
    assert text_of(keeper.app, post_of(writer))[1] == f"{MARK}{BODY[len('青葉台の駅') :]}"
    with keeper.app.app_context():
        assert "青葉台" not in (db.session.scalar(select(Thread.excerpt)) or "")


def test_cutting_what_was_edited_first_leads_on(keeper: Keeper) -> None:
    writer = written(keeper)
    file = keeper.backs_up()
    edited = BODY.replace("青葉台の駅", "となり町の小さな店の前")
    writer.sends(f"/p/{writer.post_id}/e", body=edited)
    later(keeper, writer, f"/p/{writer.post_id}/e", body=edited.replace("山田さんに", ""))
    for _ in range(2):
        keeper.restores(file)
        text = text_of(keeper.app, post_of(writer))[1]
        assert not [word for word in GONE if word in text]
    # The second restore cannot know where letters stand in what the first one left.
    assert text == MARK


def test_an_edited_and_cut_text_keeps_what_stood_in_all_of_them(keeper: Keeper) -> None:
    writer = written(keeper)
    file = keeper.backs_up()
    edited = BODY.replace("青葉台の駅", "となり町の小さな店の前")
    writer.sends(f"/p/{writer.post_id}/e", body=edited)
    later(keeper, writer, f"/p/{writer.post_id}/e", body=edited.replace("山田さんに", ""))
    keeper.restores(file)
    assert text_of(keeper.app, post_of(writer))[1] == (
        f"{MARK}で、夫の同僚の{MARK}会いました。\n夜になると思い出します。"
    )


def test_a_warning_that_was_taken_back_leaves_the_text_behind_a_mark(keeper: Keeper) -> None:
    writer = Writer(keeper.app)
    writer.vents("重いことを書きます。", warning="死別のこと")
    file = keeper.backs_up()
    writer.sends(f"/p/{writer.post_id}/e", body="重いことを書きます。", warning="")
    keeper.restores(file)
    with keeper.app.app_context():
        assert post(post_of(writer)).warning == MARK
        assert db.session.scalar(select(Thread.warning)) == MARK


def test_a_text_that_cannot_be_cut_exactly_is_taken_away_whole(keeper: Keeper) -> None:
    writer = written(keeper)
    file = keeper.backs_up()
    later(keeper, writer, f"/p/{writer.post_id}/e", body=CUT)
    later(keeper, writer, f"/p/{writer.post_id}/e", body=CUT.replace("夜になると", ""))
    path = keeper.instance / journal.FILE
    lines = [line for line in path.read_text().splitlines() if '"revision": 1,' not in line]
    path.write_text("\n".join(lines) + "\n")
    keeper.restores(file)
    assert text_of(keeper.app, post_of(writer)) == ("live", MARK)


def test_spans_of_another_text_take_away_the_whole(keeper: Keeper) -> None:
    writer = written(keeper)
    file = keeper.backs_up()
    gone = [[0, 9999, len(MARK)]]
    more = {"version": 99, "revision": 1, "gone": gone, "mark": "cut", "warning": False}
    line = journal.line_of("text", post_of(writer), **more)
    journal.append(keeper.instance / journal.FILE, [line])
    keeper.restores(file)
    assert text_of(keeper.app, post_of(writer))[1] == MARK


def test_a_writer_who_erased_everything_is_nobody_again(keeper: Keeper) -> None:
    writer, other = every_table_filled(keeper.app)
    file = keeper.backs_up()
    with keeper.app.app_context():
        before = post(post_of(other)).participant_id
        tag = db.session.get_one(Participant, before).tag
    other.sends("/me/erase")
    keeper.restores(file)
    with keeper.app.app_context():
        assert db.session.get_one(Participant, before).tag != tag
        assert not db.session.scalars(select(Participant).where(Participant.tag == tag)).all()
        assert post(post_of(other)).source == ""
        assert not db.session.scalars(select(Reaction).where(Reaction.participant_id == before)).all()
        assert not db.session.scalars(select(Notice).where(Notice.participant_id == before)).all()
        assert db.session.scalars(select(Flag.note).where(Flag.participant_id == before)).all() == [""]
        assert not db.session.scalars(select(Receipt).where(Receipt.target_id == post_of(other))).all()
        assert post(post_of(writer)).same_count == 0
        assert db.session.scalar(select(func.count()).select_from(Ban)) == 1
    assert text_of(keeper.app, post_of(writer))[1] == BODY


def test_a_text_put_aside_and_taken_does_not_come_back(keeper: Keeper) -> None:
    with keeper.app.app_context():
        keys, words = runtime().keys, new_words("ja")
        begin_writing()
        deposits.put_aside({"body": "まだ途中"}, words, keys)
        db.session.commit()
        box = db.session.scalars(select(Deposit.id)).one()
    file = keeper.backs_up()
    keeper.does(lambda: deposits.forget(box))
    keeper.restores(file)
    with keeper.app.app_context():
        assert db.session.scalars(select(Deposit)).all() == []


# What moderators did.


def flagged(keeper: Keeper) -> tuple[Writer, bytes, Moderator]:
    writer = written(keeper)
    with keeper.app.app_context():
        begin_writing()
        moderator, _token = staff.add_moderator(name="世話人B", role="moderator", keys=runtime().keys)
        case = cases.open_case(post=post(post_of(writer)), lane=2, source="flag", hour=1)
        found = case.id, moderator
        db.session.commit()
        db.session.refresh(moderator)
        db.session.expunge(moderator)
    return writer, found[0], found[1]


def decides(keeper: Keeper, case_id: bytes, moderator: Moderator, outcome: str, **fields: object) -> None:
    def act() -> None:
        decide(db.session.get_one(Case, case_id), db.session.merge(moderator), outcome, **fields)

    keeper.does(act)


def is_open(keeper: Keeper, case_id: bytes) -> bool:
    with keeper.app.app_context():
        return cases.is_open(db.session.get_one(Case, case_id))


@pytest.mark.parametrize(
    ("outcome", "fields"), [("hide", {}), ("remove", {"rule": 1}), ("fold", {"warning": "責める言葉"})]
)
def test_what_a_moderator_took_from_readers_waits_for_one_again(
    keeper: Keeper, outcome: str, fields: dict[str, object]
) -> None:
    writer, case_id, moderator = flagged(keeper)
    file = keeper.backs_up()
    decides(keeper, case_id, moderator, outcome, **fields)
    keeper.restores(file)
    assert text_of(keeper.app, post_of(writer))[0] == "hidden"
    assert is_open(keeper, case_id)
    assert Reader(keeper.app).opens(f"/t/{writer.thread_id}").status_code == 404


def test_what_a_moderator_masked_stays_masked(keeper: Keeper) -> None:
    writer, case_id, moderator = flagged(keeper)
    file = keeper.backs_up()
    spans = [decisions.Span("body", 0, 3), decisions.Span("title", 0, 2)]
    decides(keeper, case_id, moderator, "mask", rule=1, mask_spans=spans)
    stood = text_of(keeper.app, post_of(writer))
    keeper.restores(file)
    assert text_of(keeper.app, post_of(writer)) == stood
    assert "青葉台" not in stood[1]
    with keeper.app.app_context():
        assert db.session.scalar(select(Thread.title)) == ""


def test_a_delayed_post_that_a_moderator_held_is_not_published_by_a_restore(keeper: Keeper) -> None:
    late = Writer(keeper.app)
    late.vents("あとで読まれる話です。", publish="soon")
    file = keeper.backs_up()
    keeper.does(lambda: lifecycle.hold(post(post_of(late))))
    keeper.restores(file)
    assert text_of(keeper.app, post_of(late))[0] == "held"


def test_what_was_shown_again_after_all_stands(keeper: Keeper) -> None:
    writer = written(keeper)
    file = keeper.backs_up()
    keeper.does(lambda: lifecycle.hide(post(post_of(writer))))
    hidden = keeper.backs_up()
    keeper.does(lambda: lifecycle.show(post(post_of(writer))))
    keeper.restores(file)
    assert text_of(keeper.app, post_of(writer)) == ("live", BODY)
    keeper.restores(hidden)
    assert text_of(keeper.app, post_of(writer)) == ("live", BODY)


def test_what_happened_before_the_backup_is_not_done_again(keeper: Keeper) -> None:
    writer = written(keeper)
    keeper.does(lambda: lifecycle.hide(post(post_of(writer))))
    keeper.does(lambda: lifecycle.show(post(post_of(writer))))
    keeper.does(lambda: lifecycle.retitle(db.session.scalars(select(Thread)).one(), "新しい題"))
    file = keeper.backs_up()
    for _ in range(2):
        keeper.restores(file)
        assert text_of(keeper.app, post_of(writer)) == ("live", BODY)
        with keeper.app.app_context():
            assert db.session.scalar(select(Thread.title)) == "新しい題"
            assert db.session.scalars(select(Case)).all() == []


def test_after_a_restore_acts_of_before_do_not_look_newer_than_those_of_after(keeper: Keeper) -> None:
    writer = written(keeper)
    file = keeper.backs_up()
    for _ in range(3):
        keeper.does(lambda: lifecycle.retitle(db.session.scalars(select(Thread)).one(), secrets.token_hex(4)))
    keeper.restores(file)
    keeper.does(lambda: lifecycle.retitle(db.session.scalars(select(Thread)).one(), "あとの題"))
    keeper.restores(keeper.backs_up())
    with keeper.app.app_context():
        assert db.session.scalar(select(Thread.title)) == "あとの題"
    assert text_of(keeper.app, post_of(writer))[0] == "live"


def test_a_locked_thread_is_locked_again(keeper: Keeper) -> None:
    written(keeper)
    file = keeper.backs_up()
    keeper.does(lambda: lifecycle.lock(db.session.scalars(select(Thread)).one()))
    keeper.restores(file)
    with keeper.app.app_context():
        assert db.session.scalar(select(Thread.is_locked))


def test_a_text_that_a_settled_case_held_no_more_stays_gone(keeper: Keeper) -> None:
    writer, case_id, moderator = flagged(keeper)
    file = keeper.backs_up()
    writer.sends(f"/p/{writer.post_id}/d")
    decides(keeper, case_id, moderator, "fine")
    with keeper.app.app_context():
        assert db.session.scalars(select(Revision)).all() == []
    keeper.restores(file)
    with keeper.app.app_context():
        assert db.session.scalars(select(Revision)).all() == []
        assert db.session.get_one(Case, case_id).findings == ""
    case = ids.to_text(case_id)
    signed_in = Staff(keeper.app)
    signed_in.takes(case)
    assert signed_in.opens(f"/m/c/{case}").status_code == 200


def test_what_an_open_case_holds_is_held_after_a_restore_too(keeper: Keeper) -> None:
    writer, _case_id, _moderator = flagged(keeper)
    file = keeper.backs_up()
    writer.sends(f"/p/{writer.post_id}/d")
    keeper.restores(file)
    with keeper.app.app_context():
        assert db.session.scalars(select(Revision.source)).all() == [BODY]
    assert text_of(keeper.app, post_of(writer)) == ("deleted", "")


def test_a_thread_that_was_taken_away_stays_shut_when_its_writer_deletes_it(keeper: Keeper) -> None:
    writer, other = written(keeper), Writer(keeper.app)
    other.replies(writer.thread_id, REPLY)
    file = keeper.backs_up()
    keeper.does(lambda: lifecycle.remove(post(post_of(writer))))
    keeper.does(lambda: lifecycle.erase(post(post_of(writer))))
    keeper.restores(file)
    assert Reader(keeper.app).opens(f"/t/{writer.thread_id}").status_code == 404
    assert text_of(keeper.app, post_of(writer)) == ("deleted", "")
    with keeper.app.app_context():
        assert db.session.scalars(select(Revision)).all() == []


def test_a_lifted_ban_keeps_nobody_out_again(keeper: Keeper) -> None:
    every_table_filled(keeper.app)
    file = keeper.backs_up()

    def lift() -> None:
        assert bans.lift(db.session.scalars(select(Ban.id)).all()) == 1

    keeper.does(lift)
    keeper.restores(file)
    with keeper.app.app_context():
        assert db.session.scalars(select(Ban.until_day)).one() < clock.today()


@pytest.mark.parametrize("verb", [staff.disable_moderator, staff.reset_moderator])
def test_a_moderator_who_was_shut_out_stays_out_until_reset(
    keeper: Keeper, verb: Callable[..., object]
) -> None:
    signed_in = Staff(keeper.app)
    file = keeper.backs_up()

    def act() -> None:
        verb(moderator=staff.moderator_named(signed_in.name), keys=runtime().keys)

    keeper.does(act)
    keeper.restores(file)
    answer = signed_in.sends("/m/login", name=signed_in.name, password=Staff.PASSWORD, code=signed_in.code())
    assert answer.status_code != 303
    assert keeper.runs("moderators", "reset", signed_in.name).exit_code == 0


# What goes by itself.


def on_day(days: int) -> datetime:
    return clock.now() + timedelta(days=days)


def test_what_had_to_go_meanwhile_is_gone_before_anybody_reads(keeper: Keeper) -> None:
    writer = Writer(keeper.app)
    writer.vents("一日だけの話です。", lifetime="1")
    removed, case_id, moderator = flagged(keeper)
    decides(keeper, case_id, moderator, "remove", rule=1)
    with keeper.app.app_context():
        begin_writing()
        old = {"kind": "letter", "state": "open", "answer": "", "day": clock.date_after(-170)}
        db.session.add(Letter(body="むかしの手紙です。", **old))
        deposits.put_aside({"body": "まだ途中"}, new_words("ja"), runtime().keys)
        db.session.commit()
    file = keeper.backs_up()
    with clock.frozen(on_day(14)):
        keeper.restores(file)
        assert text_of(keeper.app, post_of(removed)) == ("removed", "")
        with keeper.app.app_context():
            assert [thread.opening_id for thread in db.session.scalars(select(Thread))] == [post_of(removed)]
            for model in (Letter, Deposit, Revision):
                assert db.session.scalars(select(model)).all() == [], model


def test_a_thread_that_was_deleted_does_not_come_back(keeper: Keeper) -> None:
    assert keeper.runs("samples", "load").exit_code == 0
    writer = written(keeper)
    file = keeper.backs_up()
    assert keeper.runs("samples", "clear").exit_code == 0
    keeper.restores(file)
    with keeper.app.app_context():
        assert [thread.opening_id for thread in db.session.scalars(select(Thread))] == [post_of(writer)]


def test_words_blanked_once_stay_blank_whatever_the_days_say(keeper: Keeper) -> None:
    removed, case_id, moderator = flagged(keeper)
    file = keeper.backs_up()
    decides(keeper, case_id, moderator, "remove", rule=1)
    with clock.frozen(on_day(14)):
        assert keeper.runs("purge").exit_code == 0
        assert text_of(keeper.app, post_of(removed)) == ("removed", "")
        keeper.restores(file)
        assert text_of(keeper.app, post_of(removed)) == ("hidden", "")


# Where words may lie.


def test_after_a_restore_what_was_erased_stands_in_no_file_of_the_board(on_sqlite: Keeper) -> None:
    writer, other = every_table_filled(on_sqlite.app)
    assert on_sqlite.runs("search", "sync").exit_code == 0
    file = on_sqlite.backs_up()
    later(on_sqlite, writer, f"/p/{writer.post_id}/e", body=CUT)
    other.sends("/me/erase")
    on_sqlite.restores(file)
    with on_sqlite.app.app_context():
        assert db.session.scalars(select(Revision.source)).all() == [BODY]  # an open case holds it
        case = db.session.scalars(select(Case).where(Case.target_id == post_of(writer))).one()
        moderator = db.session.scalars(select(Moderator)).first()
        decide(case, moderator, "fine")
        db.session.commit()
        db.session.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    left = raw(on_sqlite.instance)
    assert "会いました".encode() in left
    assert not [word for word in (*GONE, REPLY, "同じ町") if word.encode() in left]


def test_a_restored_file_holds_no_free_page_with_words(on_sqlite: Keeper) -> None:
    writer = written(on_sqlite)
    file = on_sqlite.backs_up()
    writer.sends(f"/p/{writer.post_id}/d")
    on_sqlite.restores(file)
    left = raw(on_sqlite.instance)
    assert not [word for word in (*GONE, "会わない日") if word.encode() in left]


def test_what_was_deleted_is_in_no_backup_made_later(keeper: Keeper) -> None:
    writer, other = every_table_filled(keeper.app)
    assert "山田" in unpacked(keeper.backs_up())
    later(keeper, writer, f"/p/{writer.post_id}/e", body=CUT)
    other.sends("/me/erase")
    with keeper.app.app_context():
        case = db.session.scalars(select(Case).where(Case.target_id == post_of(writer))).one()
        decide(case, db.session.scalars(select(Moderator)).first(), "fine")
        db.session.commit()
    made = unpacked(keeper.backs_up())
    assert "会いました" in made
    assert not [word for word in (*GONE, REPLY, "同じ町") if word in made]


# The journal itself.


def test_no_line_of_the_journal_holds_a_word_or_a_time(keeper: Keeper) -> None:
    writer, other = every_table_filled(keeper.app)
    later(keeper, writer, f"/p/{writer.post_id}/e", body=CUT)
    other.sends("/me/erase")
    keeper.does(lambda: lifecycle.retitle(db.session.scalars(select(Thread)).one(), "べつの題"))
    path = keeper.instance / journal.FILE
    lines = path.read_text(encoding="ascii")
    assert len(lines.splitlines()) >= 6
    assert "\\u" not in lines
    assert not re.search(r"\d{2}:\d{2}|\d{10}", re.sub(r'"id": "[0-9a-f]*"', "", lines))
    words = {word for line in lines.splitlines() for word in re.findall(r'"([^"]*)"', line)}
    known = {
        "until",
        "kind",
        "id",
        *journal.KINDS,
        *(name for more in journal.KINDS.values() for name in more),
    }
    known |= {"cut", "mask", "held", "hidden", "removed", "live", ""}
    ours = re.compile(r"\d{4}-\d{2}-\d{2}|[0-9a-f]{32}|[0-9a-f]{64}")
    assert not [word for word in words - known if not ours.fullmatch(word)]
    state = path.stat()
    assert state.st_mode & 0o777 == 0o600
    assert state.st_mtime == clock.midnight().timestamp()


def test_a_line_is_kept_longer_than_any_backup_and_then_goes(on_sqlite: Keeper) -> None:
    writer = written(on_sqlite)
    writer.sends(f"/p/{writer.post_id}/d")
    path = on_sqlite.instance / journal.FILE
    days = [json.loads(line)["until"] for line in path.read_text().splitlines()]
    longest = journal.BACKUP_DAYS + journal.MARGIN_DAYS + journal.SPREAD_DAYS
    assert all(clock.date_after(journal.BACKUP_DAYS) < date.fromisoformat(day) for day in days)
    assert all(date.fromisoformat(day) < clock.date_after(longest) for day in days)
    with clock.frozen(on_day(journal.BACKUP_DAYS + 1)):
        assert on_sqlite.runs("purge").exit_code == 0
        assert [entry.id for entry in on_sqlite.entries("post")] == [post_of(writer)]
    with clock.frozen(on_day(longest)):
        assert on_sqlite.runs("purge").exit_code == 0
        assert post_of(writer) not in [entry.id for entry in on_sqlite.entries()]


def test_the_night_takes_the_order_out_of_the_journal(on_sqlite: Keeper) -> None:
    path = on_sqlite.instance / journal.FILE
    noted = [ids.new_id() for _ in range(40)]
    for identifier in noted:
        journal.append(path, [journal.line_of("writer", identifier)])
    assert order(path) == [identifier.hex() for identifier in noted]
    assert on_sqlite.runs("purge").exit_code == 0
    lines = path.read_text().splitlines()
    assert lines == sorted(lines)
    assert set(order(path)) == {identifier.hex() for identifier in noted}
    assert order(path) != [identifier.hex() for identifier in noted]
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.stat().st_mtime == clock.midnight().timestamp()


def order(path: Path) -> list[str]:
    return [json.loads(line)["id"] for line in path.read_text().splitlines()]


def test_lines_of_one_transaction_tell_no_order(keeper: Keeper) -> None:
    noted = [ids.new_id() for _ in range(30)]

    def act() -> None:
        for identifier in noted:
            journal.note("writer", identifier)

    keeper.does(act)
    lines = (keeper.instance / journal.FILE).read_text().splitlines()
    assert lines == sorted(lines)


def test_an_act_that_was_taken_back_is_not_noted(keeper: Keeper) -> None:
    writer = written(keeper)
    with keeper.app.app_context():
        begin_writing()
        lifecycle.erase(post(post_of(writer)))
        db.session.rollback()
        begin_writing()
        lifecycle.erase(post(post_of(writer)))
        db.session.remove()  # a request that ends without a commit
        begin_writing()
        db.session.commit()
    assert keeper.entries() == []


def test_an_act_that_cannot_be_noted_does_not_happen(keeper: Keeper) -> None:
    writer = written(keeper)
    path = keeper.instance / journal.FILE
    path.unlink(missing_ok=True)
    path.mkdir()
    with pytest.raises(errors.Unwell):
        keeper.does(lambda: lifecycle.erase(post(post_of(writer))))
    with keeper.app.app_context():
        db.session.remove()
    assert text_of(keeper.app, post_of(writer)) == ("live", BODY)
    path.rmdir()
    writer.sends(f"/p/{writer.post_id}/d")
    assert text_of(keeper.app, post_of(writer)) == ("deleted", "")


DELETES = """
import os, sys
from sqlalchemy import Engine, event
from forum import create_app
from forum.extensions import begin_writing, db
from forum.models import Post
from forum.moderation import lifecycle
from forum.runtime import runtime

def plug(*_):
    os.kill(os.getpid(), 9)

app = create_app()
with app.app_context():
    begin_writing()
    lifecycle.erase(db.session.get_one(Post, bytes.fromhex(sys.argv[1])))
    if sys.argv[2] == "before":
        event.listen(Engine, "commit", plug)  # behind the journal's own
        db.session.commit()
    dialect, commit = db.engine.dialect, db.engine.dialect.do_commit
    dialect.do_commit = lambda connection: (commit(connection), plug())
    db.session.commit()
"""


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_process_killed_around_its_commit_leaves_no_erasure_out_of_the_journal(
    keeper: Keeper, moment: str
) -> None:
    writer = written(keeper)
    file = keeper.backs_up()
    words = [sys.executable, "-c", DELETES, post_of(writer).hex(), moment]
    done = subprocess.run(words, env=os.environ | keeper.environ, check=False)
    assert done.returncode == -9
    status, _ = text_of(keeper.app, post_of(writer))
    assert status == ("live" if moment == "before" else "deleted")
    assert [entry.id for entry in keeper.entries("post")] == [post_of(writer)]
    # Also when the commit never came: somebody wanted it away.
    keeper.restores(file)
    assert text_of(keeper.app, post_of(writer)) == ("deleted", "")


def test_many_write_the_journal_while_it_is_rewritten(tmp_path: Path) -> None:
    path = tmp_path / journal.FILE
    code = (
        "import sys\nfrom pathlib import Path\nfrom forum import journal\n"
        "for n in range(100):\n"
        "    line = journal.line_of('writer', bytes([int(sys.argv[2]), n]) * 8)\n"
        "    journal.append(Path(sys.argv[1]), [line])\n"
    )
    writers = [subprocess.Popen([sys.executable, "-c", code, str(path), str(n)]) for n in range(3)]
    while any(one.poll() is None for one in writers):
        journal.expire(path)
    assert [one.wait() for one in writers] == [0, 0, 0]
    assert len({entry.id for entry in journal.entries(path)}) == 300


def test_a_torn_line_takes_no_other_with_it(tmp_path: Path) -> None:
    path = tmp_path / journal.FILE
    journal.append(path, [journal.line_of("writer", b"a" * 16)])
    with path.open("ab") as file:
        file.write(b'{"until": "2027-01-01", "kind": "wri')
    journal.append(path, [journal.line_of("writer", b"b" * 16)])
    assert sorted(entry.id for entry in journal.entries(path)) == [b"a" * 16, b"b" * 16]
    journal.expire(path)
    assert len(path.read_text().splitlines()) == 2


def test_the_journal_takes_only_what_is_written_down(app: Flask) -> None:
    with app.app_context():
        for kind, more in (("words", {}), ("writer", {"text": "山田"}), ("text", {"revision": 1})):
            with pytest.raises(ValueError, match="the journal has no"):
                journal.note(kind, b"x" * 16, **more)


# The backup itself.


def test_a_backup_holds_no_time_no_order_and_no_name_of_the_moment(keeper: Keeper) -> None:
    every_table_filled(keeper.app)
    late = Writer(keeper.app)
    late.vents("あとで読まれる話です。", publish="soon")
    assert keeper.runs("backup").exit_code == 0
    file = next((keeper.instance / "backups").iterdir())
    made = unpacked(file)
    assert '"table":"timer"' not in made
    assert '"table":"index_job"' not in made
    assert not re.search(r"\d{2}:\d{2}:\d{2}|T\d{2}:|\d{4}-\d{2}-\d{2} \d", made)
    assert file.name == f"nagi-{clock.today()}.backup"
    assert file.stat().st_mtime == clock.midnight().timestamp()
    assert file.parent.stat().st_mtime == clock.midnight().timestamp()
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert file.read_bytes()[4:8] == bytes(4)  # gzip's own time


def rows_of(file: Path, table: str) -> list[dict[str, object]]:
    with file.open("rb") as handle, archive.opened(handle) as opened:
        for name, columns in opened.tables():
            rows = [
                dict(zip([column.name for column in columns], row, strict=True))
                for row in opened.rows(columns)
            ]
            if name == table:
                return rows
    raise AssertionError(table)


def test_rows_lie_in_the_order_of_their_random_keys(keeper: Keeper) -> None:
    for _ in range(12):
        written(keeper)
    file = keeper.backs_up()
    for table in ("thread", "post", "participant", "receipt"):
        keys = [row["id"] for row in rows_of(file, table)]
        assert keys == sorted(keys)  # type: ignore[type-var]


def test_the_order_of_the_day_is_not_in_a_backup(keeper: Keeper) -> None:
    written_in_order = [post_of(written(keeper)) for _ in range(12)]
    first, second = (rows_of(keeper.backs_up(), "thread") for _ in range(2))
    ordered = [row["opening_id"] for row in sorted(first, key=lambda row: row["bumped_no"])]  # type: ignore[arg-type,return-value]
    assert set(ordered) == set(written_in_order)
    assert ordered != written_in_order
    assert [row["bumped_no"] for row in first] != [row["bumped_no"] for row in second]
    assert [row["last_no"] for row in rows_of(keeper.backs_up(), "day_counter")] == [archive.MIDDLE]


def test_a_moderators_last_code_is_not_in_a_backup(keeper: Keeper) -> None:
    Staff(keeper.app)
    assert [row["totp_last"] for row in rows_of(keeper.backs_up(), "moderator")] == [0]


def test_a_cookie_of_before_tries_every_ban_again(keeper: Keeper) -> None:
    every_table_filled(keeper.app)
    file = keeper.backs_up()
    epochs = []
    for _ in range(3):
        keeper.restores(file)
        with keeper.app.app_context():
            epochs.append(db.session.scalar(select(BoardState.epoch)))
    assert epochs == [2, 3, 4]
    with keeper.app.app_context():
        db.session.remove()
        db.engine.dispose()
    # Also when nothing is left of what stood here but the journal.
    (keeper.instance / "nagi.sqlite3").unlink(missing_ok=True)
    keeper.restores(file)
    with keeper.app.app_context():
        assert db.session.scalar(select(BoardState.epoch)) == 5


# PostgreSQL's pages.


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
    later(Keeper(own_database), writer, f"/p/{writer.post_id}/e", body=CUT)
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


def test_sqlite_has_nothing_to_rewrite(app: Flask) -> None:
    with app.app_context():
        assert rewriting.rewrite() == []
