"""An operator's own words on a running board: taken up at once, met by real people, told to the caretakers with their note."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from forum import ids
from forum.cli import cli
from forum.extensions import db
from forum.models import Case, Post
from forum.moderation import watched
from tests.actors import Staff, Writer, fields_of
from tests.integration.test_commands import Forum, forum, refused_in_one_line

__all__ = ["forum"]

WORD = "月の雫"
BODY = f"この前、{WORD}と書いた紙を見ました。"


@pytest.fixture
def watch(app: Flask, instance: Path) -> Callable[..., None]:
    """Watch a word while the board runs."""

    def add(action: str, **more: str) -> None:
        watched.add(instance / watched.OWN, watched.watched_word(WORD, action, **more))

    return add


def status(app: Flask, post_id: str) -> str:
    with app.app_context():
        return str(db.session.get_one(Post, ids.from_text(post_id)).status)


def lanes(app: Flask) -> list[int]:
    with app.app_context():
        return list(db.session.scalars(select(Case.lane)))


def test_a_word_is_taken_up_by_the_running_board_and_dropped_again(
    app: Flask, writer: Writer, watch: Callable[..., None], instance: Path
) -> None:
    writer.vents(BODY)
    assert status(app, writer.post_id) == "live"
    watch("hold")
    writer.vents(BODY)
    assert status(app, writer.post_id) == "held"
    watched.remove(instance / watched.OWN, WORD)
    writer.vents(BODY)
    assert status(app, writer.post_id) == "live"


def test_publish_opens_a_case_in_the_lane_of_its_label(
    app: Flask, writer: Writer, watch: Callable[..., None]
) -> None:
    watch("publish", label="threat_or_abuse")
    assert writer.vents(BODY).status_code == 303
    assert (status(app, writer.post_id), lanes(app)) == ("live", [3])


def test_ask_shows_the_word_and_one_press_masks_it(
    app: Flask, writer: Writer, watch: Callable[..., None]
) -> None:
    watch("ask")
    asked = writer.sends("/n/r2", body=BODY)
    assert asked.status_code == 422
    assert f"<mark>{WORD}<sup>1</sup></mark>" in asked.text
    data = fields_of(asked.text) | {"act": "mask", "m": "1"}
    writer._keep(writer.browser.post("/n/r2", data=data))
    with app.app_context():
        assert "〇〇と書いた紙" in db.session.get_one(Post, ids.from_text(writer.post_id)).source
    assert lanes(app) == []


def test_ask_and_sent_unchanged_is_published_with_a_case(
    app: Flask, writer: Writer, watch: Callable[..., None]
) -> None:
    watch("ask", label="sexual")  # a label whose words are not masked otherwise
    asked = writer.sends("/n/r2", body=BODY)
    assert "<mark>" in asked.text
    writer._keep(writer.browser.post("/n/r2", data=fields_of(asked.text) | {"act": "asis"}))
    assert (status(app, writer.post_id), lanes(app)) == ("live", [5])


def test_reject_gives_the_text_back_kindly(app: Flask, writer: Writer, watch: Callable[..., None]) -> None:
    watch("reject")
    answer = writer.sends("/n/r2", body=BODY)
    assert answer.status_code == 422
    assert BODY in answer.text
    with app.app_context():
        assert db.session.scalars(select(Post)).all() == []


def test_the_desk_shows_the_note_and_never_forgets_what_is_watched_no_more(
    app: Flask, writer: Writer, moderator: Staff, watch: Callable[..., None], instance: Path
) -> None:
    watch("hold", note="春のちらし")
    writer.vents(BODY)
    assert "見張っている言葉：春のちらし" in moderator.opens("/m/").text
    (case_id,) = moderator.cases()
    moderator.takes(case_id)
    page = moderator.opens(f"/m/c/{case_id}").text
    assert f"<mark>{WORD}" in page
    assert "春のちらし" in page
    watched.remove(instance / watched.OWN, WORD)
    assert "もう見張っていない言葉" in moderator.opens(f"/m/c/{case_id}").text


def test_a_word_is_tried_on_the_newest_posts_and_nothing_changes(
    app: Flask, writer: Writer, forum: Forum
) -> None:
    writer.vents("ﾂｷの雫ではなく" + BODY, title="月ノ雫の題")
    writer.vents("べつの話です。")
    done = forum("screen", "watch", "try", WORD, "--action", "hold")
    first, line = done.output.splitlines()
    assert first == "1 of 2 posts would have been held:"
    assert line.split("\t")[0] in {writer.post_id, *re.findall(r"[\w-]{22}", done.output)}
    assert "【月ノ雫】の題" in line
    assert forum("screen", "watch", "list").output == ""
    assert lanes(app) == []


def test_only_what_somebody_may_have_seen_is_tried(app: Flask, writer: Writer, forum: Forum) -> None:
    writer.vents(BODY, publish="tomorrow")
    assert forum("screen", "watch", "try", WORD).output == "0 of 0 posts would have been held.\n"
    writer.vents(BODY)
    writer.sends(f"/p/{writer.post_id}/d")
    assert "0 of 0" in forum("screen", "watch", "try", WORD).output


def test_words_are_added_listed_and_removed_by_command(forum: Forum, instance: Path) -> None:
    assert (
        forum(
            "screen", "watch", "add", WORD, "--action", "ask", "--note", "ちらし", "--label", "sexual"
        ).output
        == "added\n"
    )
    assert forum("screen", "watch", "list").output == f"ask\t{WORD}\tsexual\tちらし\n"
    read = forum("screen", "--explain", stdin=f'{{"id":"a","text":"{BODY}"}}\n'.encode()).output
    assert '"note": "ちらし"' in read
    assert "already" in refused_in_one_line(forum("screen", "watch", "add", WORD))
    assert forum("screen", "watch", "remove", "月ノ雫").output == "removed\n"
    assert "not watched" in refused_in_one_line(forum("screen", "watch", "remove", WORD))


@pytest.mark.parametrize(
    "words", [("add", "あ"), ("try", "あ"), ("remove", "あ"), ("add", WORD, "--action", "shred")]
)
def test_bad_words_are_refused_in_one_line(words: tuple[str, ...], forum: Forum) -> None:
    done = forum("screen", "watch", *words)
    assert done.exit_code != 0
    assert "Traceback" not in done.output


def test_a_broken_file_is_told_of_by_the_very_commands_that_mend_it(forum: Forum, instance: Path) -> None:
    (instance / "watched.toml").write_text("[[word", encoding="utf-8")
    for words in (("list",), ("add", WORD), ("remove", WORD)):
        assert "watched.toml cannot be read" in refused_in_one_line(forum("screen", "watch", *words))


def test_check_names_every_fault_of_the_operators_files(forum: Forum, instance: Path) -> None:
    (instance / "watched.toml").write_text(
        '[[word]]\nword = "あ"\naction = "hold"\n[[word]]\n', encoding="utf-8"
    )
    (instance / "services.toml").write_text("[[service]]\n", encoding="utf-8")
    (instance / "policy.toml").write_text("[[row]]\n", encoding="utf-8")
    done = forum("check")
    assert done.exit_code == 1
    wrong = [line for line in done.output.splitlines() if line.startswith("wrong: ")]
    assert [line for line in wrong if "watched.toml" in line] == [
        "wrong: watched.toml: word 1: a word has 2 to 40 letters",
        "wrong: watched.toml: word 2: word is missing",
    ]
    assert sum("services.toml" in line for line in wrong) == 2
    assert sum("policy.toml" in line for line in wrong) == 1
    assert cli.commands["screen"]
