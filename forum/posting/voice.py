"""The house's own voice: moderators write in threads as 世話人, by role and never by name.

Threat: whoever steals the database, or only reads along, learns which moderator wrote what, and whom to be angry with. So a
word of the house has no participant and no moderator; who wrote is in the audit alone, with the day and without the place.
It counts as an answer as any other does, and any moderator may change it or take it back for a day: it is the house's.
"""

from datetime import timedelta
from typing import Protocol

from forum import clock, errors, markup
from forum.extensions import db
from forum.models import Moderator, Post, Thread
from forum.moderation import audit, lifecycle
from forum.moderation.policy import Policy
from forum.moderation.timers import set_timer
from forum.posting import cutting, drafts, pace
from forum.posting.drafts import Screened, Words
from forum.posting.pipeline import look_of
from forum.text import has_open_place

HOURS = 24


class Place(Protocol):
    """What is asked about a thread, be it a row or an object."""

    @property
    def status(self) -> str: ...

    @property
    def is_closed(self) -> bool: ...


def may_speak(thread: Place) -> bool:
    """Whether the house may say something there: where others may answer, and in a thread that it has locked itself, to say
    why. Where the opener wanted no more answers it keeps quiet, too."""
    return thread.status == "live" and not thread.is_closed


def look_at(body: str, policy: Policy, *, listens: bool, insists: bool) -> Screened:
    """The words as screening sees them: as those of somebody who has been here long, to one who may only want an ear."""
    return drafts.look_at(Words(body), policy, newcomer=False, insists=insists, for_listening=listens)


def may_keep(draft: Screened) -> bool:
    """Whether the words may go out as they are once they were asked about. What anybody else's would wait for a moderator
    with, the house does not say at all."""
    return draft.verdict.action == "ask" and draft.verdict.may_publish_unchanged


def say(*, thread_id: bytes, post_id: bytes, moderator: Moderator, draft: Screened, audit_key: bytes) -> Post:
    """Put a word of the house into a thread. Raises NotFound, Closed, Already with the post when this form was sent before,
    Invalid (``body``: unfilled), Screened when it must be looked at again."""
    thread = _in_line(thread_id)
    found = db.session.get(Post, post_id)
    if found is not None:
        raise errors.Already(found)
    if not may_speak(thread):
        raise errors.Closed
    _ensure_sayable(draft)
    post = Post(
        id=post_id,
        thread_id=thread.id,
        participant_id=None,
        status="scheduled",
        source=draft.words.body,
        html=draft.html,
        render_version=markup.RENDER_VERSION,
        day=clock.today(),
        revision=1,
    )
    db.session.add(post)
    db.session.flush()
    lifecycle.place(thread, post, "live")
    set_timer("edit", post.id, pace.window_end(clock.now(), timedelta(hours=HOURS)))
    _record(moderator, "said", audit_key)
    return post


def change(*, post_id: bytes, seen: str, moderator: Moderator, draft: Screened, audit_key: bytes) -> bool:
    """New words in place of the house's, whoever wrote them; says whether that changed anything. Raises NotFound, TooLate
    after a day or a decision, Stale when it is not as ``seen`` (:func:`~forum.posting.pipeline.look_of`), Invalid, Screened."""
    post = _of_the_house(post_id)
    if look_of(post) != seen:
        raise errors.Stale(post)
    _ensure_sayable(draft)
    changed = lifecycle.revise(
        post,
        source=draft.words.body,
        html=draft.html,
        gone=cutting.replaced(post.source, draft.words.body),
        mark="edit",
    )
    if changed:
        _record(moderator, "changed", audit_key)
    return changed


def take_back(*, post_id: bytes, moderator: Moderator, audit_key: bytes) -> bool:
    """Erase what the house said, whoever wrote it. Raises NotFound, TooLate."""
    post = _of_the_house(post_id)
    _record(moderator, "taken_back", audit_key)
    return lifecycle.erase(post)


def _of_the_house(post_id: bytes) -> Post:
    """A word of the house that may still be changed, behind its thread's lock."""
    post = db.session.get(Post, post_id)
    if post is None or post.participant_id is not None:
        raise errors.NotFound
    _in_line(post.thread_id)
    db.session.refresh(post)
    if not pace.may_edit(post):
        raise errors.TooLate
    return post


def _in_line(thread_id: bytes) -> Thread:
    try:
        thread = lifecycle.stand_in_line(thread_id)
    except errors.Gone:
        raise errors.NotFound from None
    if thread.ends_on < clock.today():
        raise errors.NotFound
    return thread


def _ensure_sayable(draft: Screened) -> None:
    if has_open_place(draft.typed.body):
        raise errors.Invalid("body", "unfilled")
    if draft.verdict.action != "publish" and not (draft.insists and may_keep(draft)):
        raise errors.Screened(draft)


def _record(moderator: Moderator, what: str, key: bytes) -> None:
    audit.record(key=key, action="voice", actor=moderator, reason=what)
