"""Before words go out: what could tell who somebody is is shown once; help comes first, in the same answer."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.board import Board
from tests.browser.people import Person, canary

pytestmark = pytest.mark.browser

SCRIPT = pytest.mark.parametrize("has_script", [True, False], ids=["with script", "without script"])
PHONE = "080-2345-6789"
COUPLE = "鎌倉市に住んでいます。わたしは47歳、夫は52歳で、市役所に勤めています。"


def asked(person: Person, body: str) -> None:
    """Send words the board has a question about."""
    person.opens("/n/r2")
    answer = person.sends(body)
    assert answer.status == 422
    expect(person.page.locator("main h1")).to_have_text("出す前に、いちどだけ")


@SCRIPT
@pytest.mark.parametrize("told", [PHONE, COUPLE], ids=["a number", "a combination"])
def test_words_that_tell_who_somebody_is_are_marked_and_masked_with_one_press(
    board: Board, contexts: Callable[..., BrowserContext], has_script: bool, told: str
) -> None:
    person = Person(board, contexts(java_script_enabled=has_script))
    body = canary()
    asked(person, f"{body}\n{told}")
    marked = person.page.locator("main .sheet mark").all_inner_texts()
    assert marked
    assert all(person.page.locator("main input[name=m]").nth(n).is_checked() for n in range(len(marked)))
    story = person.thanked(person.presses(person.page.locator("button[name=act][value=mask]")))
    person.opens(f"/t/{story.thread_id}")
    shown = person.page.locator("#p1 .body")
    expect(shown).to_contain_text(body)
    expect(shown).to_contain_text("〇〇")
    expect(shown).not_to_contain_text(told)


@SCRIPT
def test_a_combination_may_stay_when_its_writer_wants_it_to(
    board: Board, contexts: Callable[..., BrowserContext], has_script: bool
) -> None:
    person = Person(board, contexts(java_script_enabled=has_script))
    asked(person, COUPLE)
    story = person.thanked(person.presses(person.page.locator("button[name=act][value=asis]")))
    person.opens(f"/t/{story.thread_id}")
    expect(person.page.locator("#p1 .body")).to_contain_text(COUPLE)


def test_the_choices_of_the_form_survive_the_question(person: Person) -> None:
    person.opens("/n/r2")
    assert person.sends(f"{canary()}\n{PHONE}", title="台所の話", warning="夜の話です").status == 422
    story = person.thanked(person.presses(person.page.locator("button[name=act][value=mask]")))
    person.opens(f"/t/{story.thread_id}")
    expect(person.page.locator("main h1")).to_have_text("台所の話")
    expect(person.page.locator("#p1 .fold > summary")).to_contain_text("夜の話です")
    expect(person.page.locator("#p1 .fold > p").first).to_be_hidden()


def test_words_put_right_by_hand_are_the_ones_that_go_out(person: Person) -> None:
    asked(person, f"かけてください。{PHONE}")
    person.page.locator("main form details > summary").click()
    body = canary()
    person.page.locator("main textarea[name=body]").fill(body)
    story = person.thanked(person.presses(person.page.locator("button[name=act][value=again]")))
    person.opens(f"/t/{story.thread_id}")
    expect(person.page.locator("#p1 .body")).to_have_text(body)


@SCRIPT
def test_help_stands_first_in_the_very_answer_to_somebody_who_wants_to_die(
    board: Board, contexts: Callable[..., BrowserContext], has_script: bool
) -> None:
    person = Person(board, contexts(java_script_enabled=has_script))
    person.opens("/n/r2")
    answer = person.sends("もう死にたい。今夜は眠れません。")
    assert answer.status == 200
    assert answer.request.method == "POST"
    first = person.page.locator("main > *:not([hidden])").first
    expect(first).to_have_class("hand")
    expect(first.locator("a[href^='tel:']").first).to_be_visible()
    expect(first.locator("a[href^='tel:']").first).to_be_in_viewport()
    assert person.thanked(answer).handle


def test_help_is_there_even_when_the_form_comes_back(person: Person) -> None:
    person.opens("/n/r2")
    answer = person.sends("もう死にたい。" + "眠れません。" * 1000)
    assert answer.status == 422
    expect(person.page.locator("main > *:not([hidden])").first).to_have_class("hand")
    assert "眠れません。" in person.page.locator("main textarea[name=body]").input_value()
