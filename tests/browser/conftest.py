"""One board and one browser for each process that runs tests; every person has a browser context of their own."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from playwright.sync_api import Browser, BrowserContext, Playwright, StorageState, sync_playwright

from tests.browser import chromium, neutral, traces
from tests.browser.board import Board, running
from tests.browser.people import Caretaker, Person
from tests.conftest import REDIS

WAIT_MS = 10_000
BOARDS_IN_REDIS = 14
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}, "has_touch": False}


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """The tool that drives the browser. Without a browser the tests are skipped, where they may be."""
    if chromium.path() is None:
        if os.environ.get("CI") == "true":
            pytest.fail(chromium.MISSING)
        pytest.skip(chromium.MISSING)
    with sync_playwright() as tool:
        yield tool


@pytest.fixture(scope="session")
def board(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    """A running board with the samples in it. It comes after the browser: without one nobody needs it.

    When everybody is done, whatever it has kept is searched for traces of them.
    """
    folder = tmp_path_factory.mktemp("board")
    shared = _redis_url()
    with running(folder, **({"redis_url": shared} if shared else {})) as started:
        yield started
        traces.searches(started.origin)
        started.command("backup")
    assert traces.found([folder], shared) == []


def _redis_url() -> str | None:
    """The Redis of the tests, where there is one; another database of it than other tests empty."""
    url = REDIS.rpartition("/")[0] + f"/{BOARDS_IN_REDIS}"
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=3) as client:
            client.ping()
    except redis.exceptions.RedisError:
        return None
    return url


@pytest.fixture(scope="session")
def neutral_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of the site that the exit leads to."""
    with neutral.running(tmp_path_factory.mktemp("neutral")) as port:
        yield port


@pytest.fixture(scope="session")
def browser(playwright: Playwright, neutral_port: int) -> Iterator[Browser]:
    """One browser; contexts keep its people apart."""
    started = chromium.start(playwright, neutral_port)
    yield started
    started.close()


@pytest.fixture(scope="session")
def keeping_browser(playwright: Playwright, neutral_port: int) -> Iterator[Browser]:
    """A browser that keeps left pages whole for Back, as people's browsers do."""
    started = chromium.start(playwright, neutral_port, keeps_pages=True)
    yield started
    started.close()


@pytest.fixture
def contexts(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browsers without a past, closed after the test."""
    made: list[BrowserContext] = []

    def make(of: Browser | None = None, **options: Any) -> BrowserContext:
        context = (of or browser).new_context(**chromium.device(**options))
        context.set_default_timeout(WAIT_MS)
        made.append(context)
        return context

    yield make
    for context in made:
        traces.TRACES.look_at(context)
        context.close()


@pytest.fixture
def person(board: Board, contexts: Callable[..., BrowserContext]) -> Person:
    """Somebody on a phone."""
    return Person(board, contexts())


@pytest.fixture
def other(board: Board, contexts: Callable[..., BrowserContext]) -> Person:
    """Somebody else on a phone."""
    return Person(board, contexts())


@pytest.fixture
def newcomer(board: Board, contexts: Callable[..., BrowserContext]) -> Caretaker:
    """A moderator at a desk who has no password yet."""
    return Caretaker(board, contexts(**DESK))


@pytest.fixture(scope="session")
def signed_in(board: Board, browser: Browser) -> StorageState:
    """What the browser of a moderator keeps who has signed in: enrolling is slow, and tested once by itself."""
    with browser.new_context(**chromium.device(**DESK)) as context:
        Caretaker(board, context).enrols("世話人A")
        return context.storage_state()


@pytest.fixture
def caretaker(board: Board, contexts: Callable[..., BrowserContext], signed_in: StorageState) -> Caretaker:
    """A moderator who sits at the desk, in a browser."""
    return Caretaker(board, contexts(**DESK, storage_state=signed_in))


@pytest.fixture(autouse=True)
def no_faults_on_the_board(request: pytest.FixtureRequest) -> Iterator[None]:
    """Nothing may go wrong unseen: the board's own log of faults stays empty."""
    yield
    if "board" in request.fixturenames:
        said = request.getfixturevalue("board").said()
        assert '"fault"' not in said, said


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """A folder for a browser's profile."""
    return tmp_path / "profile"
