"""How long it takes until a new post is found, while others keep searching: through HTTP, on the shipped server."""

import random
import re
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

from tests.actors import fields_of
from tests.load.server import FORUM, serving, wait_for

Row = tuple[str, str, str]

GOAL = "< 2 s"
POSTS = 10
SEARCHES_A_SECOND = 20
HANDS = 4
LONGEST_SECONDS = 30.0
PAUSE_SECONDS = 0.05
ROOM = "/n/r2"
QUERIES = ("台所", "静かな夜", "手紙", "約束", "白湯を飲", "駅の", "雨の日", "ありがとう")
BODY = "庭の{plant}に水をやりました。むかし読んだ絵本の鳥は、{bird}と鳴きます。{plant}の咲くころに、また読みます。"
PLANTS = ("朝顔", "紫陽花", "椿", "水仙", "梅", "菊", "牡丹", "百合", "桔梗", "山吹")
# Nobody waits and nobody is sent away: what is measured is the way into the index.
SETTINGS = {"FORUM_TICKET_SECONDS": "0"} | {
    f"FORUM_LIMIT_{name}": "1000000 per minute" for name in ("SEARCH", "WRITE", "NEWCOMER", "THEME")
}
_THREAD = re.compile(r"/t/([\w-]{22})")


class Browser:
    """Opens pages and sends forms, with a jar for cookies."""

    def __init__(self, port: int) -> None:
        self._address = f"http://127.0.0.1:{port}"
        self._opener = build_opener(HTTPCookieProcessor(CookieJar()))

    def opens(self, path: str, **fields: str) -> str:
        """The page at the end of the way from here; with fields they are sent."""
        sent = urlencode(fields).encode("ascii") if fields else None
        with self._opener.open(self._address + path, sent, timeout=LONGEST_SECONDS) as answer:
            return str(answer.read().decode("utf-8"))

    def writes(self, body: str) -> str:
        """Start a thread; its id as it stands in addresses. Raises RuntimeError when it does not appear."""
        page = self.opens(ROOM)
        found = _THREAD.search(self.opens(ROOM, **(fields_of(page, ROOM) | {"body": body})))
        if found is None:
            raise RuntimeError("a post did not appear")
        return found[1]

    def finds(self, words: str, thread: str) -> bool:
        """Whether the first page of hits has a thread."""
        return f"/t/{thread}" in self.opens("/s", q=words, o="newest")


def row(instance: Path) -> Row:
    """The row of the table, on the board in this folder."""
    with serving([*FORUM, "serve"], instance, **SETTINGS) as (port, _process):
        wait_for(port, "/healthz")
        with searching(port) as done:
            began = time.monotonic()
            took = list(waits(port))
            rate = len(done) / (time.monotonic() - began)
    told = f"{statistics.median(took):.2f} s (median), {max(took):.2f} s at most"
    return (f"a new post is found, {rate:.0f} searches a second", told, GOAL)


def waits(port: int) -> Iterator[float]:
    """Seconds from the moment a post is sent until it is found, of one post after the other."""
    writer, reader, chosen = Browser(port), Browser(port), random.Random(1)  # nosec
    for number in range(POSTS):
        word = "".join(chosen.choices("まみむめもらりるれろ", k=6))
        began = time.monotonic()
        thread = writer.writes(BODY.format(bird=word, plant=PLANTS[number % len(PLANTS)]))
        while not reader.finds(word, thread):
            if time.monotonic() - began > LONGEST_SECONDS:
                raise RuntimeError("a new post was not found")
            time.sleep(PAUSE_SECONDS)
        yield time.monotonic() - began


@contextmanager
def searching(port: int) -> Iterator[list[str]]:
    """Let others search at an even pace meanwhile; gives the growing list of what they looked for."""
    done, ended = list[str](), threading.Event()
    hands = [threading.Thread(target=_search, args=(port, number, done, ended)) for number in range(HANDS)]
    for hand in hands:
        hand.start()
    try:
        yield done
    finally:
        ended.set()
        for hand in hands:
            hand.join()


def _search(port: int, number: int, done: list[str], ended: threading.Event) -> None:
    browser, chosen = Browser(port), random.Random(number)  # nosec
    due = time.monotonic() + number / SEARCHES_A_SECOND
    while not ended.wait(max(due - time.monotonic(), 0)):
        words = chosen.choice(QUERIES)
        browser.opens("/s", q=words, o="newest")
        done.append(words)
        due += HANDS / SEARCHES_A_SECOND
