"""Leaving in under a second, and Back brings no word back: somebody comes into the room."""

import contextlib
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from playwright.sync_api import Error as BrowserError

from tests.browser import neutral
from tests.browser.board import Board
from tests.browser.people import Person, canary
from tests.browser.tabs import Tabs

pytestmark = pytest.mark.browser

BACK_MS = 3000
REST_MS = 300


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
    for path in (
        "/",
        "/b/r2",
        f"/t/{story.thread_id}",
        f"/t/{story.thread_id}?p=all",
        f"/t/{story.thread_id}",
    ):
        person.opens(path)
    expect(person.page.get_by_text(body)).to_be_visible()
    leaves(person)
    person.page.wait_for_url(f"{neutral.URL}**")
    expect(person.page.locator("h1")).to_have_text(neutral.HEADING)
    for step in range(1, 6):
        goes_back(person.page)
        assert body not in person.page.content(), f"the words were back after {step} times Back"


def goes_back(page: Page) -> None:
    """Press Back, wherever that leads, and look once things have come to rest."""
    # A page that was kept whole comes back without loading anything; the tool waits for that in vain.
    with contextlib.suppress(BrowserError):
        page.go_back(timeout=BACK_MS)
    page.wait_for_timeout(REST_MS)
    with contextlib.suppress(BrowserError):
        page.wait_for_function("document.readyState === 'complete'", timeout=BACK_MS)


def test_the_press_itself_empties_the_page_before_anything_is_loaded(other: Person) -> None:
    body = canary()
    story = other.vents(body)
    other.opens(f"/t/{story.thread_id}")
    expect(other.page.get_by_text(body)).to_be_visible()
    left = other.page.evaluate(
        "() => { document.querySelector('a.exit').click(); return document.body.innerHTML; }"
    )
    assert left == ""


@WAYS
def test_leaving_from_one_of_our_pages_drops_the_key(
    person: Person,
    leaves: Callable[[Person], None],
    has_script: bool,
    contexts: Callable[..., BrowserContext],
) -> None:
    writer = person if has_script else Person(person.board, contexts(java_script_enabled=False))
    story = writer.vents(canary())
    writer.opens(f"/t/{story.thread_id}")
    assert [cookie.get("name") for cookie in writer.context.cookies()] == ["s"]
    leaves(writer)
    writer.page.wait_for_url(f"{neutral.URL}**")
    assert "s" not in [cookie.get("name") for cookie in writer.context.cookies()]


def test_another_site_cannot_drop_the_key(board: Board, person: Person) -> None:
    story = person.vents(canary())
    person.page.goto(neutral.URL)
    person.page.evaluate("where => { location.href = where }", f"{board.origin}/x")
    person.page.wait_for_timeout(300)
    person.page.wait_for_url(f"{neutral.URL}**")
    assert [cookie.get("name") for cookie in person.context.cookies(board.origin)] == ["s"]
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
