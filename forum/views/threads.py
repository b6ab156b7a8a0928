"""Reading a thread: fifty posts a page, the newest, all of it, or the opener alone."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request, url_for

from forum import clock, errors, ids
from forum.forms.base import form_token
from forum.i18n import gettext as _
from forum.moderation import notices
from forum.posting.participants import find_participant
from forum.queries import posts, threads
from forum.queries.threads import ThreadRow
from forum.web import rows, words
from forum.web.articles import Own, articles
from forum.web.statements import statements
from forum.web.viewer import viewer

bp = Blueprint("threads", __name__)

NEAR_SHOWN = 3


@dataclass(frozen=True)
class Reading:
    """Which part of a thread a page shows."""

    posts: list[posts.PostRow]
    current: str


@bp.get("/t/<thread_id>")
def show(thread_id: str) -> str:
    """A thread: 50 posts a page, 全部, 最新50, 投稿主だけ. Its writer also sees what waits, and why."""
    thread, own = _readable(ids.from_text(thread_id))
    reading = _reading(thread, request.args.get("p", ""))
    is_open = not thread.is_locked and thread.status == "live"
    wish = thread.wish if reading.posts and reading.posts[0].number == 1 else ""
    waiting = posts.unpublished_of(thread.id, own.participant_id) if own.participant_id else []
    return render_template(
        "threads/show.html",
        thread=_head(thread),
        articles=articles(reading.posts, thread_id=thread.id, own=own, thread_is_open=is_open, wish=wish),
        pages=_pages(thread, reading.current),
        notices=statements(notices.notices_for([own.participant_id])) if own.participant_id else [],
        waiting=[_waiting_item(post) for post in waiting],
        may_reply=is_open,
        related=rows.items(threads.beside(thread, NEAR_SHOWN)),
    )


def _readable(identifier: bytes) -> tuple[ThreadRow, Own]:
    """The thread for this viewer. Its opener may open it when others cannot see it yet, or any more."""
    thread = threads.thread_head(identifier)
    known = thread or threads.any_thread(identifier)
    if known is None:
        raise errors.NotFound
    own = _own(known)
    if thread is None and not own.is_opener:
        raise errors.NotFound
    return known, own


def _own(thread: ThreadRow) -> Own:
    identity = viewer().identity
    if identity is None:
        return Own()
    token = form_token()
    tag = identity.tag_or_none(thread.id, thread.pepper_version)
    participant = find_participant(thread.id, tag) if tag else None
    if participant is None:
        return Own(csrf_token=token)
    traces = posts.traces_of(participant.id)
    return Own(participant.id, participant.is_opener, traces.pressed, traces.flagged, token)


def _reading(thread: ThreadRow, wanted: str) -> Reading:
    if wanted == "op":
        return Reading(posts.of_opener(thread.id), "op")
    if wanted == "all":
        return Reading(posts.numbered(thread.id, 1, posts.ALL_LENGTH), "all")
    if wanted == "new":
        first = max(thread.last_no - posts.PAGE_LENGTH + 1, 1)
        return Reading(posts.numbered(thread.id, first, thread.last_no), "new")
    page = int(wanted) if wanted.isdecimal() and len(wanted) < 6 else 1
    last_page = posts.page_of(max(thread.last_no, 1))
    if not 1 <= page <= last_page:
        raise errors.NotFound
    return Reading(posts.numbered(thread.id, *posts.page_range(page)), str(page))


def _pages(thread: ThreadRow, current: str) -> list[tuple[str, str, bool]]:
    if thread.last_no < 2:
        return []
    name = ids.to_text(thread.id)
    numbers = range(1, posts.page_of(thread.last_no) + 1)
    listed = [("all", _("全部")), ("new", _("最新50")), ("op", _("投稿主だけ"))]
    if len(numbers) == 1:
        listed[0] = ("1", _("全部"))
    else:
        listed += [
            (str(number), "{}-{}".format(*posts.page_range(number))) for number in _shown(numbers, current)
        ]
    return [
        (label, url_for("threads.show", thread_id=name, p=None if key == "1" else key), key == current)
        for key, label in listed
    ]


def _shown(numbers: range, current: str) -> list[int]:
    """The first, the last and the neighbours of the current page: a thousand posts stay one line of links."""
    here = int(current) if current.isdecimal() else 1
    return [number for number in numbers if number in {1, numbers[-1]} or abs(number - here) <= 2]


def _head(thread: ThreadRow) -> dict[str, Any]:
    item = rows.item(thread)
    return {
        "id_text": item.id_text,
        "title": item.title,
        "theme_code": item.theme_code,
        "theme_name": item.theme_name,
        "wish": thread.wish,
        "is_locked": thread.is_locked,
        "is_withdrawn": thread.status == "withdrawn",
        "is_sample": thread.is_sample,
        "ends_words": words.ends_words((thread.ends_on - clock.today()).days),
        "status": thread.status,
    }


def _waiting_item(post: posts.PostRow) -> dict[str, Any]:
    return {"id_text": ids.to_text(post.id), "state_words": words.state_words(post.status)}
