"""What is counted of rules holds nobody's words, no id and no tag, and nothing of a deleted text is left beside it."""

import re
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from forum import worker
from forum.extensions import db
from forum.models import Participant, Post, RuleCounter, Thread
from forum.moderation import watched
from tests.actors import Staff, Writer, fields_of
from tests.privacy.test_bans import dump

WORD = "月の雫"
BODY = f"{WORD}の紙を見ました。番号は 080-2345-6789 でした。青い花を飾りました。"


def rows(app: Flask) -> list[tuple[str, ...]]:
    with app.app_context():
        return [
            (row.day.isoformat(), row.rule, row.event, str(row.times))
            for row in db.session.scalars(select(RuleCounter))
        ]


def wrote(app: Flask, instance: Path, writer: Writer) -> None:
    watched.add(instance / watched.OWN, watched.watched_word(WORD, "hold", "ちらし"))
    page = writer.sends("/n/r2", body=BODY)
    if page.status_code == 422:
        page = writer.browser.post("/n/r2", data=fields_of(page.text) | {"act": "asis"})
    writer._keep(page)


def test_counters_hold_no_word_no_id_and_no_tag(app: Flask, instance: Path, writer: Writer) -> None:
    wrote(app, instance, writer)
    found = rows(app)
    assert {rule for _day, rule, _event, _times in found} >= {"phone"}
    printed = " ".join(" ".join(row) for row in found)
    assert all(re.fullmatch(r"[a-z_]+|watched:[0-9a-f]{12}", rule) for _day, rule, _event, _times in found)
    with app.app_context():
        ids = [*db.session.scalars(select(Post.id)), *db.session.scalars(select(Thread.id))]
        for row in db.session.scalars(select(Participant)):
            ids += [row.id, row.tag]
        assert list(RuleCounter.__table__.columns.keys()) == ["day", "rule", "event", "times"]
    assert not [value for value in ids if value.hex() in printed]
    for piece in (WORD, "月", "ちらし", "080", "青い花"):
        assert piece not in printed


def test_a_deleted_text_leaves_its_numbers_and_nothing_else(
    app: Flask, instance: Path, writer: Writer, moderator: Staff
) -> None:
    wrote(app, instance, writer)
    (case_id,) = moderator.cases()
    moderator.takes(case_id)
    writer.sends(f"/p/{writer.post_id}/d")
    moderator.decides(case_id, "fine")
    with app.app_context():
        worker.end_small_rows()
        left = repr(dump(app))
    for piece in (WORD, "青い花", "080-2345"):
        assert piece not in left
    assert rows(app)
