"""Nothing sticks out at the side, on the smallest phone and the widest desk, in both languages, with letters twice as
large."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright

from tests.browser import chromium
from tests.browser.board import Board
from tests.browser.crawl import STANDING
from tests.browser.people import Caretaker, Person

pytestmark = pytest.mark.browser

WIDTHS = (320, 360, 390, 768, 1280)
LARGE_AT = (390, 1280)
LARGE_PIXELS = 32
HEIGHT = 844
PATHS = ("/", "/b/r2", "/n/r2", *STANDING)
BODY = "鎌倉市に住んでいます。わたしは47歳、夫は52歳で、市役所に勤めています。"
LONG = "あ" * 30 + "A" * 90
# The body clips what sticks out, so every box is measured, not the page. Left out: what nobody sees, and what scrolls
# by itself.
STICKS_OUT = """() => {
  const wide = document.documentElement.clientWidth;
  const out = [];
  for (const box of document.body.querySelectorAll('*')) {
    if (box.closest('.hp, .sr, .table, svg') || !box.checkVisibility()) continue;
    const {left, right, width} = box.getBoundingClientRect();
    if (width && (right > wide + 1 || left < -1)) {
      out.push(`${box.tagName}.${box.className} ${Math.round(left)}..${Math.round(right)} of ${wide}`);
    }
  }
  if (document.documentElement.scrollWidth > wide) out.push(`the page scrolls to ${document.documentElement.scrollWidth}`);
  return out;
}"""


def sticking_out(page: Page, widths: tuple[int, ...] = WIDTHS) -> Iterator[str]:
    """Everything that is wider than the window, at every width."""
    for width in widths:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        for found in page.evaluate(STICKS_OUT):
            yield f"{page.url} at {width}: {found}"


@pytest.fixture(scope="module")
def large_letters(playwright: Playwright, neutral_port: int) -> Iterator[Browser]:
    """A browser set to letters twice as large."""
    started = chromium.start(playwright, neutral_port, letters=LARGE_PIXELS)
    yield started
    started.close()


LANGUAGES = pytest.mark.parametrize("prefix", ["", "/en"], ids=["ja", "en"])


@LANGUAGES
def test_no_page_that_is_read_is_wider_than_the_window(
    board: Board, contexts: Callable[..., BrowserContext], prefix: str
) -> None:
    reader = Person(board, contexts(), prefix)
    assert list(reads_everything(reader, WIDTHS)) == []


@LANGUAGES
def test_no_page_is_wider_than_the_window_with_letters_twice_as_large(
    board: Board, contexts: Callable[..., BrowserContext], large_letters: Browser, prefix: str
) -> None:
    reader = Person(board, contexts(large_letters), prefix)
    reader.opens("/")
    assert reader.page.evaluate("getComputedStyle(document.body).fontSize") == "34px"
    assert list(reads_everything(reader, LARGE_AT)) == []


def reads_everything(reader: Person, widths: tuple[int, ...]) -> Iterator[str]:
    """What sticks out on the pages that everybody reads."""
    reader.opens("/")
    links = reader.page.locator("main a[href*='/t/']").evaluate_all("all => all.map(a => a.pathname)")
    threads = [link.removeprefix(reader.prefix) for link in links[:3]]
    for path in (*PATHS, *threads):
        reader.opens(path)
        yield from sticking_out(reader.page, widths)


@LANGUAGES
def test_no_page_of_a_writer_is_wider_than_the_window(
    board: Board, contexts: Callable[..., BrowserContext], prefix: str
) -> None:
    writer = Person(board, contexts(), prefix)
    found: list[str] = []
    writer.opens("/n/r2")
    answer = writer.sends(f"{BODY}\n{LONG}", title=LONG[:60], warning=LONG[:60])
    assert answer.status == 422
    found += sticking_out(writer.page)
    story = writer.thanked(writer.presses(writer.page.locator("button[name=act][value=asis]")))
    found += sticking_out(writer.page)
    about = [f"/t/{story.thread_id}{page}" for page in ("", "/r", "/l")]
    for path in (*about, f"/p/{story.post_id}/e", "/me", "/b/r2"):
        writer.opens(path)
        found += sticking_out(writer.page)
    assert found == []


def test_no_page_of_the_desk_is_wider_than_the_window(caretaker: Caretaker, other: Person) -> None:
    other.flags(other.vents(f"{LONG}\n短い文です。", theme="r4").post_id)
    caretaker.opens("/m/")
    found = list(sticking_out(caretaker.page))
    caretaker.takes("線引きと約束")
    found += sticking_out(caretaker.page)
    other.opens("/m/login")
    found += sticking_out(other.page)
    assert found == []


def test_the_act_that_decides_a_case_is_in_sight_on_a_desk(caretaker: Caretaker, other: Person) -> None:
    other.vents("もう死にたい。今夜は眠れません。", theme="r5")
    caretaker.takes("わたしに戻る")
    act = caretaker.page.locator("button[name=act][value=decide]").bounding_box()
    bar = caretaker.page.locator("nav.bar").bounding_box()
    assert act is not None
    assert bar is not None
    assert act["y"] + act["height"] <= bar["y"]
