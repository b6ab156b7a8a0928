"""The posts of a thread page, put together as text.

Fifty posts through a template loop cost three times what everything else on the page costs, and this page is the one
people read. So the frame of a post is written here, the words inside it are HTML that was made safe when the post was
written, and everything else that goes in is a number, an identifier, a word of our own lists, or escaped.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import NamedTuple

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
    folded: frozenset[bytes]
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


class Article(NamedTuple):
    """One finished post, cut where a token belongs; and whose it is, because its writer sees another one."""

    post_id: bytes
    participant_id: bytes | None
    parts: tuple[bytes, ...]


def articles(
    posts: Iterable[PostRow], *, thread_id: bytes, own: Own, thread_is_open: bool, wish: str
) -> list[Article]:
    """The finished HTML of these posts of one thread, in their order."""
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
        folded=traces.folded if traces else frozenset(),
        texts=_texts(language),
    )
    return [Article(post.id, post.participant_id, _cut(_article(post, page))) for post in posts]


def together(made: Iterable[Article], token: bytes) -> bytes:
    """Finished posts one below the other, with this page's token in their forms."""
    return b"\n".join([token.join(article.parts) for article in made])


def _cut(text: str) -> tuple[bytes, ...]:
    return tuple([part.encode() for part in text.split(TOKEN)])


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
        "unfold": _("この人の投稿をひらく"),
        "folded": _("あなたがたたんだ人の投稿です。"),
        "edit": _("直す"),
        "delete": _("消す"),
        "open": _("開いて読む"),
        "flagged": _("知らせてくださった投稿です。世話人が読みます。"),
        **_halves("menu", _("%(number)s番についてできること", number="\0")),
        **_halves("link", _("%(number)s番へのリンク", number="\0")),
        "aftermath": _("その後"),
        "last": _("最後の言葉"),
        "hidden": _("この投稿は、いま確認中です。世話人が読みます。"),
        "removed": _("この投稿は、世話人が取り除きました。"),
        "deleted": _("この投稿は、書いた人が消しました。"),
        **{kind: words.reaction_words(kind) for kind in REACTIONS},
    }
    return {name: str(escape(text)) for name, text in plain.items()}


def _halves(name: str, sentence: str) -> dict[str, str]:
    before, _number, after = sentence.partition("\0")
    return {f"{name}_before": before, f"{name}_after": after}


def _article(post: PostRow, page: Page) -> str:
    # Fifty times a page: what is the same in many posts is looked up before, and there are few calls.
    name, number = ids.to_text(post.id), post.number
    is_mine = post.participant_id is not None and post.participant_id == page.mine
    house = " house" if post.adjective is None else ""
    head = f'<article class="post{house}" id="p{number}" data-post="{name}">\n{_who(post, page, is_mine)}'
    if post.status != "live":
        quiet = page.texts[post.status]
        return f'{head}</header>\n<div class="body"><p class="soft">{quiet}</p></div>\n</article>'
    address = f"{page.root}/p/{name}/"
    menu = _menu(post, address, page, is_mine)
    note = _note(page.wish) if number == 1 and page.wish else ""
    answers = _answers(post, address, page, is_mine)
    return f"{head}{menu}</header>\n{note}{_body(post, page)}{answers}</article>"


def _who(post: PostRow, page: Page, is_mine: bool) -> str:
    texts, number = page.texts, post.number
    if post.adjective is None or post.noun is None:
        path, handle = HOUSE_MARK, texts["house"]
        tags = f' <span class="lamp tag">{texts["house_tag"]}</span>'
    else:
        # Both are made of lists of our own.
        pair = (post.adjective, post.noun)
        path, handle, tags = mark_path(pair), handle_text(pair, page.locale), ""
    if post.is_opener:
        tags += f' <span class="tag">{texts["opener"]}</span>'
    if is_mine:
        tags += f' <span class="tag">{texts["mine"]}</span>'
    day = page.days.get(post.day) or page.day(post.day)
    extra = _kind(post.kind, texts) if post.kind != "post" else ""
    label = f"{texts['link_before']}{number}{texts['link_after']}"
    return (
        f'<header class="who"><svg class="mark" viewBox="0 0 24 24" aria-hidden="true" focusable="false">'
        f'<path d="{path}"/></svg><p class="name"><span class="handle">{handle}</span>{tags}</p>'
        f'<p class="meta"><a class="ref" href="#p{number}" aria-label="{label}">{number}</a>'
        f"<span>{day}</span>{extra}</p>"
    )


