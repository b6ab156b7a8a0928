"""One's own place: computed for one answer, kept nowhere."""

from typing import Any

from flask import Blueprint, render_template

from forum import ids
from forum.i18n import locale
from forum.identity.handles import handle_text
from forum.identity.seeds import Identity
from forum.moderation import notices
from forum.queries import own, posts, threads
from forum.queries.own import OwnPlace
from forum.queries.threads import ThreadRow
from forum.web import rows, words
from forum.web.statements import statements
from forum.web.viewer import viewer

bp = Blueprint("own", __name__)


@bp.get("/me")
def me() -> str:
    """The threads this writer acted in: computed now from tags, kept nowhere."""
    identity = viewer().identity
    places = _places(identity) if identity else []
    known = threads.any_by_ids(place.thread_id for place in places)
    # A thread that was taken away is its opener's to see, with the reason; for others who acted there it is gone.
    places = [place for place in places if place.is_opener or is_listed_place(known[place.thread_id])]
    titles = {place.thread_id: rows.item(known[place.thread_id]).title for place in places}
    return render_template(
        "own/me.html",
        rows=[_row(place, known[place.thread_id]) for place in places],
        notices=statements(notices.notices_for([place.participant_id for place in places]), titles),
        waiting=[
            item for place in places if place.waiting for item in _waiting(place, known[place.thread_id])
        ],
    )


def _places(identity: Identity) -> list[OwnPlace]:
    found: list[OwnPlace] = []
    for step in own.candidate_threads():
        tags = {thread: tag for thread, version in step if (tag := identity.tag_or_none(thread, version))}
        found += own.places_of(own.participants_with(tags))
    return found


def is_listed_place(thread: ThreadRow) -> bool:
    """Whether others still see this thread (a withdrawn one shows its replies)."""
    return thread.status in {"live", "withdrawn"}


def _row(place: OwnPlace, thread: ThreadRow) -> dict[str, Any]:
    item = rows.item(thread)
    return {
        **{name: getattr(item, name) for name in item.__dataclass_fields__},
        "new_count": place.new_count,
        "handle": handle_text((place.adjective, place.noun), locale()),
    }


def _waiting(place: OwnPlace, thread: ThreadRow) -> list[dict[str, Any]]:
    return [
        {
            "post_id": ids.to_text(post.id),
            "title": rows.item(thread).title,
            "excerpt": "",
            "state_words": words.state_words(post.status),
        }
        for post in posts.unpublished_of(place.thread_id, place.participant_id)
    ]
