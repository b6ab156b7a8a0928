"""Somebody who feels the same: at the end of a story, beside a draft before it goes out, and under what was searched."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from forum import clock, ids
from forum.cli import work
from forum.cli.search import rebuild_index
from forum.extensions import begin_writing, db
from forum.models import Alike, Post, Thread
from forum.moderation import lifecycle
from forum.runtime import runtime
from forum.search import outbox, relations
from tests.actors import Reader, Writer, fields_of
from tests.integration.test_search_pages import looks_for, plain, rows

HEADING = "同じ気持ちかもしれない"
SILENCE = "夫と会話がありません。夕飯のあいだも無言で、返事は「うん」だけです。"
NO_WORDS = "妻と口をきかないまま三年。食卓の沈黙に慣れました。返事もしません。"
SILENCES = (
    "夫の返事は、今夜もありません。",
    "会話のない家です。テレビだけが話しています。",
    "無言の朝、無言の夜。もう慣れました。",
    "主人に話すことがなくなって、何年でしょう。",
)
GARDEN = "庭の胡瓜に花が咲きました。今年は豊作になりそうです。"


@pytest.fixture
def settle(app: Flask) -> Callable[[], None]:
    """Does what the board's own work does in its second."""

    def bring() -> None:
        with app.app_context():
            while outbox.drain(runtime().search):
                db.session.commit()
            while work.find_alike_in_index():
                pass

    return bring


def tells(app: Flask, body: str, **fields: str) -> Writer:
    writer = Writer(app)
    writer.vents(body, **fields)
    return writer


def others(app: Flask) -> tuple[Writer, Writer]:
    """Two who told of the same yesterday, among some who told of something else."""
    with clock.frozen(clock.now() - timedelta(days=1)):
        for number in range(4):
            tells(app, f"{GARDEN}{'朝露の話。' * number}")
        return tells(app, SILENCE, theme="r1"), tells(app, NO_WORDS, theme="r2")


def change(writer: Writer, act: Callable[[Post], object]) -> None:
    """Do something to the opening of a story, inside an application context."""
    begin_writing()
    act(db.session.get_one(Post, ids.from_text(writer.post_id)))
    db.session.commit()


def night(app: Flask) -> None:
    """The board's own work of a night, the day after everything that stands there."""
    with app.app_context():
        work.ask_for_alike(relations.ask_for_ended_days)
        while work.find_alike_in_index():
            pass


def section(page: str) -> str:
    return page.partition(HEADING)[2].partition("</section>")[0]


def test_a_story_ends_with_those_who_tell_of_the_same(
    app: Flask, reader: Reader, settle: Callable[[], None]
) -> None:
    one, other = others(app)
    settle()
    assert f"/t/{other.thread_id}" in section(reader.opens(f"/t/{one.thread_id}").text)
    assert f"/t/{one.thread_id}" in section(reader.opens(f"/t/{other.thread_id}").text), (
        "found without a new word"
    )
    assert f"/en/t/{one.thread_id}" in reader.opens(f"/en/t/{other.thread_id}").text


def test_nobody_stands_beside_another_on_the_day_they_wrote(
    app: Flask, reader: Reader, settle: Callable[[], None]
) -> None:
    one, _other = others(app)
    settle()
    stranger = tells(app, NO_WORDS + "あなたの夫は、もう気づいています。", theme="r3")
    settle()
    assert stranger.thread_id not in section(reader.opens(f"/t/{one.thread_id}").text)
    assert one.thread_id in section(reader.opens(f"/t/{stranger.thread_id}").text), (
        "the older ones are told at once"
    )
    with clock.frozen(clock.now() + timedelta(days=1)):
        night(app)
        assert stranger.thread_id in section(reader.opens(f"/t/{one.thread_id}").text)


def test_what_is_kept_does_not_tell_the_order_of_a_day(app: Flask, settle: Callable[[], None]) -> None:
    with clock.frozen(clock.now() - timedelta(days=1)):
        tells(app, GARDEN)
        writers = []
        for number, body in enumerate(SILENCES):
            writers.append(tells(app, body, theme=f"r{1 + number}"))
            settle()
    night(app)
    with app.app_context():
        for writer in writers:
            kept = kept_of(writer)
            relations.keep([relations.look_at(runtime().search, ids.from_text(writer.thread_id))])
            db.session.commit()
            assert kept_of(writer) == kept, "another look finds nothing that an earlier one had not found"
            assert len(kept) == len(SILENCES) - 1


def test_a_reply_puts_no_thread_beside_another(app: Flask, settle: Callable[[], None]) -> None:
    one, _other = others(app)
    with clock.frozen(clock.now() - timedelta(days=1)):
        garden = tells(app, "庭の茄子と胡瓜の話。", theme="r4")
        Writer(app).replies(garden.thread_id, SILENCE)
    settle()
    with app.app_context():
        assert ids.from_text(garden.thread_id) not in kept_of(one)


