"""The rota, the warning where nobody is entered, and the note for the next shift."""

from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from forum import clock, ids
from forum.cli import work
from forum.errors import Invalid
from forum.extensions import begin_writing, db
from forum.models import Handover, Moderator, Shift
from forum.moderation import duty, handover, rota
from tests.actors import Reader, Staff, fields_of

NOON = datetime(2026, 12, 1, 12, 30, tzinfo=clock.BOARD_ZONE)  # a Tuesday, between the two spans
TODAY = NOON.date()
HOURS = duty.parse("09:00-12:00,20:00-24:00")
OPEN = "当番の決まっていない時間が"


@pytest.fixture
def lead(app: Flask) -> Staff:
    return Staff(app, "まとめ役", role="lead")


def id_of(app: Flask, name: str) -> bytes:
    with app.app_context():
        return bytes(db.session.scalars(select(Moderator.id).where(Moderator.name == name)).one())


def enters(lead: Staff, name: str, day: date, first: int, until: int, weeks: int = 1) -> int:
    who = ids.to_text(id_of(lead.app, name))
    return lead.sends(
        "/m/rota", who=who, day=day.isoformat(), first=first, until=until, weeks=weeks
    ).status_code


def listed(app: Flask) -> list[tuple[date, int]]:
    with app.app_context():
        return [(row.day, row.hour) for row in db.session.scalars(select(Shift).order_by("day", "hour"))]


def text_of(desk: Staff, path: str = "/m/") -> str:
    return desk.opens(path).text.replace("<wbr>", "")


def test_a_lead_enters_hours_and_everybody_at_the_desk_reads_them(lead: Staff, moderator: Staff) -> None:
    app = lead.app
    with clock.frozen(clock.now()):
        tomorrow = clock.date_after(1)
        # 12:00 to 20:00 lies between the spans: only the staffed hours of it are meant.
        assert enters(lead, moderator.name, tomorrow, 11, 22) == 303
        assert listed(app) == [(tomorrow, 11), (tomorrow, 20), (tomorrow, 21)]
        assert enters(lead, moderator.name, tomorrow, 20, 24) == 303  # once more, and longer
        assert len(listed(app)) == 5
        page = text_of(moderator, "/m/rota")
        assert "11時から12時" in page
        assert "20時から24時" in page
        assert moderator.name in page
        assert 'name="who"' not in page
        for path in ("/", "/about", "/log", "/healthz"):
            assert moderator.name not in Reader(app).opens(path).text


def test_every_week_is_entered_as_far_as_the_rota_goes(lead: Staff) -> None:
    first = clock.date_after(10)
    assert enters(lead, lead.name, first, 9, 10, weeks=4) == 303
    assert [day for day, _hour in listed(lead.app)] == [first, first + timedelta(7), first + timedelta(14)]


def test_a_line_is_taken_out_again(lead: Staff) -> None:
    tomorrow = clock.date_after(1)
    enters(lead, lead.name, tomorrow, 20, 24)
    enters(lead, lead.name, tomorrow, 9, 10)
    page = lead.opens("/m/rota").text
    fields = fields_of(page, "/m/rota/drop")
    assert lead.browser.post("/m/rota/drop", data=fields).status_code == 303
    assert listed(lead.app) == [(tomorrow, hour) for hour in (20, 21, 22, 23)]


def test_only_whoever_leads_changes_it(lead: Staff, moderator: Staff) -> None:
    enters(lead, lead.name, clock.date_after(1), 9, 12)
    token = fields_of(moderator.opens("/m/").text, "/m/logout")
    fields = fields_of(lead.opens("/m/rota").text, "/m/rota/drop")
    for path in ("/m/rota", "/m/rota/drop"):
        assert moderator.browser.post(path, data=fields | token).status_code == 403
    assert len(listed(lead.app)) == 3


@pytest.mark.parametrize(
    ("ahead", "hours", "field"),
    [(-1, (20,), "day"), (rota.DAYS_AHEAD, (20,), "day"), (0, (13, 14), "hours"), (0, (), "hours")],
)
def test_what_cannot_be_meant_is_refused(
    app: Flask, moderator: Staff, ahead: int, hours: tuple[int, ...], field: str
) -> None:
    with app.app_context():
        begin_writing()
        person = db.session.get_one(Moderator, id_of(app, moderator.name))
        with pytest.raises(Invalid) as refused:
            rota.plan(moderator=person, day=clock.date_after(ahead), hours=hours, staffed=HOURS)
        assert refused.value.field == field


