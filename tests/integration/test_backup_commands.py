"""`forum backup` and `forum restore`: every row comes back on either database, and what does not fit is refused."""

import gzip
import hashlib
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.script import Script, ScriptDirectory
from flask import Flask
from sqlalchemy import create_engine, func, inspect, select, text

from forum import clock, in_use, schema
from forum.backups import archive, exchange, folder
from forum.cli.themes import sync_themes
from forum.errors import ConfigError
from forum.extensions import begin_writing, db
from forum.models import Case, IndexJob, Post, Thread, Timer
from forum.posting.bulk import put_threads
from forum.posting.transfer import read_line
from forum.runtime import runtime
from tests.actors import Staff, Writer
from tests.keeping import BODY, Keeper, every_table_filled, everything, post_of, text_of

COMMAND = [sys.executable, "-c", "from forum.cli import main; main()"]
ROW = json.dumps({"theme": "r1", "body": "窓をあけました。", "replies": [{"body": "読みました。"}]})

MakeApp = Callable[..., Flask]


def keeper_of(make_app: MakeApp, url: str = "") -> Keeper:
    """A board on SQLite, or on the PostgreSQL of this address."""
    settings = {"database_url": url} if url else {}
    app = make_app(**settings)
    with app.app_context():
        if schema.upgrade(db.engine):
            sync_themes(runtime().settings)
            db.session.commit()
        db.session.remove()
    return Keeper(app, **settings)


def sqlite_keeper(make_app: MakeApp) -> Keeper:
    return keeper_of(make_app)


@pytest.fixture
def keeper(app: Flask) -> Keeper:
    return Keeper(app)


def refused(keeper: Keeper, *words: str) -> str:
    before = everything(keeper.app)
    result = keeper.runs("restore", *words)
    assert result.exit_code == 1, result.output
    said = [line for line in result.output.splitlines() if line.startswith("Error: ")]
    assert len(said) == 1, result.output
    assert "Traceback" not in result.output
    assert everything(keeper.app) == before
    return said[0]


def test_the_scene_fills_every_table(app: Flask) -> None:
    every_table_filled(app)
    with app.app_context():
        empty = [
            name
            for name, table in db.metadata.tables.items()
            if not db.session.scalar(select(func.count()).select_from(table))
        ]
    assert empty == []


def test_every_row_comes_back_on_sqlite(keeper: Keeper) -> None:
    every_table_filled(keeper.app)
    before = everything(keeper.app)
    file = keeper.backs_up()
    Writer(keeper.app).vents("このあとの話です。")
    keeper.restores(file)
    assert everything(keeper.app) == before


@pytest.mark.postgres
def test_every_row_comes_back_on_postgresql(make_app: MakeApp, postgres_url: str) -> None:
    keeper = keeper_of(make_app, postgres_url)
    every_table_filled(keeper.app)
    before = everything(keeper.app)
    file = keeper.backs_up()
    Writer(keeper.app).vents("このあとの話です。")
    keeper.restores(file)
    assert everything(keeper.app) == before
    assert keeper.runs("audit", "verify").exit_code == 0


@pytest.mark.postgres
@pytest.mark.parametrize("to_postgresql", [True, False])
def test_a_backup_of_one_database_comes_back_on_the_other(
    make_app: MakeApp, postgres_url: str, to_postgresql: bool
) -> None:
    here, there = keeper_of(make_app), keeper_of(make_app, postgres_url)
    source, target = (here, there) if to_postgresql else (there, here)
    writer, _other = every_table_filled(source.app)
    file = source.backs_up()
    target.restores(file)
    assert everything(target.app) == everything(source.app)
    writer.app = target.app
    browser = target.app.test_client()
    cookie = writer.browser.get_cookie("s")
    assert cookie
    browser.set_cookie("s", cookie.value)
    assert writer.thread_id in browser.get("/me").text


def test_what_a_restored_board_does_next_works(keeper: Keeper) -> None:
    writer, _other = every_table_filled(keeper.app)
    keeper.restores(keeper.backs_up())
    answer = Writer(keeper.app).replies(writer.thread_id, "もどってきてから書きました。")
    assert answer.status_code == 303
    assert keeper.runs("audit", "verify").exit_code == 0
    assert keeper.runs("purge").exit_code == 0


