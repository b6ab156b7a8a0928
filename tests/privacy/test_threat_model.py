"""THREAT-MODEL.md and /privacy say what the schema and the code do, no more and no less."""

import json
import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Date, DateTime

from forum import journal, worker
from forum.backups import replay
from forum.extensions import db
from forum.identity import lock
from forum.ids import to_text
from forum.models import Moderator, Participant
from forum.moderation import echoes, lifecycle, receipts, takedowns
from forum.posting import deposits, pace, voice
from forum.queries import legal
from forum.web import devices, leaving
from tests.actors import Reader, Staff, Writer

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "THREAT-MODEL.md").read_text(encoding="utf-8")
TESTS = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
# A column of this kind would be a promise broken, whatever it is called for.
DENIED = re.compile(
    r"(^|_)(ip|addr|address|agent|ua|referr?er|e?mail|phone|user|account|person|seen|read_at|views?|hits?|"
    r"created_at|updated_at|time|stamp|last_login|country|language|fingerprint|device|session_id)($|_)"
)


def cells(heading: str) -> list[list[str]]:
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")][1:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_schema_holds_what_this_page_lists_and_nothing_else() -> None:
    listed = {row[0].strip("`"): re.findall(r"`(\w+)`", row[1]) for row in cells("What is stored")}
    assert listed == {name: list(table.columns.keys()) for name, table in db.metadata.tables.items()}


def test_no_column_holds_what_is_never_stored() -> None:
    named = [
        f"{name}.{column.name}" for name, table in db.metadata.tables.items() for column in table.columns
    ]
    assert not [name for name in named if DENIED.search(name.partition(".")[2])]


def test_one_column_alone_is_finer_than_a_day() -> None:
    fine = [
        f"{name}.{column.name}"
        for name, table in db.metadata.tables.items()
        for column in table.columns
        if isinstance(column.type, DateTime) and not isinstance(column.type, Date)
    ]
    assert fine == ["timer.due"]


def test_every_adversary_has_a_test_that_exists() -> None:
    rows = cells("Adversaries")
    assert len(rows) >= 14
    for adversary, holds, shown, fails in rows:
        named = re.findall(r"`(test_\w+)`", shown)
        assert holds, adversary
        assert fails, adversary
        assert named, adversary
        assert not [name for name in named if f"def {name}(" not in TESTS], adversary


def test_the_numbers_are_those_of_the_code() -> None:
    said = {row[0]: int(re.match(r"\d+", row[1])[0]) for row in cells("How long")}  # type: ignore[index]
    assert said == {
        "editing a post": pace.EDIT_MINUTES,
        "changing a word of the caretakers": voice.HOURS,
        "replies under a withdrawn opening post": lifecycle.DAYS_AFTER_WITHDRAWAL,
        "a text put aside": deposits.DAYS_KEPT,
        "the words of a post a moderator removed": worker.DAYS_KEPT_REMOVED,
        "the numbers by which nearly the same text is found": echoes.DAYS_KEPT,
        "a decided case with its flags and decisions": worker.DAYS_KEPT_CASE,
        "a letter and its answer": worker.DAYS_KEPT_LETTER,
        "an ended ban": worker.DAYS_KEPT_CASE,
        "what rules did, as numbers a day": worker.DAYS_KEPT_COUNTER,
        "a post whose author is being heard, after a request": takedowns.HEARING_DAYS,
        "a remembered device awake": lock.AWAKE_MINUTES,
        "a remembered device asleep": lock.DAYS_REMEMBERED,
        "the cookie after the quick exit": leaving.SECONDS,
        "a device known at the desk's door": devices.DAYS,
        "a backup": journal.BACKUP_DAYS,
        "a line of the journal": journal.BACKUP_DAYS + journal.MARGIN_DAYS + journal.SPREAD_DAYS,
    }
    assert receipts.DAYS_KEPT == worker.DAYS_KEPT_LETTER


