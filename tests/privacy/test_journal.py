"""The journal of what was taken away: complete whatever is killed, and saying no more than it must."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from forum import clock, errors, ids, journal
from forum.extensions import begin_writing, db
from forum.models import (
    Thread,
)
from forum.moderation import lifecycle
from tests.keeping import (
    BODY,
    CUT,
    Keeper,
    every_table_filled,
    later,
    on_day,
    post,
    post_of,
    text_of,
    written,
)


def test_no_line_of_the_journal_holds_a_word_or_a_time(keeper: Keeper) -> None:
    writer, other = every_table_filled(keeper.app)
    later(writer, f"/p/{writer.post_id}/e", body=CUT)
    other.sends("/me/erase")
    keeper.does(lambda: lifecycle.retitle(db.session.scalars(select(Thread)).one(), "べつの題"))
    path = keeper.instance / journal.FILE
    lines = path.read_text(encoding="ascii")
    assert len(lines.splitlines()) >= 6
    assert "\\u" not in lines
    assert not re.search(r"\d{2}:\d{2}|\d{10}", re.sub(r'"id": "[0-9a-f]*"', "", lines))
    words = {word for line in lines.splitlines() for word in re.findall(r'"([^"]*)"', line)}
    known = {
        "until",
        "kind",
        "id",
        *journal.KINDS,
        *(name for more in journal.KINDS.values() for name in more),
    }
    known |= {"cut", "mask", "held", "hidden", "removed", "live", ""}
    ours = re.compile(r"\d{4}-\d{2}-\d{2}|[0-9a-f]{32}|[0-9a-f]{64}")
    assert not [word for word in words - known if not ours.fullmatch(word)]
    state = path.stat()
    assert state.st_mode & 0o777 == 0o600
    assert state.st_mtime == clock.midnight().timestamp()


def test_a_line_is_kept_longer_than_any_backup_and_then_goes(on_sqlite: Keeper) -> None:
    writer = written(on_sqlite)
    writer.sends(f"/p/{writer.post_id}/d")
    path = on_sqlite.instance / journal.FILE
    days = [json.loads(line)["until"] for line in path.read_text().splitlines()]
    longest = journal.BACKUP_DAYS + journal.MARGIN_DAYS + journal.SPREAD_DAYS
    assert all(clock.date_after(journal.BACKUP_DAYS) < date.fromisoformat(day) for day in days)
    assert all(date.fromisoformat(day) < clock.date_after(longest) for day in days)
    with clock.frozen(on_day(journal.BACKUP_DAYS + 1)):
        assert on_sqlite.runs("purge").exit_code == 0
        assert [entry.id for entry in on_sqlite.entries("post")] == [post_of(writer)]
    with clock.frozen(on_day(longest)):
        assert on_sqlite.runs("purge").exit_code == 0
        assert post_of(writer) not in [entry.id for entry in on_sqlite.entries()]


def test_the_day_until_which_a_line_is_kept_does_not_tell_the_day_of_the_act() -> None:
    days = Counter(json.loads(journal.line_of("ban", bytes(16)))["until"] for _ in range(700))
    assert len(days) == journal.SPREAD_DAYS
    assert min(days.values()) > 50


def test_the_night_takes_the_order_out_of_the_journal(on_sqlite: Keeper) -> None:
    path = on_sqlite.instance / journal.FILE
    noted = [ids.new_id() for _ in range(40)]
    for identifier in noted:
        journal.append(path, [journal.line_of("writer", identifier)])
    assert order(path) == [identifier.hex() for identifier in noted]
    assert on_sqlite.runs("purge").exit_code == 0
    lines = path.read_text().splitlines()
    assert lines == sorted(lines)
    assert set(order(path)) == {identifier.hex() for identifier in noted}
    assert order(path) != [identifier.hex() for identifier in noted]
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.stat().st_mtime == clock.midnight().timestamp()


def order(path: Path) -> list[str]:
    return [json.loads(line)["id"] for line in path.read_text().splitlines()]


def test_lines_of_one_transaction_tell_no_order(keeper: Keeper) -> None:
    noted = [ids.new_id() for _ in range(30)]

    def act() -> None:
        for identifier in noted:
            journal.note("writer", identifier)

    keeper.does(act)
    lines = (keeper.instance / journal.FILE).read_text().splitlines()
    assert lines == sorted(lines)


def test_an_act_that_was_taken_back_is_not_noted(keeper: Keeper) -> None:
    writer = written(keeper)
    with keeper.app.app_context():
        begin_writing()
        lifecycle.erase(post(post_of(writer)))
        db.session.rollback()
        begin_writing()
        lifecycle.erase(post(post_of(writer)))
        db.session.remove()  # a request that ends without a commit
        begin_writing()
        db.session.commit()
    assert keeper.entries() == []


def test_an_act_that_cannot_be_noted_does_not_happen(keeper: Keeper) -> None:
    writer = written(keeper)
    path = keeper.instance / journal.FILE
    path.unlink(missing_ok=True)
    path.mkdir()
    with pytest.raises(errors.Unwell):
        keeper.does(lambda: lifecycle.erase(post(post_of(writer))))
    with keeper.app.app_context():
        db.session.remove()
    assert text_of(keeper.app, post_of(writer)) == ("live", BODY)
    path.rmdir()
    writer.sends(f"/p/{writer.post_id}/d")
    assert text_of(keeper.app, post_of(writer)) == ("deleted", "")


DELETES = """
import os, sys
from sqlalchemy import Engine, event
from forum import create_app
from forum.extensions import begin_writing, db
from forum.models import Post
from forum.moderation import lifecycle
from forum.runtime import runtime

