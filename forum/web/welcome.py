"""Whether somebody who is about to write is kept from it: bans are tried here, and nothing is kept of the try."""

from datetime import date

from forum import errors
from forum.identity.seeds import Identity
from forum.moderation import bans, notices
from forum.moderation.state import board_state
from forum.web.limits import count_todays_post, may_post_today
from forum.web.viewer import writer_session

# The cookie's one-byte message: the caretakers have written to this writer since the last time.
NEWS = 1
# What counts as the day's one post.
POSTS = frozenset({"new", "reply", "story"})


def ensure_welcome(identity: Identity, *, purpose: str, thread_id: bytes | None) -> bans.Outcome:
    """Try the bans against a writer. Raises Sanctioned; changes nothing and records nothing.

    Usually only the bans of since the last time: the cookie remembers the number up to which none matched.
    """
    state = writer_session().state
    return _ensured(
        bans.try_all(identity, since=state.ban_number, epoch=state.epoch), identity, purpose, thread_id
    )


def ensure_young_welcome(
    identity: Identity, *, born: date, purpose: str, thread_id: bytes | None
) -> bans.Outcome:
    """The same for a seed that this browser would get from a ticket of the day ``born``. Raises Sanctioned."""
    return _ensured(bans.try_young(identity, born=born), identity, purpose, thread_id)


def _ensured(
    outcome: bans.Outcome, identity: Identity, purpose: str, thread_id: bytes | None
) -> bans.Outcome:
    blocking = outcome.forbids(thread_id)
    if blocking is not None:
        raise errors.Sanctioned(blocking.scope, blocking.until_day)
    if outcome.is_slow and purpose in POSTS and not may_post_today(identity):
        raise errors.Sanctioned("slow", max(row.until_day for row in outcome.hits))
    return outcome


def remember(outcome: bans.Outcome, identity: Identity, *, purpose: str, is_new: bool) -> None:
    """A write was accepted: the cookie, which goes out anyway, remembers what need not be tried again, and whether the
    caretakers have written since."""
    held = writer_session()
    # Nothing can be addressed yet to a seed of this moment.
    news = not is_new and notices.is_news_for(
        identity, since=held.state.notice_number, epoch=held.state.epoch
    )
    held.change(
        ban_number=outcome.number,
        notice_number=board_state().notice_number,
        epoch=outcome.epoch,
        message=NEWS if news else 0,
    )
    if outcome.is_slow and purpose in POSTS:
        count_todays_post(identity)


def has_news() -> bool:
    """Whether the last accepted write found something from the caretakers."""
    return writer_session().state.message == NEWS
