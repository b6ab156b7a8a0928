"""Against false reporters: many reports of one network are one voice, and a report leads to nobody."""

from collections.abc import Callable

import redis
from flask import Flask

from forum import ids
from forum.extensions import db
from forum.models import Flag
from tests.actors import Staff, Writer


def reports(app: Flask, post_id: str, address: str, note: str = "") -> None:
    person = Writer(app)
    person.browser.environ_base["REMOTE_ADDR"] = address
    assert person.flags(post_id, "attack", note).status_code == 200


def test_many_reports_from_one_network_count_once(app: Flask, writer: Writer, moderator: Staff) -> None:
    writer.vents("夜の台所で、白湯を飲んでいます。")
    for number in range(5):
        reports(app, writer.post_id, f"203.0.113.{number + 1}", f"知らせ{number}")
    reports(app, writer.post_id, "198.51.100.7")
    assert "2人が知らせました" in moderator.opens("/m/").text
    (case_id,) = moderator.cases()
    moderator.takes(case_id)
    page = moderator.opens(f"/m/c/{case_id}").text
    assert "2人が知らせました。同じ回線から、ほかに4件届いています。" in page
    assert all(f"知らせ{number}" in page for number in range(5))


def test_another_post_is_another_count(app: Flask, writer: Writer, other: Writer) -> None:
    for person in (writer, other):
        person.vents("夜の台所で、白湯を飲んでいます。")
        reports(app, person.post_id, "203.0.113.9")
    with app.app_context():
        assert set(db.session.scalars(db.select(Flag.is_repeat))) == {False}


def test_two_processes_count_together(make_app: Callable[..., Flask], redis_url: str) -> None:
    one, two = (make_app(redis_url=redis_url) for _ in range(2))
    writer = Writer(one)
    writer.vents("夜の台所で、白湯を飲んでいます。")
    for app in (one, two):
        reports(app, writer.post_id, "203.0.113.9")
    with one.app_context():
        assert sorted(db.session.scalars(db.select(Flag.is_repeat))) == [False, True]
    with redis.Redis.from_url(redis_url) as client:
        names = b" ".join(client.keys("*"))
    assert b"flagged" in names
    assert ids.from_text(writer.post_id).hex().encode() not in names