def plug(*_):
    os.kill(os.getpid(), 9)

app = create_app()
with app.app_context():
    begin_writing()
    lifecycle.erase(db.session.get_one(Post, bytes.fromhex(sys.argv[1])))
    if sys.argv[2] == "before":
        event.listen(Engine, "commit", plug)  # behind the journal's own
        db.session.commit()
    dialect, commit = db.engine.dialect, db.engine.dialect.do_commit
    dialect.do_commit = lambda connection: (commit(connection), plug())
    db.session.commit()
"""


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_process_killed_around_its_commit_leaves_no_erasure_out_of_the_journal(
    keeper: Keeper, moment: str
) -> None:
    writer = written(keeper)
    file = keeper.backs_up()
    words = [sys.executable, "-c", DELETES, post_of(writer).hex(), moment]
    done = subprocess.run(words, env=os.environ | keeper.environ, check=False)
    assert done.returncode == -9
    status, _ = text_of(keeper.app, post_of(writer))
    assert status == ("live" if moment == "before" else "deleted")
    assert [entry.id for entry in keeper.entries("post")] == [post_of(writer)]
    # Also when the commit never came: somebody wanted it away.
    keeper.restores(file)
    assert text_of(keeper.app, post_of(writer)) == ("deleted", "")


def test_many_write_the_journal_while_it_is_rewritten(tmp_path: Path) -> None:
    path = tmp_path / journal.FILE
    code = (
        "import sys\nfrom pathlib import Path\nfrom forum import journal\n"
        "for n in range(100):\n"
        "    line = journal.line_of('writer', bytes([int(sys.argv[2]), n]) * 8)\n"
        "    journal.append(Path(sys.argv[1]), [line])\n"
    )
    writers = [subprocess.Popen([sys.executable, "-c", code, str(path), str(n)]) for n in range(3)]
    while any(one.poll() is None for one in writers):
        journal.expire(path)
    assert [one.wait() for one in writers] == [0, 0, 0]
    assert len({entry.id for entry in journal.entries(path)}) == 300


def test_a_torn_line_takes_no_other_with_it(tmp_path: Path) -> None:
    path = tmp_path / journal.FILE
    journal.append(path, [journal.line_of("writer", b"a" * 16)])
    with path.open("ab") as file:
        file.write(b'{"until": "2027-01-01", "kind": "wri')
    journal.append(path, [journal.line_of("writer", b"b" * 16)])
    assert sorted(entry.id for entry in journal.entries(path)) == [b"a" * 16, b"b" * 16]
    journal.expire(path)
    assert len(path.read_text().splitlines()) == 2


def test_the_journal_takes_only_what_is_written_down(app: Flask) -> None:
    with app.app_context():
        for kind, more in (("words", {}), ("writer", {"text": "山田"}), ("text", {"revision": 1})):
            with pytest.raises(ValueError, match="the journal has no"):
                journal.note(kind, b"x" * 16, **more)
