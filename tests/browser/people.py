"""People of the browser tests: they press, type and look, and know nothing a person would not know."""

import re
import secrets
from dataclasses import dataclass

import pyotp
from playwright.sync_api import BrowserContext, Locator, Page, Response

from tests.browser.board import TICKET_SECONDS, Board
from tests.browser.traces import TRACES

EFFECT_SECONDS = 60
RIPE_MS = TICKET_SECONDS * 1000 + 150
PASSWORD = "a quiet sea in the evening"


def canary() -> str:
    """A sentence that stands nowhere else."""
    # Letters alone: sixteen digits by chance would be a telephone number to whoever screens it.
    said = (
        f"台所の明かりだけつけて、{''.join(secrets.choice('abcdefgh') for _ in range(20))}と数えていました。"
    )
    TRACES.texts.append(said)
    return said


@dataclass
class Written:
    """What somebody has just put down."""

    thread_id: str
    post_id: str
    handle: str
    words: tuple[str, ...]
    status: int


class Person:
    """Somebody with a browser of their own. ``prefix`` is ``/en`` for whoever reads the English pages."""

    def __init__(self, board: Board, context: BrowserContext, prefix: str = "") -> None:
        self.board = board
        self.context = context
        self.prefix = prefix
        self.page: Page = context.new_page()

    def opens(self, path: str) -> Response:
        """Open a page of the board."""
        answer = self.page.goto(f"{self.board.origin}{self.prefix}{path}")
        assert answer is not None
        return answer

    def presses(self, button: Locator) -> Response:
        """Press what leads to another page; returns the answer that came in the end."""
        with self.page.expect_navigation() as going:
            button.click()
        answer = going.value
        assert answer is not None
        return answer

    def submit(self) -> Locator:
        """The one thing to press on a page with a form."""
        return self.page.locator("main form button.act.go").first

    def sends(self, body: str, **fields: str) -> Response:
        """Fill in the form on the page and press its button, not faster than a person could."""
        self.types(body, **fields)
        self.page.wait_for_timeout(RIPE_MS)
        return self.presses(self.submit())

    def types(self, body: str, **fields: str) -> None:
        """Fill in the form on the page."""
        if fields:
            self.page.locator("main form details > summary").first.click()
        for name, value in fields.items():
            self.page.locator(f"main form [name={name}]").fill(value)
        self.page.locator("main form textarea[name=body]").fill(body)

    def vents(self, body: str, *, theme: str = "r2", **fields: str) -> Written:
        """Start a thread."""
        self.opens(f"/n/{theme}")
        return self.thanked(self.sends(body, **fields))

    def replies(self, thread_id: str, body: str) -> Written:
        """Answer in a thread."""
        self.opens(f"/t/{thread_id}/r")
        return self.thanked(self.sends(body))

    def thanked(self, answer: Response) -> Written:
        """What the page of thanks says."""
        main = self.page.locator("main")
        assert answer.status == 200, main.inner_text()
        link = main.locator("a.act.go").first.get_attribute("href") or ""
        thread = re.search(r"/t/([\w-]{22})", link)
        post = re.search(r"/p/([\w-]{22})/", main.locator("a[href$='/d']").first.get_attribute("href") or "")
        assert thread, link
        assert post
        words = tuple(main.locator(".keep li").all_inner_texts())
        return Written(thread[1], post[1], main.locator(".me .handle").inner_text(), words, answer.status)

    def flags(self, post_id: str) -> None:
        """Tell the caretakers about a post."""
        self.opens(f"/p/{post_id}/f")
        self.page.locator("input[name=reason]").first.check()
        self.page.wait_for_timeout(RIPE_MS)
        self.presses(self.submit())

    def menu_of(self, number: int) -> Locator:
        """The small menu of a post."""
        return self.page.locator(f"#p{number} details.more")

    def opens_menu(self, number: int) -> Locator:
        """Press ･･･ on a post."""
        menu = self.menu_of(number)
        menu.locator("summary").click()
        return menu

    def focused(self) -> str:
        """The classes of what has the focus."""
        return str(self.page.evaluate("document.activeElement.className"))


class Caretaker(Person):
    """A moderator, who comes in by the link that the operator handed over."""

    def enrols(self, name: str, role: str = "moderator") -> None:
        """Choose a password and copy the second factor off the page, then sit down at the desk."""
        self.opens(self.board.command("moderators", "add", name, "--role", role))
        secret = self.page.locator("main p[translate=no]").first.inner_text().replace(" ", "")
        for field in ("password", "again"):
            self.page.locator(f"main [name={field}]").fill(PASSWORD)
        self.page.locator("main [name=code]").fill(pyotp.TOTP(secret).now())
        answer = self.presses(self.submit())
        assert self.page.url.endswith("/m/"), (answer.status, self.page.locator("main").inner_text())

    def takes(self, theme: str) -> None:
        """Open the case of the story in this room."""
        self.opens("/m/")
        row = self.page.locator("li.row", has_text=theme).filter(has=self.page.locator("form"))
        self.presses(row.first.locator("button"))

    def hides(self, *, rule: str, note: str) -> None:
        """Take the post out of sight, with a reason, and wait until that takes effect."""
        self.page.locator("input[name=outcome][value=hide]").check()
        self.page.locator("select[name=rule]").select_option(rule)
        self.page.locator("textarea[name=note_author]").fill(note)
        self.presses(self.page.locator("button[name=act][value=decide]"))
        undo, patience = self.page.locator("form[action$='/undo']"), EFFECT_SECONDS
        while undo.count() and patience:
            self.page.wait_for_timeout(1000)
            self.opens("/m/")
            patience -= 1
        assert patience, "a decision takes effect by itself"
