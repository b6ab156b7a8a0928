"""Pictures of the main pages, to be looked at by a person: `python -m tests.browser.shots FOLDER`.

Light and dark, phone and desk, Japanese and English; of each page the whole length, and on the phone what is seen
first, with the bar where it stands.
"""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.browser import chromium, neutral
from tests.browser.board import Board, running
from tests.browser.crawl import STANDING
from tests.browser.people import RIPE_MS, Caretaker, Person, Written

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
SIZES = {"phone": chromium.PHONE, "desk": {"width": 1280, "height": 800}}
PREFIXES = {"ja": "", "en": "/en"}
READ = ("/", "/b/r2", "/n/r2", *STANDING)
# Told on every walk: short enough to be nobody's copy.
STORIES = {
    "ja": "夜になると、台所の明かりだけつけています。\n\n話すことがありません。",
    "en": "At night I sit with one lamp on.\n\nNobody talks.",
}
ANSWERS = {
    "ja": ">>1\n読みました。うちも、同じ明かりです。",
    "en": ">>1\nI read this. There is the same lamp in our kitchen.",
}
TELLING = {
    "ja": "鎌倉市に住んでいます。わたしは47歳、夫は52歳で、市役所に勤めています。",
    "en": "Please call me on 07700 900123. I live at 12 Acacia Avenue.",
}
LECTURES = {
    "ja": "ご主人ともう一度話し合ったほうがいいですよ。\n電話は 080-2345-6789 です。",
    "en": "You should talk to him.\nMy number is 080-2345-6789.",
}
SCORN = {
    "ja": "いい年して恥ずかしくないんですか。あなたみたいな人は一生そのままですよ。",
    "en": "You are pathetic. People like you ruin marriages.",
}
NAMED = {
    "ja": "郵便受けに、ひだまりの輪倶楽部の葉書が来ていました。",
    "en": "There was a card of ひだまりの輪倶楽部 in our letter box.",
}
CRISES = {"ja": "もう死にたい。今夜は眠れません。", "en": "I want to kill myself. I cannot sleep tonight."}


@dataclass
class Album:
    """Where pictures go, and under which names."""

    folder: Path
    name: str

    def takes(self, person: Person, page: str) -> None:
        """One picture of what is seen first and one of the whole page, in light and in dark."""
        for scheme in SCHEMES:
            person.page.emulate_media(color_scheme=scheme)
            stem = self.folder / f"{page}-{self.name}-{scheme}"
            person.page.screenshot(path=f"{stem}.png")
            # The bar stays at the foot of the window, which is nowhere in a picture of the whole page.
            person.page.evaluate("document.querySelector('.bar').style.visibility = 'hidden'")
            person.page.screenshot(path=f"{stem}-whole.png", full_page=True)
            person.page.evaluate("document.querySelector('.bar').style.visibility = ''")


def main() -> None:
    """Start a board with the samples in it, walk through it, and take pictures."""
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tests.browser.shots FOLDER")
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as kept,
        sync_playwright() as tool,
        running(Path(kept)) as board,
        neutral.running(Path(kept)) as port,
    ):
        browser = chromium.start(tool, port)
        for size in SIZES:
            for language in PREFIXES:
                album = Album(folder, f"{language}-{size}")
                _walk(board, _context(browser, size), album, language)
                pair = [Person(board, _context(browser, size), PREFIXES[language]) for _ in range(2)]
                _is_asked(*pair, album, language)
            _desk(board, _context(browser, size), Album(folder, f"ja-{size}"), size)
        browser.close()


def _context(browser: Browser, size: str) -> BrowserContext:
    is_phone = size == "phone"
    return browser.new_context(
        **chromium.device(viewport=SIZES[size], has_touch=is_phone, device_scale_factor=2 if is_phone else 1)
    )


def _walk(board: Board, context: BrowserContext, album: Album, language: str) -> None:
    person = Person(board, context, PREFIXES[language])
    for path in READ:
        person.opens(path)
        album.takes(person, f"1{path.replace('/', '_').rstrip('_') or '_home'}")
    person.opens("/nowhere")
    album.takes(person, "1_nowhere")
    _reads_a_sample(person, album)
    story = _writes(person, album, language)
    _meets_others(person, album, story, ANSWERS[language])
    context.close()


def _reads_a_sample(person: Person, album: Album) -> None:
    person.opens("/")
    person.presses(person.page.locator("main .talks a").last)
    album.takes(person, "2_sample")
    person.opens_menu(1)
    album.takes(person, "2_menu")
    person.page.keyboard.press("Escape")
    person.presses(person.page.locator("#p1 .react a").first)
    album.takes(person, "2_react")
    person.opens("/s")
    person.page.locator("main [name=q]").fill("夜")
    person.presses(person.submit())
    album.takes(person, "2_found")


def _writes(person: Person, album: Album, language: str) -> Written:
    person.opens("/n/r2")
    person.page.locator("main form details > summary").first.click()
    album.takes(person, "3_write_open")
    person.types(STORIES[language])
    person.presses(person.page.locator("button[value=look]"))
    album.takes(person, "3_look")
    person.opens("/n/r2")
    person.sends(TELLING[language])
    album.takes(person, "3_ask")
    person.opens("/n/r2")
    person.sends(CRISES[language])
    album.takes(person, "3_help_first")
    person.opens("/n/r2")
    person.sends("")
    album.takes(person, "3_empty")
    story = person.vents(STORIES[language])
    album.takes(person, "3_thanks")
    return story


