"""The page of a thread, put together from what is there already.

Three kinds of pieces: the frame (the words of the house, rendered once and kept for good), the articles (kept beside the
thread's version, for a minute) and the other threads of the room (kept until anything is written). What tells of the same is asked for each time. Whoever did
something in the thread gets the posts concerned made for them alone, and those are kept nowhere.
"""

from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for

from forum import clock, ids
from forum.forms.base import form_token
from forum.i18n import gettext as _
from forum.queries import posts, threads
from forum.queries.posts import PostRow, Traces
from forum.queries.threads import ThreadRow
from forum.runtime import runtime
from forum.web import board, pacing, rows, words
from forum.web.articles import Article, Own, articles, together
from forum.web.frames import Frame, hole
from forum.web.statements import Statement
from forum.web.templating import frames, other_language_url

LIKE_SHOWN = 3
NEAR_SHOWN = 3
# About what the neighbours of a room take: so many lists of three titles.
NEAR_BYTES = 8 * 1024
NEAR_LISTS = 4


@dataclass(frozen=True)
class Part:
    """Which part of a thread a page shows: the posts numbered from first to last, or the opener's alone."""

    name: str
    first: int = 1
    last: int = posts.ALL_LENGTH


@dataclass(frozen=True)
class Asides:
    """What stands on the page for its writer alone: statements of reasons, posts that wait, and for the opener the way
    to what may be said and decided about the thread as a whole."""

    notices: tuple[Statement, ...] = ()
    waiting: tuple[dict[str, Any], ...] = ()
    may_end: bool = False


def thread_page(thread: ThreadRow, part: Part, own: Own, asides: Asides) -> bytes:
    """The finished page for these eyes."""
    ends = words.ends_words((thread.ends_on - clock.today()).days)
    theme = rows.theme_name(thread)
    like = threads.alike(runtime().onlooker, thread.id, LIKE_SHOWN)
    token = form_token().encode() if own.is_writer else b""
    return _frame(thread, part, asides, ends=bool(ends)).filled(
        {
            "id": ids.to_text(thread.id),
            "title": words.title_words(thread.title, theme),
            "theme": theme,
            "theme_code": thread.theme_code,
            "ends": ends or "",
            "articles": together(_articles(thread, part, own), token),
            "near": _near(thread, like),
            "like": _like(like),
            "other_language": other_language_url() or "",
        }
    )


def _articles(thread: ThreadRow, part: Part, own: Own) -> list[Article]:
    # The row holds everything else that articles depend on: whatever changes, its version is another one.
    kept = runtime().by_version.find_or_make(
        (thread.id, part.name, request.script_root, own.is_writer),
        lambda: _sized(_made(thread, _posts(thread, part), Own(own.is_writer))),
        version=(thread, clock.today()),
    )
    return kept if own.traces is None else _with_traces(kept, thread, own, own.traces)


def _with_traces(kept: list[Article], thread: ThreadRow, own: Own, traces: Traces) -> list[Article]:
    """The same, with the posts made anew that somebody wrote, pressed, reported or folded: for their eyes alone."""
    touched = traces.flagged | {post_id for post_id, _ in traces.pressed}
    people = traces.folded | {traces.participant_id}
    wanted = [
        article.post_id for article in kept if article.participant_id in people or article.post_id in touched
    ]
    found = [post for post_id in wanted if (post := posts.one(runtime().onlooker, post_id))]
    anew = {article.post_id: article for article in _made(thread, found, own)}
    return [anew.get(article.post_id, article) for article in kept]


def _posts(thread: ThreadRow, part: Part) -> list[PostRow]:
    look = runtime().onlooker
    if part.name == "op":
        return posts.of_opener(look, thread.id)
    return posts.numbered(look, thread.id, part.first, part.last)


def _made(thread: ThreadRow, found: list[PostRow], own: Own) -> list[Article]:
    return articles(
        found, thread_id=thread.id, own=own, thread_is_open=thread.takes_replies, wish=thread.wish
    )


def _sized(made: list[Article]) -> tuple[list[Article], int]:
    return made, sum(len(part) for article in made for part in article.parts)


@dataclass(frozen=True)
class _Neighbours:
    """The newest threads of a room, and what was made of those among them that stand on one page."""

    newest: list[ThreadRow]
    made: dict[tuple[bytes, ...], bytes]


def _like(like: list[ThreadRow]) -> bytes:
    return render_template("threads/like.html", talks=rows.items(like)).encode() if like else b""


def _near(thread: ThreadRow, like: list[ThreadRow]) -> bytes:
    key = ("near", thread.theme_code, request.script_root)
    room = runtime().until_written.find_or_make(key, lambda: (_neighbours(thread.theme_code), NEAR_BYTES))
    shown = {thread.id, *(row.id for row in like)}
    others = [row for row in room.newest if row.id not in shown][:NEAR_SHOWN]
    named = tuple(row.id for row in others)
    kept = room.made.get(named)
    if kept is not None:
        return kept
    made = render_template("threads/near.html", related=rows.items(others)).encode()
    if len(room.made) < NEAR_LISTS:
        room.made[named] = made
    return made


def _neighbours(theme_code: str) -> _Neighbours:
    return _Neighbours(threads.newest_of(runtime().onlooker, theme_code, NEAR_SHOWN + LIKE_SHOWN + 1), {})


def _frame(thread: ThreadRow, part: Part, asides: Asides, *, ends: bool) -> Frame:
    last_page = posts.page_of(max(thread.last_no, 1))
    state = {
        "is_locked": thread.is_locked,
        "is_closed": thread.is_closed,
        "is_withdrawn": thread.status == "withdrawn",
        "is_sample": thread.is_sample,
        "heated_words": pacing.heated_words() if thread.is_heated else "",
    }

    def render() -> str:
        holes = {"id_text": hole("id"), "title": hole("title"), "theme_code": hole("theme_code")}
        return render_template(
            "threads/show.html",
            thread=state
            | holes
            | {"theme_name": hole("theme"), "ends_words": hole("ends") if ends else None},
            articles=hole("articles"),
            pages=_pages(last_page, part.name) if thread.last_no > 1 else [],
            notices=asides.notices,
            waiting=asides.waiting,
            may_reply=thread.takes_replies,
            is_opener=asides.may_end,
            near=hole("near"),
            like=hole("like"),
            other_language_url=hole("other_language"),
        )

    if asides.notices or asides.waiting:
        return Frame(render())
    shown = (last_page, part.name) if thread.last_no > 1 else ()
    key = (
        "thread",
        board.standing(),
        request.script_root,
        thread.takes_replies,
        asides.may_end,
        ends,
        *state.values(),
        *shown,
    )
    return frames().frame(key, render)


def _pages(last_page: int, current: str) -> list[tuple[str, str, bool]]:
    listed = [("all", _("全部")), ("new", _("最新50")), ("op", _("投稿主だけ"))]
    if last_page == 1:
        listed[0] = ("1", _("全部"))
    else:
        ranges = ((number, posts.page_range(number)) for number in _shown(last_page, current))
        listed += [(str(number), f"{first}-{last}") for number, (first, last) in ranges]
    return [
        (label, url_for("threads.show", thread_id=hole("id"), p=None if key == "1" else key), key == current)
        for key, label in listed
    ]


def _shown(last_page: int, current: str) -> list[int]:
    """The first, the last and the neighbours of the current page: a thousand posts stay one line of links."""
    here = int(current) if current.isdecimal() else 1
    return [
        number for number in range(1, last_page + 1) if number in {1, last_page} or abs(number - here) <= 2
    ]