def test_whatever_is_written_later_stands_above_what_was_put_back(keeper: Keeper) -> None:
    for number in range(3):
        Writer(keeper.app).vents(f"{number}つめの話です。")
    keeper.restores(keeper.backs_up())
    late = Writer(keeper.app)
    late.vents("いちばん新しい話です。")
    with keeper.app.app_context():
        newest = db.session.scalars(
            select(Thread).order_by(Thread.bumped_day.desc(), Thread.bumped_no.desc())
        )
        assert newest.first().opening_id == post_of(late)


def test_delayed_posts_get_another_moment_and_cases_are_given_back(keeper: Keeper) -> None:
    every_table_filled(keeper.app)
    late = Writer(keeper.app)
    late.vents("あとで読まれる話です。", publish="tomorrow")
    keeper.restores(keeper.backs_up())
    with keeper.app.app_context():
        assert [(timer.kind, timer.target) for timer in db.session.scalars(select(Timer))] == [
            ("publish", post_of(late))
        ]
        assert db.session.scalars(select(Case.state).where(Case.state != "settled")).all() == ["open"]
        assert not db.session.scalars(select(Case.leased_by).where(Case.leased_by.is_not(None))).all()
        assert db.session.scalar(select(func.count()).select_from(IndexJob)) == 0
    assert text_of(keeper.app, post_of(late))[0] == "scheduled"


def test_moderators_sign_in_again(keeper: Keeper) -> None:
    every_table_filled(keeper.app)
    staff = Staff(keeper.app, name="世話人C")
    assert staff.opens("/m/").status_code == 200
    keeper.restores(keeper.backs_up())
    assert staff.opens("/m/").status_code != 200


def test_the_index_is_built_anew(make_app: MakeApp) -> None:
    app = make_app(search="whoosh")
    keeper = Keeper(app, search="whoosh")
    Writer(app).vents("台所の灯りの話です。")
    file = keeper.backs_up()
    assert "1 posts in the search index" in keeper.runs("restore", "--replace", str(file)).output
    assert "台所の灯り" in keeper.runs("search", "query", "台所の灯り").output


@pytest.mark.postgres
def test_an_index_in_the_database_is_built_anew_too(make_app: MakeApp, postgres_url: str) -> None:
    keeper_of(make_app, postgres_url)
    settings = {"database_url": postgres_url, "search": "postgres"}
    keeper = Keeper(make_app(**settings), **settings)
    Writer(keeper.app).vents("台所の灯りの話です。")
    file = keeper.backs_up()
    assert "1 posts" in keeper.runs("search", "rebuild").output
    Writer(keeper.app).vents("このあとの灯りの話です。")
    assert "2 posts" in keeper.runs("search", "sync").output
    assert "1 posts in the search index" in keeper.runs("restore", "--replace", str(file)).output
    assert "台所の灯り" in keeper.runs("search", "query", "台所の灯り").output
    assert "このあと" not in keeper.runs("search", "query", "灯り").output
    assert keeper.runs("purge").exit_code == 0
    assert "search:" not in keeper.runs("check").output


@pytest.mark.parametrize("put_in", ["\ud800", {"a": 1}, 2**70, 1])
def test_a_value_that_no_database_takes_is_one_line(keeper: Keeper, put_in: object) -> None:
    every_table_filled(keeper.app)
    file = keeper.backs_up()
    lines = [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()]
    name = "revision" if put_in == 2**70 else "html"
    head = next(
        place for place, line in enumerate(lines) if isinstance(line, dict) and line.get("table") == "post"
    )
    names = [column for column, _kind in lines[head]["columns"]]
    lines[head + 1][names.index(name)] = put_in
    content = b"".join(json.dumps(line).encode() + b"\n" for line in lines[:-1])
    end = {"end": lines[-1]["end"], "digest": hashlib.sha256(content).hexdigest()}
    file.write_bytes(gzip.compress(content + json.dumps(end).encode() + b"\n"))
    assert "damaged" in refused(keeper, "--replace", str(file))


