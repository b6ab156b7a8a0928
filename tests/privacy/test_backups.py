"""What somebody took away does not come back with a backup; a backup and the journal beside it tell no more than they must."""

import re
import secrets
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from forum import clock, ids, journal
from forum.backups import archive
from forum.cli import work
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
    Reaction,
    Receipt,
    Revision,
    Theme,
    Thread,
)
from forum.moderation import bans, cases, decisions, lifecycle, staff, wishes
from forum.moderation.timers import due_of
from forum.posting import deposits
from forum.posting.cutting import MARK
from forum.runtime import runtime
from tests.actors import Reader, Staff, Writer
from tests.keeping import (
    BODY,
    CUT,
    GONE,
    REPLY,
    Keeper,
    decide,
    every_table_filled,
    later,
    on_day,
    post,
    post_of,
    press,
    raw,
    text_of,
    unpacked,
    written,
)

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
    later(writer, f"/p/{writer.post_id}/e", body=CUT)
    left = text_of(keeper.app, post_of(writer))
    later(writer, f"/p/{writer.post_id}/e", body=CUT.replace("夜になると", ""))
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


def edited_and_cut(keeper: Keeper) -> tuple[Writer, Path]:
    writer = written(keeper)
    file = keeper.backs_up()
    edited = BODY.replace("青葉台の駅", "となり町の小さな店の前")
    writer.sends(f"/p/{writer.post_id}/e", body=edited)
    later(writer, f"/p/{writer.post_id}/e", body=edited.replace("山田さんに", ""))
    return writer, file


def test_an_edited_and_cut_text_keeps_what_stood_in_all_of_them(keeper: Keeper) -> None:
    writer, file = edited_and_cut(keeper)
    for _ in range(2):
        keeper.restores(file)
        assert text_of(keeper.app, post_of(writer))[1] == (
            f"{MARK}で、夫の同僚の{MARK}会いました。\n夜になると思い出します。"
        )


def test_what_is_cut_after_a_restore_is_no_step_from_the_text_of_before(keeper: Keeper) -> None:
    writer, file = edited_and_cut(keeper)
    keeper.restores(file)
    left = text_of(keeper.app, post_of(writer))[1]
    later(writer, f"/p/{writer.post_id}/e", body=left.replace("夜になると", ""))
    keeper.restores(file)
    assert text_of(keeper.app, post_of(writer))[1] == MARK


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
    later(writer, f"/p/{writer.post_id}/e", body=CUT)
    later(writer, f"/p/{writer.post_id}/e", body=CUT.replace("夜になると", ""))
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
    spans = [wishes.Span("body", 0, 3), wishes.Span("title", 0, 2)]
    decides(keeper, case_id, moderator, "mask", rule=1, mask_spans=spans)
    stood = text_of(keeper.app, post_of(writer))
    keeper.restores(file)
    assert text_of(keeper.app, post_of(writer)) == stood
    assert "青葉台" not in stood[1]
    with keeper.app.app_context():
        assert db.session.scalar(select(Thread.title)) == ""


@pytest.mark.parametrize("made", ["before the mask", "under the mask", "after the undoing"])
def test_what_was_masked_and_put_back_stands_whole(keeper: Keeper, made: str) -> None:
    writer, case_id, moderator = flagged(keeper)
    whole = text_of(keeper.app, post_of(writer))
    files = {"before the mask": keeper.backs_up()}
    decides(keeper, case_id, moderator, "mask", rule=1, mask_spans=[wishes.Span("body", 0, 3)])
    files["under the mask"] = keeper.backs_up()
    keeper.does(lambda: cases.open_case(post=post(post_of(writer)), lane=2, source="letter", hour=1))
    decides(keeper, case_id, moderator, "publish")
    files["after the undoing"] = keeper.backs_up()
    assert text_of(keeper.app, post_of(writer)) == whole
    keeper.restores(files[made])
    assert text_of(keeper.app, post_of(writer)) == whole