def test_the_journal_says_what_this_page_lists_and_every_kind_is_noted_and_taken_away_again() -> None:
    listed = {
        row[0].strip("`"): set(re.findall(r"`(\w+)`", row[1])) for row in cells("What the journal says")
    }
    assert listed == journal.KINDS
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "forum").rglob("*.py")]
    noted = {kind for source in sources for kind in re.findall(r"journal\.note\(\s*\"(\w+)\"", source)}
    assert noted == journal.KINDS.keys() - {"epoch"}
    repeated = {kind for kind, _verb in replay.STEPS} | {*replay.OF_THREADS, *replay.OF_POSTS, "thread"}
    assert repeated == noted


def test_a_legal_request_gets_the_listed_fields_and_nothing_else(
    app: Flask, writer: Writer, other: Writer
) -> None:
    section = PAGE.partition("## What a legal request gets\n")[2].partition("\n## ")[0]
    assert tuple(re.findall(r"`(\w+)`", section)) == (*legal.THREAD_FIELDS, *legal.POST_FIELDS)
    writer.vents("夜の台所で、白湯を飲んでいます。")
    thread_id = writer.thread_id
    other.vents("べつの人の話です。")
    writer.replies(other.thread_id, "読みました。")
    with app.app_context():
        found = legal.handed_over(thread_id)
        rows = db.session.scalars(db.select(Participant)).all()
        secret = {form(row.tag) for row in rows for form in (bytes.hex, to_text)} | {
            to_text(row.id) for row in rows
        }
    printed = json.dumps(found, ensure_ascii=False)
    assert tuple(found) == legal.THREAD_FIELDS
    assert [tuple(post) for post in found["posts"]] == [legal.POST_FIELDS]
    assert not [word for word in secret if word in printed]
    assert "べつの人" not in printed
    assert "読みました" not in printed


def test_a_legal_request_after_a_decision_names_no_moderator_and_no_other_post(
    app: Flask, writer: Writer, other: Writer, moderator: Staff
) -> None:
    writer.vents("夜の台所で、白湯を飲んでいます。")
    other.replies(writer.thread_id, "となりの返事です。")
    writer.sends("/c", body="ほかのことについての手紙です。")
    other.flags(writer.post_id, "identity", note="知らせた人の言葉です。")
    (case_id,) = moderator.cases()
    moderator.takes(case_id)
    answer = moderator.decides(case_id, "hide", rule="1", note_team="仲間への言葉です。")
    assert answer.status_code == 303
    with app.app_context():
        found = legal.handed_over(writer.post_id)
        (person,) = db.session.scalars(db.select(Moderator))
        secret = {person.name, person.id.hex(), to_text(person.id)}
    ((post,), (decided,)) = found["posts"], found["posts"][0]["decisions"]
    assert post["post"] == writer.post_id
    assert set(decided) == {"day", "outcome", "promise"}
    assert post["letters"] == []
    assert found["record"]
    assert {field for row in found["record"] for field in row} == {"day", "role", "action", "promise"}
    printed = json.dumps(found, ensure_ascii=False)
    assert not [word for word in secret if word in printed]
    for words in ("となりの返事", "ほかのこと", "知らせた人", "仲間への"):
        assert words not in printed


@pytest.mark.parametrize("path", ["/privacy", "/en/privacy"])
def test_the_page_for_readers_speaks_of_everything_that_is_kept_of_them(app: Flask, path: str) -> None:
    page = Reader(app).opens(path).text
    english = path.startswith("/en")
    for word in (
        [
            "put aside",
            "asked to rest",
            "twelve words",
            "caretakers",
            "return words",
            "lock word",
            "folded",
            "twenty-three days",
            "thirty-one days",
        ]
        if english
        else [
            "預けた書きかけ",
            "書くお休み",
            "十二の言葉",
            "世話人への手紙",
            "控えの言葉",
            "合い言葉",
            "たたんだ相手",
            "二十三日",
            "三十一日",
        ]
    ):
        assert word in page, word
