"""Several cases at once, by touch on a phone and without script: tick, read, decide with one press, take back with one press."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator

from tests.browser.board import Board
from tests.browser.people import RIPE_MS, Caretaker, Person, canary
from tests.browser.test_accessibility import violations

pytestmark = pytest.mark.browser

COUNT = 3
SMALLEST = 44


def reported(person: Person, other: Person) -> None:
    """Stories that somebody reported as solicitation, one of them long; each is nobody's copy."""
    for lines in (1,) * (COUNT - 1) + (6,):
        words = "\n\n".join(canary() for _line in range(lines))
        post_id = person.vents(words).post_id
        other.opens(f"/p/{post_id}/f")
        other.page.locator("input[name=reason][value=solicitation]").check()
        other.page.wait_for_timeout(RIPE_MS)
        other.presses(other.submit())


def taps(desk: Caretaker, button: Locator) -> None:
    """Press with a finger what leads to another page."""
    with desk.page.expect_navigation():
        button.tap()


def ticks_all(desk: Caretaker) -> int:
    """Tick every box of lane four and read what was ticked."""
    desk.opens("/m/")
    lane = desk.page.locator("section[aria-labelledby=h-lane-4]")
    boxes = lane.locator("label.pick")
    for number in range(boxes.count()):
        boxes.nth(number).tap()
    count = boxes.count()
    taps(desk, lane.get_by_role("button", name="選んだものをまとめて読む"))
    return count


def decides_and_takes_back(desk: Caretaker) -> None:
    """The whole way: everything ticked is decided with one press, taken back with one, and left as it was."""
    count = ticks_all(desk)
    assert count >= COUNT
    page = desk.page
    boxes = page.locator("input[name=case]")
    assert boxes.count() == count
    assert page.locator("details.fold").count() >= 1
    long = page.locator("details.fold").first
    assert long.locator("p").first.is_hidden()
    long.locator("summary").tap()
    assert "と数えていました" in long.locator("p").last.inner_text()
    page.locator("label.pick", has=page.locator("input[name=case]")).first.tap()
    assert page.locator("input[name=case]:checked").count() == count - 1
    page.locator("label.pick", has_text="このままでよい").tap()
    page.locator("textarea[name=note_author]").fill("読みました。")
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("innerWidth")
    for box in page.locator("main label.pick, main .act").all():
        if box.is_visible():
            assert (box.bounding_box() or {"height": 0})["height"] >= SMALLEST - 0.5
    taps(desk, page.get_by_role("button", name="まとめて決める"))
    assert page.url.endswith("/m/")
    assert f"{count - 1}件をまとめて" in page.locator("main").inner_text()
    taps(desk, page.get_by_role("button", name="まとめて取り消す"))
    assert page.locator("textarea[name=note_author]").input_value() == "読みました。"
    assert page.locator("input[name=case]:checked").count() == count - 1


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_cases_are_decided_together_on_a_phone(
    board: Board, contexts: Callable[..., BrowserContext], person: Person, other: Person, script: bool
) -> None:
    reported(person, other)
    desk = Caretaker(board, contexts(java_script_enabled=script))
    desk.enrols(f"まとめる人{int(script)}")
    decides_and_takes_back(desk)


def test_the_page_of_several_cases_has_no_grave_fault(
    board: Board, contexts: Callable[..., BrowserContext], person: Person, other: Person
) -> None:
    reported(person, other)
    desk = Caretaker(board, contexts(bypass_csp=True))
    desk.enrols("まとめる人A")
    desk.opens("/m/")
    assert list(violations(desk.page)) == []
    # Those of other tests may be on another's screen.
    ticks_all(desk)
    assert list(violations(desk.page)) == []
