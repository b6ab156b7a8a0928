"""What rules did, counted: each event where it happens, overruled where a moderator says so, shown to whoever leads."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import event, select

from forum import clock, ids, worker
from forum.extensions import begin_writing, db
from forum.models import Post, RuleCounter
from forum.moderation import cases, counters
from forum.moderation.detectors import labels_of_rules
from forum.web import desk
from tests.actors import Reader, Staff, Writer, fields_of, let_pass

PHONE = "番号は 080-2345-6789 です。"
SCORN = "自業自得でしょう。同情の余地なし"


def counted(app: Flask) -> dict[tuple[str, str], int]:
    with app.app_context():
        rows = db.session.scalars(select(RuleCounter))
        return {(row.rule, row.event): row.times for row in rows}


def sends_on(writer: Writer, page: str, act: str, **more: object) -> None:
    data = fields_of(page) | {"act": act} | more
    assert writer._keep(writer.browser.post("/n/r2", data=data)).status_code == 303


@pytest.fixture
def written(app: Flask) -> Iterator[list[str]]:
    """Every statement that would change something."""
    seen: list[str] = []

    def listen(_c: object, _cu: object, statement: str, *_rest: object) -> None:
        if re.match(r"\s*(INSERT|UPDATE|DELETE)", statement):
            seen.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", listen)
    yield seen
    event.remove(engine, "before_cursor_execute", listen)


def test_a_question_is_counted_though_nothing_is_stored(app: Flask, writer: Writer) -> None:
    writer.sends("/n/r2", body=f"{PHONE}{PHONE}")
    writer.sends("/n/r2", body=PHONE)
    assert counted(app)["phone", "asked"] == 2  # once for each text
    assert not {what for _rule, what in counted(app)} - {"asked"}


def test_masked_by_the_writer_is_counted_for_what_was_chosen(app: Flask, writer: Writer) -> None:
    page = writer.sends("/n/r2", body=PHONE).text
    sends_on(writer, page, "mask", m=re.findall(r'name="m" value="(\d+)"', page))
    now = counted(app)
    assert now["phone", "masked"] == 1
    assert ("phone", "unchanged") not in now


def test_sent_unchanged_and_held_are_counted(app: Flask, writer: Writer) -> None:
    page = writer.sends("/n/r2", body=PHONE).text
    sends_on(writer, page, "asis")
    now = counted(app)
    assert (now["phone", "unchanged"], now["phone", "held"]) == (1, 1)


def test_what_is_not_taken_is_counted(app: Flask, writer: Writer) -> None:
    answer = writer.sends(
        "/n/r2", body="一緒に死にたい人を募集します。楽に死ねる薬を分けます。連絡ください。"
    )
    if "asked" in {what for _rule, what in counted(app)}:
        pytest.fail("this text was only asked about")
    assert answer.status_code == 422
    assert "rejected" in {what for _rule, what in counted(app)}


def test_a_form_sent_twice_counts_once(app: Flask, writer: Writer) -> None:
    page = writer.sends("/n/r2", body=PHONE).text
    data = fields_of(page) | {"act": "asis"}
    for _time in range(2):
        assert writer.browser.post("/n/r2", data=data).status_code == 303
    assert counted(app)["phone", "held"] == 1


def test_reading_counts_nothing(app: Flask, writer: Writer, written: list[str]) -> None:
    writer.vents("夜の台所で、白湯を飲んでいます。")
    lead = Staff(app, "世話人L", role="lead")
    written.clear()
    for path in ("/", "/n/r2", f"/t/{writer.thread_id}", f"/p/{writer.post_id}/ok?n=1"):
        writer.opens(path)
    lead.opens("/m/rules")
    assert written == []


@pytest.mark.parametrize(("outcome", "times"), [("publish", 1), ("mask", None), ("remove", None)])
def test_a_held_text_that_is_published_as_it_was_counts_as_overruled(
    app: Flask, writer: Writer, moderator: Staff, outcome: str, times: int | None
) -> None:
    page = writer.sends("/n/r2", body=f"{PHONE} よかったら一度お会いしませんか").text
    sends_on(writer, page, "asis")
    (case_id,) = moderator.cases()
    moderator.takes(case_id)
    data = fields_of(moderator.opens(f"/m/c/{case_id}").text, f"/m/c/{case_id}")
    data |= {"outcome": outcome, "rule": "1", "marks": "1"}
    assert moderator.browser.post(f"/m/c/{case_id}", data=data).status_code == 303
    let_pass(app)
    now = counted(app)
    assert now.get(("phone", "overruled")) == times
    assert ("asks_to_meet", "overruled") not in now  # it asked, and held nothing


def test_a_text_that_was_out_already_overrules_nobody(app: Flask, writer: Writer, moderator: Staff) -> None:
    page = writer.sends("/n/r2", body="よかったら一度お会いしませんか").text
    sends_on(writer, page, "asis")
    (case_id,) = moderator.cases()
    moderator.takes(case_id)
    moderator.decides(case_id, "fine")
    assert "overruled" not in {what for _rule, what in counted(app)}


def test_a_text_published_once_is_not_overruled_again_when_its_case_comes_back(
    app: Flask, writer: Writer, moderator: Staff
) -> None:
    sends_on(writer, writer.sends("/n/r2", body=PHONE).text, "asis")
    for outcome in ("publish", "fine"):
        (case_id,) = moderator.cases()
        moderator.takes(case_id)
        assert moderator.decides(case_id, outcome).status_code == 303
        with app.app_context():
            begin_writing()
            post = db.session.get_one(Post, ids.from_text(writer.post_id))
            cases.open_case(post=post, lane=2, source="screening", hour=1)
            db.session.commit()
    assert counted(app)["phone", "overruled"] == 1


def count(app: Flask, *done: tuple[str, str], days_ago: int = 0) -> None:
    with app.app_context(), clock.frozen(clock.now() - timedelta(days=days_ago)):
        begin_writing()
        for rule, what in done:
            counters.count(what, [rule])
        db.session.commit()


def test_the_page_lists_the_most_overruled_first_and_no_rule_that_nobody_met(app: Flask) -> None:
    count(app, ("link", "held"), ("link", "held"), ("link", "overruled"))
    count(app, ("phone", "held"), ("phone", "overruled"), ("phone", "overruled"))
    count(app, ("mail", "asked"), days_ago=29)
    count(app, ("plate", "asked"), days_ago=30)
    page = Staff(app, "世話人L", role="lead").opens("/m/rules").text
    assert re.findall(r'translate="no">(\w+)</span>', page) == ["phone", "link", "mail"]
    assert "世話人が出した 2" in page
    assert "止めた 2" in page


@pytest.mark.parametrize("role", ["moderator", "lead", "operator"])
def test_only_who_leads_sees_the_figures(app: Flask, role: str) -> None:
    staff = Staff(app, "世話人R", role=role)
    leads = role != "moderator"
    assert staff.opens("/m/rules").status_code == (200 if leads else 403)
    assert ("/m/rules" in staff.opens("/m/").text) is leads


def test_a_stranger_is_led_to_the_login(app: Flask) -> None:
    assert Reader(app).opens("/m/rules").status_code == 303


def test_an_empty_board_says_so(app: Flask) -> None:
    assert "まだ、どの決まりも" in Staff(app, "世話人L", role="lead").opens("/m/rules").text


def test_figures_go_after_a_month(app: Flask) -> None:
    count(app, ("link", "held"), days_ago=31)
    count(app, ("mail", "held"), days_ago=32)
    with app.app_context():
        worker.end_small_rows()
    assert set(counted(app)) == {("link", "held")}


def test_two_who_count_at_once_both_count_on_postgresql(postgres_app: Flask) -> None:
    with postgres_app.app_context():
        first, second = db.engine.connect(), db.engine.connect()
        row = {"day": clock.today(), "rule": "link", "event": "held"}
        first.execute(counters._MORE, row)
        first.commit()
        second.execute(counters._MORE, row)
        second.commit()
        first.close()
        second.close()
    assert counted(postgres_app) == {("link", "held"): 2}


def test_an_event_that_does_not_exist_is_refused(app: Flask) -> None:
    with app.app_context(), pytest.raises(ValueError, match="no such event"):
        counters.count("seen", ["link"])


def test_every_rule_of_a_lexicon_and_the_model_is_named_in_words(app: Flask) -> None:
    """A bare code says nothing to whoever leads."""
    with app.test_request_context("/m/rules"):
        silent = [rule for rule in labels_of_rules() if not desk.rule_words(rule)]
    assert silent == []
    assert {"scorn", "ought", "likeness-crisis"} <= set(labels_of_rules())