def test_a_full_board_is_replaced_only_when_told_so(keeper: Keeper) -> None:
    Writer(keeper.app).vents(BODY)
    file = keeper.backs_up()
    assert "--replace" in refused(keeper, str(file))


def test_an_empty_board_needs_no_word_more(make_app: MakeApp, keeper: Keeper) -> None:
    file = keeper.backs_up()
    assert keeper.runs("restore", str(file)).exit_code == 0


@pytest.mark.parametrize("changed", ["cut", "byte", "line", "more"])
def test_a_damaged_file_is_refused(keeper: Keeper, changed: str) -> None:
    every_table_filled(keeper.app)
    file = keeper.backs_up()
    content = file.read_bytes()
    if changed == "cut":
        content = content[: len(content) * 2 // 3]
    elif changed == "byte":
        middle = len(content) // 2
        content = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
    elif changed == "line":
        content = gzip.compress(gzip.decompress(content).replace("山田".encode(), "田山".encode()))
    else:
        content = gzip.compress(gzip.decompress(content) + b"[]\n")
    file.write_bytes(content)
    assert "damaged" in refused(keeper, "--replace", str(file))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"nothing of ours",
        gzip.compress(b"{}\n", mtime=0),
        gzip.compress(b"not json\n", mtime=0),
        b"SQLite format 3\0",
    ],
)
def test_a_foreign_file_is_refused(keeper: Keeper, tmp_path: Path, content: bytes) -> None:
    every_table_filled(keeper.app)
    file = tmp_path / "foreign"
    file.write_bytes(content)
    assert "backup: " in refused(keeper, "--replace", str(file))


@pytest.mark.parametrize(
    ("old", "new"), [(b'"format":1', b'"format":2'), (schema.head().encode(), b"ffffffffffff")]
)
def test_a_file_of_a_newer_program_is_refused(keeper: Keeper, old: bytes, new: bytes) -> None:
    every_table_filled(keeper.app)
    file = keeper.backs_up()
    file.write_bytes(gzip.compress(gzip.decompress(file.read_bytes()).replace(old, new, 1)))
    assert "newer version" in refused(keeper, "--replace", str(file))


def test_rows_that_do_not_fit_together_are_refused(keeper: Keeper) -> None:
    every_table_filled(keeper.app)
    file = keeper.backs_up()
    lines = gzip.decompress(file.read_bytes()).decode().splitlines()[:-1]
    start = next(place for place, line in enumerate(lines) if line.startswith('{"table":"participant"'))
    del lines[start + 1]
    file.write_bytes(packed(lines))
    assert "do not fit" in refused(keeper, "--replace", str(file))


def test_a_backup_of_an_older_form_is_brought_to_todays(make_app: MakeApp, tmp_path: Path) -> None:
    keeper = keeper_of(make_app)
    every_table_filled(keeper.app)
    before = everything(keeper.app)
    file = keeper.backs_up()
    lines = gzip.decompress(file.read_bytes()).decode().splitlines()
    file.write_bytes(as_of_the_first_revision(lines, tmp_path))
    keeper.restores(file)
    after = everything(keeper.app)
    assert after["post"] == before["post"]
    assert after["ban"] == []
    with keeper.app.app_context():
        assert schema.is_current(db.session.connection())


