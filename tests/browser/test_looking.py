"""A look at a story before it goes out: as it will stand, beside those who tell of the same, and back without loss."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from playwright.sync_api import BrowserContext, Error, expect

from tests.browser.board import Board
from tests.browser.people import RIPE_MS, Person, canary

pytestmark = pytest.mark.browser

SCRIPT = pytest.mark.parametrize("has_script", [True, False], ids=["with script", "without script"])


@SCRIPT
def test_a_draft_is_looked_at_changed_and_put_down(
    board: Board, contexts: Callable[..., BrowserContext], has_script: bool
) -> None:
    person = Person(board, contexts(java_script_enabled=has_script))
    said = canary()
    person.opens("/n/r3")
    person.types(f"{said}\n\n**もう**三年です。", title="静かな食卓")
    person.presses(person.page.locator("button[value=look]"))
    expect(person.page.locator("h2").first).to_have_text("静かな食卓")
    expect(person.page.locator("main strong")).to_have_text("もう")
    assert said not in person.page.url
    person.presses(person.page.locator("button[value=back]"))
    expect(person.page.locator("main textarea[name=body]")).to_have_value(f"{said}\n\n**もう**三年です。")
    expect(person.page.locator("main [name=title]")).to_have_value("静かな食卓")
    person.types(f"{said}\n\n四年かもしれません。")
    person.presses(person.page.locator("button[value=look]"))
    person.page.wait_for_timeout(RIPE_MS)
    story = person.thanked(person.presses(person.submit()))
    person.opens(f"/t/{story.thread_id}")
    expect(person.page.locator("main")).to_contain_text("四年かもしれません。")


def test_leaving_a_look_leaves_nothing_to_come_back_to(board: Board, person: Person) -> None:
    said = canary()
    person.opens("/")
    person.opens("/n/r3")
    person.types(said)
    person.presses(person.page.locator("button[value=look]"))
    expect(person.page.locator("main")).to_contain_text(said)
    person.opens("/help")
    with suppress(Error):  # the browser kept nothing of it, and would have to send it again
        person.page.go_back()
    expect(person.page.locator("body")).not_to_contain_text(said)
