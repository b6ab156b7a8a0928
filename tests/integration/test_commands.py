"""Commands as an operator uses them: what they print, what they refuse, and that they refuse in one line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, func, select

from forum.cli import cli
from forum.models import Participant, Post, Reaction, Theme, Thread

Forum = Callable[..., Result]

THREAD = {
    "id": "a1",
    "theme": "r2",
    "title": "夜の台所",
    "body": "台所の灯りだけつけて、すわっています。",
    "wish": "experience",
    "replies": [{"body": "読みました。"}, {"body": "わたしも同じです。"}],
}


@pytest.fixture
def forum(instance: Path) -> Forum:
    """Runs a command on this test's instance."""

    def run(*words: str, stdin: str | bytes | None = None, **settings: str) -> Result:
        environ = {"FORUM_INSTANCE": str(instance), "FORUM_SEARCH": "whoosh"}
        environ |= {f"FORUM_{name.upper()}": value for name, value in settings.items()}
        return CliRunner(env=environ).invoke(cli, list(words), input=stdin, prog_name="forum")

    return run


@pytest.fixture
def ask(instance: Path) -> Callable[[Any], Any]:
    """One value from the database."""

    def value(query: Any) -> Any:
        engine = create_engine(f"sqlite:///{instance / 'nagi.sqlite3'}")
        with engine.connect() as connection:
            found = connection.scalar(query)
        engine.dispose()
        return found

    return value


def lines(*rows: dict[str, Any] | str) -> bytes:
    text = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    return "\n".join(text).encode() + b"\n"


def refused_in_one_line(result: Result) -> str:
    assert result.exit_code != 0
    assert "Traceback" not in result.output
    said = [line for line in result.output.splitlines() if line.startswith("Error: ")]
    assert len(said) == 1, result.output
    return said[0]


def commands() -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for name, command in cli.commands.items():
        if name == "db":  # Alembic's own
            continue
        found.append((name,))
        found += [(name, inner) for inner in getattr(command, "commands", {})]
    return found


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_has_help(forum: Forum, words: tuple[str, ...]) -> None:
    result = forum(*words, "--help")
    assert result.exit_code == 0
    assert len(result.output.splitlines()) > 4


def test_help_needs_neither_keys_nor_database(tmp_path: Path) -> None:
    nowhere = {"FORUM_INSTANCE": str(tmp_path / "nothing"), "FORUM_PORT": "nonsense"}
    result = CliRunner(env=nowhere).invoke(cli, ["--help"])
    assert result.exit_code == 0
    assert "serve" in result.output
    assert not (tmp_path / "nothing").exists()


def test_an_unknown_command_is_refused(forum: Forum) -> None:
    assert forum("dance").exit_code == 2


def test_a_wrong_setting_is_one_line(forum: Forum) -> None:
    assert "port must be a whole number" in refused_in_one_line(forum("purge", port="x"))


def test_a_database_without_tables_is_one_line_without_the_statement(forum: Forum, tmp_path: Path) -> None:
    said = refused_in_one_line(forum("export", instance=str(tmp_path / "empty")))
    assert said.startswith("Error: database: no such table")
    assert "SELECT" not in said


def test_upgrade_says_whether_anything_was_to_be_done(forum: Forum, tmp_path: Path) -> None:
    fresh = {"instance": str(tmp_path / "fresh")}
    assert "was brought up to date" in forum("upgrade", **fresh).output
    assert "is up to date" in forum("upgrade", **fresh).output


def test_a_thread_goes_in_and_comes_out_again(forum: Forum) -> None:
    result = forum("import", "-", stdin=lines(THREAD))
    assert result.output == "1 threads imported\n"
    rows = [json.loads(line) for line in forum("export").output.splitlines()]
    assert len(rows) == 1
    assert {name: rows[0][name] for name in ("theme", "title", "body", "wish")} == {
        name: THREAD[name] for name in ("theme", "title", "body", "wish")
    }
    assert [reply["body"] for reply in rows[0]["replies"]] == ["読みました。", "わたしも同じです。"]


def test_what_was_exported_can_be_imported_and_gives_the_same_again(forum: Forum) -> None:
    rich = THREAD | {
        "warning": "別れの話",
        "days_ago": 9,
        "reactions": {"same": 3},
        "replies": [
            {"body": "一", "by": 1, "days_ago": 8, "reactions": {"thanks": 2}},
            {"body": "二", "by": 0, "days_ago": 8},
            {"body": "三", "by": 1, "days_ago": 5},
            {"body": "四", "by": "house", "days_ago": 2},
        ],
        "aftermath": "いまは静かです。",
    }
    forum("import", "-", stdin=lines(rich))
    first = forum("export").output
    assert forum("import", "-", stdin=first.encode()).exit_code == 0
    rows = [json.loads(line) for line in forum("export").output.splitlines()]
    without_ids = [{name: value for name, value in row.items() if name != "id"} for row in rows]
    assert without_ids[0] == without_ids[1]
    assert [reply["by"] for reply in without_ids[0]["replies"]] == [1, 0, 1, "house"]
    assert without_ids[0]["aftermath"] == "いまは静かです。"


