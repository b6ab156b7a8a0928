"""What can be handed over when the law asks: text, day, thread, and the record of moderation. There is nothing else."""

from typing import Any

from sqlalchemy import select

from forum import errors, ids
from forum.extensions import db
from forum.models import AuditEntry, Case, Decision, Letter, Post, Revision, Thread

# THREAT-MODEL.md names these, and a test compares.
POST_FIELDS = ("post", "number", "day", "status", "warning", "text", "kept_texts", "decisions", "letters")
THREAD_FIELDS = ("thread", "theme", "title", "created_day", "ends_on", "posts", "record")


def handed_over(text_id: str) -> dict[str, Any]:
    """Everything about a thread, or about a post and the thread it stands in, by its id. Raises NotFound."""
    identifier = ids.from_text(text_id)
    thread, posts = db.session.get(Thread, identifier), select(Post).order_by(Post.number, Post.id)
    if thread is not None:
        posts, whole = posts.where(Post.thread_id == thread.id), [thread.id]
    else:
        post = db.session.get(Post, identifier)
        if post is None:
            raise errors.NotFound
        thread, posts = db.session.get_one(Thread, post.thread_id), posts.where(Post.id == post.id)
        whole = []
    found = list(db.session.scalars(posts))
    values = (
        ids.to_text(thread.id),
        thread.theme_code,
        thread.title,
        thread.created_day.isoformat(),
        thread.ends_on.isoformat(),
        [_post(post) for post in found],
        _record([*whole, *(post.id for post in found)]),
    )
    return dict(zip(THREAD_FIELDS, values, strict=True))


def _post(post: Post) -> dict[str, Any]:
    kept = select(Revision.source).where(Revision.post_id == post.id).order_by(Revision.number)
    decided = select(Decision).join(Case, Case.id == Decision.case_id).where(Case.target_id == post.id)
    letters = select(Letter).where(Letter.about_post == post.id)
    values = (
        ids.to_text(post.id),
        post.number,
        post.day.isoformat(),
        post.status,
        post.warning,
        post.source,
        list(db.session.scalars(kept)),
        [
            {"day": row.day.isoformat(), "outcome": row.outcome, "promise": row.rule}
            for row in db.session.scalars(decided.order_by(Decision.day, Decision.number))
        ],
        [
            {"day": row.day.isoformat(), "text": row.body, "answer": row.answer}
            for row in db.session.scalars(letters.order_by(Letter.day, Letter.id))
        ],
    )
    return dict(zip(POST_FIELDS, values, strict=True))


def _record(target_ids: list[bytes]) -> list[dict[str, Any]]:
    query = select(AuditEntry).join(Case, Case.id == AuditEntry.case_id).where(Case.target_id.in_(target_ids))
    return [
        {"day": row.day.isoformat(), "role": row.role, "action": row.action, "promise": row.rule}
        for row in db.session.scalars(query.order_by(AuditEntry.number))
    ]
