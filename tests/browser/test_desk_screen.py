"""A whole shift at the desk by keyboard alone, with a thumb, and without script; and what an open page hears meanwhile."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, StorageState, expect

from tests.browser.board import Board
from tests.browser.people import RIPE_MS, Caretaker, Person, canary
from tests.browser.test_accessibility import violations
from tests.browser.test_layout import sticking_out

pytestmark = pytest.mark.browser

WINDOW = {"width": 1280, "height": 800}
CASE = re.compile(r"/m/c/[\w-]{22}$")
TIMES = 11  # a little longer than the seconds between two questions


def tells(other: Person, post_id: str, reason: str = "harsh") -> None:
    """Tell the caretakers about a post. What is not about a life is decided by one of them alone."""
    other.opens(f"/p/{post_id}/f")
    other.page.locator(f"input[name=reason][value={reason}]").check()
    other.page.wait_for_timeout(RIPE_MS)
    other.presses(other.submit())


def stories(other: Person, count: int) -> None:
    """Some stories that somebody told the caretakers about."""
    for number in range(count):
        tells(other, other.vents(canary(), theme=f"r{3 + number}").post_id)


def leaves_farewells(desk: Caretaker, leaves: bool = True) -> None:
    """Other tests told of a life in danger on this board: those open as steps, and here somebody else reads them."""
    desk.opens("/m/me")
    desk.page.locator("input[name=lanes][value='1']").set_checked(leaves)
    desk.presses(desk.submit())


def keys(page: Page, *pressed: str) -> None:
    for key in pressed:
        page.keyboard.press(key)


def goes(page: Page, key: str) -> None:
    """Press a key that leads to another page."""
    with page.expect_navigation():
        page.keyboard.press(key)


def focused_case(page: Page) -> str:
    return str(page.evaluate("document.activeElement.closest('form')?.getAttribute('action') ?? ''"))


def test_a_whole_shift_by_keyboard_alone(
    board: Board, contexts: Callable[..., BrowserContext], signed_in: StorageState, other: Person
) -> None:
    stories(other, 3)
    desk = Caretaker(board, contexts(storage_state=signed_in, viewport=WINDOW))
    page = desk.page
    leaves_farewells(desk)
    keys(page, "j")
    first = focused_case(page)
    assert page.evaluate("document.activeElement.matches(':focus-visible')")
    keys(page, "j")
    second = focused_case(page)
    keys(page, "k")
    assert first == focused_case(page) != second
    keys(page, "?")
    expect(page.locator("#keys dl")).to_be_visible()
    keys(page, "?")
    expect(page.locator("#keys dl")).to_be_hidden()
    assert focused_case(page) == first
    goes(page, "o")
    assert CASE.search(page.url)
    # Two presses a case: what is to be done, and on to the next one, which is taken already.
    begun = page.url
    keys(page, "1")
    expect(page.locator("input[name=outcome][value=fine]")).to_be_checked()
    goes(page, "n")
    assert CASE.search(page.url)
    assert page.url != begun
    expect(page.locator("#decision")).to_be_visible()
    expect(page.locator("[data-gone-in]")).to_contain_text("このままでよい")
    goes(page, "u")
    assert page.url == begun
    expect(page.locator("input[name=outcome][value=fine]")).to_be_checked()
    # Letters stay letters while somebody types, and one press out of the field decides.
    page.locator("input[name=note_team]").focus()
    keys(page, "n", "u", "1", "?")
    assert page.url == begun
    expect(page.locator("input[name=note_team]")).to_have_value("nu1?")
    page.locator("textarea[name=note_author]").focus()
    keys(page, "Enter")
    assert page.url == begun
    goes(page, "Control+Enter")
    assert page.url != begun
    while CASE.search(page.url):
        keys(page, "1")
        goes(page, "n")
    assert "これで終わりです" in page.locator("main").inner_text()
    goes(page, "u")
    assert CASE.search(page.url)


def test_with_other_keys_held_or_put_off_nothing_happens(
    board: Board, contexts: Callable[..., BrowserContext], other: Person
) -> None:
    stories(other, 1)
    desk = Caretaker(board, contexts(viewport=WINDOW))
    desk.enrols("世話人キー")
    page = desk.page
    begun = page.url
    keys(page, "Control+n", "Alt+n", "Shift+N", "Meta+u")
    page.wait_for_timeout(300)
    assert page.url == begun
    desk.opens("/m/me")
    page.locator("input[name=keys]").check()
    desk.presses(desk.submit())
    keys(page, "n", "j", "?")
    page.wait_for_timeout(300)
    assert page.url == begun
    assert page.locator("#keys").get_attribute("open") is None


def test_a_shift_with_a_thumb(
    board: Board, contexts: Callable[..., BrowserContext], signed_in: StorageState, other: Person
) -> None:
    stories(other, 2)
    desk = Caretaker(board, contexts(storage_state=signed_in))
    page = desk.page
    leaves_farewells(desk)
    faults = list(sticking_out(page, (390,)))
    with page.expect_navigation():
        page.locator("form[action='/m/next'] button").tap()
    faults += sticking_out(page, (390,))
    begun = page.url
    page.locator("label.pick", has_text="このままでよい").tap()
    with page.expect_navigation():
        page.locator("button[name=act][value=next]").tap()
    assert CASE.search(page.url)
    assert page.url != begun
    with page.expect_navigation():
        page.locator("[data-gone-in] button").tap()
    assert page.url == begun
    for button in page.locator("main button.act:visible").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44, button.inner_text()
    assert faults == []


def test_a_shift_without_script(board: Board, contexts: Callable[..., BrowserContext], other: Person) -> None:
    stories(other, 2)
    desk = Caretaker(board, contexts(viewport=WINDOW, java_script_enabled=False))
    desk.enrols("世話人スクリプトなし")
    page = desk.page
    leaves_farewells(desk)
    desk.presses(page.locator("form[action='/m/next'] button"))
    begun = page.url
    page.locator("input[name=outcome][value=fine]").check()
    desk.presses(page.locator("button[name=act][value=next]"))
    assert page.url != begun
    assert page.locator("[data-live] .note").is_hidden()
    desk.presses(page.locator(".last button"))
    assert page.url == begun
    page.locator("input[name=outcome][value=fine]").check()
    desk.presses(page.locator("button[name=act][value=decide]"))
    assert page.url.endswith("/m/")
    page.locator("#keys summary").click()
    assert "決めて、次の案件へ" in page.locator("#keys").inner_text()
    desk.opens("/m/me")
    page.locator("input[name=lanes][value='5']").check()
    desk.presses(desk.submit())
    assert "まかせている列です" in page.locator("main").inner_text()


def test_an_open_page_hears_of_others_in_a_sentence_and_keeps_what_is_typed(
    board: Board, contexts: Callable[..., BrowserContext], signed_in: StorageState, other: Person
) -> None:
    stories(other, 1)
    desk = Caretaker(board, contexts(storage_state=signed_in, viewport=WINDOW))
    second = Caretaker(board, contexts(viewport=WINDOW))
    second.enrols("世話人ふたりめ")
    listed = desk.context.new_page()
    listed.goto(f"{board.origin}/m/")
    row = desk.page.locator("section[aria-labelledby=h-lane-3] li.row").first
    desk.opens("/m/")
    desk.presses(row.locator("button"))
    desk.page.locator("input[name=note_team]").fill("考えています")
    second.opens(desk.page.url.removeprefix(board.origin))
    second.presses(second.page.locator("[data-key=t]"))
    note = desk.page.locator("[data-live] .note")
    expect(note).to_be_visible(timeout=TIMES * 1000)
    assert "世話人ふたりめさんが引き継いで読んでいます。" in note.inner_text()
    expect(listed.locator("[data-live] .note")).to_be_visible(timeout=TIMES * 1000)
    desk.presses(note.locator("button"))
    expect(desk.page.locator("input[name=note_team]")).to_have_value("考えています")
    # Looking again took nothing back: the other still reads.
    expect(desk.page.locator(".lane .lamp")).to_contain_text("世話人ふたりめさん")


def test_the_screen_has_no_grave_fault(
    board: Board, contexts: Callable[..., BrowserContext], signed_in: StorageState, other: Person
) -> None:
    other.vents("もう死にたい。今夜は眠れません。", theme="r5")
    stories(other, 1)
    desk = Caretaker(board, contexts(bypass_csp=True, storage_state=signed_in, viewport=WINDOW))
    desk.opens("/m/me")
    faults = list(violations(desk.page))
    leaves_farewells(desk, False)
    keys(desk.page, "?")
    faults += violations(desk.page)
    desk.presses(desk.page.locator("section[aria-labelledby=h-lane-1] li.row button").first)
    if (form := desk.page.get_by_role("link", name="ふつうの形で決める")).count():
        faults += violations(desk.page)
        desk.presses(form)
    desk.page.locator("details.fold > summary").first.click()
    faults += violations(desk.page)
    keys(desk.page, "1")
    goes(desk.page, "n")
    desk.page.evaluate("document.querySelector('[data-live] .note').hidden = false")
    faults += violations(desk.page)
    assert faults == []
