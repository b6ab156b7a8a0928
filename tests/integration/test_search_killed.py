"""Killed at any moment, the index loses nothing: whoever feeds it or builds it anew, while people write on.

Real commands in processes of their own; the moments are random, the seed stands in every message.
"""

import random
import select as ready
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from forum import ids
from forum.extensions import begin_writing, db
from forum.identity.receipts import new_words
from forum.identity.seeds import derive
from forum.models import Post, Theme, Thread
from forum.moderation import lifecycle
from forum.moderation.policy import load_policy
from forum.posting import drafts, pipeline
from forum.posting.drafts import Words
from forum.posting.pipeline import Author, Choices
from forum.queries.visibility import listed_threads, visible_posts
from forum.runtime import runtime
from forum.search import outbox
from forum.search.query import parse
from tests.integration.test_serving import COMMAND, environment

# Of these no word is made that has a stem of its own, or that screening knows.
LETTERS = "bcdfghkm"
LONGEST_START = 60.0
WAITS = (0.03, 0.1, 0.3)
PAUSE = 0.02


class Life:
    """People who write, edit and take away; every text has a word that no other text ever had."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.policy = load_policy(None)
        self.words: set[str] = set()

    def text(self) -> str:
        word = "".join(self.chance.choice(LETTERS) for _ in range(12))
        self.words.add(word)
        return f"夜の台所で {word} と書きました。"

    def lives(self) -> None:
        """One act of anybody."""
        begin_writing()
        self.chance.choices([self.write, self.edit, self.end, self.hide, self.show], [5, 4, 2, 1, 2])[0]()
        db.session.commit()

    def write(self) -> None:
        keys = runtime().keys
        author = Author(derive(self.chance.randbytes(16), keys), keys, ids.new_id(), new_words("ja"), 1)
        draft = drafts.look_at(Words(self.text(), "", ""), self.policy, newcomer=False, insists=True)
        threads = list(db.session.scalars(select(Thread.id).where(listed_threads())))
        if threads and self.chance.random() < 0.6:
            pipeline.reply(thread_id=self.chance.choice(threads), author=author, draft=draft)
        else:
            theme = db.session.scalars(select(Theme)).first()
            pipeline.start_thread(
                theme=theme, author=author, draft=draft, choices=Choices("listen", 365, "now")
            )

    def edit(self) -> None:
        for post in self._some("live"):
            lifecycle.revise(post, source=self.text())

    def end(self) -> None:
        for post in self._some("live"):
            lifecycle.erase(post)

    def hide(self) -> None:
        for post in self._some("live"):
            lifecycle.hide(post)

    def show(self) -> None:
        for post in self._some("hidden"):
            lifecycle.show(post)

    def _some(self, status: str) -> list[Post]:
        found = list(db.session.scalars(select(Post.id).where(Post.status == status)))
        return [db.session.get_one(Post, self.chance.choice(found))] if found else []


class Command:
    """A command in a process of its own."""

    def __init__(self, app: Flask, *words: str) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, *words],
            env=environment(Path(app.instance_path), search="whoosh"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def has_said_something(self) -> bool:
        return bool(ready.select([self.process.stdout], [], [], 0)[0])

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()

    def ends(self) -> tuple[int, str, str]:
        said, complained = self.process.communicate(timeout=LONGEST_START)
        return self.process.returncode, said, complained


@pytest.fixture
def board(make_app: Callable[..., Flask]) -> Iterator[Flask]:
    """A board with its index in files, inside its context."""
    app = make_app(search="whoosh")
    with app.app_context():
        yield app
        db.session.remove()


def until(life: Life, happens: Callable[[], bool]) -> None:
    """Let people live until something happens, at least for one act."""
    ends = time.monotonic() + LONGEST_START
    life.lives()
    while not happens():
        assert time.monotonic() < ends
        life.lives()
        time.sleep(PAUSE)  # what starts meanwhile must get on


def a_while(life: Life) -> None:
    ends = time.monotonic() + life.chance.random() * life.chance.choice(WAITS)
    while time.monotonic() < ends:
        life.lives()
        # Without this the database would be written without a break, and the other could only wait for it.
        time.sleep(life.chance.random() * PAUSE)


def index_of(app: Flask) -> Path:
    return Path(app.instance_path) / "index"


def files(app: Flask) -> set[Path]:
    return set(index_of(app).rglob("*"))


def builds(app: Flask) -> int:
    return len([path for path in index_of(app).glob("*") if path.is_dir()])


def found(words: str) -> list[bytes]:
    return list(runtime().search.candidates(parse(words).terms, theme=None))


def catches_up(app: Flask) -> None:
    code, said, complained = Command(app, "search", "sync").ends()
    assert code == 0, said + complained


def is_whole(life: Life, told: str) -> None:
    """Every post that is visible is found by the word of its own, and nothing else by any word that ever was."""
    db.session.rollback()
    query = select(Post.id, Post.source).join(Thread, Thread.id == Post.thread_id)
    visible = query.where(visible_posts(), Thread.status.in_(("live", "withdrawn")))
    wanted = {source.split()[1]: [post_id] for post_id, source in db.session.execute(visible)}
    assert wanted, told
    for word in life.words:
        assert found(word) == wanted.get(word, []), (told, word)
    every = found("台所")
    assert len(every) == len(set(every)) == runtime().search.size() == len(wanted), told
    assert outbox.waiting() == 0, told
    db.session.rollback()


def feed_and_kill(board: Flask, seed: int, kills: int) -> None:
    life = Life(seed)
    for number in range(kills):
        feeding = Command(board, "search", "sync", "--watch")
        try:
            before = files(board)
            until(life, feeding.has_said_something)
            if life.chance.random() < 0.7:
                until(life, lambda: files(board) != before)  # noqa: B023
            a_while(life)
        finally:
            feeding.kill()
        assert runtime().search.is_usable(), (seed, number)
    catches_up(board)
    is_whole(life, f"seed {seed}")


def test_nothing_is_lost_when_whoever_feeds_the_index_is_killed_at_random(board: Flask) -> None:
    feed_and_kill(board, random.randrange(10**9), kills=6)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(5))
def test_nothing_is_lost_however_often_the_feeder_is_killed(board: Flask, seed: int) -> None:
    feed_and_kill(board, seed, kills=20)


def rebuild_and_kill(board: Flask, seed: int, kills: int) -> None:
    """People write, one process feeds the index, one builds it anew and is killed, and this one searches."""
    life = Life(seed)
    for _ in range(200):
        life.lives()
    catches_up(board)
    feeding = Command(board, "search", "sync", "--watch")
    try:
        for number in range(kills + 1):
            before = builds(board)
            rebuilding = Command(board, "search", "rebuild")
            try:
                while_searching(life, lambda: builds(board) > before or rebuilding.process.poll() is not None)  # noqa: B023
                if number < kills:
                    a_while(life)
                else:
                    assert rebuilding.ends()[0] == 0, seed
            finally:
                rebuilding.kill()
    finally:
        feeding.kill()
    catches_up(board)
    is_whole(life, f"seed {seed}")


def while_searching(life: Life, happens: Callable[[], bool]) -> None:
    def searched() -> bool:
        assert found("台所"), "what was found before is found until the new index is whole"
        return happens()

    until(life, searched)


def test_nothing_is_lost_when_a_rebuild_is_killed_while_people_write_and_search(board: Flask) -> None:
    rebuild_and_kill(board, random.randrange(10**9), kills=2)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(5))
def test_nothing_is_lost_however_often_a_rebuild_is_killed(board: Flask, seed: int) -> None:
    rebuild_and_kill(board, seed, kills=20)
