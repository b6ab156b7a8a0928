"""What script adds on an open page: fold a person, close a menu, forgive a second press, count the last letters."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.board import Board
from tests.browser.people import RIPE_MS, Person, canary

pytestmark = pytest.mark.browser


def test_a_person_is_folded_within_the_open_page_and_unfolded_again(
    board: Board, person: Person, other: Person, contexts: Callable[..., BrowserContext]
) -> None:
    story = person.vents(canary())
    for words in ("はじめの返事です。", "もう一つの返事です。"):
        other.replies(story.thread_id, words)
    reader = Person(board, contexts())
    reader.opens(f"/t/{story.thread_id}")
    folded = [reader.page.locator("#p2 .body"), reader.page.locator("#p3 .body")]
    reader.opens_menu(2).locator("[data-fold]").click()
    for body in folded:
        expect(body).to_be_hidden()
    expect(reader.page.locator("#p1 .body")).to_be_visible()
    expect(reader.menu_of(2)).not_to_have_attribute("open", "")
    reader.opens_menu(3).locator("[data-fold]").click()
    for body in folded:
        expect(body).to_be_visible()
    reader.opens_menu(2).locator("[data-fold]").click()
    reader.page.reload()
    for body in folded:
        expect(body).to_be_visible()


@pytest.mark.parametrize(
    ("agent", "is_inside"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Safari Line/14.19.0", True),
        (
            "Mozilla/5.0 (Linux; Android 15; Pixel 8; wv) Chrome/130.0 Mobile Safari/537.36 YJApp-ANDROID",
            True,
        ),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) [FBAN/FBIOS;FBAV/489.0]", True),
        ("Mozilla/5.0 (Linux; Android 15; Pixel 8) Chrome/130.0 Mobile Safari/537.36", False),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Mobile Safari/604.1", False),
    ],
)
def test_inside_another_app_the_page_says_that_the_app_may_remember_it(
    board: Board, contexts: Callable[..., BrowserContext], agent: str, is_inside: bool
) -> None:
    reader = Person(board, contexts(user_agent=agent))
    reader.opens("/")
    assert reader.page.locator("[data-inside]").is_visible() is is_inside


def test_without_script_folding_somebody_leads_to_a_page_of_its_own(
    board: Board, other: Person, contexts: Callable[..., BrowserContext]
) -> None:
    story = other.vents(canary())
    reader = Person(board, contexts(java_script_enabled=False))
    reader.opens(f"/t/{story.thread_id}")
    menu = reader.opens_menu(1)
    expect(menu.locator("a[href$='/f']")).to_be_visible()
    reader.presses(menu.locator("[data-fold]"))
    assert reader.page.url.endswith(f"/p/{story.post_id}/h")


def test_the_small_menu_closes_on_a_tap_outside_and_on_escape(person: Person, other: Person) -> None:
    story = other.vents(canary())
    person.opens(f"/t/{story.thread_id}")
    menu = person.opens_menu(1)
    expect(menu.locator(".menu")).to_be_visible()
    person.page.locator("h1").tap()
    expect(menu.locator(".menu")).to_be_hidden()
    person.opens_menu(1)
    person.page.keyboard.press("Escape")
    expect(menu.locator(".menu")).to_be_hidden()
    assert person.page.evaluate("document.activeElement.tagName") == "SUMMARY"


@pytest.mark.parametrize("has_script", [True, False], ids=["with script", "without script"])
def test_two_presses_on_the_button_make_one_post(
    board: Board, contexts: Callable[..., BrowserContext], has_script: bool
) -> None:
    person = Person(board, contexts(java_script_enabled=has_script))
    body = canary()
    person.opens("/n/r5")
    person.types(body)
    person.page.wait_for_timeout(RIPE_MS)
    person.submit().dblclick()
    # The second press may break off the page that the first one led to.
    expect(person.page).to_have_url(re.compile(r"/ok$"), timeout=30_000)
    expect(person.page.locator(".keep li")).to_have_count(4)
    person.opens("/b/r5")
    expect(person.page.get_by_text(body)).to_have_count(1)


def test_the_last_letters_are_counted_and_nothing_before(person: Person) -> None:
    person.opens("/n/r2")
    area, left = person.page.locator("textarea[name=body]"), person.page.locator("#body-left")
    area.fill("あ" * 4000)
    expect(left).to_be_hidden()
    area.fill("あ" * 4990)
    expect(left).to_have_text("あと10字")
    area.fill("あ" * 5003)
    expect(left).to_have_text("3字、長くなっています")


def test_the_bar_is_in_reach_while_somebody_types_on_a_touch_screen(person: Person) -> None:
    person.opens("/n/r2")
    person.page.locator("textarea[name=body]").tap()
    expect(person.page.locator("a.exit")).to_be_in_viewport()
    box = person.page.locator("nav.bar").bounding_box()
    assert box is not None
    assert box["y"] == 0


def test_the_exit_can_be_pressed_with_a_thumb_on_every_size_of_screen(person: Person) -> None:
    for width in (320, 390, 1280):
        person.page.set_viewport_size({"width": width, "height": 700})
        person.opens("/")
        box = person.page.locator("a.exit").bounding_box()
        assert box is not None
        assert box["height"] >= 44
        assert box["width"] >= 44
        assert box["x"] + box["width"] <= width
