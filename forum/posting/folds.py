"""Folding another writer in a thread, lastingly: for the one who folds alone, and told to nobody.

Both are participants of that one thread. What is stored says nothing about either of them anywhere else.
"""

from sqlalchemy import delete

from forum import errors
from forum.extensions import db
from forum.identity.keys import Keys
from forum.identity.seeds import Identity
from forum.models import Fold, Participant, Post
from forum.moderation import lifecycle
from forum.posting.participants import participant_for


def fold(*, post: Post, identity: Identity, keys: Keys) -> bool:
    """Keep the writer of this post folded in its thread; says whether that is new. ``unfold`` is the way back.

    Raises NotFound for one's own post and for the caretakers' voice.
    """
    folder, folded_id = _pair(post, identity, keys)
    if db.session.get(Fold, (folder.id, folded_id)):
        return False
    db.session.add(Fold(participant_id=folder.id, folded_id=folded_id))
    db.session.flush()
    return True


def unfold(*, post: Post, identity: Identity, keys: Keys) -> bool:
    """Show the writer of this post again; says whether they were folded. Raises as ``fold``."""
    folder, folded_id = _pair(post, identity, keys)
    gone = delete(Fold).where(Fold.participant_id == folder.id, Fold.folded_id == folded_id)
    return bool(getattr(db.session.execute(gone), "rowcount", 0))


def _pair(post: Post, identity: Identity, keys: Keys) -> tuple[Participant, bytes]:
    if post.participant_id is None:
        raise errors.NotFound
    # In line: the same press arriving twice at once makes one participant and one row.
    thread = lifecycle.stand_in_line(post.thread_id)
    folder = participant_for(thread, identity, keys)
    if post.participant_id == folder.id:
        raise errors.NotFound
    return folder, post.participant_id
