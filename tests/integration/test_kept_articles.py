"""Articles are kept beside the version of their thread: after every change the kept page is the page made from rows."""

import random
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from inspect import isfunction

import pytest
from flask import Flask
from sqlalchemy import update

from forum import clock, worker
from forum.cli.maintenance import rerender
from forum.extensions import begin_writing, db
from forum.identity.cookie import CSRF_BYTES, CookieState, seal_cookie
from forum.identity.seeds import Identity, derive, new_seed
from forum.ids import to_text
from forum.models import Participant, Post, Theme, Thread
from forum.moderation import lifecycle, lifetime
from forum.posting import cutting, erasing, folds, reactions
from forum.posting.bulk import put_threads
from forum.posting.transfer import read_line
from forum.queries import posts, threads
from forum.runtime import EXTENSION, runtime
from forum.shelf import Shelf
from forum.web import thread_page
from forum.web.articles import Own, together
from forum.web.templating import FRAMES
from forum.web.thread_page import Part
from tests.actors import Writer
from tests.integration.moderation.scenes import BODY, Scene, set_scene

STORY = "夜の台所で、ひとりでお湯をわかしています。"

TOKEN = re.compile(r'(name="csrf_token" value=")[0-9a-f]+')
PAGES = ("", "?p=new", "?p=op", "?p=all")
LINE = '{"id":"1","theme":"r1","title":"別の話","body":"別の話です。","wish":"listen","replies":[]}'

SEED = bytes(range(16))  # of whoever wrote the reply

Step = Callable[[Scene], object]


@dataclass
class Boards:
    """The same board twice: one keeps, the other makes every page from rows."""

    keeping: Flask
    anew: Flask

    def do(self, step: Step, scene: Scene) -> None:
        with self.keeping.app_context():
            begin_writing()
            step(scene)
            db.session.commit()

    def assert_agree(self, scene: Scene) -> None:
        with self.keeping.app_context():
            keys = runtime().keys
        stranger, involved = (
            seal_cookie(CookieState(seed=seed, csrf=secrets.token_bytes(CSRF_BYTES)), keys)
            for seed in (new_seed(), SEED)
        )
        # Whoever carries a cookie passes by the finished pages; one that does not open is a reader.
        for cookie in ("nothing", stranger, involved):
            for path in (
                f"{root}/t/{to_text(scene.thread_id)}{part}" for root in ("", "/en") for part in PAGES
            ):
                assert page(self.keeping, path, cookie) == page(self.anew, path, cookie), path


def page(app: Flask, path: str, cookie: str) -> tuple[int, str]:
    answer = app.test_client(use_cookies=False).get(path, headers={"Cookie": f"s={cookie}"})
    return answer.status_code, TOKEN.sub(r"\1", answer.text)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def boards(request: pytest.FixtureRequest, make_app: Callable[..., Flask]) -> Iterator[Boards]:
    if request.param == "sqlite":
        keeping, anew = request.getfixturevalue("app"), make_app()
    else:
        keeping = request.getfixturevalue("postgres_app")
        anew = make_app(database_url=request.getfixturevalue("postgres_url"))
    nothing = Shelf(lambda: None)
    known = anew.extensions[EXTENSION]
    anew.extensions[EXTENSION] = replace(known, by_version=nothing, until_written=nothing)
    # The minute must not turn while a page is compared: it would end what is kept, right or wrong.
    with clock.frozen(clock.now()):
        yield Boards(keeping, anew)


def thread(scene: Scene) -> Thread:
    return db.session.get_one(Thread, scene.thread_id, populate_existing=True)


def opening(scene: Scene) -> Post:
    return db.session.get_one(Post, scene.opening_id, populate_existing=True)


def reply(scene: Scene) -> Post:
    return db.session.get_one(Post, scene.reply_id, populate_existing=True)


def staged(boards: Boards) -> Scene:
    """A thread with a reply, whose writer looks on, too."""
    scene = set_scene(boards.keeping)

    def sign(_scene: Scene) -> None:
        writer = db.session.get_one(Participant, reply(scene).participant_id)
        writer.tag = somebody().tag(scene.thread_id, 1)

    boards.do(sign, scene)
    return scene


def somebody() -> Identity:
    return derive(SEED, runtime().keys)


def react(scene: Scene) -> None:
    # The writer of the reply presses, so that erasing everything of theirs takes the press back.
    reactions.react(post=opening(scene), kind="same", identity=somebody(), keys=runtime().keys)


def folding(verb: Callable[..., bool], scene: Scene) -> None:
    # The writer of the reply does not want to read the opener.
    assert verb(post=opening(scene), identity=somebody(), keys=runtime().keys)


