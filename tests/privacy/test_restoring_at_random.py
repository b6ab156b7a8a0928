"""Whatever people and moderators do in whatever order: after a restore nothing can be read that could not before it."""

import random
import re
from collections.abc import Callable

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from forum import errors, ids
from forum.backups import texts
from forum.extensions import begin_writing, db
from forum.identity.receipts import new_words
from forum.identity.seeds import derive
from forum.models import Participant, Post, Theme, Thread
from forum.moderation import lifecycle
from forum.moderation.policy import load_policy
from forum.moderation.screening import MASK, joined, mask
from forum.posting import cutting, drafts, erasing, pipeline
from forum.posting.cutting import MARK
from forum.posting.drafts import Words
from forum.posting.pipeline import Author, Choices
from forum.queries.visibility import is_visible, listed_threads, visible_posts
from forum.runtime import runtime
from tests.keeping import Keeper

KANA = "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほ"
ACTS = 50

Readable = dict[bytes, tuple[str, str, str]]


class Board:
    """Threads, and somebody who does anything to them."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.policy = load_policy(None)

    def words(self, length: int = 14) -> str:
        return "".join(self.chance.choice(KANA) for _ in range(length))

    def write(self) -> None:
        """A thread, or an answer in one."""
        keys = runtime().keys
        author = Author(derive(self.chance.randbytes(16), keys), keys, ids.new_id(), new_words("ja"), 1)
        draft = drafts.look_at(
            Words(self.words(), self.words(6), self.chance.choice(["", self.words(5)])),
            self.policy,
            newcomer=False,
            insists=True,
        )
        threads = list(db.session.scalars(select(Thread.id).where(listed_threads())))
        if threads and self.chance.random() < 0.7:
            pipeline.reply(thread_id=self.chance.choice(threads), author=author, draft=draft)
        else:
            theme = db.session.scalars(select(Theme)).first()
            pipeline.start_thread(
                theme=theme, author=author, draft=draft, choices=Choices("listen", 365, "now")
            )

    def act(self) -> None:
        """Anything, to any post."""
        post = self.chance.choice(list(db.session.scalars(select(Post).order_by(Post.id))))
        thread = db.session.get_one(Thread, post.thread_id)
        acts: list[Callable[[], object]] = [
            self.write,
            lambda: lifecycle.erase(post),
            lambda: cutting.cut_words(post, self._shorter(post.source)),
            lambda: self._edit(post),
            lambda: self._mask(post),
            lambda: lifecycle.hide(post),
            lambda: lifecycle.show(post),
            lambda: lifecycle.remove(post),
            lambda: lifecycle.restore(post),
            lambda: lifecycle.retitle(thread, self.words(6)),
            lambda: lifecycle.lock(thread),
            lambda: erasing.erase_participant(post.participant_id or b""),
        ]
        weights = [6, 1, 5, 5, 3, 2, 3, 1, 1, 1, 1, 0.3]
        self.chance.choices(acts, weights)[0]()

    def _shorter(self, text: str) -> str:
        return "".join(letter for letter in text if self.chance.random() < 0.8)

    def _edit(self, post: Post) -> None:
        if post.status == "deleted":
            return
        place = self.chance.randrange(len(post.source) + 1)
        end = min(len(post.source), place + self.chance.randrange(6))
        new = post.source[:place] + self.words(self.chance.randrange(5)) + post.source[end:]
        lifecycle.revise(
            post,
            source=new,
            warning=self.chance.choice([post.warning, self.words(4)]),
            gone=cutting.replaced(post.source, new),
            mark="edit",
        )

    def _mask(self, post: Post) -> None:
        if len(post.source) < 4 or post.status == "deleted":
            return
        spans = joined([(1, 3)])
        gone = [(start, end, len(MASK)) for start, end in spans]
        lifecycle.revise(post, source=mask(post.source, spans), gone=gone, mark="mask")

    def tries(self, act: Callable[[], None]) -> None:
        begin_writing()
        try:
            act()
        except (errors.ForumError, ValueError):
            db.session.rollback()
        else:
            db.session.commit()


def readable(app: Flask) -> Readable:
    """By post, what a reader sees of it: its text, its warning, and its thread's title."""
    with app.app_context():
        query = (
            select(Post.id, Post.source, Post.warning, Thread.title, Thread.status, Thread.ends_on)
            .join(Thread, Thread.id == Post.thread_id)
            .where(visible_posts())
        )
        return {
            row.id: (row.source, row.warning, row.title)
            for row in db.session.execute(query)
            if is_visible(row.status, row.ends_on)
        }


def present(app: Flask) -> set[bytes]:
    """Every post there is, whether or not it can be read."""
    with app.app_context():
        return set(db.session.scalars(select(Post.id)))


def pieces(text: str) -> list[str]:
    return [piece for piece in re.split(f"{MARK}|{MASK}", text) if piece]


def acts(app: Flask, board: Board, number: int) -> None:
    with app.app_context():
        for _ in range(number):
            board.tries(board.act)


def within(source: str, stood: str) -> set[str]:
    return {piece for piece in pieces(source) if piece in stood}


def nothing_came_back(after: Readable, before: Readable) -> None:
    for post_id, (source, warning, title) in after.items():
        assert post_id in before
        stood = before[post_id]
        assert set(pieces(source)) <= within(source, stood[0])
        assert warning in {stood[1], MARK, ""}
        assert title in {stood[2], ""}


