"""Leaving in under a second, and Back brings no word back: somebody comes into the room."""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from playwright.sync_api import Error as BrowserError

from tests.browser import chromium
from tests.browser.board import EXIT_URL, Board
from tests.browser.people import Person, canary
from tests.browser.tabs import Tabs

pytestmark = pytest.mark.browser

NEUTRAL = "きょうの天気"
LONGEST_SECONDS = 1.0


def taps(person: Person) -> None:
    person.page.locator("a.exit").tap()


def clicks(person: Person) -> None:
    person.page.locator("a.exit").click()


def presses_shift(person: Person) -> None:
    for _time in range(3):
        person.page.keyboard.press("Shift")


def presses_enter(person: Person) -> None:
    """The exit is the first thing a keyboard reaches."""
    person.page.keyboard.press("Tab")
    person.page.keyboard.press("Enter")


WAYS = pytest.mark.parametrize(
    ("leaves", "has_script"),
    [(taps, True), (clicks, True), (presses_shift, True), (presses_enter, True), (clicks, False)],
    ids=["by touch", "by mouse", "by Shift three times", "by keyboard", "without script"],
)


@WAYS
def test_nothing_comes_back_after_the_exit(
    board: Board,
    contexts: Callable[..., BrowserContext],
    keeping_browser: Browser,
    other: Person,
    leaves: Callable[[Person], None],
    has_script: bool,
) -> None:
    body = canary()
    story = other.vents(body)
    person = Person(board, contexts(keeping_browser, java_script_enabled=has_script))
    chromium.stand_in_for_exit(person.context)
    for path in ("/", "/b/r2", f"/t/{story.thread_id}", f"/t/{story.thread_id}?p=all", f"/t/{story.thread_id}"):
        person.opens(path)
    expect(person.page.get_by_text(body)).to_be_visible()
    leaves(person)
    person.page.wait_for_url(f"{EXIT_URL}**")
    expect(person.page.locator("h1")).to_have_text(NEUTRAL)
    for step in range(1, 6):
        goes_back(person.page)
        assert body not in person.page.content(), f"the words were back after {step} times Back"


def goes_back(page: Page) -> None:
    """Press Back, wherever that leads, and look once things have come to rest."""
    try:
        page.go_back(timeout=2000, wait_until="commit")
    except BrowserError:
        # A page that was kept whole comes back without loading anything.
        page.wait_for_timeout(200)
    page.wait_for_load_state()
    page.wait_for_timeout(200)


def test_the_page_is_empty_at_once_even_when_the_neutral_site_is_slow(board: Board, other: Person) -> None:
    body = canary()
    story = other.vents(body)
    other.opens(f"/t/{story.thread_id}")
    other.context.route(f"{EXIT_URL}**", lambda _route: None)
    expect(other.page.get_by_text(body)).to_be_visible()
    began = time.monotonic()
    other.page.locator("a.exit").dispatch_event("click")
    assert other.page.evaluate("document.body.innerText").strip() == ""
    assert time.monotonic() - began < LONGEST_SECONDS


@WAYS
def test_leaving_from_one_of_our_pages_drops_the_key(
    person: Person, leaves: Callable[[Person], None], has_script: bool, contexts: Callable[..., BrowserContext]
) -> None:
    writer = person if has_script else Person(person.board, contexts(java_script_enabled=False))
    chromium.stand_in_for_exit(writer.context)
    story = writer.vents(canary())
    writer.opens(f"/t/{story.thread_id}")
    assert [cookie.get("name") for cookie in writer.context.cookies()] == ["s"]
    leaves(writer)
    writer.page.wait_for_url(f"{EXIT_URL}**")
    assert "s" not in [cookie.get("name") for cookie in writer.context.cookies()]


def test_another_site_cannot_drop_the_key(board: Board, person: Person) -> None:
    story = person.vents(canary())
    chromium.stand_in_for_exit(person.context)
    person.page.goto(EXIT_URL)
    person.page.evaluate("where => { location.href = where }", f"{board.origin}/x")
    person.page.wait_for_timeout(300)
    person.page.wait_for_url(f"{EXIT_URL}**")
    assert [cookie.get("name") for cookie in person.context.cookies(board.origin)] == ["s"]
    # A minute after leaving, the board opens again.
    person.context.clear_cookies(name="x")
    person.opens(f"/p/{story.post_id}/ok")
    expect(person.page.locator(".me .handle")).to_have_text(story.handle)


def test_a_typed_capital_letter_is_no_exit(person: Person) -> None:
    person.opens("/n/r2")
    person.page.locator("main textarea[name=body]").press_sequentially("ABC")
    for key in ("Shift", "a", "Shift", "b", "Shift"):
        person.page.keyboard.press(key)
    expect(person.page.locator("main textarea[name=body]")).to_have_value("ABCab")


def test_the_words_are_covered_while_another_tab_is_in_front(
    board: Board, keeping_browser: Browser, other: Person
) -> None:
    story = other.vents(canary())
    with Tabs(keeping_browser) as tabs:
        read = tabs.opens(f"{board.origin}/t/{story.thread_id}")
        assert read.becomes("getComputedStyle(document.body).opacity", "1")
        tabs.opens("about:blank")
        assert read.becomes("document.visibilityState", "hidden")
        assert read.becomes("getComputedStyle(document.body).opacity", "0")
        read.comes_to_front()
        assert read.becomes("document.visibilityState", "visible")
        assert read.becomes("getComputedStyle(document.body).opacity", "1")
