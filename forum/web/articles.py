"""The posts of a thread page, put together as text.

Fifty posts through a template loop cost three times what everything else on the page costs, and this page is the one
people read. So the frame of a post is written here, the words inside it are HTML that was made safe when the post was
written, and everything else that goes in is a number, an identifier, a word of our own lists, or escaped.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache

from flask import request
from markupsafe import escape

from forum import ids
from forum.i18n import gettext as _
from forum.i18n import locale
from forum.identity.handles import handle_text
from forum.identity.marks import HOUSE_MARK, mark_path
from forum.models.content import REACTIONS
from forum.queries.posts import PostRow, Traces
from forum.web import words
from forum.web.frames import hole

# A form's token is another one on every page: its place stays open until a page is put together.
TOKEN = hole("token")


@dataclass(frozen=True)
class Own:
    """Whose eyes the posts are for. A writer presses buttons; ``traces`` are what they did in this thread."""

    is_writer: bool = False
    traces: Traces | None = None


@dataclass(frozen=True)
class Page:
    """The words and addresses that are the same in every post of one page, looked up once."""

    locale: str
    thread_is_open: bool
    wish: str
    root: str
    reply: str
    is_writer: bool
    mine: bytes | None
    pressed: frozenset[tuple[bytes, str]]
    flagged: frozenset[bytes]
    texts: dict[str, str]
    days: dict[date, str] = field(default_factory=dict)
    counts: dict[tuple[int, int, int], str] = field(default_factory=dict)

    def day(self, day: date) -> str:
        """The day in words; most posts of a page share a few."""
        if day not in self.days:
            self.days[day] = str(escape(words.day_words(day)))
        return self.days[day]

    def count(self, post: PostRow) -> str:
        """The sentence of the reactions; most posts of a page share a few."""
        key = (post.same_count, post.with_you_count, post.thanks_count)
        if key not in self.counts:
            self.counts[key] = str(escape(words.count_sentence(*key)))
        return self.counts[key]


Articles = tuple[bytes, ...]


def articles(
    posts: Iterable[PostRow], *, thread_id: bytes, own: Own, thread_is_open: bool, wish: str
) -> Articles:
    """The finished HTML of these posts of one thread, in their order, cut wherever a token belongs."""
    language, root, traces = locale(), request.script_root, own.traces
    page = Page(
        locale=language,
        thread_is_open=thread_is_open,
        wish=wish,
        root=root,
        reply=f"{root}/t/{ids.to_text(thread_id)}/r?to=",
        is_writer=own.is_writer,
        mine=traces.participant_id if traces else None,
        pressed=traces.pressed if traces else frozenset(),
        flagged=traces.flagged if traces else frozenset(),
        texts=_texts(language),
    )
    text = "\n".join([_article(post, page) for post in posts])
    return tuple(part.encode() for part in text.split(TOKEN)) if own.is_writer else (text.encode(),)


@cache
def _texts(_language: str) -> dict[str, str]:
    # The same on every page of a language: asked for once.
    plain = {
        "opener": _("投稿主"),
        "house": _("世話人"),
        "house_tag": _("この場所の者です"),
        "mine": _("あなた"),
        "answer": _("この投稿に返す"),
        "flag": _("世話人に知らせる"),
        "fold": _("この人の投稿をたたむ"),
        "edit": _("直す"),
        "delete": _("消す"),
        "open": _("開いて読む"),
        "flagged": _("知らせてくださった投稿です。世話人が読みます。"),
        "menu": _("%(number)s番についてできること", number="\0"),
        "link": _("%(number)s番へのリンク", number="\0"),
        "aftermath": _("その後"),
        "hidden": _("この投稿は、いま世話人が読んでいます。"),
        "removed": _("この投稿は、世話人が取り除きました。"),
        "deleted": _("この投稿は、書いた人が消しました。"),
        **{kind: words.reaction_words(kind) for kind in REACTIONS},
    }
    return {name: str(escape(text)) for name, text in plain.items()}


def _article(post: PostRow, page: Page) -> str:
    kind = " house" if post.adjective is None else ""
    name = ids.to_text(post.id)
    opening = f'<article class="post{kind}" id="p{post.number}" data-post="{name}"'
    head = _who(post, name, page)
    if post.status != "live":
        return f'{opening}>\n{head}<div class="body"><p class="soft">{page.texts[post.status]}</p></div>\n</article>'
    note = _note(post, page)
    answers = "" if post.id in page.flagged else _answers(post, name, page)
    return f"{opening}>\n{head}{note}{_body(post, page)}{answers}</article>"


def _who(post: PostRow, name: str, page: Page) -> str:
    texts = page.texts
    if post.adjective is None or post.noun is None:
        path, handle, tags = (
            HOUSE_MARK,
            texts["house"],
            f' <span class="lamp tag">{texts["house_tag"]}</span>',
        )
    else:
        path, handle = _drawn(post.adjective, post.noun, page.locale)
        tags = ""
    if post.is_opener:
        tags += f' <span class="tag">{texts["opener"]}</span>'
    if _is_mine(post, page):
        tags += f' <span class="tag">{texts["mine"]}</span>'
    day = page.day(post.day)
    extra = f'<span class="lamp">{texts["aftermath"]}</span>' if post.kind == "aftermath" else ""
    label = texts["link"].replace("\0", str(post.number))
    return (
        f'<header class="who"><svg class="mark" viewBox="0 0 24 24" aria-hidden="true" focusable="false">'
        f'<path d="{path}"/></svg><p class="name"><span class="handle">{handle}</span>{tags}</p>'
        f'<p class="meta"><a class="ref" href="#p{post.number}" aria-label="{label}">{post.number}</a>'
        f"<span>{day}</span>{extra}</p>{_menu(post, name, page)}</header>\n"
    )


@lru_cache(maxsize=4096)
def _drawn(adjective: int, noun: int, language: str) -> tuple[str, str]:
    pair = (adjective, noun)
    return mark_path(pair), str(escape(handle_text(pair, language)))


def _menu(post: PostRow, name: str, page: Page) -> str:
    if post.status != "live":
        return ""
    texts = page.texts
    items = []
    if page.thread_is_open:
        items.append((f"{page.reply}{post.number}", texts["answer"], ""))
    if _is_mine(post, page):
        items.append((f"{page.root}/p/{name}/e", texts["edit"], ""))
        items.append((f"{page.root}/p/{name}/d", texts["delete"], ""))
    else:
        items.append((f"{page.root}/p/{name}/f", texts["flag"], ""))
        if post.adjective is not None:
            items.append((f"#p{post.number}", texts["fold"], f' data-fold="{post.adjective}-{post.noun}"'))
    lines = "".join(f'<li><a href="{href}"{extra}>{text}</a></li>' for href, text, extra in items)
    label = texts["menu"].replace("\0", str(post.number))
    return (
        f'<details class="more"><summary><span class="sr">{label}</span><span aria-hidden="true">･･･</span></summary>'
        f'<ul class="menu">{lines}</ul></details>'
    )


def _note(post: PostRow, page: Page) -> str:
    if post.number != 1 or not page.wish:
        return ""
    return f'<p class="note set">{words.wish_sentence(page.wish)}</p>\n'


def _body(post: PostRow, page: Page) -> str:
    if post.id in page.flagged:
        return f'<div class="body">{_folded(page.texts["flagged"], post.html, page)}</div>\n'
    if post.warning:
        return f'<div class="body">{_folded(str(escape(post.warning)), post.html, page)}</div>\n'
    return f'<div class="body">{post.html}</div>\n'


def _folded(summary: str, html: str, page: Page) -> str:
    opener = page.texts["open"]
    return (
        f'<details class="fold"><summary><span>{summary}<br><span class="soft">{opener}</span></span></summary>'
        f"{html}</details>"
    )


def _answers(post: PostRow, name: str, page: Page) -> str:
    sentence = page.count(post)
    counts = f'<p class="meta">{sentence}</p>\n' if sentence else ""
    buttons = _buttons if page.is_writer else _links
    return buttons(post, name, page) + counts


def _links(_post: PostRow, name: str, page: Page) -> str:
    # A reader's page holds no token: each word leads to a small form of its own, one tap further.
    href = f"{page.root}/p/{name}/k"
    inside = "".join(f'<a href="{href}?kind={kind}">{page.texts[kind]}</a>' for kind in REACTIONS)
    return f'<p class="react">{inside}</p>\n'


def _buttons(post: PostRow, name: str, page: Page) -> str:
    if _is_mine(post, page):
        return ""
    action = f"{page.root}/p/{name}/k"
    inside = "".join(
        f'<button name="kind" value="{kind}" aria-pressed="{_pressed(post, kind, page)}">{page.texts[kind]}</button>'
        for kind in REACTIONS
    )
    token = f'<input type="hidden" name="csrf_token" value="{TOKEN}">'
    return f'<form class="react" method="post" action="{action}">{token}{inside}</form>\n'


def _pressed(post: PostRow, kind: str, page: Page) -> str:
    return "true" if (post.id, kind) in page.pressed else "false"


def _is_mine(post: PostRow, page: Page) -> bool:
    return post.participant_id is not None and post.participant_id == page.mine
