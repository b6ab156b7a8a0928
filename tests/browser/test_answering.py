"""Beginning an answer with a sentence of the house, and the one question about advice: with script and without."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.board import Board
from tests.browser.people import RIPE_MS, Person, canary

pytestmark = pytest.mark.browser

SCRIPT = pytest.mark.parametrize("has_script", [True, False], ids=["script", "no_script"])
LECTURE = "読みました。もっと話し合うべきです。"


@pytest.fixture
def story(person: Person) -> str:
    return person.vents(f"夜の台所の話です。{canary()}").thread_id


def test_an_opening_goes_in_at_the_cursor_without_leaving_the_page(story: str, other: Person) -> None:
    other.opens(f"/t/{story}/r")
    area = other.page.locator("textarea[name=body]")
    area.fill("はじめの行\nあとの行")
    area.evaluate("area => area.setSelectionRange(6, 6)")
    other.page.locator("main form details > summary").first.click()
    other.page.evaluate("window.stays = true")
    other.page.locator("button[data-opening]").first.click()
    expect(area).to_have_value("はじめの行\n読みました。\nあとの行")
    expect(area).to_be_focused()
    assert other.page.evaluate("window.stays")


def test_without_script_the_page_comes_back_with_the_sentence_before_the_words(
    board: Board, contexts: Callable[..., BrowserContext], story: str
) -> None:
    other = Person(board, contexts(java_script_enabled=False))
    other.opens(f"/t/{story}/r")
    other.page.locator("textarea[name=body]").fill("途中の言葉")
    other.page.locator("main form details > summary").first.click()
    answer = other.presses(other.page.locator("button[name=o]").nth(1))
    assert answer.status == 200
    expect(other.page.locator("textarea[name=body]")).to_have_value(
        "その場面が、目に浮かびました。\n途中の言葉"
    )
    other.page.wait_for_timeout(RIPE_MS)
    other.thanked(other.presses(other.submit()))
    other.opens(f"/t/{story}")
    expect(other.page.locator("#p2 .body")).to_contain_text("途中の言葉")


def test_the_enter_key_in_the_form_sends_what_was_written(story: str, other: Person) -> None:
    other.opens(f"/t/{story}/r")
    other.page.locator("textarea[name=body]").fill(f"読みました。{canary()}")
    other.page.locator("main form details > summary").last.click()
    other.page.locator("input[name=warning]").fill("夜の話")
    other.page.wait_for_timeout(RIPE_MS)
    with other.page.expect_navigation() as going:
        other.page.locator("input[name=warning]").press("Enter")
    other.thanked(going.value)


@SCRIPT
def test_the_question_stands_once_with_the_words_marked_and_both_ways_on(
    board: Board, contexts: Callable[..., BrowserContext], story: str, has_script: bool
) -> None:
    other = Person(board, contexts(java_script_enabled=has_script))
    other.opens(f"/t/{story}/r")
    assert other.sends(LECTURE).status == 422
    expect(other.page.locator("mark").first).to_contain_text("べき")
    expect(other.page.locator("button[name=act][value=mask]")).to_have_count(0)
    other.page.locator("textarea[name=body]").fill("読みました。それでも話し合うべきです。")
    other.thanked(other.presses(other.page.locator("button[name=act][value=again]")))
    other.opens(f"/t/{story}/r")
    assert other.sends(LECTURE).status == 422
    other.thanked(other.presses(other.page.locator("button[name=act][value=asis]")))
    other.opens(f"/t/{story}")
    expect(other.page.locator("#p3 .body")).to_contain_text("話し合うべきです")


@SCRIPT
def test_a_sentence_of_the_house_is_one_press_away_where_a_life_may_be_in_danger(
    board: Board, contexts: Callable[..., BrowserContext], person: Person, has_script: bool
) -> None:
    person.opens("/n/r2")
    told = person.thanked(person.sends(f"もう死にたい。{canary()}"))
    other = Person(board, contexts(java_script_enabled=has_script))
    other.opens(f"/t/{told.thread_id}/r")
    expect(other.page.locator("button[name=said]")).to_have_count(6)
    other.page.wait_for_timeout(RIPE_MS)
    other.thanked(other.presses(other.page.locator("button[name=said]").nth(1)))
    other.opens(f"/t/{told.thread_id}")
    expect(other.page.locator("#p2 .body")).to_contain_text("ここに書いてくださって")