def as_of_the_first_revision(lines: list[str], folder: Path) -> bytes:
    """The same backup as the first form of the tables would have given it: without what came later, and with what went."""
    first = next(one.revision for one in schema_revisions() if one.down_revision is None)
    known = columns_at(first, folder / "first.sqlite3")
    made, table, places = [lines[0].replace(schema.head(), first)], "", []
    for line in lines[1:-1]:
        value = json.loads(line)
        if isinstance(value, dict):
            table = value["table"]
            named = {name: (place, kind) for place, (name, kind) in enumerate(value["columns"])}
            places = [named.get(name, (None, "int"))[0] for name in known.get(table, ())]
            columns = [[name, named.get(name, (None, "int"))[1]] for name in known.get(table, ())]
            value = {"table": table, "columns": columns}
        else:
            value = [0 if place is None else value[place] for place in places]
        if table in known:
            made.append(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
    return packed(made)


def schema_revisions() -> list[Script]:
    return list(ScriptDirectory(str(schema.folder())).walk_revisions())


def columns_at(revision: str, file: Path) -> dict[str, list[str]]:
    """The columns of every table as this revision has them."""
    engine = create_engine(f"sqlite:///{file}")
    schema.upgrade(engine, revision)
    found = inspect(engine)
    known = {name: [one["name"] for one in found.get_columns(name)] for name in found.get_table_names()}
    engine.dispose()
    return known


def packed(lines: list[str]) -> bytes:
    """A whole backup of these lines, with the end that belongs to them."""
    body = "".join(f"{line}\n" for line in lines).encode()
    rows = sum(isinstance(json.loads(line), list) for line in lines)
    end = {"end": rows, "digest": hashlib.sha256(body).hexdigest()}
    return gzip.compress(body + json.dumps(end, separators=(",", ":")).encode() + b"\n")


@pytest.mark.postgres
def test_tables_of_somebody_else_stay_as_they_are(make_app: MakeApp, postgres_url: str) -> None:
    keeper = keeper_of(make_app, postgres_url)
    with keeper.app.app_context():
        db.session.execute(text("CREATE TABLE theirs AS SELECT 1 AS one"))
        db.session.commit()
    keeper.restores(keeper.backs_up())
    with keeper.app.app_context():
        assert db.session.scalar(text("SELECT count(*) FROM theirs")) == 1


@pytest.mark.postgres
def test_a_database_of_a_newer_program_is_left_alone(make_app: MakeApp, postgres_url: str) -> None:
    keeper = keeper_of(make_app, postgres_url)
    file = keeper.backs_up()
    with keeper.app.app_context():
        db.session.execute(text("UPDATE alembic_version SET version_num = 'ffffffffffff'"))
        db.session.commit()
    assert "newer version" in refused(keeper, "--replace", str(file))


def test_a_backup_of_long_ago_is_refused(keeper: Keeper) -> None:
    every_table_filled(keeper.app)
    file = keeper.backs_up()
    with clock.frozen(clock.now() + timedelta(days=14)):
        assert "must not come back" in refused(keeper, "--replace", str(file))
    with clock.frozen(clock.now() + timedelta(days=13)):
        keeper.restores(file)


def test_without_the_journal_nothing_is_put_back_unless_told_so(keeper: Keeper) -> None:
    every_table_filled(keeper.app)
    file = keeper.backs_up()
    (keeper.instance / "journal.jsonl").unlink()
    assert "--without-journal" in refused(keeper, "--replace", str(file))
    assert keeper.runs("restore", "--replace", "--without-journal", str(file)).exit_code == 0


def test_without_keys_nothing_is_put_back(keeper: Keeper) -> None:
    file = keeper.backs_up()
    keys = (keeper.instance / "keys.toml").rename(keeper.instance / "elsewhere")
    result = keeper.runs("restore", "--replace", str(file))
    assert result.exit_code == 1
    assert result.output.startswith("Error: keys: ")
    assert not keys.with_name("keys.toml").exists()


def test_a_restore_waits_for_nobody_who_is_at_work(keeper: Keeper) -> None:
    file = keeper.backs_up()
    held = in_use.share(keeper.instance)
    assert "at work" in refused(keeper, "--replace", str(file))
    held.give_back()
    keeper.restores(file)


def test_commands_are_refused_while_a_backup_is_put_back(keeper: Keeper) -> None:
    with in_use.alone(keeper.instance):
        for words in (("purge",), ("backup",), ("pause",)):
            result = keeper.runs(*words)
            assert result.exit_code == 1
            assert "a backup is being put back" in result.output


def test_a_served_board_keeps_restores_out_until_it_is_killed(keeper: Keeper) -> None:
    file = keeper.backs_up()
    board = subprocess.Popen(
        [*COMMAND, "background"],
        env=os.environ | keeper.environ,
        start_new_session=True,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: is_at_work(keeper.instance))
        assert "at work" in refused(keeper, "--replace", str(file))
    finally:
        os.killpg(board.pid, signal.SIGKILL)
        board.wait()
    keeper.restores(file)


def is_at_work(instance: Path) -> bool:
    try:
        with in_use.alone(instance):
            return False
    except ConfigError:
        return True


def wait_until(holds: Callable[[], bool], seconds: float = 20) -> None:
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.3)