def shorten(scene: Scene) -> None:
    found = thread(scene)
    found.ends_on, found.version = clock.date_after(5), found.version + 1


def make_old(scene: Scene) -> None:
    db.session.execute(update(Post).values(html="<p>古い作りです。</p>", render_version=0))
    lifecycle.retitle(thread(scene), "古い作り")


def publish_late(scene: Scene) -> None:
    """A post that waited comes into the thread."""
    first = reply(scene)
    late = Post(
        thread_id=scene.thread_id, participant_id=first.participant_id, source=BODY, html="<p>あと</p>"
    )
    late.status, late.day = "scheduled", clock.today()
    db.session.add(late)
    db.session.flush()
    lifecycle.publish(late)


# Every way in which the page of a thread can change. Pages are compared after each step.
CHANGES: dict[str, list[Step]] = {
    "publish": [publish_late],
    "hide, show": [lambda s: lifecycle.hide(reply(s)), lambda s: lifecycle.show(reply(s))],
    "remove, restore": [lambda s: lifecycle.remove(reply(s)), lambda s: lifecycle.restore(reply(s))],
    "the opening, hide, show": [lambda s: lifecycle.hide(opening(s)), lambda s: lifecycle.show(opening(s))],
    "the opening, remove, restore": [
        lambda s: lifecycle.remove(opening(s)),
        lambda s: lifecycle.restore(opening(s)),
    ],
    "fold": [
        lambda s: lifecycle.fold(reply(s), "夜に読むとつらい話"),
        lambda s: lifecycle.fold(reply(s), ""),
    ],
    "put_back": [
        lambda s: lifecycle.hide(reply(s)),
        lambda s: lifecycle.put_back(reply(s), "live"),
    ],
    "move": [lambda s: lifecycle.move(thread(s), "r1")],
    "revise": [lambda s: lifecycle.revise(reply(s), source="直しました。", warning="直したもの")],
    "cut": [lambda s: cutting.cut_words(reply(s), BODY[6:])],
    "retitle": [lambda s: lifecycle.retitle(thread(s), "新しい題")],
    "quieten": [lambda s: lifecycle.quieten(thread(s), True), lambda s: lifecycle.quieten(thread(s), False)],
    "lock, unlock": [lambda s: lifecycle.lock(thread(s)), lambda s: lifecycle.unlock(thread(s))],
    "close, reopen": [lambda s: lifetime.close(thread(s)), lambda s: lifetime.reopen(thread(s))],
    "prolong": [lambda s: shorten(s), lambda s: lifetime.prolong(thread(s), clock.date_after(20))],
    "somebody folded, unfolded": [lambda s: folding(folds.fold, s), lambda s: folding(folds.unfold, s)],
    "count_reaction": [react, lambda s: lifecycle.count_reaction(opening(s), "same", -1)],
    "erase": [lambda s: lifecycle.erase(reply(s))],
    "the opening, erase": [lambda s: lifecycle.erase(opening(s))],
    "everything of one writer": [react, lambda s: erasing.erase_participant(reply(s).participant_id or b"")],
    "another thread of the room": [
        lambda s: put_threads([read_line(LINE, frozenset({"r1"}))], runtime().keys),
    ],
    "the room's name": [
        lambda s: setattr(db.session.get_one(Theme, thread(s).theme_code), "name_ja", "新しい部屋")
    ],
    "the thread is deleted": [lambda s: worker.delete_threads([s.thread_id])],
}
REPEATABLE = (
    "hide, show",
    "remove, restore",
    "the opening, hide, show",
    "fold",
    "retitle",
    "lock, unlock",
    "close, reopen",
)
# Verbs that change nothing a reader of the page sees: a post that was never out, a lock, a copy for a case, a list.
UNSEEN = {"stand_in_line", "place", "hold", "snapshot", "quieten"}


@pytest.mark.parametrize("name", CHANGES)
def test_after_a_change_the_kept_page_is_the_page_made_from_rows(boards: Boards, name: str) -> None:
    scene = staged(boards)
    boards.assert_agree(scene)
    for step in CHANGES[name]:
        boards.do(step, scene)
        boards.assert_agree(scene)


def test_rendering_again_is_seen_at_once(boards: Boards) -> None:
    scene = staged(boards)
    boards.do(make_old, scene)
    boards.assert_agree(scene)
    assert boards.keeping.test_cli_runner().invoke(rerender).exit_code == 0
    boards.assert_agree(scene)


