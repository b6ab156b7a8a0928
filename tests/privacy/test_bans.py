"""Bans hold against the seed: everywhere, on every device, and without a list of people or of places."""

import hmac
import logging
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from forum import clock, ids, logs
from forum.extensions import begin_writing, db
from forum.identity.cookie import open_cookie
from forum.identity.keys import Keys
from forum.identity.seeds import derive
from forum.models import Ban, BoardState, Participant, Post
from forum.moderation import bans
from forum.moderation.state import next_number
from forum.runtime import runtime
from forum.worker import end_small_rows
from tests.actors import Staff, Writer, fields_of
from tests.privacy.test_recovery import enters, phrase_of

WORDS = "夜の台所で、ひとり白湯を飲んでいます。"
LOCK_WORD = "みずうみの白い椅子"
HARSH = "あなたの考えは甘えです。だから夫婦がうまくいかないのです。"


def sanctioned(app: Flask, writer: Writer, host: Writer, step: str) -> None:
    """``writer`` answers harshly in ``host``'s thread, somebody tells, and a moderator takes this step."""
    host.vents(WORDS)
    writer.replies(host.thread_id, HARSH, act="asis")
    host.flags(writer.post_id, "attack")
    moderator = Staff(app, name=f"世話人{secrets.token_hex(3)}")
    case = moderator.cases()[0]
    moderator.takes(case)
    answer = moderator.decides(case, "remove", rule="3", sanction=step)
    assert answer.status_code == 303, answer.text


def dump(app: Flask) -> dict[str, list[Any]]:
    with app.app_context():
        return {
            table.name: sorted(map(tuple, db.session.execute(db.select(table))), key=repr)
            for table in db.metadata.sorted_tables
        }


def state_of(writer: Writer, app: Flask) -> Any:
    cookie = writer.browser.get_cookie("s")
    assert cookie
    with app.app_context():
        state = open_cookie(cookie.value, runtime().keys)
    assert state
    return state


def test_a_first_form_sent_again_with_the_cookie_of_before_gives_no_seed_that_is_free_of_its_ban(
    app: Flask, writer: Writer, other: Writer
) -> None:
    other.vents(WORDS)
    thread, path = other.thread_id, f"/t/{other.thread_id}/r"
    form = fields_of(writer.opens(path).text, path) | {"body": HARSH, "act": "asis"}
    react = f"/p/{other.post_id}/k"
    before = writer.browser.get_cookie("s")
    assert before
    press = fields_of(writer.opens(react).text, react) | {"kind": "same"}
    writer._keep(writer.browser.post(path, data=form))
    other.flags(writer.post_id, "attack")
    moderator = Staff(app)
    moderator.takes(case := moderator.cases()[0])
    assert moderator.decides(case, "remove", rule="3", sanction="board30").status_code == 303
    assert writer.replies(thread, "もう一度書きたいのです。").status_code == 403
    writer.browser.set_cookie("s", before.value)
    assert writer.browser.post(path, data=form).status_code == 403
    # Another form of then is another seed, which nobody banned.
    assert writer.browser.post(react, data=press).status_code == 303


def test_a_ban_follows_into_every_thread_and_onto_every_device(
    app: Flask, writer: Writer, other: Writer
) -> None:
    sanctioned(app, writer, other, "board30")
    third = Writer(app)
    third.vents("べつの人の話です。")
    for answer in (
        writer.vents("もう一度書きたいのです。"),
        writer.replies(third.thread_id, "ここでも書きたいのです。"),
        writer.flags(third.post_id, "harsh"),
        writer.reacts(third.post_id, "same"),
    ):
        assert answer.status_code == 403
        assert 'role="alert"' in answer.text
    assert "もう一度書きたいのです。" in writer.vents("もう一度書きたいのです。").text
    elsewhere = Writer(app)
    assert enters(elsewhere, " ".join(phrase_of(writer))).status_code == 303
    assert elsewhere.vents("ほかの端末からです。").status_code == 403
    assert third.vents("関係のない人の、つぎの話です。").status_code == 303
    assert other.replies(third.thread_id, "こちらも関係のない人です。").status_code == 303


def test_who_is_banned_may_still_read_and_say_that_it_is_wrong(
    app: Flask, writer: Writer, other: Writer
) -> None:
    sanctioned(app, writer, other, "board7")
    assert "お休みしていただいています" in writer.opens("/me").text
    assert writer.opens(f"/t/{other.thread_id}").status_code == 200
    assert writer.sends("/c", body="わたしは責めたつもりはありません。").status_code == 200
    assert writer.vents("また書きたい。").status_code == 403


