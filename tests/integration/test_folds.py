"""Folding another writer in a thread: lasting for a writer, seen by nobody else, undone the same way."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from forum import clock
from forum.extensions import db
from forum.models import Fold
from tests.actors import Reader, Staff, Writer, fields_of

STORY = "夜になると、台所の明かりだけつけて座っています。"
LOUD = "うちも同じです。うちも同じです。"
CALM = "読みました。"
FOLDED = "あなたがたたんだ人の投稿です。"


def rows(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Fold)) or 0


def folded_on(reader: Reader, thread_id: str, part: str = "") -> list[str]:
    """The numbers of the posts that stand folded on this person's page."""
    page = reader.opens(f"/t/{thread_id}{part}").text
    return [
        found[1] for found in re.finditer(r'id="p(\d+)".*?</article>', page, re.DOTALL) if FOLDED in found[0]
    ]


@pytest.fixture
def talk(writer: Writer, other: Writer) -> str:
    """A thread of ``writer`` in which ``other`` answers twice."""
    writer.vents(STORY)
    other.replies(writer.thread_id, LOUD)
    other.replies(writer.thread_id, CALM)
    return writer.thread_id


def test_every_post_of_that_person_stands_folded_for_the_one_who_folded_and_for_nobody_else(
    app: Flask, writer: Writer, other: Writer, talk: str
) -> None:
    assert writer.folds(other.post_id).status_code == 303
    for part in ("", "?p=all", "?p=new"):
        assert folded_on(writer, talk, part) == ["2", "3"]
    other.replies(talk, "もう一言だけ。")
    assert folded_on(writer, talk) == ["2", "3", "4"]
    article = writer.opens(f"/t/{talk}").text.split('id="p2"')[1].split("</article>")[0]
    assert '<details class="fold">' in article
    assert LOUD in article
    assert 'class="react"' not in article
    for who in (other, Writer(app), Reader(app)):
        assert folded_on(who, talk) == []


def test_it_is_undone_the_same_way(app: Flask, writer: Writer, other: Writer, talk: str) -> None:
    path = f"/p/{other.post_id}/h"
    assert f'href="{path}"' in writer.opens(f"/t/{talk}").text
    assert 'value="fold"' in writer.opens(path).text
    writer.folds(other.post_id)
    assert "この人の投稿をひらく" in writer.opens(f"/t/{talk}").text
    page = writer.opens(path).text
    assert 'value="unfold"' in page
    assert 'value="fold"' not in page
    assert writer.folds(other.post_id, "unfold").status_code == 303
    assert folded_on(writer, talk) == []
    assert rows(app) == 0


def test_pressing_twice_is_pressing_once(app: Flask, writer: Writer, other: Writer, talk: str) -> None:
    path = f"/p/{other.post_id}/h"
    for way, left in (("fold", 1), ("unfold", 0)):
        data = fields_of(writer.opens(path).text, path) | {"way": way}
        assert [writer.browser.post(path, data=data).status_code for _ in range(2)] == [303, 303]
        assert rows(app) == left


def test_a_first_fold_costs_what_a_first_reaction_costs(
    make_app: Callable[..., Flask], writer: Writer, other: Writer, talk: str
) -> None:
    hurried = Writer(make_app(ticket_seconds="2"))
    for page, choice in (("h", {"way": "fold"}), ("k", {"kind": "same"})):
        path = f"/p/{other.post_id}/{page}"
        early = hurried.sends(path, **choice)
        assert early.status_code == 422
        assert "秒ほどで送れます" in early.text
    with clock.frozen(clock.now() + timedelta(seconds=3)):
        path = f"/p/{other.post_id}/h"
        data = fields_of(early.text, f"/p/{other.post_id}/k")
        assert hurried.browser.post(path, data=data | {"way": "fold"}).status_code == 422
    page = hurried.opens(path).text
    with clock.frozen(clock.now() + timedelta(seconds=3)):
        ripe = hurried.browser.post(path, data=fields_of(page, path) | {"way": "fold"})
    assert ripe.status_code == 303
    assert folded_on(hurried, talk) == ["2", "3"]


def test_a_first_fold_gets_dearer_like_every_first_act(
    make_app: Callable[..., Flask], writer: Writer, other: Writer, talk: str
) -> None:
    app = make_app(ticket_seconds="2", identities_per_bucket="1")
    for expected in (303, 429):
        reader = Writer(app)
        path = f"/p/{other.post_id}/h"
        page = reader.opens(path).text
        with clock.frozen(clock.now() + timedelta(seconds=3)):
            sent = reader.browser.post(path, data=fields_of(page, path) | {"way": "fold"})
        assert sent.status_code == expected, sent.text


def test_a_reader_is_given_the_page_of_it_without_script_and_the_script_a_name_to_fold_by(
    reader: Reader, other: Writer, talk: str
) -> None:
    page = reader.opens(f"/t/{talk}").text
    assert re.search(rf'<a href="/p/{other.post_id}/h" data-fold="\d+-\d+">', page)


def test_a_writer_is_given_the_lasting_fold_alone(writer: Writer, talk: str) -> None:
    assert "data-fold" not in writer.opens(f"/t/{talk}").text


@pytest.mark.parametrize("way", ["", "whatever", "fold'"])
def test_another_choice_is_asked_for_again(
    app: Flask, writer: Writer, other: Writer, talk: str, way: str
) -> None:
    assert writer.folds(other.post_id, way).status_code == 422
    assert rows(app) == 0


def test_nobody_folds_themselves_or_the_caretakers(app: Flask, writer: Writer, talk: str) -> None:
    assert writer.folds(writer.post_id).status_code == 404
    with app.app_context():
        db.session.execute(db.text("UPDATE post SET participant_id = NULL WHERE number = 3"))
        db.session.commit()
    page = writer.opens(f"/t/{talk}").text
    house = re.search(r'id="p3" data-post="([\w-]{22})"', page)
    assert house
    assert f"/p/{house[1]}/h" not in page
    assert writer.opens(f"/p/{house[1]}/h").status_code == 404
    assert rows(app) == 0


def test_what_was_told_to_the_caretakers_says_so_before_anything_else(
    writer: Writer, other: Writer, talk: str
) -> None:
    writer.flags(other.post_id, "other")
    writer.folds(other.post_id)
    assert folded_on(writer, talk) == ["2"]
    assert "知らせてくださった投稿です" in writer.opens(f"/t/{talk}").text


def test_a_post_that_is_not_shown_has_no_such_page(writer: Writer, other: Writer, talk: str) -> None:
    other.sends(f"/p/{other.post_id}/d")
    assert writer.opens(f"/p/{other.post_id}/h").status_code == 410


def test_who_may_not_write_may_not_begin_a_fold_either(
    app: Flask, writer: Writer, other: Writer, moderator: Staff, talk: str
) -> None:
    other.flags(writer.post_id, "attack")
    (case_id,) = moderator.cases()
    moderator.takes(case_id)
    decided = moderator.decides(case_id, "fold", rule="3", warning="注意", sanction="board7")
    assert decided.status_code == 303
    assert writer.folds(other.post_id).status_code == 403
    assert rows(app) == 0
