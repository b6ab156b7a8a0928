"""Nothing of serious weight stands in the way of a screen reader, a keyboard or tired eyes, in light and in dark."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import BrowserContext, Page, StorageState

from tests.browser.board import Board
from tests.browser.people import RIPE_MS, Caretaker, Person, canary

pytestmark = pytest.mark.browser

AXE = Path(__file__).with_name("axe.min.js")
GRAVE = {"serious", "critical"}
THEME = "夫婦を見つめる"
ALL = "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
# Only these depend on the colours.
COLOURS = (
    "async () => (await axe.run(document, {runOnly: ['color-contrast', 'link-in-text-block']})).violations"
)

Scheme = Literal["light", "dark"]
SCHEMES: dict[Scheme, str] = {"light": ALL, "dark": COLOURS}


def violations(page: Page) -> Iterator[str]:
    """What stands in the way on the page as it is, in light and in dark."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    for scheme, examination in SCHEMES.items():
        page.emulate_media(color_scheme=scheme)
        for found in page.evaluate(examination):
            if found["impact"] in GRAVE:
                yield f"{page.url} {scheme}: {found['id']} {_places(found)}"


def _places(found: dict[str, Any]) -> str:
    return json.dumps([[node["html"][:160], node["failureSummary"][:300]] for node in found["nodes"][:3]])


@pytest.fixture
def anybody(board: Board, contexts: Callable[..., BrowserContext]) -> Person:
    """Somebody whose browser lets the examiner in, past the policy of the pages."""
    return Person(board, contexts(bypass_csp=True))


@pytest.mark.parametrize(
    "path",
    ["/", "/b/r2", "/help", "/rules", "/privacy", "/about", "/log", "/s", "/back", "/c", "/m/login", "/en/"],
)
def test_a_page_that_is_only_read_has_no_grave_fault(anybody: Person, path: str) -> None:
    anybody.opens(path)
    assert list(violations(anybody.page)) == []


def test_the_pages_of_a_writer_have_no_grave_fault(anybody: Person, other: Person) -> None:
    faults: list[str] = []
    anybody.opens("/n/r2")
    anybody.page.locator("main form details > summary").click()
    faults += violations(anybody.page)
    anybody.types("夫と会話がありません。夜は無言です。")
    anybody.presses(anybody.page.locator("button[value=look]"))
    faults += violations(anybody.page)
    anybody.opens("/n/r2")
    anybody.types("かけてください。080-2345-6789")
    anybody.page.wait_for_timeout(RIPE_MS)
    anybody.presses(anybody.submit())
    faults += violations(anybody.page)
    story = anybody.thanked(anybody.presses(anybody.page.locator("button[name=act][value=mask]")))
    faults += violations(anybody.page)
    answer = other.replies(story.thread_id, ">>1 読みました。")
    anybody.opens(f"/t/{story.thread_id}")
    anybody.opens_menu(2)
    faults += violations(anybody.page)
    thread, post = f"/t/{story.thread_id}", f"/p/{story.post_id}"
    for path in (
        f"{thread}/r?to=2",
        f"{post}/e",
        f"{post}/d",
        "/me",
        f"{thread}/l",
        f"/p/{answer.post_id}/h",
    ):
        anybody.opens(path)
        faults += violations(anybody.page)
    assert faults == []


def test_what_was_found_has_no_grave_fault(anybody: Person) -> None:
    for words in ("夜", "夫と話すことがない", "鵺鷽"):
        anybody.opens("/s")
        anybody.page.locator("main [name=q]").fill(words)
        anybody.presses(anybody.submit())
        assert list(violations(anybody.page)) == []


def test_the_answer_with_help_in_it_has_no_grave_fault(anybody: Person) -> None:
    anybody.opens("/n/r2")
    anybody.sends("もう死にたい。今夜は眠れません。")
    assert list(violations(anybody.page)) == []


def test_the_desk_has_no_grave_fault(
    board: Board, contexts: Callable[..., BrowserContext], signed_in: StorageState, other: Person
) -> None:
    other.flags(other.vents(canary(), theme="r3").post_id)
    window = {"width": 1280, "height": 800}
    desk = Caretaker(board, contexts(bypass_csp=True, storage_state=signed_in, viewport=window))
    desk.opens("/m/")
    faults = list(violations(desk.page))
    desk.takes(THEME)
    faults += violations(desk.page)
    assert faults == []


def test_the_form_that_tells_the_caretakers_has_no_grave_fault(anybody: Person, other: Person) -> None:
    anybody.opens(f"/p/{other.vents(canary()).post_id}/f")
    assert list(violations(anybody.page)) == []
