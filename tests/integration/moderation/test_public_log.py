"""What everybody sees of moderation: acts without quotations or names, and numbers that stand for several people each."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from forum import clock
from forum.extensions import begin_writing, db
from forum.models import AuditEntry, Case, Moderator, MonthFigure, Post
from forum.moderation import audit, cases, duty, figures, letters, takedowns
from forum.queries import public_log
from forum.runtime import runtime
from tests.actors import Reader, decide_at_once
from tests.integration.moderation.scenes import BODY, Scene, add, keys_of, set_scene

EVENING = datetime(2027, 3, 10, 21, 0, tzinfo=clock.BOARD_ZONE)
HOURS = duty.parse("09:00-12:00,20:00-24:00")


@pytest.fixture(autouse=True)
def evening() -> Iterator[None]:
    with clock.frozen(EVENING):
        yield


@pytest.fixture
def scene(app: Flask) -> Scene:
    add(app, "アオ", "lead")
    return set_scene(app)


def acts(
    app: Flask,
    action: str,
    times: int,
    *,
    lane: int = 4,
    rule: int = 4,
    day: date | None = None,
    by: str = "アオ",
) -> None:
    """Put acts into the record as decisions would."""
    with app.app_context(), clock.frozen(datetime.combine(day or clock.today(), EVENING.timetz())):
        begin_writing()
        moderator = db.session.scalars(select(Moderator).where(Moderator.name == by)).one()
        for _number in range(times):
            audit.record(
                key=keys_of(app).audit,
                action=action,
                actor=moderator,
                case=Case(id=b"c" * 16, lane=lane),
                rule=rule,
            )
        db.session.commit()


def decide(app: Flask, post_id: bytes, outcome: str, hour: int, **fields: object) -> None:
    """Decide the open case about a post at a staffed hour."""
    with app.app_context():
        begin_writing()
        case = cases.case_of(post_id)
        assert case
        decide_at_once(
            case_id=case.id,
            version=case.version,
            revision=db.session.get_one(Post, post_id).revision,
            moderator=db.session.scalars(select(Moderator)).one(),
            outcome=outcome,
            in_time=figures.is_in_time(lane=case.lane, opened_hour=case.opened_hour, hours=HOURS, hour=hour),
            audit_key=keys_of(app).audit,
            **fields,
        )
        db.session.commit()


def opened(app: Flask, post_id: bytes, *, lane: int, hour: int) -> None:
    with app.app_context():
        begin_writing()
        cases.open_case(post=db.session.get_one(Post, post_id), lane=lane, source="screening", hour=hour)
        db.session.commit()


def looks(app: Flask, hour: int) -> None:
    with app.app_context():
        begin_writing()
        takedowns.look(
            case_id=db.session.scalars(select(Case)).one().id,
            moderator=db.session.scalars(select(Moderator)).one(),
            hour=hour,
            audit_key=keys_of(app).audit,
        )
        db.session.commit()


def counted(app: Flask) -> dict[tuple[str, int], int]:
    with app.app_context():
        return {(row.kind, row.value): row.times for row in db.session.scalars(select(MonthFigure))}


def test_five_of_a_kind_are_told_by_the_day_lane_promise_and_role(
    app: Flask, scene: Scene, reader: Reader
) -> None:
    acts(app, "remove", 5)
    for path, said in (
        ("/log", ("取り除きました", "勧誘や宣伝", "約束の4つめ", "世話人のまとめ役", "3月10日", "2027年3月")),
        ("/en/log", ("Removed", "Promise 4", "lead caretaker", "Mar 10", "Mar 2027")),
    ):
        page = reader.opens(path).text
        assert all(words in page for words in said), path
        assert len(re.findall("<li><p>", page)) == 5


def test_four_of_a_kind_stand_there_once_without_day_promise_role_or_number(
    app: Flask, scene: Scene, reader: Reader
) -> None:
    acts(app, "remove", 4)
    acts(app, "remove", 4, lane=2, rule=1)
    page = reader.opens("/log").text
    assert page.count("<p>取り除きました</p>") == 2
    assert "五つに満たなかったこと" in page
    assert not any(words in page for words in ("3月10日", "つめ", "まとめ役"))
    acts(app, "remove", 1)
    page = reader.opens("/log").text
    assert page.count("3月10日") == 5
    assert page.count("<p>取り除きました</p>") == 6


def test_one_of_another_role_among_five_stands_there_without_its_day(
    app: Flask, scene: Scene, reader: Reader
) -> None:
    add(app, "ミドリ", "moderator")
    acts(app, "remove", 5)
    acts(app, "remove", 1, by="ミドリ")
    page = reader.opens("/log").text
    assert page.count("3月10日") == 5
    assert page.count("<p>取り除きました</p>") == 6


def test_every_month_has_its_page_and_no_other_has(app: Flask, scene: Scene, reader: Reader) -> None:
    acts(app, "hide", 5, day=date(2027, 1, 31))
    acts(app, "mask", 5, day=date(2027, 3, 1))
    this = reader.opens("/log").text
    assert "言葉を伏せました" in this
    assert "見えないようにしました" not in this
    assert re.findall(r'href="(/log[^"]*)"', this).count("/log/2027-01") == 1
    january = reader.opens("/log/2027-01").text
    assert "見えないようにしました" in january
    assert "1月31日" in january
    assert "この月は、まだ何もしていません。" in reader.opens("/log/2027-02").text
    assert "/en/log/2027-01" in reader.opens("/en/log/2027-03").text
    for wrong in ("2026-12", "2027-04", "2027-13", "2027-1", "x", "2027-01-01"):
        assert reader.opens(f"/log/{wrong}").status_code == 404, wrong


def test_no_word_handle_or_name_stands_in_the_log(app: Flask, scene: Scene, reader: Reader) -> None:
    for _number in range(6):
        opened(app, scene.reply_id, lane=4, hour=0)
        decide(app, scene.reply_id, "fine", 1, note_team="アオより")
    for path in ("/log", "/en/log"):
        page = reader.opens(path).text
        assert not any(words in page for words in (BODY[:6], "アオ", "会わない日", "note"))
        assert "<time" not in page


def test_lines_of_a_day_do_not_stand_in_the_order_of_acts(app: Flask, scene: Scene) -> None:
    for _number in range(5):
        for lane in (4, 2):
            acts(app, "remove", 1, lane=lane)
    with app.app_context():
        rows = public_log.month_log(date(2027, 3, 1)).rows
    assert [row.lane for row in rows] == [2] * 5 + [4] * 5


@pytest.mark.parametrize("path", ["/log", "/en/log"])
def test_a_figure_needs_five(app: Flask, scene: Scene, reader: Reader, path: str) -> None:
    few = {"/log": "数が少ないので、載せません", "/en/log": "too few to show"}[path]
    with app.app_context():
        begin_writing()
        for hours in (0, 1, 1, 7):
            figures.count("looked", hours)
        for kind in ("decided", "appeal"):
            for value in (1, 1, 1, 0):
                figures.count(kind, value)
        db.session.commit()
    assert reader.opens(path).text.count(few) == 3
    with app.app_context():
        begin_writing()
        figures.count("looked", 3)
        figures.count("decided", 1)
        figures.count("appeal", 0)
        db.session.commit()
    page = reader.opens(path).text
    assert few not in page
    said = {
        "/log": ("当番の時間で2時間のうち", "80パーセント", "60パーセント"),
        "/en/log": ("within 2 hours", "80 percent", "60 percent"),
    }
    assert all(words in page for words in said[path])


def test_the_first_look_counts_the_staffed_hours_a_case_waited_and_no_later_one(
    app: Flask, scene: Scene
) -> None:
    opened(app, scene.reply_id, lane=3, hour=10)
    looks(app, 13)
    looks(app, 15)
    assert counted(app) == {("looked", 3): 1}
    decide(app, scene.reply_id, "fine", 15)
    opened(app, scene.reply_id, lane=3, hour=20)
    looks(app, 20)
    assert counted(app) == {("looked", 3): 1, ("looked", 0): 1, ("decided", 0): 1}


@pytest.mark.parametrize(("lane", "allowed"), [(1, 0), (2, 2), (3, 4), (4, 4), (5, 7)])
def test_in_time_is_within_the_staffed_hours_of_the_lane(
    app: Flask, scene: Scene, lane: int, allowed: int
) -> None:
    for hour, in_time in ((100 + allowed, 1), (101 + allowed, 0)):
        opened(app, scene.reply_id, lane=lane, hour=100)
        decide(app, scene.reply_id, "fine", hour, note_author="読みました。")
        assert counted(app)["decided", in_time] == 1


@pytest.mark.parametrize(("outcome", "granted"), [("publish", 1), ("fine", 0), ("hide", 0)])
def test_an_appeal_is_counted_once_when_it_is_decided(
    app: Flask, scene: Scene, outcome: str, granted: int
) -> None:
    opened(app, scene.reply_id, lane=4, hour=0)
    decide(app, scene.reply_id, "remove" if outcome != "hide" else "lock", 1, rule=4)
    with app.app_context():
        begin_writing()
        post = db.session.get_one(Post, scene.reply_id)
        letters.write_letter(kind="appeal", body="勧誘ではありません。", about_post=post, hour=2)
        db.session.commit()
    decide(app, scene.reply_id, outcome, 3)
    assert {value: times for (kind, value), times in counted(app).items() if kind == "appeal"} == {granted: 1}
    opened(app, scene.reply_id, lane=4, hour=4)
    decide(app, scene.reply_id, "publish" if outcome == "hide" else "fine", 4)
    assert {value: times for (kind, value), times in counted(app).items() if kind == "appeal"} == {granted: 1}


def test_figures_outlast_the_cases_and_name_nobody(app: Flask, scene: Scene) -> None:
    assert list(MonthFigure.__table__.columns.keys()) == ["month", "kind", "value", "times"]
    opened(app, scene.reply_id, lane=3, hour=10)
    looks(app, 11)
    decide(app, scene.reply_id, "fine", 12)
    with app.app_context():
        db.session.execute(db.delete(Case))
        db.session.commit()
    assert counted(app) == {("looked", 1): 1, ("decided", 1): 1}
    with app.app_context():
        assert {row.month for row in db.session.scalars(select(MonthFigure))} == {date(2027, 3, 1)}


def test_looking_at_the_log_is_recorded_nowhere(app: Flask, scene: Scene, reader: Reader) -> None:
    acts(app, "remove", 5)
    with app.app_context():
        before = db.session.scalar(select(func.count()).select_from(AuditEntry))
    reader.opens("/log")
    reader.opens("/log/2027-03")
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == before
    assert counted(app) == {}


@pytest.mark.postgres
def test_figures_are_counted_on_postgresql_too(postgres_app: Flask) -> None:
    add(postgres_app, "アオ")
    scene = set_scene(postgres_app)
    opened(postgres_app, scene.reply_id, lane=3, hour=10)
    looks(postgres_app, 12)
    decide(postgres_app, scene.reply_id, "fine", 12)
    opened(postgres_app, scene.reply_id, lane=3, hour=20)
    decide(postgres_app, scene.reply_id, "fine", 21)
    assert counted(postgres_app) == {("looked", 2): 1, ("decided", 1): 2}
    with postgres_app.app_context():
        assert len(public_log.month_log(date(2027, 3, 1)).rare) == 1
        assert public_log.figures(date(2027, 3, 1)) == public_log.Figures(None, None, None)
        assert audit.verify(db.session(), runtime().keys.audit).holds
        assert public_log.first_month() == clock.today().replace(day=1)
        assert clock.today() - timedelta(days=9) == date(2027, 3, 1)