def _kind(kind: str, texts: dict[str, str]) -> str:
    return (
        f'<span class="lamp">{texts[kind]}</span>' if kind == "aftermath" else f"<span>{texts[kind]}</span>"
    )


def _menu(post: PostRow, address: str, page: Page, is_mine: bool) -> str:
    texts, number = page.texts, post.number
    lines = f'<li><a href="{page.reply}{number}">{texts["answer"]}</a></li>' if page.thread_is_open else ""
    if is_mine:
        lines += f'<li><a href="{address}e">{texts["edit"]}</a></li>'
        lines += f'<li><a href="{address}d">{texts["delete"]}</a></li>'
    else:
        lines += f'<li><a href="{address}f">{texts["flag"]}</a></li>'
        if post.adjective is not None:
            lines += _fold_line(post, address, page)
    label = f"{texts['menu_before']}{number}{texts['menu_after']}"
    return (
        f'<details class="more"><summary><span class="sr">{label}</span><span aria-hidden="true">･･･</span></summary>'
        f'<ul class="menu">{lines}</ul></details>'
    )


def _fold_line(post: PostRow, address: str, page: Page) -> str:
    """A writer folds lastingly, on a page of its own. For a reader the script folds within the open page instead."""
    if page.is_writer:
        return f'<li><a href="{address}h">{page.texts["unfold" if post.participant_id in page.folded else "fold"]}</a></li>'
    who = f"{post.adjective}-{post.noun}"
    return f'<li><a href="{address}h" data-fold="{who}">{page.texts["fold"]}</a></li>'


def _note(wish: str) -> str:
    return f'<p class="note set">{words.wish_sentence(wish)}</p>\n'


def _body(post: PostRow, page: Page) -> str:
    if post.id in page.flagged:
        return f'<div class="body">{_folded(page.texts["flagged"], post.html, page)}</div>\n'
    if post.participant_id in page.folded:
        return f'<div class="body">{_folded(page.texts["folded"], post.html, page)}</div>\n'
    if post.warning:
        return f'<div class="body">{_folded(str(escape(post.warning)), post.html, page)}</div>\n'
    return f'<div class="body">{post.html}</div>\n'


def _folded(summary: str, html: str, page: Page) -> str:
    opener = page.texts["open"]
    return (
        f'<details class="fold"><summary><span>{summary}<br><span class="soft">{opener}</span></span></summary>'
        f"{html}</details>"
    )


def _answers(post: PostRow, address: str, page: Page, is_mine: bool) -> str:
    if post.id in page.flagged or post.participant_id in page.folded:
        return ""
    if not page.is_writer:
        buttons = _links(address, page.texts)
    else:
        buttons = "" if is_mine else _buttons(post, address, page)
    sentence = page.count(post)
    return f'{buttons}<p class="meta">{sentence}</p>\n' if sentence else buttons


def _links(address: str, texts: dict[str, str]) -> str:
    # A reader's page holds no token: each word leads to a small form of its own, one tap further.
    inside = "".join([f'<a href="{address}k?kind={kind}">{texts[kind]}</a>' for kind in REACTIONS])
    return f'<p class="react">{inside}</p>\n'


def _buttons(post: PostRow, address: str, page: Page) -> str:
    pressed = [(kind, "true" if (post.id, kind) in page.pressed else "false") for kind in REACTIONS]
    inside = "".join(
        [
            f'<button name="kind" value="{kind}" aria-pressed="{is_pressed}">{page.texts[kind]}</button>'
            for kind, is_pressed in pressed
        ]
    )
    token = f'<input type="hidden" name="csrf_token" value="{TOKEN}">'
    return f'<form class="react" method="post" action="{address}k">{token}{inside}</form>\n'