def test_import_prints_ids_as_json_and_nothing_else(forum: Forum) -> None:
    result = forum("import", "-", "--json", stdin=lines(THREAD, THREAD | {"id": "a2"}))
    rows = [json.loads(line) for line in result.output.splitlines()]
    assert [row["id"] for row in rows] == ["a1", "a2"]
    assert all(len(row["thread"]) == 22 for row in rows)


def test_import_finds_what_it_brought(forum: Forum) -> None:
    forum("import", "-", stdin=lines(THREAD))
    assert "台所" in forum("search", "query", "台所").output


def test_an_imported_writer_is_one_participant_and_nobody(forum: Forum, ask: Callable[[Any], Any]) -> None:
    replies = [
        {"body": "一", "by": 1},
        {"body": "二", "by": 1},
        {"body": "三"},
        {"body": "四", "by": "house"},
    ]
    forum("import", "-", stdin=lines(THREAD | {"replies": replies}))
    assert ask(select(func.count()).select_from(Participant)) == 3
    assert ask(select(func.count(Participant.tag.distinct()))) == 3
    assert ask(select(func.count()).select_from(Post).where(Post.participant_id.is_(None))) == 1
    assert ask(select(func.count()).select_from(Reaction)) == 0


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("{", "not JSON"),
        ("[]", "one JSON object"),
        (THREAD | {"theme": "zz"}, "no theme has the code 'zz'"),
        (THREAD | {"body": " \u200b\n"}, "body is empty"),
        (THREAD | {"body": "あ" * 5001}, "longer than 5000"),
        (THREAD | {"title": "あ" * 61}, "title is longer than 60"),
        (THREAD | {"wish": "money"}, "wish must be one of"),
        (THREAD | {"replies": [{"body": "一", "by": -1}]}, "by must be"),
        (THREAD | {"replies": [{"body": "一", "days_ago": 1}]}, "days_ago must lie between 0 and 0"),
        (THREAD | {"replies": ["一"]}, "list of objects"),
        (THREAD | {"reactions": {"hate": 1}}, "reactions are counts"),
        (THREAD | {"author": "x"}, "unknown key 'author'"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_line_is_named_and_nothing_of_its_batch_stays(
    forum: Forum, ask: Callable[[Any], Any], row: Any, why: str
) -> None:
    said = refused_in_one_line(forum("import", "-", stdin=lines(THREAD, "", row)))
    assert "line 3: " in said
    assert why in said
    assert ask(select(func.count()).select_from(Thread)) == 0


def test_letters_that_are_not_utf8_are_named_by_line(forum: Forum) -> None:
    assert "line 1: this is not UTF-8" in refused_in_one_line(forum("import", "-", stdin=b"\x83\x65\n"))


def test_batches_before_a_bad_line_stay(forum: Forum, ask: Callable[[Any], Any]) -> None:
    said = refused_in_one_line(forum("import", "-", stdin=lines(*[THREAD] * 150, "{")))
    assert "line 151" in said
    assert "100 threads were imported, none from line 101 on" in said
    assert ask(select(func.count()).select_from(Thread)) == 100


def test_a_missing_file_is_refused(forum: Forum) -> None:
    assert "No such file" in refused_in_one_line(forum("import", "nowhere.jsonl"))


def test_samples_are_loaded_once_and_cleared(forum: Forum, ask: Callable[[Any], Any]) -> None:
    assert "sample threads loaded" in forum("samples", "load").output
    assert ask(select(func.count()).select_from(Thread).where(Thread.is_sample)) >= 30
    assert "there already" in refused_in_one_line(forum("samples", "load"))
    assert "sample threads deleted" in forum("samples", "clear").output
    for table in (Thread, Post, Participant):
        assert ask(select(func.count()).select_from(table)) == 0


def test_samples_are_not_exported_unless_asked_for(forum: Forum) -> None:
    forum("samples", "load")
    assert forum("export").output == ""
    assert len(forum("export", "--samples").output.splitlines()) >= 30


def test_samples_stay_off_a_board_that_is_open_to_others(forum: Forum) -> None:
    assert "--anyway" in refused_in_one_line(
        forum("samples", "load", host="0.0.0.0", public_hosts="nagi.example")
    )
    assert forum("samples", "load", "--anyway", host="0.0.0.0", public_hosts="nagi.example").exit_code == 0


def test_clearing_samples_leaves_what_people_wrote(forum: Forum, ask: Callable[[Any], Any]) -> None:
    forum("samples", "load")
    forum("import", "-", stdin=lines(THREAD))
    forum("samples", "clear")
    assert ask(select(func.count()).select_from(Post)) == 3


def themes_file(folder: Path, *codes: str) -> str:
    texts = {"name_ja": "名", "name_en": "Name", "about_ja": "説明", "about_en": "About"}
    rows = [
        "[[theme]]\n" + "\n".join(f'{k} = "{v}"' for k, v in ({"code": code} | texts).items())
        for code in codes
    ]
    path = folder / "themes.toml"
    path.write_text("\n\n".join(rows), encoding="utf-8")
    return str(path)


def test_a_theme_that_left_the_file_is_closed_or_deleted(
    forum: Forum, ask: Callable[[Any], Any], tmp_path: Path
) -> None:
    forum("import", "-", stdin=lines(THREAD))
    result = forum("themes", "sync", themes_file=themes_file(tmp_path, "x1", "r1"))
    assert result.output == "1 added, 1 changed, 1 closed, 5 deleted\n"
    assert ask(select(Theme.is_open).where(Theme.code == "r2")) is False
    again = forum("themes", "sync", themes_file=themes_file(tmp_path, "x1", "r1"))
    assert again.output == "0 added, 0 changed, 0 closed, 0 deleted\n"


@pytest.mark.parametrize("text", ["", "[[theme]]\ncode='a'", "nonsense", "[[theme]]\ncolour='blue'"])
def test_a_bad_themes_file_is_one_line(forum: Forum, tmp_path: Path, text: str) -> None:
    path = tmp_path / "themes.toml"
    path.write_text(text, encoding="utf-8")
    assert "themes.toml" in refused_in_one_line(forum("themes", "sync", themes_file=str(path)))


def test_screen_answers_each_line(forum: Forum) -> None:
    rows = lines(
        {"id": "1", "text": "今日は静かな一日でした。"}, {"id": "2", "text": "電話は090-1234-5678です。"}
    )
    calm, number = (json.loads(line) for line in forum("screen", stdin=rows).output.splitlines())
    assert calm == {"id": "1", "labels": [], "subs": [], "action": "publish", "spans": []}
    assert number["labels"]
    assert number["action"] != "publish"
    start, end, label = number["spans"][0]
    assert "電話は090-1234-5678です。"[start:end].endswith("5678")
    assert label in number["labels"]


def test_screen_explains_when_asked(forum: Forum) -> None:
    row = json.loads(forum("screen", "--explain", stdin=lines({"id": "1", "text": "090-1234-5678"})).output)
    assert row["explain"]["findings"]


def test_screen_names_a_bad_line(forum: Forum) -> None:
    assert "line 2" in refused_in_one_line(
        forum("screen", stdin=lines({"id": "1", "text": "a"}, {"id": "2"}))
    )


def test_purge_on_a_quiet_board_ends_nothing(forum: Forum) -> None:
    assert forum("purge").output == "0 rows ended\n"


def test_check_finds_nothing_wrong_with_a_fresh_installation(forum: Forum) -> None:
    result = forum("check")
    assert result.exit_code == 0, result.output
    assert result.output.endswith("Nothing is wrong.\n")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"host": "0.0.0.0"}, "proxy_hops is 0"),
        ({"host": "0.0.0.0", "proxy_hops": "1"}, "public_hosts is empty"),
        ({"public_hosts": "nagi.example"}, "proxy_hops is 0"),
        ({"policy_file": "/nowhere/policy.toml"}, "policy.toml"),
        ({"contacts_file": "/nowhere/contacts.toml"}, "contacts.toml"),
        ({"themes_file": "/nowhere/themes.toml"}, "themes.toml"),
        ({"staffed_hours": "whenever"}, "staffed_hours"),
        ({"redis_url": "redis://127.0.0.1:1/0"}, "redis: it does not answer"),
        ({"database_url": "postgresql+psycopg://nobody@127.0.0.1:1/x"}, "database: it does not answer"),
        ({"search": "paper"}, "search must be one of"),
        ({"key_cookie": "short"}, "keys: cookie"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_check_says_what_is_wrong(forum: Forum, settings: dict[str, str], said: str) -> None:
    result = forum("check", **settings)
    assert result.exit_code == 1, result.output
    wrong = [line for line in result.output.splitlines() if line.startswith("wrong: ")]
    assert any(said in line for line in wrong), result.output


def test_check_sees_a_folder_that_others_can_look_into(forum: Forum, instance: Path) -> None:
    instance.chmod(0o755)
    assert "chmod 700" in forum("check").output


def test_check_sees_a_database_that_was_not_upgraded(forum: Forum, instance: Path) -> None:
    (instance / "nagi.sqlite3").unlink()
    assert "run forum upgrade" in forum("check").output


@pytest.mark.redis
def test_check_refuses_a_redis_that_writes_to_disk(forum: Forum, redis_url: str) -> None:
    result = forum("check", redis_url=redis_url)
    writes = "redis: it writes to disk" in result.output
    assert writes or result.exit_code == 0