def test_old_backups_go_and_other_files_stay(keeper: Keeper, tmp_path: Path) -> None:
    place = tmp_path / "kept"
    for days in (0, 13, 14, 100):
        with clock.frozen(clock.now() - timedelta(days=days)):
            assert keeper.runs("backup", str(place)).exit_code == 0 or days == 0
    (place / "nagi-2020-01-01.txt").write_text("mine")
    (place / ".nagi-0123456789abcdef.draft").write_text("half")
    result = keeper.runs("backup", str(place))
    assert "old backups deleted" in result.output
    days = [day for day, _path in folder.ours(place)]
    assert days == [clock.today() - timedelta(days=13), clock.today()]
    assert sorted(path.name for path in place.iterdir() if not path.name.endswith(".backup")) == [
        "nagi-2020-01-01.txt"
    ]


def test_the_night_deletes_old_backups_where_they_lie_by_default(keeper: Keeper) -> None:
    assert keeper.runs("backup").exit_code == 0
    leftover = keeper.instance / "nagi.sqlite3.restoring"
    leftover.write_text("half a board")
    with clock.frozen(clock.now() + timedelta(days=14)):
        assert keeper.runs("purge").exit_code == 0
    assert list((keeper.instance / "backups").iterdir()) == []
    assert not leftover.exists()


def test_check_tells_of_backups_that_should_be_gone_or_that_others_can_read(keeper: Keeper) -> None:
    assert keeper.runs("backup").exit_code == 0
    assert "backups:" not in keeper.runs("check").output
    made = next((keeper.instance / "backups").iterdir())
    made.chmod(0o644)
    assert f"others can read {made}" in keeper.runs("check").output
    with clock.frozen(clock.now() + timedelta(days=14)):
        assert f"{made} is 14 days old" in keeper.runs("check").output