@pytest.mark.parametrize(
    "seed", [*range(3), *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(3, 60))]
)
def test_nothing_can_be_read_after_a_restore_that_could_not_before_it(app: Flask, seed: int) -> None:
    keeper, board = Keeper(app), Board(seed)
    with app.app_context():
        for _ in range(12):
            board.tries(board.write)
    older = keeper.backs_up()
    acts(app, board, ACTS)
    newer = keeper.backs_up()
    acts(app, board, ACTS)
    for file in (newer, older, older):
        before, tags = readable(app), tags_of(app)
        keeper.restores(file)
        nothing_came_back(readable(app), before)
        assert not tags_of(app) - tags - fresh_tags(app, tags)
        acts(app, board, 15)
    # Forward again: what an older backup had not was lost and may come back, but not what was taken away since.
    began = readable(app)
    acts(app, board, ACTS)
    before, there = readable(app), present(app)
    keeper.restores(newer)
    for post_id, (source, _warning, title) in readable(app).items():
        begun, ended = began.get(post_id), before.get(post_id)
        if post_id not in there or begun == ended:
            continue
        assert ended
        assert begun is None or begun[0] == ended[0] or set(pieces(source)) <= within(source, ended[0])
        assert begun is None or begun[2] == ended[2] or title in {ended[2], ""}


def tags_of(app: Flask) -> set[tuple[bytes, bytes]]:
    with app.app_context():
        return {(row.id, row.tag) for row in db.session.execute(select(Participant.id, Participant.tag))}


def fresh_tags(app: Flask, before: set[tuple[bytes, bytes]]) -> set[tuple[bytes, bytes]]:
    """Of participants who erased everything: random ones, which are others after every restore."""
    erased = {entry.id for entry in Keeper(app).entries("writer")}
    known = {tag for _id, tag in before}
    return {(who, tag) for who, tag in tags_of(app) if who in erased and tag not in known}


LETTERS = st.text(alphabet="あいうえお 。\n", max_size=40)


@given(LETTERS, st.data())
def test_what_is_left_of_an_old_text_stood_in_the_last_one(first: str, data: st.DataObject) -> None:
    now, steps, known = first, [], True
    for _ in range(data.draw(st.integers(1, 4))):
        kind = data.draw(st.sampled_from(["cut", "edit", "mask"]))
        new, gone = changed(kind, now, data)
        if new != now:
            steps.append({"revision": len(steps) + 1, "gone": gone, "mark": kind})
            known = known and (kind != "edit" or gone[0][2] == 0)
            now = new
    left = texts.left_of(first, 1, data.draw(st.permutations(steps)))
    if known:
        assert left == texts.Left(now, is_exact=True)
    rest = now
    for piece in pieces(left.text):
        assert piece in rest
        rest = rest[rest.index(piece) + len(piece) :]


def changed(kind: str, text: str, data: st.DataObject) -> tuple[str, list[list[int]]]:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    if kind == "edit":
        new = text[:start] + data.draw(LETTERS) + text[end:]
        return new, [list(span) for span in cutting.replaced(text, new)]
    if start == end:
        return text, []
    if kind == "mask":
        return mask(text, [(start, end)]), [[start, end, len(MASK)]]
    put = len(MARK) if text[start:end].strip() else 0
    return cutting.taken_out(text, [(start, end)]), [[start, end, put]]


@pytest.mark.parametrize("missing", [1, 2])
def test_a_hole_in_the_steps_leaves_nothing(missing: int) -> None:
    steps = [{"revision": number, "gone": [[0, 1, 0]], "mark": "edit"} for number in (1, 2, 3)]
    assert texts.left_of("あいうえお", 1, steps) == texts.Left("えお", is_exact=True)
    del steps[missing - 1]
    assert texts.left_of("あいうえお", 1, steps) == texts.Left(MARK, is_exact=False)


def test_the_same_step_twice_is_one_and_two_that_differ_leave_nothing() -> None:
    step = {"revision": 1, "gone": [[0, 2, 0]], "mark": "edit"}
    assert texts.left_of("あいうえお", 1, [step, dict(step)]).text == "うえお"
    assert texts.left_of("あいうえお", 1, [step, step | {"gone": [[1, 2, 0]]}]).text == MARK
    mask = step | {"mark": "mask", "gone": [[0, 2, 2]]}
    back = {"revision": 2, "gone": [[1, 1, 0]], "mark": "back"}
    assert texts.left_of("あいうえお", 1, [mask, back]).text == "あいうえお"
    # The mask was taken off, or the writer cut their words out of it: one of the two never came to be.
    assert texts.left_of("あいうえお", 1, [mask, back, step | {"revision": 2}]).text == MARK


def test_a_caller_that_does_not_know_takes_away_the_whole(app: Flask) -> None:
    board, keeper = Board(1), Keeper(app)
    with app.app_context():
        board.tries(board.write)
    file = keeper.backs_up()

    def act() -> None:
        lifecycle.revise(db.session.scalars(select(Post)).one(), source="べつの文です。")

    keeper.does(act)
    keeper.restores(file)
    with app.app_context():
        assert db.session.scalars(select(Post.source)).one() == MARK
    assert [entry.more["mark"] for entry in keeper.entries("text")] == ["whole"]
