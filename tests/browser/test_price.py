"""A risen price in a real browser: the script works for it while somebody writes; without script it is a longer wait."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, expect

from forum.identity.price import is_proof, price_at
from tests.browser import chromium
from tests.browser.board import TICKET_SECONDS, Board, running
from tests.browser.people import Person, canary

pytestmark = pytest.mark.browser

WORK_MS = 30_000
# Once so many have come, the next ones pay the first risen price; the tests below make fewer than so many more.
BUDGET = 4
# SHA-256 of this text begins with sixteen zero bits for no smaller number: long work, the same in every run.
LONG_WORK, FOUND = "calm-5", "342945"
PRICE = price_at(1, TICKET_SECONDS)


@pytest.fixture(scope="module")
def dear_board(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    """A board on which a new identity costs the first risen price."""
    with running(tmp_path_factory.mktemp("dear"), identities_per_bucket=str(BUDGET)) as started:
        for _ in range(BUDGET):
            with browser.new_context(**chromium.device()) as context:
                Person(started, context).vents(canary())
        yield started


@pytest.fixture
def guest(dear_board: Board, contexts: Callable[..., BrowserContext]) -> Person:
    """Somebody with script who has no key, with a form before them."""
    person = Person(dear_board, contexts())
    person.opens("/n/r2")
    return person


def ticket_of(person: Person) -> Locator:
    return person.page.locator("main [name=ticket]").first


def proof_of(person: Person) -> Locator:
    return person.page.locator("main [name=proof]").first


def works(person: Person) -> None:
    """Wait until the script has found its number."""
    expect(proof_of(person)).not_to_have_value("", timeout=WORK_MS)


def test_what_the_script_finds_while_somebody_writes_is_taken_by_the_board(guest: Person) -> None:
    said: list[str] = []
    guest.page.on("console", lambda message: said.append(message.text))
    guest.opens("/n/r2")
    expect(proof_of(guest)).to_have_value("")
    guest.types(canary())
    works(guest)
    assert is_proof(ticket_of(guest).input_value(), proof_of(guest).input_value(), PRICE.bits)
    guest.page.wait_for_timeout(PRICE.wait * 1000)
    guest.thanked(guest.presses(guest.submit()))
    assert said == []


def test_a_press_too_early_is_held_for_a_moment_with_a_quiet_word_and_then_goes_by_itself(
    guest: Person,
) -> None:
    body, line = canary(), guest.page.locator("main [data-paying]")
    guest.opens("/n/r2")
    guest.types(body)
    expect(line).to_be_hidden()
    with guest.page.expect_navigation(url="**/ok", timeout=WORK_MS):
        guest.submit().click()
        expect(line).to_have_text("送る支度をしています。数秒で送ります。")
        guest.submit().click()
    expect(guest.page.locator(".keep li")).to_have_count(4)
    guest.opens("/b/r2")
    expect(guest.page.get_by_text(body)).to_have_count(1)


def test_without_script_the_words_come_back_and_go_after_the_longer_wait(
    dear_board: Board, contexts: Callable[..., BrowserContext]
) -> None:
    person, body = Person(dear_board, contexts(java_script_enabled=False)), canary()
    person.opens("/n/r2")
    person.types(body)
    person.page.wait_for_timeout(PRICE.wait * 1000 + 200)
    early = person.presses(person.submit())
    assert early.status == 429
    assert int(early.headers["retry-after"]) <= PRICE.wait_unproven
    expect(person.page.locator("main [role=alert]")).to_contain_text("書いたものはここに残っています")
    expect(person.page.locator("main textarea[name=body]")).to_have_value(body)
    person.page.wait_for_timeout((PRICE.wait_unproven - PRICE.wait) * 1000)
    person.thanked(person.presses(person.submit()))


def test_putting_aside_is_never_held_and_costs_the_plain_wait(guest: Person) -> None:
    held: list[bool] = []
    guest.page.expose_function("told", lambda is_held: held.append(is_held))
    guest.types(canary())
    guest.page.wait_for_timeout(TICKET_SECONDS * 1000 + 200)
    guest.page.evaluate(
        """() => document.addEventListener('submit', () => {
          window.told(document.querySelector('main [data-paying]').textContent !== '');
        })"""
    )
    assert guest.presses(guest.page.locator("main button[value=deposit]")).status == 200
    expect(guest.page.locator(".keep li")).to_have_count(4)
    assert held == [False]


def test_the_work_begins_with_the_first_touch_and_no_piece_of_it_holds_the_page_up(guest: Person) -> None:
    guest.page.evaluate(
        """() => {
          window.longest = 0;
          new PerformanceObserver((list) => {
            for (const task of list.getEntries()) window.longest = Math.max(window.longest, task.duration);
          }).observe({ type: 'longtask' });
        }"""
    )
    ticket_of(guest).evaluate("(field, text) => { field.value = text; }", LONG_WORK)
    guest.page.wait_for_timeout(500)
    expect(proof_of(guest)).to_have_value("")
    guest.page.locator("main textarea[name=body]").focus()
    expect(proof_of(guest)).to_have_value(FOUND, timeout=WORK_MS)
    assert guest.page.evaluate("() => window.longest") < 150


@pytest.mark.parametrize("length", [0, 54, 55, 62, 63, 64, 72, 119, 128])
def test_its_arithmetic_is_that_of_everybody_at_every_edge_of_a_block(guest: Person, length: int) -> None:
    ticket_of(guest).evaluate("(field, length) => { field.value = 'x'.repeat(length); }", length)
    guest.page.locator("main textarea[name=body]").focus()
    works(guest)
    assert is_proof("x" * length, proof_of(guest).input_value(), PRICE.bits)


def test_a_first_press_without_words_is_held_for_the_plain_wait_and_needs_no_second_one(
    board: Board, other: Person, contexts: Callable[..., BrowserContext]
) -> None:
    story = other.vents(canary())
    reader = Person(board, contexts())
    reader.opens(f"/t/{story.thread_id}")
    reader.presses(reader.page.locator("#p1 .react a").nth(1))
    reader.presses(reader.page.locator("main form button.act.go"))
    assert story.thread_id in reader.page.url
    expect(reader.page.locator("#p1")).to_contain_text("1人がそばにいます")


def test_who_has_a_key_is_given_no_work(person: Person) -> None:
    person.vents(canary())
    person.opens("/n/r2")
    assert ticket_of(person).get_attribute("data-wait") is None
    assert person.page.locator("script[src*='price.js']").count() == 0
