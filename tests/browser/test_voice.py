"""Moderators write as 世話人 from a phone, with and without script, and end their shift on something kind."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from tests.browser import chromium
from tests.browser.board import Board
from tests.browser.people import Caretaker, Person
from tests.browser.test_accessibility import violations

pytestmark = pytest.mark.browser

STORY = "夜になると、台所の明かりだけつけています。話すことがありません。"


@pytest.mark.parametrize("script", [True, False])
def test_a_story_is_answered_as_the_house_by_touch(
    board: Board, contexts: Callable[..., BrowserContext], script: bool
) -> None:
    writer = Person(board, contexts())
    written = writer.vents(STORY + ("" if script else "窓も、開けていません。"), theme="r1")
    desk = Caretaker(board, contexts(viewport=chromium.PHONE, java_script_enabled=script))
    desk.enrols("世話人の声" + str(script))

    desk.opens("/m/voice")
    desk.page.locator("[name=where]").fill(f"{board.origin}/t/{written.thread_id}")
    desk.presses(desk.submit())
    assert desk.page.url.endswith(f"/m/t/{written.thread_id}/voice")
    desk.page.locator("select[name=template]").select_option("thanks")
    desk.presses(desk.page.locator("button[value=fill]"))
    field = desk.page.locator("textarea[name=body]")
    begun = field.input_value()
    assert begun.startswith("世話人です。")
    desk.presses(desk.submit())
    assert field.input_value() == begun, "an open place is not sent, and nothing is lost"
    assert "書きかえると送れます" in desk.page.locator("main").inner_text()
    field.fill(begun.replace("[どのこと]", "台所の明かりのこと"))
    desk.presses(desk.submit())
    assert "置きました" in desk.page.locator("[role=status]").first.inner_text()

    writer.opens(f"/t/{written.thread_id}")
    assert "台所の明かりのことを書いてくださって" in writer.page.locator("main").inner_text()
    assert writer.page.locator("article", has_text="この場所の者です").count() == 1

    desk.presses(desk.page.get_by_role("button", name="取り下げる"))
    writer.opens(f"/t/{written.thread_id}")
    assert "台所の明かりのことを書いて" not in writer.page.locator("main").inner_text()

    desk.opens("/m/")
    desk.presses(desk.page.get_by_role("link", name="今日はここまでにする"))
    assert "どうぞ休んでください" in desk.page.locator("main").inner_text()
    desk.presses(desk.submit())
    assert desk.page.url.endswith("/m/login")


def test_the_pages_have_no_grave_fault_and_do_not_spill(
    board: Board, contexts: Callable[..., BrowserContext]
) -> None:
    written = Person(board, contexts()).vents(STORY + "雨の夜です。", theme="r1")
    desk = Caretaker(board, contexts(bypass_csp=True, viewport=chromium.PHONE))
    desk.enrols("世話人の頁")
    faults: list[str] = []
    for path in ("/m/", "/m/voice", f"/m/t/{written.thread_id}/voice", "/m/end"):
        desk.opens(path)
        faults += violations(desk.page)
        width = desk.page.evaluate("document.documentElement.scrollWidth")
        assert width <= chromium.PHONE["width"], path
    desk.opens(f"/m/t/{written.thread_id}/voice")
    desk.page.locator("textarea[name=body]").fill("世話人です。080-2345-6789 に電話をください。")
    desk.presses(desk.submit())
    assert desk.page.locator("mark").first.inner_text().startswith("080-2345-6789")
    faults += violations(desk.page)
    assert faults == []
