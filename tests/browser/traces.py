"""What the people of the browser tests carry and say, and the search for it in everything a board has kept afterwards.

Everybody comes with a user agent, a language and a cookie that stand nowhere else. When the suite is over, database, log of
the database, index, backups, output, temporary files and Redis are searched: words of posts may be found where posts live,
and nothing else anywhere. Words are looked for as they are, as a log in JSON escapes them, and as an address does.
"""

import gzip
import json
import secrets
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import redis
from playwright.sync_api import BrowserContext

MARK = secrets.token_hex(8)
AGENT = f"Mozilla/5.0 (Nobody) canary-agent-{MARK}"
LANGUAGE = f"ja-JP,ja;q=0.9,x-canary-{MARK}"
QUERY = f"さがす言葉{MARK}"
BACKUP = ".backup"
WHERE_POSTS_LIVE = ("nagi.sqlite3", "nagi.sqlite3-wal", "nagi.sqlite3-shm")


@dataclass
class Traces:
    """Sentences that were put down, and values of cookies that were carried."""

    texts: list[str] = field(default_factory=list)
    cookies: set[str] = field(default_factory=set)

    def look_at(self, context: BrowserContext) -> None:
        """Note what this browser carries."""
        self.cookies |= {cookie["value"] for cookie in context.cookies() if len(cookie.get("value", "")) > 20}  # type: ignore[misc]


TRACES = Traces()


def carried() -> dict[str, object]:
    """What a browser context is told to send with everything."""
    return {"user_agent": AGENT, "extra_http_headers": {"Accept-Language": LANGUAGE}}


def searches(origin: str) -> None:
    """Look for words that stand nowhere, as the search form does."""
    data = urllib.parse.urlencode({"q": QUERY, "b": ""}).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{origin}/s", data=data), timeout=10) as answer:
        assert answer.status == 200


def found(folders: list[Path], redis_url: str | None) -> list[str]:
    """Where something stands that may not stand there: one line each."""
    never = [MARK, QUERY, *TRACES.cookies]
    places = [*_files(folders), *(_redis(redis_url) if redis_url else ())]
    wrong = [f"{name}: {word[:40]}" for name, raw in places for word in never if word.encode() in raw]
    wrong += [
        f"{name}: {text}"
        for name, raw in places
        if Path(name).name not in WHERE_POSTS_LIVE and not name.endswith(BACKUP)
        for text in TRACES.texts
        if any(form.encode() in raw for form in (text, json.dumps(text)[1:-1], urllib.parse.quote(text)))
    ]
    return wrong


def _files(folders: list[Path]) -> Iterator[tuple[str, bytes]]:
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file() and not path.is_symlink():
                yield str(path), path.read_bytes()
            if path.suffix == BACKUP:
                yield str(path), gzip.decompress(path.read_bytes())


def _redis(url: str) -> Iterator[tuple[str, bytes]]:
    client = redis.Redis.from_url(url)
    for name in client.scan_iter():
        yield f"redis {name!r}", name + (client.dump(name) or b"")
    client.close()
