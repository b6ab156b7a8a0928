"""Answers without words."""

from sqlalchemy import delete

from forum import errors
from forum.extensions import db
from forum.identity.keys import Keys
from forum.identity.seeds import Identity
from forum.models import Participant, Post, Reaction
from forum.models.content import REACTIONS
from forum.moderation import lifecycle
from forum.posting.participants import participant_for


def react(*, post: Post, kind: str, identity: Identity, keys: Keys) -> bool:
    """Press or release one kind; returns whether it is pressed now. Raises Gone, Invalid."""
    if kind not in REACTIONS:
        raise errors.Invalid("kind", "unknown")
    # In line, so that the same press arriving twice at once is a press and a release, each counted once.
    thread = lifecycle.stand_in_line(post.thread_id)
    db.session.refresh(post)
    if post.status != "live":
        raise errors.Gone
    participant = participant_for(thread, identity, keys)
    if _release(post, participant, kind):
        lifecycle.count_reaction(post, kind, -1)
        return False
    db.session.add(Reaction(post_id=post.id, participant_id=participant.id, kind=kind))
    db.session.flush()
    lifecycle.count_reaction(post, kind, 1)
    return True


def _release(post: Post, participant: Participant, kind: str) -> bool:
    gone = delete(Reaction).where(
        Reaction.post_id == post.id, Reaction.participant_id == participant.id, Reaction.kind == kind
    )
    return bool(getattr(db.session.execute(gone), "rowcount", 0))