def test_a_blocked_try_leaves_no_record_of_where(
    app: Flask,
    writer: Writer,
    other: Writer,
    instance: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sanctioned(app, writer, other, "board30")
    third = Writer(app)
    third.vents("べつの人の話です。")
    before = dump(app)
    journal = (instance / "journal.jsonl").read_bytes()
    with caplog.at_level(logging.DEBUG), caplog.filtering(logging.Filter("nagi")):
        monkeypatch.setattr(logging.getLogger(logs.LOGGER), "propagate", True)
        assert writer.replies(third.thread_id, "ここでも書きたいのです。").status_code == 403
    assert dump(app) == before
    assert (instance / "journal.jsonl").read_bytes() == journal
    assert not caplog.records


def test_whoever_takes_up_a_banned_key_meets_every_ban_again(
    app: Flask, writer: Writer, other: Writer
) -> None:
    sanctioned(app, writer, other, "board30")
    words = " ".join(phrase_of(writer))
    third = Writer(app)
    third.vents("べつの人の話です。")
    third.vents("べつの人の、つぎの話です。")  # and the cookie has passed the number of that ban
    enters(third, words)
    assert enters(third, words, act="instead").status_code == 303
    assert third.vents("ほかの鍵からです。").status_code == 403


def test_a_guest_who_wrote_meanwhile_lifts_no_ban_of_a_remembered_device(
    app: Flask, writer: Writer, other: Writer
) -> None:
    sanctioned(app, writer, other, "board30")
    writer.sends("/me/stay", word=LOCK_WORD, act="set")
    writer.browser.get("/x", headers={"Sec-Fetch-Site": "same-origin"})
    writer.browser.delete_cookie("x")
    assert writer.vents("この端末を借りて書いています。").status_code == 303
    assert enters(writer, LOCK_WORD, act="instead").status_code == 303
    assert writer.vents("もう一度書きたいのです。").status_code == 403


def test_out_of_one_thread_is_out_of_that_one_only(app: Flask, writer: Writer, other: Writer) -> None:
    sanctioned(app, writer, other, "thread")
    assert writer.replies(other.thread_id, "もう一言だけ。").status_code == 403
    assert writer.vents("自分の話なら書けます。").status_code == 303


def test_slow_is_one_post_a_day(app: Flask, writer: Writer, other: Writer) -> None:
    sanctioned(app, writer, other, "slow")
    assert writer.vents("今日のひとつめです。").status_code == 303
    assert writer.vents("今日のふたつめです。").status_code == 403
    with clock.frozen(clock.now() + timedelta(days=1)):
        assert writer.vents("あすのひとつめです。").status_code == 303


def test_a_warning_blocks_nothing_and_three_of_them_slow_down(app: Flask, writer: Writer) -> None:
    for _ in range(3):
        assert writer.vents("まだ書けます。").status_code == 303
        sanctioned(app, writer, Writer(app), "warning")
    assert writer.vents("今日のひとつめです。").status_code == 303
    assert writer.vents("今日のふたつめです。").status_code == 403


def test_a_ban_ends_at_the_boards_midnight_after_its_last_day(
    app: Flask, writer: Writer, other: Writer
) -> None:
    sanctioned(app, writer, other, "board7")
    last = clock.now().replace(hour=23, minute=50) + timedelta(days=7)
    with clock.frozen(last):
        assert writer.vents("まだ早いのです。").status_code == 403
    with clock.frozen(last + timedelta(minutes=15)):
        assert writer.vents("また書けるようになりました。").status_code == 303


def test_a_lifted_ban_ends_at_once(app: Flask, writer: Writer, other: Writer) -> None:
    sanctioned(app, writer, other, "board90")
    assert writer.vents("まだ書けません。").status_code == 403
    with app.app_context():
        begin_writing()
        assert bans.lift(db.session.scalars(db.select(Ban.id))) == 1
        db.session.commit()
    assert writer.vents("書けるようになりました。").status_code == 303


def test_a_decision_that_did_not_stand_takes_its_sanction_with_it(
    app: Flask, writer: Writer, other: Writer
) -> None:
    sanctioned(app, writer, other, "board90")
    appeal = writer.opens("/me").text.partition('href="/c?post=')[2].partition('"')[0]
    assert writer.sends(f"/c?post={appeal}", body="読みなおしてください。責めていません。").status_code == 200
    second = Staff(app, name="世話人B")
    case = second.cases()[0]
    second.takes(case)
    assert second.moves(case, "send_back").status_code == 303
    second.takes(case)
    assert second.decides(case, "fine").status_code == 303
    assert writer.vents("読みなおしてもらえました。").status_code == 303


def test_usually_only_new_bans_are_tried(app: Flask, writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    writer.vents(WORDS)
    with app.app_context():
        strangers(40)
    tried: list[int] = []
    live = bans.live_rows
    monkeypatch.setattr(
        bans, "live_rows", lambda since, **more: tried.append(len(live(since, **more))) or live(since, **more)
    )
    assert writer.vents("ひとつめ。").status_code == 303
    assert writer.vents("ふたつめ。").status_code == 303
    assert tried == [40, 0]


def test_the_cookies_number_never_passes_a_row_that_matches(
    app: Flask, writer: Writer, other: Writer
) -> None:
    with app.app_context():
        strangers(5)
    sanctioned(app, writer, other, "warning")
    with app.app_context():
        own = db.session.execute(db.select(Ban.number).where(Ban.scope == "warning")).scalar_one()
        strangers(5)
    assert writer.vents("書けます。").status_code == 303
    assert state_of(writer, app).ban_number == own - 1


def test_another_epoch_counts_from_zero(app: Flask, writer: Writer) -> None:
    with app.app_context():
        begin_writing()
        db.session.get_one(BoardState, 1).ban_number = 1000
        db.session.commit()
    writer.vents(WORDS)
    assert state_of(writer, app).ban_number == 1000
    with app.app_context():
        begin_writing()
        state = db.session.get_one(BoardState, 1)
        state.ban_number, state.epoch = 0, state.epoch + 1
        tag = db.session.scalars(db.select(Participant.tag)).one()
        add_ban(ids.from_text(writer.thread_id), tag)
        db.session.commit()
    assert writer.vents("まだ書けません。").status_code == 403


def test_the_work_is_the_same_wherever_a_match_stands(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = []
    compare = hmac.compare_digest
    with app.app_context():
        seed = secrets.token_bytes(16)
        rows = strangers(30)
        identity = derive(seed, runtime().keys)
        for place in (None, 0, 15, 29):
            begin_writing()
            row = db.session.get_one(Ban, rows[place]) if place is not None else None
            kept = row.tag if row else b""
            if row:
                row.tag = identity.tag(row.thread_id, row.pepper_version)
            db.session.flush()
            compared: list[int] = []
            monkeypatch.setattr(
                bans.hmac, "compare_digest", lambda a, b, c=compared: c.append(1) or compare(a, b)
            )
            outcome = bans.try_all(identity, since=0, epoch=1)
            monkeypatch.setattr(bans.hmac, "compare_digest", compare)
            assert len(outcome.hits) == (place is not None)
            counts.append(len(compared))
            if row:
                row.tag = kept
            db.session.commit()
    assert counts == [30, 30, 30, 30]


def test_a_burnt_pepper_matches_nobody_any_more(app: Flask) -> None:
    with app.app_context():
        keys = runtime().keys
        identity = derive(secrets.token_bytes(16), keys)
        thread = ids.new_id()
        begin_writing()
        add_ban(thread, identity.tag(thread, 1))
        db.session.commit()
        assert bans.try_all(identity, since=0, epoch=1).hits
        burnt = Keys(keys.cookie, {2: secrets.token_bytes(32)}, keys.seal, keys.form, keys.audit)
        assert not bans.try_all(derive(secrets.token_bytes(16), burnt), since=0, epoch=1).hits


def test_numbers_come_in_the_order_of_commits_from_many_at_once(postgres_app: Flask) -> None:
    def take(_turn: int) -> int:
        with postgres_app.app_context():
            begin_writing()
            number = next_number("ban_number")
            db.session.execute(text("SELECT pg_sleep(0.005)"))
            db.session.commit()
            return number

    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(take, range(40)))
    assert sorted(numbers) == list(range(1, 41))


def test_a_ban_row_names_nobody_and_goes_with_time(app: Flask, writer: Writer, other: Writer) -> None:
    sanctioned(app, writer, other, "board7")
    assert set(Ban.__table__.columns.keys()) == {
        "id", "thread_id", "tag", "pepper_version", "scope", "reason", "from_day", "until_day", "number",
    }  # fmt: skip
    with app.app_context():
        tag = db.session.scalars(db.select(Participant.tag).join(Post, Post.participant_id == Participant.id).where(
            Post.id == ids.from_text(writer.post_id))).one()  # fmt: skip
        assert db.session.scalars(db.select(Ban.tag)).one() == tag
    with clock.frozen(clock.now() + timedelta(days=7 + 180)), app.app_context():
        end_small_rows()
        assert db.session.scalars(db.select(Ban)).all()
    with clock.frozen(clock.now() + timedelta(days=7 + 182)), app.app_context():
        end_small_rows()
        assert not db.session.scalars(db.select(Ban)).all()


def strangers(count: int) -> list[bytes]:
    """Bans of other people; their ids in the order of their numbers."""
    begin_writing()
    made = [add_ban(ids.new_id(), secrets.token_bytes(16)) for _ in range(count)]
    db.session.commit()
    return made


def add_ban(thread_id: bytes, tag: bytes) -> bytes:
    ban = Ban(
        id=ids.new_id(),
        thread_id=thread_id,
        tag=tag,
        pepper_version=1,
        scope="board",
        reason="promise_4",
        from_day=clock.today(),
        until_day=clock.date_after(30),
        number=next_number("ban_number"),
    )
    db.session.add(ban)
    db.session.flush()
    return ban.id
