"""The WSGI edge: what the network tells about a person is turned into a bucket and then forgotten.

Runs before Flask sees anything, so that no view, log or traceback can hold an address. It also moves the language
prefix ``/en`` from the path to SCRIPT_NAME: routes are written once and every URL the app makes keeps its language.
"""

import hmac
import socket
from collections.abc import Callable, Iterable, MutableMapping
from contextlib import suppress
from typing import Any

from forum.i18n import LOCALE
from forum.identity.keys import DayKey

Environ = MutableMapping[str, Any]
WsgiApp = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

BUCKET = "nagi.bucket"
ENGLISH = "/en"

# Everything that says where somebody comes from, with what, or from which page.
FORGOTTEN = (
    "REMOTE_ADDR",
    "REMOTE_HOST",
    "REMOTE_PORT",
    "REMOTE_USER",
    "HTTP_USER_AGENT",
    "HTTP_REFERER",
    "HTTP_FROM",
    "HTTP_VIA",
    "HTTP_FORWARDED",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PREFIX",
    "HTTP_X_REAL_IP",
    "HTTP_X_CLIENT_IP",
    "HTTP_CLIENT_IP",
    "HTTP_CF_CONNECTING_IP",
    "HTTP_TRUE_CLIENT_IP",
    "HTTP_ACCEPT_LANGUAGE",
)
# The part of an address that names a network.
IPV4_BYTES, IPV6_BYTES = 3, 8
IPV4_IN_IPV6 = bytes(10) + b"\xff\xff"
FORGOTTEN_PREFIXES = ("HTTP_SEC_CH_", "HTTP_X_FORWARDED_")


class Edge:
    """Wraps the WSGI app. ``hops`` proxies in front are trusted, exactly."""

    def __init__(self, app: WsgiApp, *, day_key: DayKey, hops: int) -> None:
        self._app = app
        self._day_key = day_key
        self._hops = hops

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ[BUCKET] = bucket_of(client_address(environ, self._hops), self._day_key.current())
        if self._hops and environ.get("HTTP_X_FORWARDED_PROTO", "").split(",")[-1].strip() == "https":
            environ["wsgi.url_scheme"] = "https"
        forget(environ)
        choose_language(environ)
        return self._app(environ, start_response)


def client_address(environ: Environ, hops: int) -> str:
    """The address ``hops`` proxies away: with none, the peer; else that entry of X-Forwarded-For from the right."""
    if hops == 0:
        return str(environ.get("REMOTE_ADDR", ""))
    chain = [part.strip() for part in environ.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    return chain[-hops] if len(chain) >= hops else ""


def bucket_of(address: str, day_key: bytes) -> str:
    """HMAC under the day's key of the IPv4 /24 or IPv6 /64; anything unreadable is one common bucket."""
    return hmac.digest(day_key, b"bucket " + _network(address), "sha256").hex()[:32]


def _network(address: str) -> bytes:
    with suppress(OSError, ValueError):
        return b"4" + socket.inet_pton(socket.AF_INET, address)[:IPV4_BYTES]
    with suppress(OSError, ValueError):
        packed = socket.inet_pton(socket.AF_INET6, address.partition("%")[0])
        if packed.startswith(IPV4_IN_IPV6):
            return b"4" + packed[len(IPV4_IN_IPV6) :][:IPV4_BYTES]
        return b"6" + packed[:IPV6_BYTES]
    return b"unknown"


def forget(environ: Environ) -> None:
    """Take every trace of the sender out of the environment."""
    for name in FORGOTTEN:
        environ.pop(name, None)
    for name in [key for key in environ if key.startswith(FORGOTTEN_PREFIXES)]:
        del environ[name]


def choose_language(environ: Environ) -> None:
    """``/en/…`` → SCRIPT_NAME ``/en`` and path ``/…``. The moderators' desk has no English twin."""
    path = environ.get("PATH_INFO", "")
    english = path == ENGLISH or path.startswith(ENGLISH + "/")
    rest = path[len(ENGLISH) :]
    if english and rest.split("/")[1:2] != ["m"]:
        environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + ENGLISH
        environ["PATH_INFO"] = rest or "/"
    environ[LOCALE] = "en" if environ.get("SCRIPT_NAME", "").endswith(ENGLISH) else "ja"
