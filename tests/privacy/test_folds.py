"""Who folds whom: a pair inside one thread, joined to nothing, told to nobody, gone with everything else."""

import re

import pytest
from flask import Flask
from sqlalchemy import select

from forum.extensions import db
from forum.models import Fold, Participant
from tests.actors import Reader, Staff, Writer
from tests.privacy.test_bans import dump

STORY = "夜になると、台所の明かりだけつけて座っています。"
ANSWER = "うちも同じです。"


def meets(writer: Writer, other: Writer) -> str:
    """``other`` answers in a new thread of ``writer``, who folds them there."""
    writer.vents(STORY)
    other.replies(writer.thread_id, ANSWER)
    assert writer.folds(other.post_id).status_code == 303
    return writer.thread_id


def test_folds_join_no_two_threads(app: Flask, writer: Writer, other: Writer) -> None:
    for _ in range(4):
        meets(writer, other)
    with app.app_context():
        people = {row.id: row for row in db.session.scalars(select(Participant))}
        folds = [(row.participant_id, row.folded_id) for row in db.session.scalars(select(Fold))]
    assert len(folds) == 4
    assert all(people[one].thread_id == people[two].thread_id for one, two in folds)
    # The same two people four times: not one value of any row is met again in another thread.
    seen = [value for pair in folds for who in pair for value in (who, people[who].tag)]
    assert len(set(seen)) == len(seen) == 16
    assert len({people[one].thread_id for one, _two in folds}) == 4


def test_a_fold_changes_no_row_but_its_own(app: Flask, writer: Writer, other: Writer) -> None:
    writer.vents(STORY)
    other.replies(writer.thread_id, ANSWER)
    before = dump(app)
    writer.folds(other.post_id)
    after = dump(app)
    assert {name for name in before if before[name] != after[name]} == {"fold"}
    writer.folds(other.post_id, "unfold")
    assert dump(app) == before


def test_nobody_is_told_of_a_fold(app: Flask, writer: Writer, other: Writer, moderator: Staff) -> None:
    writer.vents(STORY)
    other.replies(writer.thread_id, ANSWER)
    writer.flags(other.post_id, "other")
    (case_id,) = moderator.cases()
    moderator.takes(case_id)
    looks = [
        (who, path)
        for who in (other, Reader(app), Writer(app))
        for path in ("/", "/me", "/log", f"/t/{writer.thread_id}", f"/t/{writer.thread_id}?p=op")
    ]
    looks += [(moderator, "/m/"), (moderator, f"/m/c/{case_id}")]
    before = [seen(who, path) for who, path in looks]
    assert writer.folds(other.post_id).status_code == 303
    assert [seen(who, path) for who, path in looks] == before


def seen(who: Reader, path: str) -> str:
    """A page without the tokens of its forms, which are others every time."""
    return re.sub(r'name="(csrf_token|ticket)"[^>]*>', "", who.opens(path).text)


@pytest.mark.parametrize("who", ["the one who folded", "the one who was folded"])
def test_a_fold_goes_with_everything_of_either(app: Flask, writer: Writer, other: Writer, who: str) -> None:
    stays = Writer(app)
    thread_id = meets(writer, other)
    stays.replies(thread_id, "読みました。")
    writer.folds(stays.post_id)
    gone = writer if who == "the one who folded" else other
    assert gone.sends("/me/erase").status_code == 200
    left = dump(app)["fold"]
    assert len(left) == (0 if gone is writer else 1)


def test_a_fold_goes_with_its_thread(app: Flask, writer: Writer, other: Writer) -> None:
    meets(writer, other)
    with app.app_context():
        db.session.execute(db.text("DELETE FROM thread"))
        db.session.commit()
    assert dump(app)["fold"] == []
