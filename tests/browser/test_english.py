"""The English side: who came by /en stays there from the first page to the page of thanks."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.board import Board
from tests.browser.people import Person

pytestmark = pytest.mark.browser

# Told twice on one board: short enough to be nobody's copy.
BODY = "I lay the table for four. Nobody says a word."
OWN_LINKS = (
    "() => [...document.querySelectorAll('a[href^=\"/\"]:not([hreflang])')].map(a => a.getAttribute('href'))"
)


def assert_english(person: Person) -> None:
    """The page is English and every link of it stays on this side."""
    expect(person.page.locator("html")).to_have_attribute("lang", "en")
    links = person.page.evaluate(OWN_LINKS)
    assert links
    assert [link for link in links if link != "/en" and not link.startswith("/en/")] == [], person.page.url


@pytest.mark.parametrize("has_script", [True, False], ids=["with script", "without script"])
def test_a_story_written_in_english_stays_on_the_english_side(
    board: Board, contexts: Callable[..., BrowserContext], has_script: bool
) -> None:
    writer = Person(board, contexts(java_script_enabled=has_script, locale="en-GB"), "/en")
    writer.opens("/")
    assert_english(writer)
    writer.presses(writer.page.locator(".themes a").first)
    assert_english(writer)
    writer.presses(writer.page.locator("main a.act.go"))
    assert_english(writer)
    story = writer.thanked(writer.sends(BODY))
    assert "/en/p/" in writer.page.url
    assert_english(writer)
    assert story.handle.isascii()
    assert all(word.isascii() for word in story.words)
    writer.presses(writer.page.locator("main a.act.go").first)
    assert_english(writer)
    expect(writer.page.locator("#p1 .body")).to_have_text(BODY)
    expect(writer.page.locator("#p1 .handle")).to_contain_text(story.handle)
    writer.opens("/back")
    writer.page.locator("main [name=phrase]").fill(" ".join(story.words).upper())
    writer.presses(writer.submit())
    assert_english(writer)
    expect(writer.page.locator("main .body").get_by_text(BODY).first).to_be_visible()


def test_the_other_language_is_one_press_away_on_the_same_page(board: Board, person: Person) -> None:
    story = person.vents("この頁は、どちらの言葉でも読めます。")
    person.opens(f"/t/{story.thread_id}")
    person.presses(person.page.locator("a[hreflang=en]"))
    assert person.page.url == f"{board.origin}/en/t/{story.thread_id}"
    person.presses(person.page.locator("a[hreflang=ja]"))
    assert person.page.url == f"{board.origin}/t/{story.thread_id}"
