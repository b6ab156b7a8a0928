"""The same text in several threads: the second copy is asked about, the third waits; the numbers go with the words."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select

from forum import clock, ids, worker
from forum.extensions import begin_writing, db
from forum.models import Case, Echo, Post
from forum.moderation import echoes, lifecycle
from forum.posting import cutting, erasing
from tests.actors import Staff, Writer, fields_of
from tests.keeping import Keeper
from tests.privacy.test_standing import day, wrote_on

TEXT = (
    "夜の台所でお湯をわかしながら、今日あったことをひとつずつ思い出しています。夫は隣の部屋でテレビを見ていて、"
    "わたしたちの間には、もう何年も用件しかありません。"
)
CHANGED = "あけみと申します。" + TEXT.replace("夫", "主人").replace("。", "。 ")
ASKED = "別の話にもあるようです"


def plain(text: str) -> str:
    return text.replace("<wbr>", "")


def known(app: Flask) -> Writer:
    """Somebody with standing: posts of two days, on the third."""
    person = Writer(app)
    wrote_on(person, 1, 2)
    return person


def numbers_in(app: Flask) -> int:
    with app.app_context():
        return int(db.session.scalar(select(func.count()).select_from(Echo)) or 0)


def cases_in(app: Flask) -> list[tuple[int, str, str]]:
    with app.app_context():
        rows = db.session.execute(
            select(Case.lane, Case.source, Post.status).join(Post, Post.id == Case.target_id)
        )
        return sorted((lane, source, status) for lane, source, status in rows)


def within(app: Flask, act: Callable[[Post], object], post_id: str) -> None:
    with app.app_context():
        begin_writing()
        act(db.session.get_one(Post, ids.from_text(post_id)))
        db.session.commit()


def test_the_second_copy_is_asked_about_and_goes_with_a_case_the_third_waits(app: Flask) -> None:
    person = known(app)
    with day(3):
        assert person.vents(TEXT, theme="r1").status_code == 303
        asked = person.vents(CHANGED, theme="r2")
        assert asked.status_code == 422
        assert ASKED in plain(asked.text)
        sent = person.browser.post("/n/r2", data=fields_of(asked.text, "/n/r2") | {"act": "asis"})
        assert sent.status_code == 303
        assert cases_in(app) == [(4, "unchanged", "live")]
        other = known(app)
        held = other.vents(f"{TEXT}ありがとう。", theme="r3")
        assert held.status_code == 303
        assert "世話人が先に読みます" in plain(other.opens(held.location).text)
        assert cases_in(app) == [(4, "screening", "held"), (4, "unchanged", "live")]


def test_a_newcomers_second_copy_waits(app: Flask, writer: Writer, other: Writer) -> None:
    writer.vents(TEXT)
    other.vents("べつの話です。")
    writer.replies(other.thread_id, CHANGED)
    assert cases_in(app) == [(4, "screening", "held")]


def test_the_same_thread_short_words_and_quotations_are_no_copies(
    app: Flask, writer: Writer, other: Writer
) -> None:
    writer.vents(TEXT)
    assert writer.replies(writer.thread_id, TEXT).status_code == 303
    other.vents("読みました。")
    assert other.replies(writer.thread_id, "読みました。").status_code == 303
    quoting = "\n".join(f"> {line}" for line in TEXT.split("。"))
    assert other.replies(other.thread_id, f"{quoting}\nここが心に残りました。").status_code == 303
    assert cases_in(app) == []


def test_after_a_week_a_second_copy_is_nobodys_business(app: Flask) -> None:
    person = known(app)
    with day(3):
        person.vents(TEXT)
    with day(3 + echoes.DAYS_ASKED + 1):
        assert person.vents(CHANGED).status_code == 303
    assert cases_in(app) == []


def test_an_edit_does_not_carry_a_copy_past_the_question(app: Flask, writer: Writer, other: Writer) -> None:
    other.vents(TEXT)
    writer.vents("これから書きなおします。")
    writer.sends(f"/p/{writer.post_id}/e", body=CHANGED)
    assert cases_in(app) == [(4, "screening", "hidden")]


@pytest.mark.parametrize(
    "away",
    [
        lifecycle.erase,
        lambda post: erasing.erase_participant(post.participant_id),
        lambda post: cutting.cut_words(post, post.source[:20]),
        lambda post: lifecycle.revise(post, source="短い話になりました。"),
        lambda post: worker.delete_threads([post.thread_id]),
        lambda post: worker.blank([post.id]),
    ],
    ids=["erase", "writer", "cut", "revise", "thread", "blank"],
)
def test_the_numbers_go_with_the_words(app: Flask, writer: Writer, away: Callable[[Post], object]) -> None:
    writer.vents(TEXT)
    assert numbers_in(app) == echoes.BANDS
    within(app, away, writer.post_id)
    assert numbers_in(app) == 0


def test_an_edited_text_is_found_by_its_new_words_alone(app: Flask, writer: Writer, other: Writer) -> None:
    writer.vents(TEXT)
    writer.sends(f"/p/{writer.post_id}/e", body="駅の帰り道に雨が降って、傘をささずに歩きました。" * 2)
    assert numbers_in(app) == echoes.BANDS
    other.vents(TEXT)
    assert cases_in(app) == []


def test_a_masked_text_keeps_no_number_of_what_was_masked(app: Flask, writer: Writer) -> None:
    writer.vents(TEXT)
    within(
        app,
        lambda post: lifecycle.revise(post, source=f"〇〇{post.source[10:]}", mark="mask"),
        writer.post_id,
    )
    with app.app_context():
        (post,) = db.session.scalars(select(Post))
        assert set(db.session.scalars(select(Echo.number))) == set(echoes.numbers_of(post.source))


def test_the_night_forgets_the_numbers_of_older_texts_and_no_others(app: Flask, writer: Writer) -> None:
    writer.vents(TEXT)
    with app.app_context():
        assert worker.end_echoes() == 0
        with clock.frozen(clock.now() + timedelta(days=echoes.DAYS_KEPT + 1)):
            assert worker.end_echoes() == 1
    assert numbers_in(app) == 0


def test_a_backup_that_is_put_back_brings_no_number_of_words_back_that_went_since(
    app: Flask, writer: Writer, other: Writer
) -> None:
    keeper = Keeper(app)
    writer.vents(TEXT)
    cut = "駅の帰り道に雨が降って、傘をささずに歩きました。" * 3
    other.vents(cut)
    file = keeper.backs_up()
    within(app, lifecycle.erase, writer.post_id)
    within(app, lambda post: cutting.cut_words(post, post.source[:50]), other.post_id)
    left = numbers_in(app)
    keeper.restores(file)
    with app.app_context():
        sources = list(db.session.scalars(select(Post.source)))
        kept = set(db.session.scalars(select(Echo.number)))
    assert left == len(kept)
    assert kept == {number for source in sources for number in echoes.numbers_of(source)}
    assert kept.isdisjoint({*echoes.numbers_of(TEXT)} | {*echoes.numbers_of(cut)} - kept)


def test_a_row_names_letters_and_a_post_and_nothing_else() -> None:
    assert set(Echo.__table__.columns.keys()) == {"number", "post_id"}


def test_the_desk_shows_nearly_the_same_texts_with_a_link_each(
    app: Flask, writer: Writer, other: Writer, moderator: Staff
) -> None:
    writer.vents(TEXT)
    first = writer.thread_id
    other.vents(CHANGED)
    (case_id,) = moderator.cases()
    moderator.takes(case_id)
    page = moderator.opens(f"/m/c/{case_id}").text
    assert "ほとんど同じ文" in page
    assert f"/t/{first}" in page
    assert TEXT[:40] in page


FLOCK = 4


@pytest.mark.parametrize("name", ["app", pytest.param("postgres_app", marks=pytest.mark.postgres)])
def test_of_copies_that_arrive_at_once_in_several_threads_one_alone_is_out(
    request: pytest.FixtureRequest, name: str
) -> None:
    board: Flask = request.getfixturevalue(name)
    people = [Writer(board) for _ in range(FLOCK)]
    places = []
    for person in people:
        person.vents("はじめの話です。")
        places.append(f"/t/{person.thread_id}/r")
    forms = [
        fields_of(person.opens(place).text, place) | {"body": TEXT if number % 2 else CHANGED}
        for number, (person, place) in enumerate(zip(people, places, strict=True))
    ]
    start = Barrier(FLOCK, timeout=60)

    def send(number: int) -> int:
        start.wait()
        return people[number].browser.post(places[number], data=forms[number]).status_code

    with ThreadPoolExecutor(FLOCK) as pool:
        assert list(pool.map(send, range(FLOCK))) == [303] * FLOCK
    assert [status for _lane, _source, status in cases_in(board)] == ["held"] * (FLOCK - 1)


@pytest.mark.parametrize("name", ["app", pytest.param("postgres_app", marks=pytest.mark.postgres)])
def test_looking_for_copies_is_answered_by_an_index(request: pytest.FixtureRequest, name: str) -> None:
    board: Flask = request.getfixturevalue(name)
    with board.app_context():
        query = select(Echo.post_id).where(Echo.number.in_(echoes.numbers_of(TEXT)))
        text = str(query.compile(db.engine, compile_kwargs={"literal_binds": True}))
        if db.engine.dialect.name == "sqlite":
            plan = " ".join(str(row) for row in db.session.execute(db.text(f"EXPLAIN QUERY PLAN {text}")))
            assert "SEARCH echo USING PRIMARY KEY" in plan
        else:
            db.session.execute(db.text("SET enable_seqscan = off"))
            plan = " ".join(str(row) for row in db.session.execute(db.text(f"EXPLAIN {text}")))
            assert "Seq Scan" not in plan