def test_hours_that_no_span_holds_are_asked_about(lead: Staff) -> None:
    assert enters(lead, lead.name, clock.date_after(1), 11, 10) == 422
    page = lead.sends("/m/rota", day="2020-01-01")
    assert page.status_code == 422
    assert listed(lead.app) == []


def fill(app: Flask, name: str, *, but: tuple[date, int] | None = None) -> None:
    """Everything that is staffed in the next eight days."""
    with app.app_context(), clock.frozen(NOON):
        begin_writing()
        who = id_of(app, name)
        for ahead in range(8):
            for hour in duty.hours_of_day(HOURS):
                day = TODAY + timedelta(days=ahead)
                if (day, hour) != but:
                    db.session.add(Shift(day=day, hour=hour, moderator_id=who))
        db.session.commit()


def gaps(app: Flask, at: datetime = NOON) -> list[tuple[date, int]]:
    with app.app_context():
        return rota.gaps(HOURS, at)


def test_without_a_rota_every_staffed_hour_of_seven_days_is_open(app: Flask) -> None:
    found = gaps(app)
    assert len(found) == 7 * 7
    assert found[0] == (TODAY, 20)  # the morning of today is over
    assert found[-1] == (TODAY + timedelta(days=7), 11)


def test_one_hour_that_nobody_took_is_found_and_one_beyond_seven_days_is_not(
    app: Flask, moderator: Staff
) -> None:
    missing = (TODAY + timedelta(days=3), 21)
    fill(app, moderator.name, but=missing)
    assert gaps(app) == [missing]
    assert gaps(app, NOON - timedelta(days=5)) != []
    assert gaps(app, NOON.replace(hour=21) + timedelta(days=3, minutes=29)) != []


def test_the_hour_that_runs_now_counts(app: Flask, moderator: Staff) -> None:
    fill(app, moderator.name, but=(TODAY, 21))
    assert gaps(app, NOON.replace(hour=21, minute=59)) != []
    assert (TODAY, 21) not in gaps(app, NOON.replace(hour=22, minute=0))


def test_who_is_disabled_covers_no_hour(app: Flask, moderator: Staff) -> None:
    fill(app, moderator.name)
    assert gaps(app) == []
    with app.app_context():
        db.session.get_one(Moderator, id_of(app, moderator.name)).is_disabled = True
        db.session.commit()
    assert len(gaps(app)) == 7 * 7


def test_the_desk_warns_in_words_until_somebody_is_entered(lead: Staff) -> None:
    page = text_of(lead)
    assert OPEN in page
    assert "ほかに" in page  # the first few, and how many more
    for ahead in range(8):
        enters(lead, lead.name, clock.date_after(ahead), 9, 24)
    assert OPEN not in text_of(lead)
    assert OPEN not in text_of(lead, "/m/rota")


def test_past_days_go_with_the_night(app: Flask, moderator: Staff) -> None:
    fill(app, moderator.name)
    with app.app_context(), clock.frozen(NOON + timedelta(days=6)):
        work.forget()
        assert min(db.session.scalars(select(Shift.day))) == TODAY + timedelta(days=6)


def test_a_note_stands_at_the_top_until_the_next_one(lead: Staff, moderator: Staff) -> None:
    assert "前の当番から" not in text_of(lead)
    answer = moderator.sends("/m/handover", words="三番の話は、\nもう一度見てください。<b>")
    assert answer.status_code == 303
    page = text_of(lead)
    assert "もう一度見てください。&lt;b&gt;" in page
    assert f"{moderator.name}さん" in page
    lead.sends("/m/handover", words="静かな夜でした。")
    page = text_of(moderator)
    assert "静かな夜でした。" in page
    assert "もう一度見て" not in page
    with lead.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Handover)) == 1
    moderator.sends("/m/handover", words="")
    assert "前の当番から" not in text_of(lead)


def test_a_note_that_is_too_long_comes_back(moderator: Staff) -> None:
    words = "あ" * 601
    answer = moderator.sends("/m/handover", words=words)
    assert answer.status_code == 422
    assert words in answer.text
    with moderator.app.app_context():
        person = db.session.get_one(Moderator, id_of(moderator.app, moderator.name))
        with pytest.raises(Invalid):
            handover.leave_note(moderator=person, words=words)


def test_strangers_read_neither(app: Flask, lead: Staff) -> None:
    lead.sends("/m/handover", words="静かな夜でした。")
    for path in ("/m/", "/m/rota", "/m/handover", "/m/people"):
        answer = Reader(app).opens(path)
        assert answer.status_code == 303
        assert answer.location == "/m/login"
