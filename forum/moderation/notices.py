"""Statements of reasons: what the writer is told when somebody acted on their words.

A notice belongs to one participant of one thread, so it is found by that thread's tag and by nothing else.
"""

import hmac
from collections.abc import Sequence

from sqlalchemy import select, update

from forum import clock
from forum.extensions import db
from forum.identity.seeds import Identity
from forum.models import Case, Decision, Flag, Message, Notice, Participant, Post, Thread
from forum.moderation.state import board_state, next_number

PASSAGE_LENGTH = 500


def tell(
    *, decision: Decision, post: Post, participant_id: bytes, passage: str, words: str, outcome: str = ""
) -> Notice:
    """Write the statement of reasons of ``decision`` for one participant.

    Empty ``words`` mean the house's own sentence for this outcome and rule, which the page puts into words in
    the reader's language. ``outcome`` is said in place of the decision's own, when that was taken back.
    """
    notice = Notice(
        thread_id=post.thread_id,
        participant_id=participant_id,
        post_id=post.id,
        decision_id=decision.id,
        outcome=outcome or decision.outcome,
        rule=0 if outcome else decision.rule,
        passage=passage[:PASSAGE_LENGTH],
        words=words,
        day=clock.today(),
        number=next_number("notice_number"),
    )
    db.session.add(notice)
    db.session.flush()
    return notice


def notices_for(participant_ids: Sequence[bytes]) -> list[Notice]:
    """The statements for these participants, the newest day first."""
    query = (
        select(Notice)
        .where(Notice.participant_id.in_(participant_ids))
        .order_by(Notice.day.desc(), Notice.id)
    )
    return list(db.session.scalars(query))


def notices_about(post_id: bytes) -> list[Notice]:
    """The statements about one post, the newest day first: what a receipt for it opens."""
    query = (
        select(Notice)
        .join(Post, Post.id == Notice.post_id)
        # Whoever opened the thread reads of its lock elsewhere.
        .where(Notice.post_id == post_id, Notice.participant_id == Post.participant_id)
        .order_by(Notice.day.desc(), Notice.id)
    )
    return list(db.session.scalars(query))


def to_authors(told: Sequence[Notice]) -> set[bytes]:
    """Which of these are for whoever wrote the post, and not for whoever opened its thread; by id."""
    query = select(Notice.id).join(Post, Post.id == Notice.post_id)
    mine = query.where(Notice.id.in_([one.id for one in told]), Notice.participant_id == Post.participant_id)
    return set(db.session.scalars(mine))


def is_news_for(identity: Identity, *, since: int, epoch: int) -> bool:
    """Whether a statement or a message numbered above ``since`` is this writer's: tried like a ban, without a list of
    people."""
    first = since if epoch == board_state().epoch else 0
    rows = [row for model in (Notice, Message) for row in _told_since(model, first)]
    tags = identity.tags((thread_id, version) for thread_id, version, _ in rows)
    same = hmac.compare_digest
    # A sum and no any(): the same work wherever a match stands.
    return sum(same(tags[thread_id, version], tag) for thread_id, version, tag in rows) > 0


def _told_since(model: type[Notice] | type[Message], number: int) -> list[tuple[bytes, int, bytes]]:
    query = (
        select(model.thread_id, Thread.pepper_version, Participant.tag)
        .join(Participant, Participant.id == model.participant_id)
        .join(Thread, Thread.id == model.thread_id)
        .where(model.number > number)
    )
    return [(thread_id, version, tag) for thread_id, version, tag in db.session.execute(query)]


def forget_words(*post_ids: bytes) -> None:
    """Empty what moderation keeps of the posts' words, when the posts themselves are erased:

    decisions stay, texts go.
    """
    db.session.execute(update(Notice).where(Notice.post_id.in_(post_ids)).values(passage="", words=""))
    db.session.execute(update(Message).where(Message.post_id.in_(post_ids)).values(words=""))
    db.session.execute(update(Flag).where(Flag.post_id.in_(post_ids)).values(note=""))
    db.session.execute(
        update(Case).where(Case.target_id.in_(post_ids), Case.state == "settled").values(findings="")
    )
