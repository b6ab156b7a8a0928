"""The browser itself: where it is, how it is started, and that nothing of a test leaves the machine."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Playwright, Route

from tests.browser.board import EXIT_URL
from tests.machine import CHROMIUM

SETTING = "FORUM_TEST_CHROMIUM"
MISSING = f"no Chromium here: apt-get install chromium fonts-noto-cjk, or name its path in {SETTING}"
PHONE = {"width": 390, "height": 844}
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # No name but the loopback address leads anywhere.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
NEUTRAL_PAGE = "<!doctype html><title>天気</title><h1>きょうの天気</h1>"


def path() -> str | None:
    """Where Chromium is; None where there is none."""
    named = os.environ.get(SETTING)
    return named or next(filter(None, map(shutil.which, CHROMIUM)), None)


def start(playwright: Playwright, *, keeps_pages: bool = False) -> Browser:
    """A browser. With ``keeps_pages`` it holds pages whole for Back, as people's browsers do."""
    return playwright.chromium.launch(
        executable_path=path(), args=list(ARGUMENTS), ignore_default_args=_without(keeps_pages)
    )


@contextmanager
def with_profile(playwright: Playwright, folder: Path) -> Iterator[BrowserContext]:
    """A browser with a real profile in ``folder``, as on somebody's own device; it has quit after the block."""
    context = playwright.chromium.launch_persistent_context(
        folder,
        executable_path=path(),
        args=list(ARGUMENTS),
        ignore_default_args=_without(keeps_pages=True),
        **device(),
    )
    try:
        yield context
    finally:
        context.close()


def device(**other: Any) -> dict[str, Any]:
    """A phone held in one hand, unless a test says otherwise."""
    return {"viewport": PHONE, "locale": "ja-JP", "timezone_id": "Asia/Tokyo", "has_touch": True} | other


def stand_in_for_exit(context: BrowserContext) -> None:
    """Answer for the neutral site from here."""

    def answer(route: Route) -> None:
        route.fulfill(status=200, content_type="text/html; charset=utf-8", body=NEUTRAL_PAGE)

    context.route(f"{EXIT_URL}**", answer)


def _without(keeps_pages: bool) -> list[str]:
    # The tool's own default argument would hide what Back shows.
    return ["--disable-back-forward-cache"] if keeps_pages else []
