"""Every public page in both languages, opened by following links, with what a browser says about each."""

import re
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request

# A thread has the same pages as every other thread, and so has a room: of each kind of address some are enough.
OF_A_KIND = 2
# Pages that stand at the same address on every board.
STANDING = ("/help", "/rules", "/privacy", "/about", "/log", "/s", "/me", "/back", "/c", "/takedown")
NOT_READ = re.compile(r"^(/en)?/(x$|m(/|$)|static/)")
LOOKS = """() => ({
  title: document.title,
  language: document.documentElement.lang,
  headings: document.querySelectorAll('h1').length,
  metas: Object.fromEntries([...document.querySelectorAll('meta[name], meta[property]')].map(
    meta => [meta.getAttribute('name') ?? meta.getAttribute('property'), meta.content])),
  links: [...document.querySelectorAll('a[href]')].map(link => link.getAttribute('href')),
})"""
WATCHES = """addEventListener('securitypolicyviolation',
  event => console.error('policy', event.violatedDirective, event.blockedURI));"""


@dataclass(frozen=True)
class Look:
    """One page as a browser sees it."""

    path: str
    status: int
    title: str
    language: str
    headings: int
    metas: dict[str, str]
    first_stop: str


@dataclass
class Crawl:
    """All pages, every request made for them, and everything the console said."""

    looks: list[Look] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


def walk(context: BrowserContext, origin: str, starts: list[str], *, follows: bool = True) -> Crawl:
    """Open the pages behind ``starts`` and, where it ``follows``, behind every link of theirs to the same origin."""
    crawl = Crawl()
    context.add_init_script(WATCHES)
    page = context.new_page()
    page.on("request", lambda request: _note_request(crawl, request))
    page.on("console", lambda message: _note_message(crawl, message))
    page.on("pageerror", lambda error: crawl.said.append(f"{page.url}: {error}"))
    waiting, kinds = list(starts), dict.fromkeys(map(kind_of, starts), 1)
    while waiting:
        path = waiting.pop(0)
        answer = page.goto(origin + path)
        seen = page.evaluate(LOOKS)
        page.keyboard.press("Tab")
        first_stop = page.evaluate("document.activeElement.className")
        links = seen.pop("links") if follows else seen.pop("links")[:0]
        crawl.looks.append(
            Look(path=path, status=answer.status if answer else 0, first_stop=first_stop, **seen)
        )
        for link in links:
            _follow(link, path, origin, waiting=waiting, kinds=kinds)
    page.close()
    return crawl


def kind_of(path: str) -> str:
    """The address without what differs from thread to thread and from room to room."""
    plain = re.sub(r"(after|to|kind)=[^&]*", r"\1", path)
    return re.sub(r"[\w-]{22}", "*", re.sub(r"/([bn])/\w+", r"/\1/*", plain))


def _follow(link: str, path: str, origin: str, *, waiting: list[str], kinds: dict[str, int]) -> None:
    parts = urlsplit(urljoin(origin + path, link))
    if f"{parts.scheme}://{parts.netloc}" != origin or NOT_READ.match(parts.path):
        return
    found = parts.path + (f"?{parts.query}" if parts.query else "")
    kind = kind_of(found)
    if found not in waiting and kinds.get(kind, 0) < (OF_A_KIND if "*" in kind else 1):
        kinds[kind] = kinds.get(kind, 0) + 1
        waiting.append(found)


def _note_request(crawl: Crawl, request: Request) -> None:
    crawl.requests.append(request.url)


def _note_message(crawl: Crawl, message: ConsoleMessage) -> None:
    # Which features there are to forbid differs from browser to browser and from year to year.
    is_about_names = message.type == "warning" and "Unrecognized feature" in message.text
    if message.type in {"error", "warning"} and not is_about_names:
        crawl.said.append(f"{message.type}: {message.text}")
