"""A name of a service goes out of sight, its writer is told kindly, and whoever leads sees what rules did, on a phone too."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.board import Board
from tests.browser.people import Caretaker, Person, canary

pytestmark = pytest.mark.browser

SCRIPT = pytest.mark.parametrize("has_script", [True, False], ids=["with script", "without script"])
NAME = "ひだまりの輪倶楽部"  # of the shipped list
PHONE = "080-2345-6789"


@SCRIPT
def test_a_name_is_covered_and_its_writer_is_told_in_one_kind_sentence(
    board: Board, contexts: Callable[..., BrowserContext], has_script: bool
) -> None:
    person = Person(board, contexts(java_script_enabled=has_script))
    body = canary()
    story = person.vents(f"{body}\n{NAME}の葉書が来ていました。")
    expect(person.page.locator("main p.note")).to_contain_text("お店や集まりの名前は")
    person.opens(f"/t/{story.thread_id}")
    shown = person.page.locator("#p1 .body")
    expect(shown).to_contain_text(body)
    expect(shown).to_contain_text("〇〇の葉書")
    expect(shown).not_to_contain_text(NAME)


@SCRIPT
def test_beside_a_question_the_name_stands_without_a_choice(
    board: Board, contexts: Callable[..., BrowserContext], has_script: bool
) -> None:
    person = Person(board, contexts(java_script_enabled=has_script))
    person.opens("/n/r2")
    assert person.sends(f"{canary()}\n{NAME}の受付は {PHONE} でした。").status == 422
    expect(person.page.locator("main ol.why")).to_contain_text(f"{NAME} → 〇〇")
    boxes = person.page.locator("main ol.why li", has_text=NAME).locator("input")
    assert boxes.count() == 0
    story = person.thanked(person.presses(person.page.locator("button[name=act][value=mask]")))
    person.opens(f"/t/{story.thread_id}")
    expect(person.page.locator("#p1 .body")).to_contain_text("〇〇の受付は 〇〇 でした。")


def test_whoever_leads_reads_on_a_phone_what_rules_did(
    board: Board, contexts: Callable[..., BrowserContext], person: Person
) -> None:
    person.opens("/n/r2")
    assert person.sends(f"{canary()}\n{PHONE}").status == 422
    lead = Caretaker(board, contexts())
    lead.enrols("世話人 導き", role="lead")
    lead.presses(lead.page.locator("a[href$='/m/rules']").first)
    expect(lead.page.locator("main h1")).to_have_text("下読みの働き")
    expect(lead.page.locator("main li.row", has_text="phone")).to_contain_text("たずねた")
    wide = lead.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert not wide
