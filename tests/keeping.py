"""An operator who makes backups and puts them back, and a board in which every table has a row."""

import gzip
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from flask import Flask

from forum import clock, ids, journal
from forum.cli import cli
from forum.extensions import begin_writing, db
from forum.identity.receipts import new_words
from forum.models import Alike, Aside, Case, Interim, Moderator, Passkey, Post, Rung, Shift, Theme
from forum.moderation import bans, cases, contact, counters, figures, handover, leases, letters, pending
from forum.moderation.wishes import Wish
from forum.posting import deposits
from forum.runtime import runtime
from tests.actors import Staff, Writer, decide_at_once

BODY = "青葉台の駅で、夫の同僚の山田さんに会いました。\n夜になると思い出します。"
REPLY = "読みました。わたしも同じ町で暮らしています。夜になると台所の明かりだけを点けて、お茶を飲んでいます。"
# What is left of BODY when words are cut out of it, and the words that are gone then.
CUT = "駅で、会いました。\n夜になると思い出します。"
GONE = ("青葉台", "山田")


class Keeper:
    """Runs commands beside an app, as an operator does."""

    def __init__(self, app: Flask, **settings: str) -> None:
        self.app = app
        self.instance = Path(app.instance_path)
        self.environ = {"FORUM_INSTANCE": str(self.instance), "FORUM_SEARCH": "memory"}
        self.environ |= {f"FORUM_{name.upper()}": value for name, value in settings.items()}

    def runs(self, *words: str) -> Result:
        """A command; this process has nothing of the database open meanwhile."""
        with self.app.app_context():
            runtime().onlooker.close()
            db.session.remove()
            db.engine.dispose()
        return CliRunner(env=self.environ).invoke(cli, list(words), prog_name="forum")

    def backs_up(self) -> Path:
        """Make a backup and put it aside, where the next one does not take its place."""
        result = self.runs("backup")
        assert result.exit_code == 0, result.output
        made = next((self.instance / "backups").glob("nagi-*.backup"))
        return made.rename(made.with_name(f"aside-{secrets.token_hex(4)}"))

    def restores(self, file: Path) -> None:
        """Put a backup in place of what is there."""
        result = self.runs("restore", "--replace", str(file))
        assert result.exit_code == 0, result.output

    def does(self, act: Callable[[], object]) -> None:
        """Do something to the board and commit."""
        with self.app.app_context():
            begin_writing()
            act()
            db.session.commit()

    def entries(self, *kinds: str) -> list[journal.Entry]:
        """What the journal holds of these kinds (all when none is named)."""
        found = journal.entries(self.instance / journal.FILE)
        return [entry for entry in found if not kinds or entry.kind in kinds]


def post_of(writer: Writer) -> bytes:
    """The id of the last thing somebody wrote."""
    return ids.from_text(writer.post_id)


def text_of(app: Flask, post_id: bytes) -> tuple[str, str]:
    """How a post stands: status and source."""
    with app.app_context():
        post = db.session.get_one(Post, post_id)
        return post.status, post.source


def unpacked(file: Path) -> str:
    """Everything a backup says."""
    return gzip.decompress(file.read_bytes()).decode()


