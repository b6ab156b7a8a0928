"""What somebody hostile, or merely unlucky, tried once and must not manage again."""

import re
from collections.abc import Callable
from datetime import timedelta

from flask import Flask

from forum import clock, ids
from forum.extensions import begin_writing, db
from forum.models import Case, Letter, Post, Thread, Timer
from forum.moderation.activity import LARGEST_NUMBER
from forum.queries import paging
from tests.actors import Reader, Staff, Writer, fields_of

FAREWELL = "今夜、首を吊って死のうと思います。ロープも用意しました。"


def decided(moderator: Staff, outcome: str, **fields: str) -> None:
    (case_id,) = moderator.cases()
    moderator.takes(case_id)
    answer = moderator.decides(case_id, outcome, rule="3", **fields)
    assert answer.status_code == 303, answer.text


def status_of(app: Flask, post_id: str) -> str:
    with app.app_context():
        return db.session.get_one(Post, ids.from_text(post_id)).status


def test_a_delayed_post_edited_into_what_must_be_held_does_not_publish_itself(
    app: Flask, writer: Writer
) -> None:
    writer.vents("おだやかな話です。", publish="soon")
    writer.sends(f"/p/{writer.post_id}/e", body=FAREWELL)
    assert status_of(app, writer.post_id) == "held"


def test_a_removed_thread_stays_away_when_its_writer_deletes_it(
    app: Flask, writer: Writer, other: Writer, moderator: Staff, reader: Reader
) -> None:
    writer.vents("取り除かれる話です。")
    other.replies(writer.thread_id, "残したくない返事です。")
    other.flags(writer.post_id, "attack")
    decided(moderator, "remove")
    assert reader.opens(f"/t/{writer.thread_id}").status_code == 404
    assert writer.sends(f"/p/{writer.post_id}/d").status_code == 200
    assert reader.opens(f"/t/{writer.thread_id}").status_code == 404


def test_who_only_acted_in_a_removed_thread_does_not_see_it_any_more(
    writer: Writer, other: Writer, moderator: Staff
) -> None:
    writer.vents("取り除かれる話です。", title="見えなくなる題")
    other.flags(writer.post_id, "attack")
    decided(moderator, "remove")
    assert other.opens(f"/t/{writer.thread_id}").status_code == 404
    assert "見えなくなる題" not in other.opens("/me").text
    assert writer.opens(f"/t/{writer.thread_id}").status_code == 200


def test_an_appeal_belongs_to_whoever_has_the_statement(
    app: Flask, writer: Writer, other: Writer, moderator: Staff, reader: Reader
) -> None:
    writer.vents("見えなくなる話です。")
    other.flags(writer.post_id, "attack")
    decided(moderator, "hide")
    reader.sends(f"/c?post={writer.post_id}", body="他人の異議です。")
    link = re.search(r'href="(/c\?post=[^"]+)"', writer.opens(f"/t/{writer.thread_id}").text)
    assert link
    writer.sends(link[1], body="わたしの異議です。")
    with app.app_context():
        kinds = {letter.body: letter.kind for letter in db.session.scalars(db.select(Letter))}
    assert kinds == {"他人の異議です。": "letter", "わたしの異議です。": "appeal"}


def test_a_writer_does_not_put_back_what_a_moderator_changed(
    app: Flask, writer: Writer, other: Writer, moderator: Staff
) -> None:
    writer.vents("重い話です。")
    path = f"/p/{writer.post_id}/e"
    old_form = fields_of(writer.opens(path).text, path)
    other.flags(writer.post_id, "harsh")
    decided(moderator, "fold", warning="重い話")
    answer = writer.browser.post(path, data=old_form | {"body": "元にもどした話です。", "warning": ""})
    assert answer.status_code == 409
    assert "元にもどした話です。" in answer.text
    with app.app_context():
        assert db.session.get_one(Post, ids.from_text(writer.post_id)).warning == "重い話"


def test_sending_again_after_a_refusal_asks_again_instead_of_insisting(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app(limit_write="1 per hour")
    writer = Writer(app)
    writer.vents("はじめの話です。")
    text = "電話は090-1234-5678です。"
    writer.sends("/n/r2", body=text)
    refused = writer.sends("/n/r2", body=text, act="asis", m="1")
    assert refused.status_code == 429
    kept = fields_of(refused.text, "/n/r2")
    assert kept["body"] == text
    assert not {"act", "m"} & kept.keys()


def test_marks_of_other_words_mask_nothing(writer: Writer) -> None:
    asked = writer.sends("/n/r2", body="電話は090-1234-5678です。")
    assert asked.status_code == 422
    data = fields_of(asked.text, "/n/r2") | {
        "body": "別の文で、電話は080-8765-4321です。",
        "act": "mask",
        "m": "1",
    }
    again = writer.browser.post("/n/r2", data=data)
    assert again.status_code == 422
    assert "080-8765-4321" in again.text


def test_paging_goes_on_over_days_whose_numbers_were_made_random(app: Flask, reader: Reader) -> None:
    with app.app_context():
        begin_writing()
        for number in range(paging.LIST_LENGTH + 5):
            day = clock.date_after(-3)
            opening = ids.new_id()
            thread = Thread(
                id=ids.new_id(), theme_code="r2", opening_id=opening, title=f"昔の話{number}", wish="listen",
                lifetime_days=365, created_day=day, ends_on=clock.date_after(30), status="live", bumped_day=day,
                bumped_no=LARGEST_NUMBER - number, last_no=1, live_posts=1, pepper_version=1,
            )  # fmt: skip
            db.session.add(thread)
        db.session.commit()
    first = reader.opens("/b/r2").text
    link = re.search(r"after=(\d+-\d+)", first)
    assert link
    second = reader.opens(f"/b/r2?after={link[1]}").text
    assert f"昔の話{paging.LIST_LENGTH + 4}" in second
    assert "昔の話0<" not in second


def test_no_form_tells_when_its_page_was_made(reader: Reader) -> None:
    token = fields_of(reader.opens("/n/r2").text, "/n/r2")["csrf_token"]
    assert re.fullmatch(r"[0-9a-f]{96}", token)


def test_no_link_of_ours_leaves_the_site(reader: Reader) -> None:
    for path in ("/en/%5Cevil.example", "/%5Cevil.example", "/en//evil.example", "/en/evil.example//x"):
        page = reader.opens(path).text
        assert not re.search(r'href="(?:/?[\\]|//)', page), path


def test_a_huge_text_costs_no_more_than_a_long_one(app: Flask, reader: Reader) -> None:
    answer = reader.browser.post("/nowhere", data={"body": "LINE " * 50_000})
    assert answer.status_code == 404
    with app.app_context():
        assert not db.session.scalars(db.select(Case)).all()


def test_quick_exit_ends_the_identity_in_a_browser_that_says_nothing_of_the_page(writer: Writer) -> None:
    writer.vents("古いブラウザです。")
    answer = writer.opens("/x")
    assert any("s=;" in cookie for cookie in answer.headers.getlist("Set-Cookie"))


def test_the_clock_of_a_timer_never_reaches_beyond_what_was_promised(app: Flask, writer: Writer) -> None:
    writer.vents("すこし後で出る話です。", publish="soon")
    with app.app_context():
        due = db.session.scalars(db.select(Timer.due).where(Timer.kind == "publish")).one()
    now = clock.now().replace(tzinfo=None)
    assert timedelta(minutes=4) < due - now <= timedelta(minutes=30)
