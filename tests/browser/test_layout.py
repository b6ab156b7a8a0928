"""Nothing sticks out at the side, on the smallest phone and the widest desk, in both languages, with letters twice as
large."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser import chromium
from tests.browser.board import Board
from tests.browser.people import Caretaker, Person

pytestmark = pytest.mark.browser

WIDTHS = (320, 360, 390, 768, 1280)
LARGE_AT = (390, 1280)
HEIGHT = 844
PATHS = ("/", "/b/r2", "/n/r2", "/help", "/rules", "/privacy", "/about", "/log", "/s", "/me", "/back", "/c", "/takedown")
BODY = "鎌倉市に住んでいます。わたしは47歳、夫は52歳で、市役所に勤めています。"
LONG = "A" * 60 + "https://example.org/" + "b" * 80
DOUBLE = "() => { document.documentElement.style.fontSize = '212.5%'; }"
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


def sticking_out(page: Page) -> Iterator[str]:
    """Everything that is wider than the window, at every width and with letters twice as large."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        for found in page.evaluate(STICKS_OUT):
            yield f"{page.url} at {width}: {found}"
    page.evaluate(DOUBLE)
    for width in LARGE_AT:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        for found in page.evaluate(STICKS_OUT):
            yield f"{page.url} at {width}, letters doubled: {found}"


@pytest.fixture
def page_of(browser: Browser) -> Iterator[BrowserContext]:
    """A browser whose window changes its size."""
    with browser.new_context(**chromium.device()) as context:
        yield context


@pytest.mark.parametrize("prefix", ["", "/en"], ids=["ja", "en"])
def test_no_page_that_is_read_is_wider_than_the_window(
    board: Board, page_of: BrowserContext, prefix: str
) -> None:
    reader = Person(board, page_of, prefix)
    reader.opens("/")
    threads = reader.page.locator("main a[href*='/t/']").evaluate_all("all => all.map(a => a.pathname)")
    found: list[str] = []
    for path in (*PATHS, *(thread.removeprefix(prefix) for thread in threads[:3])):
        reader.opens(path)
        found += sticking_out(reader.page)
    assert found == []


@pytest.mark.parametrize("prefix", ["", "/en"], ids=["ja", "en"])
def test_no_page_of_a_writer_is_wider_than_the_window(
    board: Board, page_of: BrowserContext, prefix: str
) -> None:
    writer = Person(board, page_of, prefix)
    found: list[str] = []
    writer.opens("/n/r2")
    answer = writer.sends(f"{BODY}\n{LONG}", title=LONG, warning=LONG[:60])
    assert answer.status == 422
    found += sticking_out(writer.page)
    story = writer.thanked(writer.presses(writer.page.locator("button[name=act][value=asis]")))
    found += sticking_out(writer.page)
    for path in (f"/t/{story.thread_id}", f"/t/{story.thread_id}/r", f"/p/{story.post_id}/e", "/me", "/b/r2"):
        writer.opens(path)
        found += sticking_out(writer.page)
    assert found == []


def test_no_page_of_the_desk_is_wider_than_the_window(board: Board, caretaker: Caretaker, other: Person) -> None:
    story = other.vents(f"{LONG}\n短い文です。", theme="r4")
    other.opens(f"/p/{story.post_id}/f")
    other.page.locator("input[name=reason]").first.check()
    other.presses(other.submit())
    caretaker.enrols("幅の世話人")
    found = list(sticking_out(caretaker.page))
    caretaker.takes("線引きと約束")
    found += sticking_out(caretaker.page)
    caretaker.opens("/m/login")
    found += sticking_out(caretaker.page)
    assert found == []
