"""Texts that are kept while somebody needs them: as they stood when a case was opened, or before a decision covered them."""

from contextlib import suppress

from sqlalchemy import delete, exists, select
from sqlalchemy.exc import IntegrityError

from forum.extensions import db
from forum.models import Case, Post, Revision, Thread, Timer
from forum.models.moderation import OPEN_STATES
from forum.moderation import echoes, notices, veils


def snapshot(post: Post) -> int:
    """Keep the present text as a revision (once) and return its number."""
    if db.session.get(Revision, (post.id, post.revision)) is None:
        thread = db.session.get_one(Thread, post.thread_id)
        kept = Revision(
            post_id=post.id,
            number=post.revision,
            source=post.source,
            html=post.html,
            warning=post.warning,
            day=post.day,
            title=thread.title if thread.opening_id == post.id else "",
        )
        # Two flags at once may both find none: the text they keep is the same.
        with suppress(IntegrityError), db.session.begin_nested():
            db.session.add(kept)
    return post.revision


def forget(post: Post) -> None:
    """Its writer took the post away: its traces go, and its kept texts unless an open case still holds them."""
    echoes.forget(post.id)
    veils.forget(post.id)
    if not is_held(post):
        db.session.execute(delete(Revision).where(Revision.post_id == post.id))
        notices.forget_words(post.id)
    db.session.execute(delete(Timer).where(Timer.target == post.id))


def is_held(post: Post) -> bool:
    """Whether an open case is about this post."""
    held = exists().where(Case.target_id == post.id, Case.state.in_(OPEN_STATES))
    return bool(db.session.scalar(select(held)))
