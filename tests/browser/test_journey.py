"""The whole way through the board, on a phone, with script and without: nothing of it may need script."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.board import Board, running
from tests.browser.people import RIPE_MS, Caretaker, Person, canary

pytestmark = pytest.mark.browser

SCRIPT = pytest.mark.parametrize("has_script", [True, False], ids=["with script", "without script"])
ROOMS = {True: ("r6", "わたしの体験"), False: ("r7", "ただ吐き出す")}
LONG_SECONDS = 60
REASON = "読ませていただきました。少しのあいだ、お休みします。"


@SCRIPT
def test_a_story_goes_the_whole_way(
    board: Board, contexts: Callable[..., BrowserContext], newcomer: Caretaker, has_script: bool
) -> None:
    writer = Person(board, contexts(java_script_enabled=has_script))
    other = Person(board, contexts(java_script_enabled=has_script))
    body, (theme, room) = canary(), ROOMS[has_script]

    _walks_in(writer, room)
    story = writer.thanked(writer.sends(body))
    assert story.handle
    assert len(story.words) == 4

    other.replies(story.thread_id, ">>1 読みました。うちも同じです。")
    _reacts(other, story.thread_id)
    _flags(other, story.thread_id, body)

    newcomer.enrols(f"世話人{theme}")
    newcomer.takes(room)
    newcomer.page.locator("summary", has_text="心の準備ができたら").click()
    expect(newcomer.page.locator(".read").filter(has_text=body)).to_be_visible()
    newcomer.presses(newcomer.page.get_by_role("link", name="ふつうの形で決める"))
    newcomer.hides(rule="3", note=REASON)

    writer.opens(f"/t/{story.thread_id}")
    notice = writer.page.locator(".notice")
    expect(notice).to_contain_text(REASON)
    expect(notice).to_contain_text("責めない")
    assert Person(board, contexts()).opens(f"/t/{story.thread_id}").status == 404


def _walks_in(writer: Person, room: str) -> None:
    writer.opens("/")
    writer.presses(writer.page.locator(".themes a", has_text=room))
    writer.presses(writer.page.locator("main a.act.go"))


def _reacts(other: Person, thread_id: str) -> None:
    other.opens(f"/t/{thread_id}")
    other.presses(other.page.locator("#p1 .react [value=same]"))
    post = other.page.locator("#p1")
    expect(post).to_contain_text("1人が同じ気持ちです")
    expect(post.locator(".react [value=same]")).to_have_attribute("aria-pressed", "true")


def _flags(other: Person, thread_id: str, body: str) -> None:
    other.presses(other.opens_menu(1).locator("a[href$='/f']"))
    other.page.locator("input[name=reason]").first.check()
    other.page.locator("textarea[name=note]").fill("少し気になりました")
    other.presses(other.submit())
    expect(other.page.locator(".keep li")).to_have_count(4)
    other.presses(other.page.locator("main a.act.go"))
    assert thread_id in other.page.url
    expect(other.page.get_by_text(body)).to_be_hidden()
    other.page.locator("#p1 .fold summary").click()
    expect(other.page.get_by_text(body)).to_be_visible()


@pytest.fixture(scope="module")
def slow_board(board: Board, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    """A board whose first wait is long enough to press too early even on a busy machine."""
    with running(tmp_path_factory.mktemp("slow"), ticket_seconds=LONG_SECONDS) as started:
        yield started


@SCRIPT
def test_a_first_press_that_comes_too_early_gives_the_words_back(
    slow_board: Board, contexts: Callable[..., BrowserContext], has_script: bool
) -> None:
    body = canary()
    writer = Person(slow_board, contexts(java_script_enabled=has_script))
    writer.opens("/n/r2")
    ticket = writer.page.locator("main [name=ticket]").first.input_value()
    writer.types(body)
    answer = writer.presses(writer.submit())
    assert answer.status in {422, 429}
    expect(writer.page.locator("main [role=alert]")).to_be_visible()
    expect(writer.page.locator("main textarea[name=body]")).to_have_value(body)
    # The wait goes on from where it was: the form that came back is the one that was sent.
    expect(writer.page.locator("main [name=ticket]").first).to_have_value(ticket)


@SCRIPT
def test_a_reader_answers_without_words_in_two_presses(
    board: Board, contexts: Callable[..., BrowserContext], other: Person, has_script: bool
) -> None:
    story = other.vents(canary())
    reader = Person(board, contexts(java_script_enabled=has_script))
    reader.opens(f"/t/{story.thread_id}")
    reader.presses(reader.page.locator("#p1 .react a").nth(1))
    reader.page.wait_for_timeout(RIPE_MS)
    reader.presses(reader.page.locator("main form button.act.go"))
    assert story.thread_id in reader.page.url
    expect(reader.page.locator("#p1")).to_contain_text("1人がそばにいます")


@SCRIPT
def test_four_words_open_the_story_in_another_browser_and_delete_it(
    board: Board, contexts: Callable[..., BrowserContext], other: Person, has_script: bool
) -> None:
    body = canary()
    story = other.vents(body)
    elsewhere = Person(board, contexts(java_script_enabled=has_script))
    elsewhere.opens("/back")
    elsewhere.page.locator("main [name=phrase]").fill("　".join(story.words))
    elsewhere.presses(elsewhere.submit())
    expect(elsewhere.page.locator("main .sheet").get_by_text(body)).to_be_visible()
    elsewhere.presses(elsewhere.page.locator("main button[name=act][value=delete]"))
    expect(elsewhere.page.locator("main [role=status]")).to_contain_text("消しました")
    other.opens("/b/r2")
    expect(other.page.get_by_text(body)).to_have_count(0)
