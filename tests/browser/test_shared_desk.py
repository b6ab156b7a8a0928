"""The desk as a place people share, without script: the rota, a note, calm days, a farewell; and no page has a grave fault."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.board import Board
from tests.browser.people import Caretaker, Person
from tests.browser.test_accessibility import violations

pytestmark = pytest.mark.browser

WINDOW = {"width": 1280, "height": 800}


def pressed(desk: Caretaker, action: str) -> None:
    """Press the button of this form."""
    desk.presses(desk.page.locator(f"form[action='{action}'] button").first)


def test_a_lead_keeps_the_rota_and_lets_somebody_go_without_script(
    board: Board, contexts: Callable[..., BrowserContext]
) -> None:
    board.command("moderators", "add", "旅に出る人")
    desk = Caretaker(board, contexts(viewport=WINDOW, java_script_enabled=False))
    desk.enrols("まとめ役A", "lead")
    desk.presses(desk.page.get_by_role("link", name="当番表"))
    desk.page.locator("select[name=who]").select_option(label="まとめ役A")
    desk.page.locator("select[name=first]").select_option("20")
    desk.page.locator("select[name=until]").select_option("24")
    desk.page.locator("select[name=weeks]").select_option("4")
    desk.presses(desk.submit())
    lines = desk.page.locator("li.row", has_text="20時から24時")
    assert lines.count() == 4
    desk.presses(lines.first.locator("button"))
    assert lines.count() == 3

    desk.opens("/m/")
    desk.presses(desk.page.get_by_role("link", name="次の当番へ書き残す"))
    desk.page.locator("textarea[name=words]").fill("静かな夜でした。")
    desk.presses(desk.submit())
    assert "静かな夜でした。" in desk.page.locator("section.notice").inner_text()

    desk.presses(desk.page.get_by_role("link", name="世話人たち"))
    desk.presses(desk.page.get_by_role("link", name="旅に出る人"))
    desk.presses(desk.page.get_by_role("button", name="机を離れてもらう"))
    assert "もう机を離れています" in desk.page.locator("main").inner_text()
    assert "disabled" in board.command("moderators", "list")


def test_the_shared_pages_and_a_calm_day_have_no_grave_fault(
    board: Board, contexts: Callable[..., BrowserContext]
) -> None:
    desk = Caretaker(board, contexts(bypass_csp=True, viewport=WINDOW))
    desk.enrols("まとめ役B", "lead")
    faults: list[str] = []
    try:
        pressed(desk, "/m/calm")
        for path in ("/m/", "/m/rota", "/m/handover", "/m/people", "/m/calm"):
            desk.opens(path)
            faults += violations(desk.page)
        desk.presses(desk.page.locator("nav a, header a").filter(has_text="一覧").first)
        anybody = Person(board, contexts(bypass_csp=True))
        anybody.opens("/")
        assert "ゆっくりの日" in anybody.page.locator("main").inner_text()
        faults += violations(anybody.page)
        pressed(desk, "/m/calm")
    finally:
        board.command("calm", "off")
    assert faults == []
