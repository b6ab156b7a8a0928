"""Reading a thread: fifty posts a page, the newest, all of it, or the opener alone."""

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from forum import errors, ids
from forum.moderation import notices
from forum.posting import endings
from forum.queries import posts, threads
from forum.queries.threads import ThreadRow
from forum.queries.visibility import is_visible
from forum.runtime import runtime
from forum.web import words
from forum.web.articles import Own
from forum.web.statements import statements
from forum.web.thread_page import Asides, Part, thread_page
from forum.web.viewer import viewer

bp = Blueprint("threads", __name__)


@bp.get("/t/<thread_id>")
def show(thread_id: str) -> ResponseReturnValue:
    """A thread: 50 posts a page, 全部, 最新50, 投稿主だけ. Its writer also sees what waits, and why."""
    thread, own = _readable(ids.from_text(thread_id))
    part = _part(thread, request.args.get("p", ""))
    return thread_page(thread, part, own, _asides(thread, own))


def _readable(identifier: bytes) -> tuple[ThreadRow, Own]:
    """The thread for this viewer. Its opener may open it when others cannot see it yet, or any more."""
    thread = threads.look_at(runtime().onlooker, identifier)
    if thread is None:
        raise errors.NotFound
    own = _own(thread)
    is_opener = own.traces is not None and own.traces.is_opener
    if not is_opener and not is_visible(thread.status, thread.ends_on):
        raise (
            errors.Looked
            if thread.status == "hidden" and is_visible("live", thread.ends_on)
            else errors.NotFound
        )
    return thread, own


def _own(thread: ThreadRow) -> Own:
    identity = viewer().identity
    if identity is None:
        return Own()
    tag = identity.tag_or_none(thread.id, thread.pepper_version)
    return Own(True, posts.traces_of(runtime().onlooker, thread.id, tag) if tag else None)


def _part(thread: ThreadRow, wanted: str) -> Part:
    if wanted in {"op", "all"}:
        return Part(wanted)
    if wanted == "new":
        return Part("new", max(thread.last_no - posts.PAGE_LENGTH + 1, 1), thread.last_no)
    page = int(wanted) if wanted.isdecimal() and len(wanted) < 6 else 1
    if not 1 <= page <= posts.page_of(max(thread.last_no, 1)):
        raise errors.NotFound
    return Part(str(page), *posts.page_range(page))


def _asides(thread: ThreadRow, own: Own) -> Asides:
    if own.traces is None:
        return Asides()
    told = notices.notices_for([own.traces.participant_id]) if own.traces.is_told else []
    waiting = posts.unpublished_of(runtime().onlooker, thread.id, own.traces.participant_id)
    return Asides(
        notices=tuple(statements(told)) if told else (),
        waiting=tuple(map(_waiting_item, waiting)),
        may_end=own.traces.is_opener and endings.stands(thread.status, thread.ends_on),
    )


def _waiting_item(post: posts.PostRow) -> dict[str, Any]:
    return {"id_text": ids.to_text(post.id), "state_words": words.state_words(post.status)}