def raw(folder: Path) -> bytes:
    """The bytes of everything that lies in a folder, but backups put aside and keys."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.parent.name != "backups"]
    return b"".join(path.read_bytes() for path in files)


def every_table_filled(app: Flask) -> tuple[Writer, Writer]:
    """Two writers, a moderator, and at least one row in every table."""
    writer, other, staff = Writer(app), Writer(app), Staff(app)
    writer.vents(BODY, theme="r2", title="会わない日のこと", warning="重い話")
    other.replies(writer.thread_id, REPLY)
    other.reacts(writer.post_id, "same")
    other.sends(f"/p/{writer.post_id}/h", way="fold")
    other.flags(writer.post_id, "identity", "町の名前が書いてあります。")
    writer.flags(other.post_id, "other", "気になりました。")
    with app.app_context():
        keys = runtime().keys
        moderator = db.session.scalars(db.select(Moderator).where(Moderator.name == staff.name)).one()
        begin_writing()
        first, second = (cases.case_of(post_of(person)) for person in (other, writer))
        assert first
        assert second
        decision = decide(first, moderator, "remove", rule=1)
        post = db.session.get_one(Post, post_of(other))
        assert post.participant_id
        bans.place(decision=decision, participant_id=post.participant_id, step="slow", reason="promise_1")
        leases.lease(case_id=second.id, moderator=moderator, audit_key=keys.audit)
        # Pressed and taken back: what was chosen stays for the form.
        room = db.session.scalars(db.select(Theme.code).where(Theme.code != "r2")).first()
        press(second, moderator, "move", theme=room, note_author="仲間と話してから決めます。")
        pending.undo(case_id=second.id, moderator=moderator, audit_key=keys.audit)
        letters.write_letter(kind="letter", body="世話人のかたへ。", hour=1)
        deposits.put_aside({"body": "まだ途中"}, new_words("ja"), keys)
        counters.count("asked", ["phone"])
        handover.leave_note(moderator=moderator, words="静かな夜でした。")
        db.session.add(Shift(day=clock.date_after(1), hour=20, moderator_id=moderator.id))
        db.session.add(Rung(case_id=second.id, reasons=2))
        db.session.add(Alike(thread_id=second.thread_id, rank=Alike.TO_LOOK_AT, other_id=second.thread_id))
        contact.reach_out(
            case_id=second.id,
            version=cases.case_by_id(second.id).version,
            moderator=moderator,
            sentence="read",
            words="急がなくて大丈夫です。",
            audit_key=keys.audit,
        )
        db.session.add(Aside(moderator_id=moderator.id, kind="lane", code="1"))
        db.session.add(Interim(post_id=second.target_id, kind="returned", spans=""))
        figures.count("decided", 1)
        db.session.add(
            Passkey(
                moderator_id=moderator.id,
                name="家の電話",
                credential_id=ids.new_id(),
                public_key=b"\xa5\x01\x02",
                sign_count=2**32 - 1,
                added_day=clock.today(),
            )
        )
        db.session.commit()
    return writer, other


def decide(case: Case, moderator: Moderator, outcome: str, **fields: Any) -> Any:
    """A decision upon the case and its text as they stand."""
    post = db.session.get_one(Post, case.target_id)
    return decide_at_once(
        case_id=case.id,
        version=case.version,
        revision=post.revision,
        moderator=moderator,
        outcome=outcome,
        audit_key=runtime().keys.audit,
        **fields,
    )


def press(case: Case, moderator: Moderator, outcome: str, **fields: Any) -> None:
    """A press upon the case and its text as they stand, without any effect yet."""
    pending.decide(
        case_id=case.id,
        version=case.version,
        revision=db.session.get_one(Post, case.target_id).revision,
        moderator=moderator,
        wish=Wish(outcome=outcome, **fields),
        in_time=True,
        audit_key=runtime().keys.audit,
    )


# What a backup leaves out or makes coarser, and what a restore changes on purpose.
OTHERWISE = {
    "thread": ("bumped_no", "version"),
    "day_counter": ("last_no",),
    "moderator": ("session_epoch",),
    "board_state": ("epoch",),
    "case": ("state", "leased_by"),
}


def everything(app: Flask) -> dict[str, list[tuple[Any, ...]]]:
    """Every row that a restore brings back as it was, by table, in the order of keys."""
    with app.app_context():
        found = {}
        for table in db.metadata.sorted_tables:
            if table.name in {"timer", "index_job", "alike", "audit_head"}:
                continue
            columns = [column for column in table.columns if column.name not in OTHERWISE.get(table.name, ())]
            rows = db.session.execute(db.select(*columns).order_by(*table.primary_key)).all()
            found[table.name] = [tuple(row) for row in rows]
        db.session.rollback()
    found["audit_entry"] = [row for row in found["audit_entry"] if "restored" not in row]
    return found


def written(keeper: Keeper, body: str = BODY) -> Writer:
    """Somebody new who opened a thread."""
    writer = Writer(keeper.app)
    writer.vents(body, title="会わない日のこと")
    return writer


def later(writer: Writer, path: str, **fields: str) -> None:
    """Send a form on the next day, when editing is over and words can only be cut out."""
    with clock.frozen(on_day(1)):
        answer = writer.sends(path, **fields)
    assert answer.status_code in {200, 303}, answer.text


def on_day(days: int) -> datetime:
    """This moment, so many days on."""
    return clock.now() + timedelta(days=days)


def post(post_id: bytes) -> Post:
    """The row of a post, inside an app."""
    return db.session.get_one(Post, post_id)
