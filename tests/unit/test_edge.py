"""The edge: a bucket instead of an address, nothing left of the sender, the language out of the path."""

from typing import Any

import pytest

from forum.identity.keys import MemoryDayKey
from forum.web.edge import BUCKET, LOCALE, Edge, bucket_of, choose_language, client_address

KEY = b"k" * 32
CANARY = "canary-5f1c"


def passed_on(environ: dict[str, Any], hops: int = 0) -> dict[str, Any]:
    seen: dict[str, Any] = {}

    def app(environ: Any, _start: Any) -> list[bytes]:
        seen.update(environ)
        return []

    Edge(app, day_key=MemoryDayKey(), hops=hops)(environ, lambda *_: None)
    return seen


def test_nothing_of_the_sender_reaches_the_app() -> None:
    named = [*("REMOTE_ADDR", "REMOTE_HOST", "REMOTE_PORT", "REMOTE_USER")]
    named += [*("HTTP_USER_AGENT", "HTTP_ACCEPT_LANGUAGE", "HTTP_REFERER", "HTTP_FROM", "HTTP_VIA")]
    named += [*("HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_BY")]
    named += [*("HTTP_X_REAL_IP", "HTTP_X_CLIENT_IP", "HTTP_CLIENT_IP", "HTTP_TRUE_CLIENT_IP")]
    named += [*("HTTP_CF_CONNECTING_IP", "HTTP_SEC_CH_UA", "HTTP_SEC_CH_UA_MODEL")]
    seen = passed_on({"PATH_INFO": "/", **dict.fromkeys(named, CANARY)}, hops=1)
    assert not [name for name, value in seen.items() if CANARY in str(value)]
    assert seen[BUCKET]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.7", "203.0.113.250", True),
        ("203.0.113.7", "203.0.114.7", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:203.0.113.7", "203.0.113.9", True),
        ("rubbish", "", True),
    ],
)
def test_a_bucket_is_a_network_and_not_an_address(one: str, other: str, same: bool) -> None:
    assert (bucket_of(one, KEY) == bucket_of(other, KEY)) is same


def test_a_bucket_means_nothing_without_the_days_key() -> None:
    assert bucket_of("203.0.113.7", KEY) != bucket_of("203.0.113.7", b"l" * 32)
    assert "203" not in bucket_of("203.0.113.7", KEY)


@pytest.mark.parametrize(
    ("hops", "forwarded", "address"),
    [
        (0, "198.51.100.1", "192.0.2.1"),
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        (2, "6.6.6.6, 198.51.100.1, 10.0.0.1", "198.51.100.1"),
        (2, "198.51.100.1", ""),
        (1, "", ""),
    ],
)
def test_exactly_the_configured_hops_are_trusted(hops: int, forwarded: str, address: str) -> None:
    environ = {"REMOTE_ADDR": "192.0.2.1", "HTTP_X_FORWARDED_FOR": forwarded}
    assert client_address(environ, hops) == address


@pytest.mark.parametrize(
    ("hops", "forwarded", "scheme"),
    [(0, "https", "http"), (1, "https", "https"), (1, "https, http", "http"), (1, "", "http")],
)
def test_only_a_trusted_proxy_says_that_the_way_was_encrypted(hops: int, forwarded: str, scheme: str) -> None:
    environ = {"PATH_INFO": "/", "wsgi.url_scheme": "http", "HTTP_X_FORWARDED_PROTO": forwarded}
    assert passed_on(environ, hops)["wsgi.url_scheme"] == scheme


@pytest.mark.parametrize(
    ("path", "script", "inner", "locale"),
    [
        ("/", "", "/", "ja"),
        ("/t/x", "", "/t/x", "ja"),
        ("/en", "/en", "/", "en"),
        ("/en/", "/en", "/", "en"),
        ("/en/t/x", "/en", "/t/x", "en"),
        ("/english", "", "/english", "ja"),
        ("/en/m", "", "/en/m", "ja"),
        ("/en/m/login", "", "/en/m/login", "ja"),
    ],
)
def test_the_language_is_in_the_path_alone(path: str, script: str, inner: str, locale: str) -> None:
    environ = {"PATH_INFO": path, "SCRIPT_NAME": ""}
    choose_language(environ)
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"], environ[LOCALE]) == (script, inner, locale)
