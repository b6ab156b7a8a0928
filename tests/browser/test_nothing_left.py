"""Who reads leaves nothing on the device: somebody who takes it later finds no word of what was read."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Playwright

from tests.browser import chromium, neutral
from tests.browser.board import Board
from tests.browser.people import Person, canary

pytestmark = pytest.mark.browser

PAGES = 20
LOCK_WORD = "みずうみの白い椅子"
ROOMS = [f"/b/r{number}" for number in range(1, 8)]
HOUSE = ["/help", "/rules", "/privacy", "/about", "/log", "/s", "/me", "/en/", "/en/help"]
STORES = """async () => ({
  cookie: document.cookie,
  local: localStorage.length,
  session: sessionStorage.length,
  databases: (await indexedDB.databases()).length,
  caches: (await caches.keys()).length,
  workers: (await navigator.serviceWorker.getRegistrations()).length,
  folders: await (async () => {
    let found = 0;
    for await (const entry of (await navigator.storage.getDirectory()).keys()) found += entry.length;
    return found;
  })(),
  window: window.name,
})"""
NOTHING = {
    "cookie": "",
    "local": 0,
    "session": 0,
    "databases": 0,
    "caches": 0,
    "workers": 0,
    "folders": 0,
    "window": "",
}


def reads(page: Page, board: Board, threads: list[str]) -> int:
    """Read the first page, the threads, the rooms and the pages of the house; returns how many were read."""
    paths = ["/", *[f"/t/{thread}" for thread in threads], *ROOMS, *HOUSE, f"/t/{threads[0]}?p=all", "/"]
    for path in paths:
        answer = page.goto(board.origin + path)
        assert answer is not None
        assert answer.status == 200, path
    return len(paths)


def threads_on(page: Page, board: Board) -> list[str]:
    """The ids of some threads of the first page."""
    page.goto(board.origin)
    links = page.locator("main a[href*='/t/']").evaluate_all("all => all.map(a => a.pathname)")
    return [link.removeprefix("/t/") for link in dict.fromkeys(links)][:5]


def test_twenty_pages_read_leave_no_cookie_and_nothing_in_any_store(board: Board, person: Person) -> None:
    assert reads(person.page, board, threads_on(person.page, board)) >= PAGES
    assert person.context.cookies() == []
    assert person.page.evaluate(STORES) == NOTHING


def test_whoever_writes_has_one_cookie_that_ends_with_the_browser_and_no_store(
    board: Board, person: Person
) -> None:
    story = person.vents(canary())
    person.opens(f"/t/{story.thread_id}")
    (cookie,) = person.context.cookies()
    assert cookie.get("expires") == -1
    assert cookie.get("httpOnly")
    assert cookie.get("sameSite") == "Strict"
    # Script cannot read the cookie either.
    assert person.page.evaluate(STORES) == NOTHING


def test_a_real_profile_holds_no_word_of_what_was_read(
    board: Board, other: Person, playwright: Playwright, neutral_port: int, profile: Path
) -> None:
    body = canary()
    story = other.vents(body)
    with chromium.with_profile(playwright, neutral_port, profile) as device:
        page = device.pages[0]
        assert reads(page, board, [story.thread_id, *threads_on(page, board)]) >= PAGES
        page.goto(f"{board.origin}/t/{story.thread_id}")
        assert body in page.content()
    # The search can see what a browser does keep: the address of the page.
    assert found_in(profile, story.thread_id)
    assert_forgotten(profile, body)
    assert titles_in(profile, board.origin) <= {"凪", ""}
    assert cookies_in(profile) == []


def test_a_real_profile_holds_no_word_of_what_was_begun(
    board: Board, playwright: Playwright, neutral_port: int, profile: Path
) -> None:
    draft = canary()
    with chromium.with_profile(playwright, neutral_port, profile) as device:
        begins_to_write(device.pages[0], board, draft)
    assert found_in(profile, "/n/r2")
    assert_forgotten(profile, draft)
    # The cookie of a form ends with the browser.
    assert set(cookies_in(profile)) <= {("s", 0)}


def test_a_remembered_device_opens_with_its_word_alone_after_the_browser_was_closed(
    board: Board, playwright: Playwright, neutral_port: int, profile: Path
) -> None:
    with chromium.with_profile(playwright, neutral_port, profile) as device:
        owner = Person(board, device)
        story = owner.vents(canary())
        owner.opens("/me/stay")
        owner.page.locator("main input[name=word]").fill(LOCK_WORD)
        owner.presses(owner.submit())
        owner.page.locator("a.exit").click()
        owner.page.wait_for_url(f"{neutral.URL}**")
    assert [kept for kept in cookies_in(profile) if kept == ("s", 1)]
    assert found_in(profile, LOCK_WORD) == []
    with chromium.with_profile(playwright, neutral_port, profile) as device:
        # The minute after the exit is over.
        device.clear_cookies(name="x")
        owner = Person(board, device)
        owner.opens("/me")
        assert owner.page.locator(f"main a[href*='{story.thread_id}']").count() == 0
        owner.opens("/back")
        owner.page.locator("main input[name=phrase]").fill(LOCK_WORD)
        owner.presses(owner.submit())
        assert owner.page.locator(f"main a[href*='{story.thread_id}']").count() == 1


def assert_forgotten(profile: Path, words: str) -> None:
    """No file of the profile holds these words, or a piece of them."""
    for piece in (words, words[:12], words[12:28]):
        assert found_in(profile, piece) == [], piece


def begins_to_write(page: Page, board: Board, draft: str) -> None:
    """Type some words, and go away without sending them."""
    page.goto(f"{board.origin}/n/r2")
    page.locator("main textarea[name=body]").fill(draft)
    page.goto(board.origin)


def found_in(folder: Path, words: str) -> list[str]:
    """The files that hold these words in any of the ways a browser writes them down."""
    shapes = [words.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be")]
    return [str(path) for path in files_in(folder) if any(shape in path.read_bytes() for shape in shapes)]


def files_in(folder: Path) -> Iterator[Path]:
    """Every real file of a folder."""
    return (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def titles_in(profile: Path, origin: str) -> set[str]:
    """What the browser's history shows for our pages."""
    rows = rows_of(profile, "History", f"SELECT title FROM urls WHERE url LIKE '{origin}%'")
    assert rows
    return {title for (title,) in rows}


def cookies_in(profile: Path) -> list[Any]:
    """The cookies of the profile: name, and whether it outlives the browser."""
    return rows_of(profile, "Cookies", "SELECT name, is_persistent FROM cookies")


def rows_of(profile: Path, name: str, query: str) -> list[Any]:
    """Rows of one of the browser's own databases, read from a copy."""
    (found,) = [path for path in files_in(profile) if path.name == name]
    copy = Path(shutil.copy(found, profile.parent / name))
    connection = sqlite3.connect(copy)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()
