"""Finished pages: what one reader was shown is shown to the next, as long as nothing at all has changed.

This stands before Flask, because a request that Flask never sees costs a tenth. It holds what readers see, who carry
no cookie; of whoever carries one only the pages that are the same for everybody. There are no rules about which page
depends on what: every page is forgotten as soon as anything is committed to the database, by whatever process, and at
the latest when the minute is over (days, lifetimes and hours of contacts stand on pages). So a deleted text is never
served again, and what is kept needs no care when a page learns to show something new.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, request

from forum.shelf import Shelf
from forum.web.edge import Environ, WsgiApp

KEEP = "nagi.keep"
CARRIED = "HTTP_COOKIE"
# Pages that are the same for everybody and change nothing, and those that are so for all readers. Nothing else is kept.
FOR_EVERYBODY = frozenset(
    {
        "boards.home",
        "boards.theme",
        "pages.help",
        "pages.rules",
        "pages.privacy",
        "pages.about",
        "pages.log",
    }
)
FOR_READERS = FOR_EVERYBODY | {"threads.show"}

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    status: str
    headers: list[tuple[str, str]]
    body: bytes


class FinishedPages:
    """Wraps the WSGI app. Pages stand on a shelf that forgets them when anything was written.

    Whoever asks, the minute of what else is kept (``by_version``) is looked at: it must not outlast it. Whoever carries
    the cookie ``left`` is led away from every page, so nothing is given to them here.
    """

    def __init__(self, app: WsgiApp, until_written: Shelf, by_version: Shelf, *, left: str) -> None:
        self._app = app
        self._shelf = until_written
        self._beside = by_version
        self._left = f"{left}="

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        self._beside.tidy()
        if environ["REQUEST_METHOD"] != "GET" or self._left in environ.get(CARRIED, ""):
            return self._app(environ, start_response)
        page = self._shelf.find_or_make(_key(environ), lambda: self._make(environ))
        start_response(page.status, list(page.headers))
        return [page.body]

    def _make(self, environ: Environ) -> tuple[Page, int]:
        """The page, and its size when it may be kept."""
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
        page = Page(told[0], told[1], body)
        is_kept = environ.get(KEEP) and not any(name == "Set-Cookie" for name, _ in page.headers)
        return page, len(body) if is_kept else 0


def init_finished(app: Flask) -> None:
    """Let the app say which of its answers may be kept."""

    @app.after_request
    def say(response: Response) -> Response:
        kept = FOR_EVERYBODY if CARRIED in request.environ else FOR_READERS
        request.environ[KEEP] = request.endpoint in kept and response.status_code == 200
        return response


def _key(environ: Environ) -> Key:
    """Everything such a page may depend on besides the database and the minute."""
    return (
        "cookie" if CARRIED in environ else "",
        environ.get("HTTP_HOST", ""),
        environ.get("SCRIPT_NAME", ""),
        environ.get("PATH_INFO", ""),
        environ.get("QUERY_STRING", ""),
    )
