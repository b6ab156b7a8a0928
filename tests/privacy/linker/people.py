"""Invented people who write on a real board through its own verbs, evening after evening."""

import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from forum import clock, create_app, ids
from forum.extensions import begin_writing, db
from forum.identity.receipts import words_for
from forum.identity.seeds import Identity, derive
from forum.models import Post, Theme
from forum.posting import drafts, pipeline
from forum.runtime import runtime
from forum.worker import shuffle_ended_days

FIRST_DAY = datetime(2026, 3, 1, 20, 0, tzinfo=clock.BOARD_ZONE)
DAYS = 10
THREADS_EACH = 6
A_SITTING = 3  # somebody who comes in the evening answers in a few threads, one after the other

Truth = dict[bytes, int]


@contextmanager
def a_stolen_board(
    template: Path, folder: Path, *, people: int, seed: int, ended: bool = True
) -> Iterator[tuple[Path, Truth]]:
    """The database file of a board on which ``people`` wrote in six threads each, and whose each participant is.

    ``ended``: the night's work was done after every day; otherwise all was written on the present day.
    """
    shutil.copytree(template, folder)
    folder.chmod(0o700)
    app = create_app({"FORUM_INSTANCE": str(folder), "FORUM_SEARCH": "memory"})
    with app.app_context():
        truth = _written(random.Random(seed), people, DAYS if ended else 1)
        if ended:
            with clock.frozen(FIRST_DAY + timedelta(days=DAYS + 1)):
                shuffle_ended_days()
        db.session.execute(text("PRAGMA wal_checkpoint(PASSIVE)"))
        db.session.remove()
        db.engine.dispose()
    yield folder / "nagi.sqlite3", truth


def _written(chance: random.Random, people: int, days: int) -> Truth:
    keys = runtime().keys
    identities = [derive(chance.randbytes(16), keys) for _ in range(people)]
    themes = [theme.code for theme in db.session.scalars(db.select(Theme).order_by(Theme.position))]
    likes = [chance.sample(themes, 2) for _ in range(people)]
    sittings = [person for person in range(people) for _ in range(THREADS_EACH // A_SITTING)]
    chance.shuffle(sittings)
    by_theme: dict[str, list[bytes]] = {code: [] for code in themes}
    truth: Truth = {}
    for place, person in enumerate(sittings):
        day, second = divmod(place * days * 10_000 // len(sittings), 10_000)
        for step in range(A_SITTING):
            with clock.frozen(FIRST_DAY + timedelta(days=day, seconds=second + 4 * step)):
                if step == 0 and second < days * 10_000 // len(sittings):
                    shuffle_ended_days()
                _one_post(chance, identities[person], chance.choice(likes[person]), by_theme, truth, person)
    return truth


def _one_post(
    chance: random.Random,
    identity: Identity,
    code: str,
    by_theme: dict[str, list[bytes]],
    truth: Truth,
    person: int,
) -> None:
    author = _author(identity)
    begin_writing()
    draft = drafts.look_at(
        drafts.Words("夜の台所で、白湯を飲んでいます。"), runtime().policy, newcomer=False, insists=False
    )
    if not by_theme[code] or chance.random() < 0.25:
        choices = pipeline.Choices("listen", 365, "now")
        theme = db.session.get_one(Theme, code)
        post = pipeline.start_thread(theme=theme, author=author, draft=draft, choices=choices)
        by_theme[code].append(post.thread_id)
    else:
        post = _reply(chance, by_theme[code], author, draft)
    truth[post.participant_id or b""] = person
    db.session.commit()


def _reply(
    chance: random.Random, threads: list[bytes], author: pipeline.Author, draft: drafts.Screened
) -> Post:
    return pipeline.reply(thread_id=chance.choice(threads), author=author, draft=draft)


def _author(identity: Identity) -> pipeline.Author:
    post_id = ids.new_id()
    words = words_for(identity.receipt_key(post_id), "ja")
    return pipeline.Author(
        identity=identity, keys=runtime().keys, post_id=post_id, receipt_words=words, hour=0
    )