def test_a_thread_that_was_moved_is_where_the_backup_has_it(keeper: Keeper) -> None:
    """A move takes nothing from anybody: it is not in the journal, and its case is open again to be decided anew."""
    _writer, case_id, moderator = flagged(keeper)
    file = keeper.backs_up()
    with keeper.app.app_context():
        room = db.session.scalar(select(Thread.theme_code))
        other = db.session.scalars(select(Theme.code).where(Theme.code != room)).first()
    decides(keeper, case_id, moderator, "move", theme=other)
    moved = keeper.backs_up()
    keeper.restores(file)
    with keeper.app.app_context():
        assert db.session.scalar(select(Thread.theme_code)) == room
    assert is_open(keeper, case_id)
    keeper.restores(moved)
    with keeper.app.app_context():
        assert db.session.scalar(select(Thread.theme_code)) == other
    assert not is_open(keeper, case_id)


def test_whoever_was_asked_for_other_words_has_three_days_again(keeper: Keeper) -> None:
    writer, case_id, moderator = flagged(keeper)
    decides(keeper, case_id, moderator, "edit_request")
    file = keeper.backs_up()
    with clock.frozen(on_day(2)):
        keeper.restores(file)
        with keeper.app.app_context():
            due = due_of("edit", post_of(writer))
            assert due is not None
            assert due >= clock.now() + timedelta(days=decisions.DAYS_TO_EDIT, minutes=-1)
    assert not is_open(keeper, case_id)


def test_a_decision_that_was_pressed_and_had_no_effect_yet_is_carried_out_after_a_restore(
    keeper: Keeper,
) -> None:
    writer, case_id, moderator = flagged(keeper)
    keeper.does(lambda: press(db.session.get_one(Case, case_id), db.session.merge(moderator), "hide"))
    keeper.restores(keeper.backs_up())
    assert text_of(keeper.app, post_of(writer))[0] == "live"
    with keeper.app.app_context(), clock.frozen(clock.now() + timedelta(seconds=1)):
        work.fire_timers()
    assert text_of(keeper.app, post_of(writer))[0] == "hidden"
    assert not is_open(keeper, case_id)


def test_a_case_that_was_put_off_is_open_after_a_restore(keeper: Keeper) -> None:
    _writer, case_id, _moderator = flagged(keeper)
    keeper.does(lambda: cases.move(case_id, "snooze", 1))
    keeper.restores(keeper.backs_up())
    with keeper.app.app_context():
        assert db.session.get_one(Case, case_id).state == "open"


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


def test_what_had_to_go_meanwhile_is_gone_before_anybody_reads(keeper: Keeper) -> None:
    writer = Writer(keeper.app)
    writer.vents("一日だけの話です。", lifetime="1")
    removed, case_id, moderator = flagged(keeper)
    with clock.frozen(on_day(-1)):
        decides(keeper, case_id, moderator, "remove", rule=1)
    with keeper.app.app_context():
        begin_writing()
        old = {"kind": "letter", "state": "open", "answer": "", "day": clock.date_after(-170)}
        db.session.add(Letter(body="むかしの手紙です。", **old))
        deposits.put_aside({"body": "まだ途中"}, new_words("ja"), runtime().keys)
        db.session.commit()
    file = keeper.backs_up()
    with clock.frozen(on_day(13)):
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
    with clock.frozen(on_day(-1)):
        decides(keeper, case_id, moderator, "remove", rule=1)
    with clock.frozen(on_day(13)):
        assert keeper.runs("purge").exit_code == 0
        assert text_of(keeper.app, post_of(removed)) == ("removed", "")
        keeper.restores(file)
        assert text_of(keeper.app, post_of(removed)) == ("hidden", "")


# Where words may lie.


def test_after_a_restore_what_was_erased_stands_in_no_file_of_the_board(on_sqlite: Keeper) -> None:
    writer, other = every_table_filled(on_sqlite.app)
    assert on_sqlite.runs("search", "sync").exit_code == 0
    file = on_sqlite.backs_up()
    later(writer, f"/p/{writer.post_id}/e", body=CUT)
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
    later(writer, f"/p/{writer.post_id}/e", body=CUT)
    other.sends("/me/erase")
    with keeper.app.app_context():
        case = db.session.scalars(select(Case).where(Case.target_id == post_of(writer))).one()
        decide(case, db.session.scalars(select(Moderator)).first(), "fine")
        db.session.commit()
    made = unpacked(keeper.backs_up())
    assert "会いました" in made
    assert not [word for word in (*GONE, REPLY, "同じ町") if word in made]


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
    assert '"table":"alike"' not in made
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
