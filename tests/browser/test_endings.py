"""An opener ends a story and goes on with it, and a writer folds somebody, on a phone, with script and without."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.board import Board
from tests.browser.people import RIPE_MS, Person, Written, canary

pytestmark = pytest.mark.browser

SCRIPT = pytest.mark.parametrize("has_script", [True, False], ids=["with script", "without script"])
ROOMS = {True: "r1", False: "r4"}


@pytest.fixture
def writer(board: Board, contexts: Callable[..., BrowserContext], has_script: bool) -> Person:
    return Person(board, contexts(java_script_enabled=has_script))


def about(writer: Person, story: Written) -> None:
    """Press the quiet link at the foot of one's own story."""
    writer.opens(f"/t/{story.thread_id}")
    writer.presses(writer.page.locator(f"main a[href='/t/{story.thread_id}/l']"))


@SCRIPT
def test_a_story_is_ended_with_last_words_and_opened_again(
    writer: Person, other: Person, has_script: bool
) -> None:
    story = writer.vents(canary(), theme=ROOMS[has_script])
    other.opens(f"/t/{story.thread_id}")
    expect(other.page.locator("main a", has_text="この話について")).to_have_count(0)
    about(writer, story)
    writer.page.locator("main [name=kind][value=last]").check()
    end = canary()
    told = writer.thanked(writer.sends(end))
    assert (told.thread_id, told.handle) == (story.thread_id, story.handle)
    expect(writer.page.locator("main")).to_contain_text("返事は、ここまでです")

    other.opens(f"/t/{story.thread_id}")
    expect(other.page.locator("#p2 .body")).to_have_text(end)
    expect(other.page.locator("#p2 .who")).to_contain_text("最後の言葉")
    expect(other.page.locator("main > .note")).to_contain_text("この話を閉じました")
    expect(other.page.locator("a[href$='/r']")).to_have_count(0)
    other.opens(f"/b/{ROOMS[has_script]}")
    expect(other.page.locator(".talks li").first).to_contain_text("閉じた話")

    about(writer, story)
    writer.presses(writer.page.locator("button[name=act][value=open]"))
    answer = other.replies(story.thread_id, canary())
    assert answer.thread_id == story.thread_id


@SCRIPT
def test_what_came_of_it_is_told_in_a_closed_story_and_marked_in_lists(
    writer: Person, other: Person, has_script: bool
) -> None:
    story = writer.vents(canary(), theme=ROOMS[has_script])
    about(writer, story)
    writer.presses(writer.page.locator("button[name=act][value=close]"))
    expect(writer.page.locator("main [name=kind][type=radio]")).to_have_count(0)
    after = canary()
    writer.thanked(writer.sends(after))
    other.opens(f"/b/{ROOMS[has_script]}?only=aftermath")
    row = other.page.locator(".talks li").first
    expect(row).to_contain_text("その後あり")
    other.presses(row.locator("a"))
    expect(other.page.locator("#p2 .body")).to_have_text(after)
    expect(other.page.locator("#p2 .who .lamp")).to_have_text("その後")


@SCRIPT
def test_a_short_life_is_made_longer(writer: Person, has_script: bool) -> None:
    writer.opens("/n/r2")
    writer.page.locator("main form details > summary").first.click()
    writer.page.locator("main [name=lifetime]").select_option("7")
    writer.page.locator("main textarea[name=body]").fill(canary())
    writer.page.wait_for_timeout(RIPE_MS)
    story = writer.thanked(writer.presses(writer.submit()))
    about(writer, story)
    expect(writer.page.locator("main")).to_contain_text("あと7日残ります")
    writer.page.locator("main [name=lifetime]").select_option("30")
    writer.presses(writer.page.locator("button[name=act][value=prolong]"))
    expect(writer.page.locator("main")).to_contain_text("あと30日残ります")
    expect(writer.page.locator("main [name=lifetime] option")).to_have_count(1)


@SCRIPT
def test_a_writer_folds_somebody_in_a_story_and_finds_them_folded_again(
    board: Board, contexts: Callable[..., BrowserContext], writer: Person, other: Person, has_script: bool
) -> None:
    story = writer.vents(canary())
    said = [canary(), canary()]
    for words in said:
        other.replies(story.thread_id, words)
    writer.opens(f"/t/{story.thread_id}")
    writer.presses(writer.opens_menu(2).locator("a[href$='/h']"))
    expect(writer.page.locator("main")).to_contain_text("だれにも伝わりません")
    writer.presses(writer.submit())
    for _ in range(2):
        for words in said:
            expect(writer.page.get_by_text(words)).to_be_hidden()
        writer.opens(f"/t/{story.thread_id}")
    writer.page.locator("#p3 .fold summary").click()
    expect(writer.page.get_by_text(said[1])).to_be_visible()
    reader = Person(board, contexts(java_script_enabled=has_script))
    reader.opens(f"/t/{story.thread_id}")
    expect(reader.page.get_by_text(said[0])).to_be_visible()

    writer.presses(writer.opens_menu(3).locator("a[href$='/h']"))
    writer.presses(writer.submit())
    for words in said:
        expect(writer.page.get_by_text(words)).to_be_visible()


def test_without_script_a_first_fold_takes_two_presses_and_lasts_as_long_as_the_key(
    board: Board, contexts: Callable[..., BrowserContext], other: Person
) -> None:
    words = canary()
    story = other.vents(words)
    reader = Person(board, contexts(java_script_enabled=False))
    reader.opens(f"/t/{story.thread_id}")
    reader.presses(reader.opens_menu(1).locator("a[href$='/h']"))
    reader.page.wait_for_timeout(RIPE_MS)
    reader.presses(reader.submit())
    assert f"/t/{story.thread_id}" in reader.page.url
    expect(reader.page.get_by_text(words)).to_be_hidden()
    reader.context.clear_cookies()
    reader.opens(f"/t/{story.thread_id}")
    expect(reader.page.get_by_text(words)).to_be_visible()
