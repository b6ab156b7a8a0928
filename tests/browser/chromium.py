"""The browser itself: where it is, how it is started, and that nothing of a test leaves the machine."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Playwright

from tests.browser import neutral, traces
from tests.machine import CHROMIUM

SETTING = "FORUM_TEST_CHROMIUM"
MISSING = f"no Chromium here: apt-get install chromium fonts-noto-cjk, or name its path in {SETTING}"
PHONE = {"width": 390, "height": 844}
LETTERS = 16
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def path() -> str | None:
    """Where Chromium is; None where there is none."""
    named = os.environ.get(SETTING)
    return named or next(filter(None, map(shutil.which, CHROMIUM)), None)


def start(
    playwright: Playwright, neutral_port: int, *, keeps_pages: bool = False, letters: int = LETTERS
) -> Browser:
    """A browser. With ``keeps_pages`` it holds pages whole for Back, as people's browsers do; ``letters`` is the size
    of text it is set to, in pixels."""
    return playwright.chromium.launch(
        executable_path=path(),
        args=[*_arguments(neutral_port), f"--blink-settings=defaultFontSize={letters}"],
        ignore_default_args=_without(keeps_pages),
    )


@contextmanager
def with_profile(playwright: Playwright, neutral_port: int, folder: Path) -> Iterator[BrowserContext]:
    """A browser with a real profile in ``folder``, as on somebody's own device; it has quit after the block."""
    context = playwright.chromium.launch_persistent_context(
        folder,
        executable_path=path(),
        args=_arguments(neutral_port),
        ignore_default_args=_without(keeps_pages=True),
        **device(),
    )
    try:
        yield context
    finally:
        context.close()


def device(**other: Any) -> dict[str, Any]:
    """A phone held in one hand, unless a test says otherwise."""
    plain = {"viewport": PHONE, "locale": "ja-JP", "timezone_id": "Asia/Tokyo", "has_touch": True}
    # The neutral site stands on this machine with a certificate of its own making.
    return plain | traces.carried() | {"ignore_https_errors": True} | other


def _arguments(neutral_port: int) -> list[str]:
    # No name but the neutral site's leads anywhere, and that one leads back here.
    rules = f"MAP {neutral.NAME} 127.0.0.1:{neutral_port}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    return [*ARGUMENTS, f"--host-resolver-rules={rules}"]


def _without(keeps_pages: bool) -> list[str]:
    # The tool's own default argument would hide what Back shows.
    return ["--disable-back-forward-cache"] if keeps_pages else []
