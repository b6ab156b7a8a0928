"""消し去る: everything of one writer in one thread, and the thread by which it could be found again."""

import secrets

from sqlalchemy import delete, or_, select, update

from forum import journal
from forum.extensions import db
from forum.identity.seeds import TAG_BYTES
from forum.models import Flag, Fold, Message, Notice, Participant, Post, Reaction, Receipt
from forum.moderation import lifecycle


def erase_participant(participant_id: bytes) -> None:
    """Erase this participant's posts, reactions, folds, notes of flags, notices and receipts, inside one transaction.

    Rows that others' pages stand on (a number in the thread, the flag a case was opened for) stay without a word, and
    the tag becomes a random one: not even the seed leads to them any more. Bans hold their own tag and go on. Doing it
    twice does no harm. Raises Gone when the thread was forgotten meanwhile.
    """
    participant = db.session.get(Participant, participant_id)
    if participant is None:
        return
    lifecycle.stand_in_line(participant.thread_id)
    own_posts = list(db.session.scalars(select(Post).where(Post.participant_id == participant_id)))
    for post in own_posts:
        lifecycle.erase(post)
    _take_back_reactions(participant_id)
    flags = select(Flag.id).where(Flag.participant_id == participant_id)
    named = [post.id for post in own_posts] + list(db.session.scalars(flags))
    db.session.execute(delete(Receipt).where(Receipt.target_id.in_(named)))
    db.session.execute(update(Flag).where(Flag.participant_id == participant_id).values(note=""))
    # Of those that others made of this writer nothing is left to fold.
    named_in = or_(Fold.participant_id == participant_id, Fold.folded_id == participant_id)
    db.session.execute(delete(Fold).where(named_in))
    for told in (Notice, Message):
        db.session.execute(delete(told).where(told.participant_id == participant_id))
    participant.tag = secrets.token_bytes(TAG_BYTES)
    db.session.flush()
    journal.note("writer", participant_id)


def _take_back_reactions(participant_id: bytes) -> None:
    pressed = select(Reaction.post_id, Reaction.kind).where(Reaction.participant_id == participant_id)
    for post_id, kind in db.session.execute(pressed).all():
        lifecycle.count_reaction(db.session.get_one(Post, post_id), kind, -1)
    db.session.execute(delete(Reaction).where(Reaction.participant_id == participant_id))