def _is_asked(opener: Person, other: Person, album: Album, language: str) -> None:
    story = opener.vents(STORIES[language])
    for page, said in (("lecture", LECTURES), ("scorn", SCORN)):
        other.opens(f"/t/{story.thread_id}/r")
        other.sends(said[language])
        album.takes(other, f"3_ask_{page}")
    opener.vents(NAMED[language])
    album.takes(opener, "3_thanks_named")
    _answers_in_need(opener, other, album, language)
    for person in (opener, other):
        person.context.close()


def _answers_in_need(opener: Person, other: Person, album: Album, language: str) -> None:
    """Sentences to begin with; and a story whose opener may be thinking of dying, answered by somebody new here."""
    opener.opens("/n/r2")
    opener.sends(CRISES[language])
    opener.opens("/")
    thread = opener.page.locator("main .talks a").first.get_attribute("href")
    other.opens(f"{thread}/r".removeprefix(PREFIXES[language]))
    other.page.locator("main form details > summary").first.click()
    album.takes(other, "4_reply_in_need")
    other.presses(other.page.locator("button[name=said]").first)
    album.takes(other, "4_said")


def _meets_others(person: Person, album: Album, story: Written, answer: str) -> None:
    person.opens(f"/t/{story.thread_id}/r")
    album.takes(person, "4_reply")
    person.replies(story.thread_id, answer)
    person.opens(f"/t/{story.thread_id}")
    album.takes(person, "4_own_thread")
    for page in ("e", "d"):
        person.opens(f"/p/{story.post_id}/{page}")
        album.takes(person, f"4_{page}")
    person.opens("/me")
    album.takes(person, "4_me")
    _ends(person, album, story, answer)
    person.opens("/")
    person.presses(person.page.locator("main .talks a").last)
    person.presses(person.opens_menu(1).locator("a[href$='/f']"))
    album.takes(person, "4_flag")
    person.page.locator("input[name=reason]").first.check()
    person.page.wait_for_timeout(RIPE_MS)
    person.presses(person.submit())
    album.takes(person, "4_flagged")
    person.presses(person.page.locator("main a.act.go"))
    album.takes(person, "4_folded")
    person.opens("/back")
    person.page.locator("main [name=phrase]").fill(" ".join(story.words))
    person.presses(person.submit())
    album.takes(person, "4_receipt")
    person.page.locator("main summary").first.click()
    album.takes(person, "4_cut")
    person.opens("/me/stay")
    album.takes(person, "4_stay")
    person.page.locator("main [name=word]").fill("みずうみの白い椅子")
    person.presses(person.submit())
    album.takes(person, "4_stays")


def _ends(person: Person, album: Album, story: Written, answer: str) -> None:
    person.opens(f"/t/{story.thread_id}/l")
    album.takes(person, "4_about_story")
    person.page.locator("main [name=kind][value=last]").check()
    person.sends(answer)
    album.takes(person, "4_last_words")
    person.presses(person.page.locator("main a.act.go"))
    album.takes(person, "4_closed")
    person.opens(f"/t/{story.thread_id}/l")
    album.takes(person, "4_about_closed")
    person.sends(answer)
    person.opens("/b/r2")
    album.takes(person, "4_marked")
    person.opens("/")
    person.presses(person.page.locator("main .talks a").last)
    person.presses(person.opens_menu(1).locator("a[href$='/h']"))
    album.takes(person, "4_fold")
    person.presses(person.submit())
    album.takes(person, "4_folded_lastingly")


def _desk(board: Board, context: BrowserContext, album: Album, size: str) -> None:
    desk = Caretaker(board, context)
    desk.opens("/m/login")
    album.takes(desk, "5_login")
    desk.enrols(f"導き {size}", role="lead")
    album.takes(desk, "5_queue")
    for path in ("rota", "people", "handover", "calm", "rules", "me", "keys", "voice", "end"):
        desk.opens(f"/m/{path}")
        album.takes(desk, f"5_{path}")
    desk.opens("/log")
    album.takes(desk, "5_log")
    _reads_cases(desk, album)
    _reads_many(desk, album)
    context.close()


def _reads_cases(desk: Caretaker, album: Album) -> None:
    desk.opens("/m/")
    desk.presses(desk.page.locator(".begin button"))
    album.takes(desk, "6_first")
    steps = desk.page.locator("a[href$='form=1']")
    if steps.count():
        desk.presses(steps.first)
        album.takes(desk, "6_form")
    desk.opens("/m/")
    rows = desk.page.locator(
        "section[aria-labelledby=h-lane-3] li.row form button, section[aria-labelledby=h-lane-4] li.row form button"
    )
    if not rows.count():
        return
    desk.presses(rows.first)
    album.takes(desk, "6_case")
    desk.page.locator("input[name=outcome]").first.check()
    desk.presses(desk.page.locator("button[name=act][value=next]"))
    album.takes(desk, "6_next")
    desk.opens("/m/")
    album.takes(desk, "6_pressed")


def _reads_many(desk: Caretaker, album: Album) -> None:
    desk.opens("/m/")
    boxes = desk.page.locator("li.row input[type=checkbox]")
    if boxes.count() < 2:
        return
    for number in range(min(boxes.count(), 3)):
        boxes.nth(number).check()
    desk.presses(desk.page.locator("button[form=bulk]").first)
    album.takes(desk, "6_bulk")


if __name__ == "__main__":
    main()
