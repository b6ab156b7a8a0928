"""How many keys a moderator presses for a case, at a real board, in a real Chromium, without touching a mouse.

The keys are those of the desk: a digit chooses what to do, ``n`` decides and goes on to the next case. Where there is no
key for something, Tab goes there, and every Tab counts; two keys held together count as two. Letters that are typed into a
field are counted apart.
"""

import contextlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from playwright.sync_api import Page, sync_playwright

from forum import create_app
from forum.extensions import db
from forum.runtime import runtime
from tests.browser import chromium, neutral
from tests.browser.board import running
from tests.browser.people import Caretaker
from tests.integration.moderation.scenes import open_one, set_scene

MOST_TABS = 80
WAIT_MS = 10_000
WINDOW = {"width": 1280, "height": 900}
NUMBER = "090-1234-5678"
BODY = f"会わない日が続いています。{NUMBER}に電話がほしいと、言えないまま夜になりました。"
PLACE = BODY.index(NUMBER)
MARKED = (
    {
        "label": "personal_info",
        "rule": "phone",
        "field": "body",
        "spans": [[PLACE, PLACE + len(NUMBER)]],
    },
)

Row = tuple[str, str, str]


@dataclass(frozen=True)
class Reach:
    """Press Tab until what this selector names has the focus."""

    selector: str


@dataclass(frozen=True)
class Words:
    """Type this into the field that has the focus."""

    text: str


FROM_LIST = "from the list into a case"

Step = str | Reach | Words  # a text is one key
RULE = Reach("select[name=rule]")
NEXT = "n"  # from the list into the first case, and from a decision to the next
NEXT_WHILE_TYPING = "Control+Enter"  # where a letter would be typed


def _down(times: int) -> tuple[str, ...]:
    return ("ArrowDown",) * times


@dataclass(frozen=True)
class Kind:
    """One kind of case: how many of a hundred, how it came, and what is pressed; ``decides`` when a decision ends it."""

    name: str
    times: int
    lane: int
    steps: tuple[Step, ...]
    status: str = "live"
    is_marked: bool = False
    decides: bool = True


# A hundred cases as an evening brings them.
MIX = (
    Kind("nothing the matter, let it be", 55, 5, ("1",)),
    Kind("held, publish it", 15, 2, ("2",), status="held"),
    Kind("remove it, with the promise", 12, 4, ("7", RULE, *_down(4))),
    Kind("mask the marked words", 8, 2, ("5", RULE, *_down(1)), is_marked=True),
    Kind(
        "fold it behind a warning",
        5,
        5,
        (
            "4",
            Reach("form details.field > summary"),
            "Enter",
            Reach("#warning"),
            Words("家族の死の話です"),
            RULE,
            *_down(5),
        ),
    ),
    Kind("leave it to a lead", 3, 3, (Reach("button[name=act][value=escalate]"), "Enter"), decides=False),
    Kind(
        "publish it, with a note from a template",
        2,
        2,
        ("2", Reach("#template"), *_down(6), Reach("button[name=act][value=fill]"), "Enter"),
        status="held",
    ),
)


def rows(folder: Path, cases: int) -> Iterator[Row]:
    """The rows of the table: presses a case for each kind, and for all of them together."""
    if chromium.path() is None:
        yield ("keys a case", "no Chromium here", "")
        return
    folder.mkdir(parents=True)
    with (
        sync_playwright() as tool,
        neutral.running(folder) as port,
        contextlib.closing(chromium.start(tool, port)) as browser,
        running(folder) as board,
        browser.new_context(**chromium.device(viewport=WINDOW, has_touch=False)) as context,
    ):
        context.set_default_timeout(WAIT_MS)
        desk = Caretaker(board, context)
        desk.enrols("世話人A")
        kinds = _opened(board.instance, cases)
        desk.opens("/m/")
        keys = Keys(desk.page)
        cleared = keys.clear(kinds)
    yield from _told(keys, cleared)


class Keys:
    """A keyboard that counts, at the desk."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.pressed: Counter[str] = Counter()
        self.typed: Counter[str] = Counter()
        self._kind = ""

    def clear(self, kinds: dict[str, Kind]) -> Counter[str]:
        """Decide case after case until none of these is left; how many of each kind that was."""
        cleared: Counter[str] = Counter()
        waiting = dict(kinds)
        while waiting:
            if not self._is_case():
                self._kind = FROM_LIST
                cleared[FROM_LIST] += 1
                self._goes_on(NEXT)
            case_id = self.page.url.rpartition("/")[2]
            if case_id not in waiting:
                said = self.page.locator(".say, .wrong, main h1").all_inner_texts()
                raise RuntimeError(f"a case did not go: {self._kind}, {said}")
            kind = waiting.pop(case_id)
            self._kind = kind.name
            self._decides(kind)
            cleared[kind.name] += 1
        return cleared

    def _decides(self, kind: Kind) -> None:
        *steps, last = kind.steps
        for step in steps:
            self._does(step)
        if not kind.decides:
            self._goes_on(last)
            return
        if last == "Enter":
            self._goes_on(last)  # the page comes back with what was asked for
        else:
            self._does(last)
        self._goes_on(NEXT_WHILE_TYPING if self._is_in_field() else NEXT)

    def _goes_on(self, step: Step) -> None:
        with self.page.expect_navigation():
            self._does(step)

    def _does(self, step: Step) -> None:
        match step:
            case Reach(selector):
                self._reaches(selector)
            case Words(text):
                self.page.keyboard.type(text)
                self.typed[self._kind] += len(text)
            case str():
                self._press(step)

    def _reaches(self, selector: str) -> None:
        for _ in range(MOST_TABS):
            if self.page.evaluate("css => document.activeElement.matches(css)", selector):
                return
            self._press("Tab")
        raise RuntimeError(f"no key leads to {selector}")

    def _press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.pressed[self._kind] += len(key.split("+"))

    def _is_in_field(self) -> bool:
        return bool(
            self.page.evaluate(
                "document.activeElement.matches('select, textarea, input:not([type=radio], [type=checkbox])')"
            )
        )

    def _is_case(self) -> bool:
        return "/m/c/" in self.page.url


def _opened(instance: Path, cases: int) -> dict[str, Kind]:
    """Open so many cases in these proportions, at least one of each kind; which case is of which kind."""
    app: Flask = create_app({"FORUM_INSTANCE": str(instance), "FORUM_SEARCH": "memory"})
    opened = {}
    for kind in MIX:
        for _ in range(max(1, round(kind.times * cases / 100))):
            scene = set_scene(app, reply_status=kind.status, body=BODY)
            findings = MARKED if kind.is_marked else ()
            source = "screening" if kind.status == "held" or kind.is_marked else "flag"
            opened[open_one(app, scene.reply_id, lane=kind.lane, source=source, findings=findings)] = kind
    with app.app_context():
        runtime().onlooker.close()
        db.engine.dispose()
    return opened


def _told(keys: Keys, cleared: Counter[str]) -> Iterator[Row]:
    for name, times in cleared.items():
        letters = keys.typed[name] / times
        more = f", and {letters:.0f} letters" if letters else ""
        yield (f"keys: {name} × {times}", f"{keys.pressed[name] / times:.1f} a case{more}", "")
    cases = sum(times for name, times in cleared.items() if name in {kind.name for kind in MIX})
    yield (f"keys: all {cases} cases", f"{keys.pressed.total() / cases:.2f} a case", "")