def test_words_erased_by_the_night_are_gone_from_what_is_kept(boards: Boards) -> None:
    scene = staged(boards)
    boards.do(lambda s: lifecycle.remove(reply(s)), scene)
    with clock.frozen(clock.now() + timedelta(days=worker.DAYS_KEPT_REMOVED + 1)):
        boards.assert_agree(scene)
        before = version(boards, scene)
        with boards.keeping.app_context():
            assert worker.blank_removed() == 1
        assert version(boards, scene) > before
        boards.assert_agree(scene)


@pytest.mark.parametrize("seed", range(3))
def test_any_sequence_of_changes_leaves_no_old_page(boards: Boards, seed: int) -> None:
    scene, chosen = staged(boards), random.Random(seed)
    steps = [step for name in REPEATABLE for step in CHANGES[name]]
    for step in chosen.choices(steps, k=8):
        boards.do(step, scene)
        boards.assert_agree(scene)


def test_every_verb_that_changes_a_page_is_tried() -> None:
    verbs = {
        name
        for module in (lifecycle, lifetime)
        for name, verb in vars(module).items()
        if isfunction(verb) and verb.__module__ == module.__name__
    }
    tried = " ".join(CHANGES).replace(",", "").split()
    assert {name for name in verbs if not name.startswith("_")} <= UNSEEN | set(tried)


def test_of_a_thread_only_the_newest_version_is_kept(boards: Boards) -> None:
    scene = staged(boards)
    boards.assert_agree(scene)
    with boards.keeping.app_context():
        kept = runtime().by_version
    entries = len(kept._things)
    assert any(BODY.encode() in together(thing, b"") for _, _, thing in kept._things.values())
    boards.do(lambda s: lifecycle.erase(reply(s)), scene)
    boards.assert_agree(scene)
    assert len(kept._things) == entries
    assert not any(BODY.encode() in together(thing, b"") for _, _, thing in kept._things.values())


def test_what_is_kept_is_gone_with_the_minute_whoever_asks_for_whatever(app: Flask, writer: Writer) -> None:
    writer.vents(STORY)
    with app.app_context():
        kept = runtime().by_version
    writer.opens(f"/t/{writer.thread_id}")
    Writer(app).opens(f"/t/{writer.thread_id}")
    assert kept._things
    with clock.frozen(clock.now() + timedelta(minutes=1)):
        app.test_client().get("/help")
    assert not kept._things


def test_what_somebody_did_in_a_thread_is_on_no_page_but_theirs(
    app: Flask, writer: Writer, other: Writer
) -> None:
    writer.vents(STORY)
    path = f"/t/{writer.thread_id}"
    other.opens("/n/r2")
    assert other.reacts(writer.post_id, "same").status_code == 303
    for _ in range(2):
        assert 'aria-pressed="true"' in other.opens(path).text
        assert ">あなた</span>" in writer.opens(path).text
        stranger = Writer(app)
        stranger.vents("別の話です。")
        seen = stranger.opens(path).text
        assert 'aria-pressed="true"' not in seen
        assert ">あなた</span>" not in seen


def test_posts_made_for_one_writer_are_those_that_would_be_made_if_all_were(boards: Boards) -> None:
    scene = staged(boards)
    boards.do(publish_late, scene)
    boards.do(react, scene)
    with boards.keeping.test_request_context("/"):
        row = threads.look_at(runtime().onlooker, scene.thread_id)
        assert row is not None
        traces = posts.traces_of(runtime().onlooker, row.id, somebody().tag(row.id, 1))
        assert traces is not None
        assert traces.pressed == {(scene.opening_id, "same")}
        for flagged in (frozenset[bytes](), frozenset({scene.reply_id})):
            own, part = Own(True, traces._replace(flagged=flagged)), Part("1", 1, 50)
            anew = thread_page._made(row, thread_page._posts(row, part), own)
            assert thread_page._articles(row, part, own) == anew
            assert thread_page._articles(row, part, Own(True)) != anew


def test_a_kept_frame_holds_nobodys_words(app: Flask, writer: Writer) -> None:
    writer.vents(STORY, title="だれかの題", warning="だれかの注意書き")
    for path in PAGES:
        writer.opens(f"/t/{writer.thread_id}{path}")
        Writer(app).opens(f"/t/{writer.thread_id}{path}")
    house = b"".join(
        piece for frame in app.extensions[FRAMES]._kept.values() for piece in frame._house
    ).decode()
    assert "見本の話" not in house
    assert "返事を書く" in house
    assert not [words for words in (STORY, "だれか", writer.thread_id, writer.post_id) if words in house]


def version(boards: Boards, scene: Scene) -> int:
    with boards.keeping.app_context():
        return thread(scene).version
