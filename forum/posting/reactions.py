"""Answers without words."""

from sqlalchemy.exc import IntegrityError

from forum import errors
from forum.extensions import db
from forum.identity.keys import Keys
from forum.identity.seeds import Identity
from forum.models import Post, Reaction, Thread
from forum.models.content import REACTIONS
from forum.moderation import lifecycle
from forum.posting.participants import participant_for


def react(*, post: Post, kind: str, identity: Identity, keys: Keys) -> bool:
    """Press or release one kind; returns whether it is pressed now. Raises NotFound, Invalid."""
    if post.status != "live":
        raise errors.NotFound
    if kind not in REACTIONS:
        raise errors.Invalid("kind", "unknown")
    thread = db.session.get_one(Thread, post.thread_id)
    participant = participant_for(thread, identity, keys)
    pressed = db.session.get(Reaction, (post.id, participant.id, kind))
    if pressed:
        db.session.delete(pressed)
        db.session.flush()
        lifecycle.count_reaction(post, kind, -1)
        return False
    try:
        with db.session.begin_nested():
            db.session.add(Reaction(post_id=post.id, participant_id=participant.id, kind=kind))
    except IntegrityError:
        # The same press arrived twice at once; it is pressed, and counted once.
        return True
    lifecycle.count_reaction(post, kind, 1)
    return True