def test_a_folder_that_cannot_be_written_is_one_line(keeper: Keeper, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = keeper.runs("backup", str(tmp_path / "file" / "in"))
    assert result.exit_code == 1
    assert result.output.startswith("Error: backup: cannot write to ")


def test_a_database_of_an_older_form_is_not_backed_up(make_app: MakeApp, tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'old.sqlite3'}")
    schema.upgrade(engine, "aeb0ce19392c")
    engine.dispose()
    app = make_app(database_url=f"sqlite:///{tmp_path / 'old.sqlite3'}")
    result = Keeper(app, database_url=f"sqlite:///{tmp_path / 'old.sqlite3'}").runs("backup")
    assert "run forum upgrade" in result.output
    assert list((Path(app.instance_path) / "backups").iterdir()) == []


def test_a_database_that_is_damaged_can_be_replaced(keeper: Keeper) -> None:
    writer = Writer(keeper.app)
    writer.vents(BODY)
    file = keeper.backs_up()
    with keeper.app.app_context():
        db.session.remove()
        db.engine.dispose()
    (keeper.instance / "nagi.sqlite3").write_bytes(b"\x00" * 8192)
    assert "not empty" in keeper.runs("restore", str(file)).output
    keeper.restores(file)
    assert text_of(keeper.app, post_of(writer)) == ("live", BODY)


def leave_a_log(keeper: Keeper, statement: str) -> None:
    """A process that was killed leaves the log beside the file, with commits in it that the file has not."""
    code = (
        "import os, sqlite3, sys\n"
        "c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "c.execute('PRAGMA journal_mode = WAL'); c.execute('PRAGMA wal_autocheckpoint = 0')\n"
        "c.execute(sys.argv[2]); os.kill(os.getpid(), 9)\n"
    )
    words = [sys.executable, "-c", code, str(keeper.instance / "nagi.sqlite3"), statement]
    subprocess.run(words, check=False)


def test_a_log_that_outlived_its_database_is_not_played_into_the_next(keeper: Keeper) -> None:
    writer = Writer(keeper.app)
    writer.vents(BODY)
    file = keeper.backs_up()
    before = everything(keeper.app)
    leave_a_log(keeper, "UPDATE post SET source = 'xx'")
    assert (keeper.instance / "nagi.sqlite3-wal").stat().st_size
    keeper.restores(file)
    assert everything(keeper.app) == before


@pytest.mark.parametrize("step", ["draft", "rename", "folder"])
def test_a_restore_that_ends_between_its_last_steps_leaves_a_whole_board(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    every_table_filled(keeper.app)
    file, new = keeper.backs_up(), everything(keeper.app)
    Writer(keeper.app).vents("このあとの話です。")
    old = everything(keeper.app)

    class Ended(Exception):
        pass

    def end(path: Path, *_given: object) -> None:
        is_folder = path.is_dir()
        if (step == "rename" and path.suffix == ".restoring") or (step == "folder") == is_folder:
            raise Ended

    if step == "rename":
        monkeypatch.setattr(Path, "replace", end)
    else:
        monkeypatch.setattr(exchange, "sync", end)
    assert isinstance(keeper.runs("restore", "--replace", str(file)).exception, Ended)
    monkeypatch.undo()
    assert everything(keeper.app) == (new if step == "folder" else old)
    keeper.restores(file)
    assert everything(keeper.app) == new


def test_a_log_beside_a_damaged_database_is_thrown_away_with_it(keeper: Keeper) -> None:
    writer = Writer(keeper.app)
    writer.vents(BODY)
    file = keeper.backs_up()
    before = everything(keeper.app)
    with keeper.app.app_context():
        db.session.remove()
        db.engine.dispose()
    leave_a_log(keeper, "UPDATE post SET source = 'xx'")
    log = (keeper.instance / "nagi.sqlite3-wal").read_bytes()
    (keeper.instance / "nagi.sqlite3").write_bytes(b"no database" * 1000)
    (keeper.instance / "nagi.sqlite3-wal").write_bytes(log)
    keeper.restores(file)
    assert everything(keeper.app) == before


# While others write, and when somebody pulls the plug.


def filled(keeper: Keeper, threads: int) -> None:
    with keeper.app.app_context():
        begin_writing()
        put_threads([read_line(ROW, frozenset({"r1"}))] * threads, runtime().keys)
        db.session.commit()
        db.session.remove()


def check_whole(file: Path) -> dict[str, set[bytes]]:
    """Every row's key by table; every post has its thread and its participant."""
    found: dict[str, set[bytes]] = {"thread": set(), "participant": set(), "post": set()}
    with file.open("rb") as handle, archive.opened(handle) as opened:
        for name, columns in opened.tables():
            names = [column.name for column in columns]
            for row in opened.rows(columns):
                values = dict(zip(names, row, strict=True))
                if name in found:
                    found[name].add(values["id"])
                if name in {"post", "participant"}:
                    assert values["thread_id"] in found["thread"]
                if name == "post" and values["participant_id"]:
                    assert values["participant_id"] in found["participant"]
    return found


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_what_is_written_meanwhile_is_in_a_backup_whole_or_not_at_all(
    make_app: MakeApp, request: pytest.FixtureRequest, kind: str
) -> None:
    url = request.getfixturevalue("postgres_url") if kind == "postgresql" else ""
    keeper = keeper_of(make_app, url)
    filled(keeper, 150)
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            filled(keeper, 1)

    writers = [threading.Thread(target=write) for _ in range(2)]
    for one in writers:
        one.start()
    environ = os.environ | keeper.environ
    try:
        for _ in range(2):
            subprocess.run([*COMMAND, "backup"], env=environ, check=True, stdout=subprocess.DEVNULL)
            found = check_whole(next((keeper.instance / "backups").glob("nagi-*")))
            assert len(found["post"]) == 2 * len(found["thread"]) >= 300
    finally:
        stop.set()
        for one in writers:
            one.join()


@pytest.fixture
def killed_at(keeper: Keeper) -> Callable[..., None]:
    """Runs a command and kills it after some seconds; the later ones are given the time it needs."""
    chance = random.Random(7)

    def run(*words: str, longest: float) -> None:
        process = subprocess.Popen(
            [*COMMAND, *words],
            env=os.environ | keeper.environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        with_luck = chance.uniform(0.3 * longest, longest)
        try:
            process.wait(with_luck)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    return run


def seconds_of(keeper: Keeper, *words: str) -> float:
    began = time.monotonic()
    subprocess.run([*COMMAND, *words], env=os.environ | keeper.environ, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - began


def test_a_killed_backup_leaves_no_half_file(keeper: Keeper, killed_at: Callable[..., None]) -> None:
    filled(keeper, 1000)
    longest = seconds_of(keeper, "backup")
    made = next((keeper.instance / "backups").glob("nagi-*"))
    made.unlink()
    for _ in range(6):
        killed_at("backup", longest=longest)
        for _day, file in folder.ours(keeper.instance / "backups"):
            assert len(check_whole(file)["post"]) == 2000
            file.unlink()
    assert keeper.runs("backup").exit_code == 0
    assert [path.name[0] for path in (keeper.instance / "backups").iterdir()] == ["n"]


def test_a_killed_restore_leaves_the_old_board_or_the_new(
    keeper: Keeper, killed_at: Callable[..., None]
) -> None:
    filled(keeper, 700)
    file = keeper.backs_up()
    longest = seconds_of(keeper, "restore", "--replace", str(file))
    filled(keeper, 1)
    for _ in range(7):
        killed_at("restore", "--replace", str(file), longest=longest)
        with sqlite3.connect(keeper.instance / "nagi.sqlite3") as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
            posts = connection.execute("SELECT count(*) FROM post").fetchone()[0]
        assert posts in {1400, 1402}
        if posts == 1400:
            filled(keeper, 1)
    keeper.restores(file)
    assert list(keeper.instance.glob("*restoring*")) == []


@pytest.mark.postgres
def test_a_killed_restore_leaves_postgresql_the_old_or_the_new(make_app: MakeApp, postgres_url: str) -> None:
    keeper = keeper_of(make_app, postgres_url)
    filled(keeper, 700)
    file = keeper.backs_up()
    chance = random.Random(11)
    longest = seconds_of(keeper, "restore", "--replace", str(file))
    filled(keeper, 1)
    for _ in range(5):
        process = subprocess.Popen(
            [*COMMAND, "restore", "--replace", str(file)],
            env=os.environ | keeper.environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(chance.uniform(0.3, 1) * longest)
        process.kill()
        process.wait()
        with keeper.app.app_context():
            # A server whose client was killed gives up its transaction a moment later.
            db.session.execute(text("SET lock_timeout = '20s'"))
            posts = db.session.scalar(select(func.count()).select_from(Post))
            db.session.remove()
        assert posts in {1400, 1402}
        if posts == 1400:
            filled(keeper, 1)
    keeper.restores(file)


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_memory_stays_flat_while_rows_are_many(tmp_path: Path, template: Path, command: str) -> None:
    peaks = []
    for threads in (200, 2500):
        instance = tmp_path / str(threads)
        shutil.copytree(template, instance)
        environ = os.environ | {"FORUM_INSTANCE": str(instance), "FORUM_SEARCH": "memory"}
        lines = tmp_path / "rows.jsonl"
        lines.write_text(f"{ROW}\n" * threads)
        subprocess.run([*COMMAND, "import", str(lines)], env=environ, check=True, stdout=subprocess.DEVNULL)
        code = (
            "import resource, sys\nfrom forum.cli import cli\n"
            "cli.main(sys.argv[1:], standalone_mode=False)\n"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
        )
        words = ["backup"]
        if command == "restore":
            subprocess.run([*COMMAND, "backup"], env=environ, check=True, stdout=subprocess.DEVNULL)
            words = ["restore", "--replace", str(next((instance / "backups").iterdir()))]
        said = subprocess.run(
            [sys.executable, "-c", code, *words], env=environ, check=True, capture_output=True, text=True
        )
        peaks.append(int(re.findall(r"\d+", said.stdout)[-1]))
    assert peaks[1] < peaks[0] + 20_000  # kilobytes
