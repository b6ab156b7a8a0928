"""Letters to the caretakers, requests of people written about, and appeals:

one list, answered under a receipt.
"""

from sqlalchemy import exists, select

from forum import clock, errors
from forum.extensions import db
from forum.ids import new_id
from forum.models import Case, Letter, Moderator, Notice, Post
from forum.models.moderation import LETTER_KINDS
from forum.moderation import audit, cases, lifecycle

LETTER_LENGTH = 4000
ANSWER_LENGTH = 3000
IDENTITY_LANE = 2
OTHER_LANE = 5


def write_letter(
    *, kind: str, body: str, hour: int, about_post: Post | None = None, letter_id: bytes | None = None
) -> Letter:
    """Keep a letter, a takedown request or an appeal until somebody answers.

    An appeal is possible once about a post whose writer was told of a decision, and opens its case again; a
    takedown request about a post opens a case. ``hour`` is the staffed clock's, ``letter_id`` the id its form
    stood for. Raises Invalid (``kind``: unknown, ``body``: empty, too_long), NotFound for an appeal without
    such a post, Already for a second appeal.
    """
    if kind not in LETTER_KINDS:
        raise errors.Invalid("kind", "unknown")
    body = _checked("body", body, LETTER_LENGTH)
    if about_post:
        # In line before the letter refers to the post: thread first, then case (see decisions).
        lifecycle.stand_in_line(about_post.thread_id)
        db.session.refresh(about_post)
    if kind == "appeal":
        _ensure_appealable(about_post)
    letter = Letter(
        id=letter_id or new_id(),
        kind=kind,
        state="open",
        body=body,
        answer="",
        about_post=about_post.id if about_post else None,
        day=clock.today(),
    )
    db.session.add(letter)
    db.session.flush()
    if about_post and kind != "letter":
        cases.open_case(post=about_post, lane=_lane(kind, about_post), source="letter", hour=hour)
    return letter


def answer_letter(*, letter_id: bytes, moderator: Moderator, words: str, audit_key: bytes) -> Letter:
    """Answer in words; whoever wrote the letter reads them under its receipt.

    Raises Invalid (``words``), NotFound, and Stale when somebody else has answered already.
    """
    words = _checked("words", words, ANSWER_LENGTH)
    letter = db.session.execute(
        select(Letter)
        .where(Letter.id == letter_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if letter is None:
        raise errors.NotFound
    if letter.state == "answered":
        raise errors.Stale(letter)
    letter.answer, letter.state, letter.answered_day = words, "answered", clock.today()
    db.session.flush()
    audit.record(key=audit_key, action="answer", actor=moderator, reason=letter.kind)
    return letter


def may_appeal(post_id: bytes) -> bool:
    """Whether the writer of this post was told of a decision and has not appealed yet."""
    told = exists().where(Notice.post_id == post_id)
    appealed = exists().where(Letter.about_post == post_id, Letter.kind == "appeal")
    return bool(db.session.scalar(select(told & ~appealed)))


def _ensure_appealable(post: Post | None) -> None:
    if post is None:
        raise errors.NotFound
    earlier = db.session.scalars(
        select(Letter).where(Letter.about_post == post.id, Letter.kind == "appeal")
    ).first()
    if earlier:
        raise errors.Already(earlier)
    if not may_appeal(post.id):
        raise errors.NotFound


def _lane(kind: str, post: Post) -> int:
    if kind == "takedown":
        return IDENTITY_LANE
    lane = db.session.scalar(select(Case.lane).where(Case.target_id == post.id).order_by(Case.lane).limit(1))
    return lane or OTHER_LANE


def _checked(field: str, words: str, length: int) -> str:
    words = words.strip()
    if not words:
        raise errors.Invalid(field, "empty")
    if len(words) > length:
        raise errors.Invalid(field, "too_long")
    return words