def test_a_change_between_looking_and_keeping_is_not_lost(
    app: Flask, settle: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = others(app)
    settle()
    looked = relations.alike

    with app.app_context():
        other_id = ids.from_text(other.thread_id)

        def revise(*given: object, **named: object) -> list[bytes]:
            found = looked(*given, **named)  # type: ignore[arg-type]
            change(other, lambda post: lifecycle.revise(post, source=GARDEN))
            outbox.drain(runtime().search)
            db.session.commit()
            return found

        monkeypatch.setattr(relations, "alike", revise)
        relations.keep([relations.look_at(runtime().search, other_id)])
        db.session.commit()
        assert not kept_of(other)
        assert list(relations.asked_for()) == [*sorted({other_id, ids.from_text(one.thread_id)})]


def test_who_loses_a_neighbour_is_looked_at_again_and_who_has_none_is_not(
    app: Flask, settle: Callable[[], None]
) -> None:
    one, other = others(app)
    alone = tells(app, "鵺の鳴く夜。", theme="r5")
    settle()
    with app.app_context():
        relations.ask_for_unknown()
        db.session.commit()
        assert list(relations.asked_for()) == [], "somebody alone has been looked at, too"
        assert kept_of(alone) == []
        begin_writing()
        relations.ask([ids.from_text(other.post_id)])
        db.session.commit()
        asked = set(relations.asked_for())
        assert {ids.from_text(one.thread_id), ids.from_text(other.thread_id)} <= asked


def test_what_was_hidden_is_shown_nowhere_at_once(
    app: Flask, reader: Reader, settle: Callable[[], None]
) -> None:
    one, other = others(app)
    settle()
    with app.app_context():
        change(other, lifecycle.hide)
    assert other.thread_id not in reader.opens(f"/t/{one.thread_id}").text
    settle()
    with app.app_context():
        gone = ids.from_text(other.thread_id)
        assert not db.session.scalars(select(Alike).where(Alike.other_id == gone)).all()


def test_changed_words_are_looked_at_anew_and_the_old_ones_forgotten(
    app: Flask, reader: Reader, settle: Callable[[], None]
) -> None:
    one, other = others(app)
    settle()
    with app.app_context():
        change(other, lambda post: lifecycle.revise(post, source=GARDEN))
        outbox.drain(runtime().search)
        db.session.commit()
        assert not kept_of(one), "forgotten before anything new is known"
    settle()
    assert other.thread_id not in section(reader.opens(f"/t/{one.thread_id}").text)


def kept_of(writer: Writer) -> list[bytes]:
    query = select(Alike.other_id).where(Alike.thread_id == ids.from_text(writer.thread_id), Alike.rank >= 0)
    return list(db.session.scalars(query))


def test_a_deleted_thread_is_beside_no_other(app: Flask, settle: Callable[[], None]) -> None:
    one, other = others(app)
    settle()
    with app.app_context():
        assert ids.from_text(other.thread_id) in kept_of(one)
        begin_writing()
        db.session.delete(db.session.get_one(Thread, ids.from_text(other.thread_id)))
        db.session.commit()
        assert ids.from_text(other.thread_id) not in kept_of(one)


def test_what_an_import_or_a_rebuild_brings_is_looked_at(app: Flask) -> None:
    one, other = others(app)
    with app.app_context():
        rebuild_index(runtime().search)
        assert db.session.scalar(select(func.count()).where(Alike.rank == Alike.TO_LOOK_AT)) == 6
        while work.find_alike_in_index():
            pass
        assert kept_of(one)[0] == ids.from_text(other.thread_id)


# --- before it goes out ---------------------------------------------------------------------------------------


def test_a_draft_is_seen_as_it_will_stand_beside_those_who_tell_of_the_same(
    app: Flask, settle: Callable[[], None]
) -> None:
    one, _other = others(app)
    settle()
    writer = Writer(app)
    typed = {
        "title": "静かな食卓",
        "body": "**夫**の無言。\n\n返事もなく、会話もなく。",
        "wish": "experience",
    }
    page = writer.sends("/n/r3", act="look", **typed)
    assert page.status_code == 200
    assert "<strong>夫</strong>の無言。" in page.text
    assert "静かな食卓" in page.text
    assert f"/t/{one.thread_id}" in section(page.text)
    with app.app_context():
        assert not db.session.scalars(select(Thread).where(Thread.title == "静かな食卓")).all()
    carried = fields_of(page.text)
    back = writer.browser.post("/n/r3", data=carried | {"act": "back"})
    assert back.status_code == 200
    assert {name: fields_of(back.text)[name].replace("\r", "") for name in typed} == typed
    sent = writer.browser.post("/n/r3", data=fields_of(back.text))
    assert sent.status_code == 303
    with app.app_context():
        assert (
            db.session.scalars(
                select(Post.source)
                .join(Thread, Thread.opening_id == Post.id)
                .where(Thread.title == "静かな食卓")
            )
            .one()
            .replace("\r", "")
            == typed["body"]
        )


def test_a_draft_that_was_looked_at_is_kept_nowhere(app: Flask) -> None:
    secret = "鳳仙花の種を数えていた夜"
    assert Writer(app).sends("/n/r3", act="look", body=secret, title=f"題の{secret}").status_code == 200
    files = [path.read_bytes() for path in Path(app.instance_path).rglob("*") if path.is_file()]
    assert files
    assert not any(secret.encode() in text for text in files)
    with app.app_context():
        assert not db.session.scalars(select(Thread)).all()


def test_a_draft_can_go_out_from_the_look_at_it(app: Flask) -> None:
    writer = Writer(app)
    page = writer.sends("/n/r3", act="look", body="一行だけ。\n二行目。")
    assert writer.browser.post("/n/r3", data=fields_of(page.text)).status_code == 303


def test_a_look_at_nothing_is_told_and_loses_nothing(app: Flask) -> None:
    page = Writer(app).sends("/n/r3", act="look", title="題だけ", body="")
    assert page.status_code == 422
    assert fields_of(page.text)["title"] == "題だけ"


def test_words_that_need_help_bring_it_already_at_the_look(app: Flask) -> None:
    page = Writer(app).sends("/n/r3", act="look", body="もう死にたい。今夜は眠れません。")
    assert page.status_code == 200
    assert 'href="tel:' in page.text


def test_marks_in_a_draft_stay_letters(app: Flask) -> None:
    page = Writer(app).sends("/n/r3", act="look", title="<b>題", body="<script>alert(1)</script>&amp;")
    assert "<script>alert" not in page.text
    assert "<b>題" not in page.text
    assert fields_of(page.text)["body"] == "<script>alert(1)</script>&amp;"


def test_a_look_needs_no_index(make_app: Callable[..., Flask]) -> None:
    app = make_app(search="whoosh")
    writer = tells(app, SILENCE)
    with app.app_context():
        outbox.drain(runtime().search)
        db.session.commit()
        for path in (runtime().settings.instance / "index").rglob("*.seg"):
            path.write_bytes(b"broken")
    page = Writer(app).sends("/n/r3", act="look", body=NO_WORDS)
    assert page.status_code == 200
    assert writer.thread_id not in page.text


def test_a_machine_is_shown_no_look(app: Flask) -> None:
    page = Writer(app).sends("/n/r3", act="look", body=SILENCE, website="http://example.com/")
    assert page.status_code != 200


def test_looks_are_counted_apart_from_posts(make_app: Callable[..., Flask]) -> None:
    app = make_app(limit_look="2 per minute", limit_write="1 per minute", limit_bucket_factor="1")
    writer = Writer(app)
    form = fields_of(writer.opens("/n/r3").text) | {"body": SILENCE}
    looks = [writer.browser.post("/n/r3", data=form | {"act": "look"}).status_code for _ in range(3)]
    assert looks == [200, 200, 429]
    assert writer.browser.post("/n/r3", data=form).status_code == 303


# --- under what was searched ----------------------------------------------------------------------------------


def test_few_hits_are_followed_by_those_who_tell_of_the_same(
    app: Flask, reader: Reader, settle: Callable[[], None]
) -> None:
    one, other = others(app)
    settle()
    page = looks_for(reader, "夕飯のあいだも無言")
    assert rows(page) == [one.thread_id, other.thread_id]
    assert "近いことを書いている話" in plain(page)
    page = looks_for(reader, "会話も返事もない夫婦")
    assert set(rows(page)) >= {one.thread_id, other.thread_id}
    assert "言葉はちがっても、近い話がありました" in plain(page)


def test_a_word_that_was_taken_away_weighs_no_more_than_one_that_nobody_wrote(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(search="whoosh")
    others(app)
    secret = tells(app, "螺鈿細工の箱と、転勤先の話。")
    asked = [
        f"{known} {word}" for known in ("夕飯", "返事", "沈黙", "胡瓜") for word in ("螺鈿細工", "転勤先")
    ]
    with app.app_context():
        work.drain_into_index()
        change(secret, lifecycle.erase)
        work.drain_into_index()
        held = runtime().search.frequencies(["螺鈿"])
    assert held["螺鈿"], "it is still counted, or nothing is shown here"
    before = {query: rows(looks_for(Reader(app), query)) for query in asked}
    with app.app_context():
        runtime().search.optimize()
    assert {query: rows(looks_for(Reader(app), query)) for query in asked} == before
    assert any(before.values())


@pytest.mark.parametrize("typed", ["無言 -食卓", "無言"])
def test_who_says_what_they_do_not_want_or_where_is_taken_at_their_word(
    app: Flask, reader: Reader, settle: Callable[[], None], typed: str
) -> None:
    one, _other = others(app)
    settle()
    page = looks_for(reader, typed, theme="r1" if "-" not in typed else "")
    assert rows(page) == [one.thread_id]
