"""Finished pages: what one reader was shown is shown to the next, as long as nothing at all has changed.

This stands before Flask, because a request that Flask never sees costs a tenth. It holds what readers see, who carry
no cookie; whoever writes passes by. There are no rules about which page depends on what: every page is forgotten as
soon as anything is committed to the database, by whatever process, and at the latest when the minute is over (days,
lifetimes and hours of contacts stand on pages). So a deleted text is never served again, and what is kept needs no
care when a page learns to show something new.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, request

from forum import clock
from forum.web.edge import Environ, WsgiApp

KEEP = "nagi.keep"
# Pages that are the same for every reader and change nothing. Only what is listed is kept.
KEPT = frozenset(
    {
        "boards.home",
        "boards.theme",
        "threads.show",
        "pages.help",
        "pages.rules",
        "pages.privacy",
        "pages.about",
        "pages.log",
    }
)
MOST_BYTES = 16 * 1024 * 1024
LARGEST_PAGE = 512 * 1024

Key = tuple[str, ...]
State = Callable[[], object | None]


@dataclass(frozen=True, slots=True)
class Page:
    status: str
    headers: list[tuple[str, str]]
    body: bytes


class FinishedPages:
    """Wraps the WSGI app. ``state`` tells whether anything was written (:class:`DatabaseState`)."""

    def __init__(self, app: WsgiApp, state: State) -> None:
        self._app = app
        self._state = state
        self._lock = threading.Lock()
        self._stamp: object = None
        self._pages: OrderedDict[Key, Page] = OrderedDict()
        self._bytes = 0

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "GET" or "HTTP_COOKIE" in environ:
            return self._app(environ, start_response)
        stamp, key = self._now(), _key(environ)
        page = self._find(stamp, key)
        if page is None:
            page = self._make(environ)
            if environ.get(KEEP):
                self._keep(stamp, key, page)
        start_response(page.status, list(page.headers))
        return [page.body]

    def _now(self) -> object:
        """What a page is good for. Taken before the page is made: what changes meanwhile ends it."""
        state = self._state()
        return None if state is None else (state, int(clock.now().timestamp()) // 60)

    def _find(self, stamp: object, key: Key) -> Page | None:
        with self._lock:
            if stamp is None or stamp != self._stamp:
                self._stamp = stamp
                self._pages.clear()
                self._bytes = 0
            page = self._pages.get(key)
            if page is not None:
                self._pages.move_to_end(key)
            return page

    def _keep(self, stamp: object, key: Key, page: Page) -> None:
        if stamp is None or len(page.body) > LARGEST_PAGE or any(n == "Set-Cookie" for n, _ in page.headers):
            return
        with self._lock:
            if stamp != self._stamp or key in self._pages:
                return
            self._pages[key] = page
            self._bytes += len(page.body)
            while self._bytes > MOST_BYTES:
                self._bytes -= len(self._pages.popitem(last=False)[1].body)

    def _make(self, environ: Environ) -> Page:
        told: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], _fault: Any = None) -> Callable[[bytes], None]:
            told[:] = [status, headers]
            return lambda _part: None

        answer = self._app(environ, start)
        try:
            body = b"".join(answer)
        finally:
            if hasattr(answer, "close"):
                answer.close()
        return Page(told[0], told[1], body)


def init_finished(app: Flask) -> None:
    """Let the app say which of its answers may be kept."""

    @app.after_request
    def say(response: Response) -> Response:
        request.environ[KEEP] = request.endpoint in KEPT and response.status_code == 200
        return response


def _key(environ: Environ) -> Key:
    """Everything a reader's page may depend on besides the database and the minute."""
    return (
        environ.get("HTTP_HOST", ""),
        environ.get("SCRIPT_NAME", ""),
        environ.get("PATH_INFO", ""),
        environ.get("QUERY_STRING", ""),
    )
