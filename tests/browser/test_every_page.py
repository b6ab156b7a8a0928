"""What holds for every page that a reader can reach, in both languages, and for every page of the desk."""

import pytest
from playwright.sync_api import Browser

from tests.browser import chromium
from tests.browser.board import Board
from tests.browser.crawl import STANDING, Crawl, walk
from tests.browser.people import Caretaker, Person, canary

pytestmark = pytest.mark.browser

NAME = "凪"
FEWEST = 40
DESCRIPTIONS = 1  # one neutral sentence in each language


@pytest.fixture(scope="module")
def crawl(board: Board, browser: Browser) -> Crawl:
    """Every public page, opened once."""
    with browser.new_context(**chromium.device()) as context:
        return walk(context, board.origin, ["/", "/en/"])


def test_the_crawl_reaches_every_kind_of_page_in_both_languages(crawl: Crawl) -> None:
    opened = {look.path for look in crawl.looks}
    assert len(opened) >= FEWEST
    for prefix in ("", "/en"):
        for path in ("/", *STANDING):
            assert prefix + path in opened
        for start in ("/b/", "/t/", "/n/", "/p/"):
            assert any(path.startswith(prefix + start) for path in opened), prefix + start
    assert {look.path: look.status for look in crawl.looks if look.status != 200} == {}


def test_every_request_stays_with_the_board_itself(crawl: Crawl, board: Board) -> None:
    assert crawl.requests
    assert [url for url in crawl.requests if not url.startswith(f"{board.origin}/")] == []


def test_the_console_stays_silent(crawl: Crawl) -> None:
    assert set(crawl.said) == set()


def test_every_page_has_the_neutral_title_and_the_neutral_preview(crawl: Crawl) -> None:
    for look in crawl.looks:
        assert look.title == NAME, look.path
        assert look.metas["og:title"] == NAME, look.path
    for language in ("ja", "en"):
        looks = [look for look in crawl.looks if look.language == language]
        told = {look.metas["description"] for look in looks} | {
            look.metas["og:description"] for look in looks
        }
        assert len(told) == DESCRIPTIONS, told


def test_every_page_has_one_heading_and_the_language_of_its_address(crawl: Crawl) -> None:
    for look in crawl.looks:
        assert look.headings == 1, look.path
        is_english = look.path == "/en" or look.path.startswith("/en/")
        assert look.language == ("en" if is_english else "ja"), look.path


def test_the_exit_is_the_first_thing_a_keyboard_reaches_on_every_page(crawl: Crawl) -> None:
    assert {look.path: look.first_stop for look in crawl.looks if look.first_stop != "exit"} == {}


def test_the_pages_of_the_desk_keep_the_same_promises(
    board: Board, caretaker: Caretaker, other: Person
) -> None:
    other.flags(other.vents(canary(), theme="r3").post_id)
    caretaker.takes("夫婦を見つめる")
    case = caretaker.page.url.removeprefix(board.origin)
    crawled = walk(caretaker.context, board.origin, ["/m/", case], follows=False)
    assert [look.status for look in crawled.looks] == [200, 200]
    assert {(look.title, look.headings, look.first_stop) for look in crawled.looks} == {(NAME, 1, "exit")}
    assert set(crawled.said) == set()
    assert [url for url in crawled.requests if not url.startswith(f"{board.origin}/")] == []
