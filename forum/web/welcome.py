"""Whether somebody who is about to write is kept from it: bans are tried here, and nothing is kept of the try."""

from flask import session

from forum import errors
from forum.identity.seeds import Identity
from forum.moderation import bans
from forum.web.limits import count_todays_post, may_post_today

# What counts as the day's one post.
POSTS = frozenset({"new", "reply"})


def ensure_welcome(identity: Identity, *, purpose: str, thread_id: bytes | None) -> bans.Outcome:
    """Try the bans against a writer. Raises Sanctioned; changes nothing and records nothing.

    Usually only the bans of since the last time: the cookie remembers the number up to which none matched.
    """
    state = session.state  # type: ignore[attr-defined]
    outcome = bans.try_all(identity, since=state.ban_number, epoch=state.epoch)
    blocking = outcome.forbids(thread_id)
    if blocking is not None:
        raise errors.Sanctioned(blocking.scope, blocking.until_day)
    if outcome.is_slow and purpose in POSTS and not may_post_today(identity):
        raise errors.Sanctioned("slow", max(row.until_day for row in outcome.hits))
    return outcome


def remember(outcome: bans.Outcome, identity: Identity, purpose: str) -> None:
    """A write was accepted: the cookie, which goes out anyway, remembers what need not be tried again."""
    session.change(ban_number=outcome.number, epoch=outcome.epoch)  # type: ignore[attr-defined]
    if outcome.is_slow and purpose in POSTS:
        count_todays_post(identity)
