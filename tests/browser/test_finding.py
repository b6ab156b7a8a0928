"""Finding again: two letters are enough, a name is enough, and what was looked for stands in no address."""

import random
import time
from collections.abc import Callable
from urllib.parse import unquote

import pytest
from playwright.sync_api import BrowserContext, Response, expect

from tests.browser.board import Board
from tests.browser.people import Person

pytestmark = pytest.mark.browser

RARE = "鵺鷽鶲鵯鶺鴒鵤鶫鷦鷯鶸鵲鴗鶚鵟鴞鸊鷉鵥鶍"
SOON_SECONDS = 3.0
SCRIPT = pytest.mark.parametrize("has_script", [True, False], ids=["with script", "without script"])


def looks_for(person: Person, words: str) -> Response:
    """Fill the search form in and press its button."""
    person.opens("/s")
    person.page.locator("main [name=q]").fill(words)
    return person.presses(person.submit())


@SCRIPT
def test_a_word_of_two_letters_is_found_within_three_seconds_and_stands_in_no_address(
    board: Board, contexts: Callable[..., BrowserContext], other: Person, has_script: bool
) -> None:
    word = "".join(random.sample(RARE, 2))
    story = other.vents(f"庭に{word}が来ました。だれにも言っていません。")
    began = time.monotonic()
    reader = Person(board, contexts(java_script_enabled=has_script))
    addresses: list[str] = []
    reader.page.on("request", lambda request: addresses.append(unquote(request.url)))
    # The index may come to know the story while the page looks for what is near.
    hit = reader.page.locator(f"main .talks a[href$='/t/{story.thread_id}']:has(mark)")
    while time.monotonic() - began < SOON_SECONDS:
        assert looks_for(reader, word).status == 200
        if hit.count():
            break
    expect(hit).to_have_count(1)
    expect(hit.locator("mark")).to_have_text(word)
    assert [address for address in addresses if word in address] == []
    assert word not in unquote(reader.page.url)
    assert reader.context.cookies() == []


@SCRIPT
def test_a_story_is_found_again_by_the_name_of_its_writer(
    board: Board, contexts: Callable[..., BrowserContext], other: Person, has_script: bool
) -> None:
    story = other.vents("名前で探せるように、名前だけ覚えておきます。")
    reader = Person(board, contexts(java_script_enabled=has_script))
    looks_for(reader, story.handle)
    expect(reader.page.locator(f"main .talks a[href$='/t/{story.thread_id}']").first).to_be_visible()


def test_an_empty_search_asks_for_a_word(person: Person) -> None:
    answer = looks_for(person, " ")
    assert answer.status == 422
    expect(person.page.locator("main [role=alert]")).to_be_visible()
