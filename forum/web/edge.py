"""The WSGI edge: what the network tells about a person is turned into a bucket and then forgotten.

Runs before Flask sees anything, so that no view, log or traceback can hold an address. It also moves the language
prefix ``/en`` from the path to SCRIPT_NAME: routes are written once and every URL the app makes keeps its language.
"""

import hmac
import ipaddress
from collections.abc import Callable, Iterable, MutableMapping
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
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        network = "unknown"
    else:
        mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
        parsed = mapped or parsed
        network = str(ipaddress.ip_network((parsed, 24 if parsed.version == 4 else 64), strict=False))
    return hmac.digest(day_key, b"bucket " + network.encode(), "sha256").hex()[:32]


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
