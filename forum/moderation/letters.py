"""Letters to the caretakers, requests of people written about, and appeals:

one list, answered under a receipt.
"""

from collections.abc import Iterable

from sqlalchemy import exists, select

from forum import clock, errors
from forum.extensions import db
from forum.ids import new_id
from forum.models import Case, Decision, Letter, Moderator, Notice, Post, Thread
from forum.models.moderation import LETTER_KINDS, LETTER_PLEAS
from forum.moderation import audit, cases, lifecycle, second, takedowns
from forum.text import has_open_place

LETTER_LENGTH = 4000
ANSWER_LENGTH = 3000
IDENTITY_LANE = 2
OTHER_LANE = 5


def write_letter(
    *,
    kind: str,
    body: str,
    hour: int,
    about_post: Post | None = None,
    letter_id: bytes | None = None,
    plea: str = "",
) -> Letter:
    """Keep a letter, a takedown request or an appeal until somebody answers.

    An appeal is possible once about a post whose writer was told of a decision (and once more while somebody asks for it to
    be taken down), opens its case again, and stops what would have gone by itself; a takedown request about a post opens
    a case. ``plea`` says why it is made. ``hour`` is the staffed clock's, ``letter_id`` the id its form
    stood for. Raises Invalid (``kind``, ``plea``: unknown, ``body``: empty, too_long), NotFound for an appeal without
    such a post, Already for a second appeal.
    """
    if kind not in LETTER_KINDS:
        raise errors.Invalid("kind", "unknown")
    if plea not in LETTER_PLEAS:
        raise errors.Invalid("plea", "unknown")
    body = _checked("body", body, LETTER_LENGTH)
    if about_post:
        # In line before the letter refers to the post: thread first, then case (see decisions).
        lifecycle.stand_in_line(about_post.thread_id)
        db.session.refresh(about_post)
    if kind == "appeal":
        takedowns.object_to(_appealable(about_post).id)
    letter = Letter(
        id=letter_id or new_id(),
        kind=kind,
        state="open",
        body=body,
        answer="",
        about_post=about_post.id if about_post else None,
        day=clock.today(),
        plea=plea,
    )
    db.session.add(letter)
    db.session.flush()
    if about_post and kind != "letter":
        _open_case(kind, about_post, hour)
    return letter


def answer_letter(
    *, letter_id: bytes, moderator: Moderator, words: str, audit_key: bytes, seen: int = 0
) -> Letter:
    """Answer in words; whoever wrote the letter reads them under its receipt.

    A request of somebody written about takes time and may be answered again: what is said later stands below. ``seen`` is
    the length of the answer that the moderator had before their eyes. An appeal is answered by somebody else than who
    decided, when somebody else is about. Raises Invalid (``words``: empty, too_long, own, and unfilled while a place of
    a template is open), NotFound, and Stale when somebody else has answered meanwhile.
    """
    words = _checked("words", words, ANSWER_LENGTH)
    if has_open_place(words):
        raise errors.Invalid("words", "unfilled")
    letter = db.session.execute(
        select(Letter)
        .where(Letter.id == letter_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if letter is None:
        raise errors.NotFound
    if len(letter.answer) != seen or (letter.state == "answered" and letter.kind != "takedown"):
        raise errors.Stale(letter)
    if letter.kind == "appeal" and second.is_for_another(letter, moderator):
        raise errors.Invalid("words", "own")
    letter.answer = f"{letter.answer}\n\n{words}" if letter.answer else words
    letter.state, letter.answered_day = "answered", letter.answered_day or clock.today()
    db.session.flush()
    audit.record(key=audit_key, action="answer", actor=moderator, reason=letter.kind)
    return letter


def may_appeal(post_id: bytes) -> bool:
    """Whether the writer of this post was told of a decision and has not appealed yet, or is being heard just now."""
    told = exists().where(Notice.post_id == post_id)
    appealed = exists().where(Letter.about_post == post_id, Letter.kind == "appeal")
    heard = exists().where(Letter.about_post == post_id, Letter.kind == "takedown", Letter.step == "hearing")
    return bool(db.session.scalar(select(told & (~appealed | heard))))


def hearing_about(post_ids: Iterable[bytes]) -> dict[bytes, Letter]:
    """The requests because of which these posts go unless their authors object, by post."""
    wanted = select(Letter).where(
        Letter.about_post.in_(list(post_ids)), Letter.kind == "takedown", Letter.step == "hearing"
    )
    return {letter.about_post: letter for letter in db.session.scalars(wanted) if letter.about_post}


def _appealable(post: Post | None) -> Post:
    if post is None:
        raise errors.NotFound
    if may_appeal(post.id):
        return post
    earlier = db.session.scalars(
        select(Letter).where(Letter.about_post == post.id, Letter.kind == "appeal")
    ).first()
    raise errors.Already(earlier) if earlier else errors.NotFound


def _open_case(kind: str, post: Post, hour: int) -> None:
    thread = _thread_decided_upon(post) if kind == "appeal" else None
    if thread:
        cases.open_thread_case(thread=thread, lane=_lane(kind, thread.id), source="letter", hour=hour)
    else:
        cases.open_case(post=post, lane=_lane(kind, post.id), source="letter", hour=hour)


def _thread_decided_upon(post: Post) -> Thread | None:
    """The thread, when what its opening post's writer was told last was decided about it as a whole: undoing it is its case's."""
    query = (
        select(Case.target_kind)
        .join(Decision, Decision.case_id == Case.id)
        .join(Notice, Notice.decision_id == Decision.id)
        .where(Notice.post_id == post.id)
        .order_by(Notice.number.desc())
        .limit(1)
    )
    is_thread = db.session.scalar(query) == cases.THREAD
    return db.session.get_one(Thread, post.thread_id) if is_thread else None


def _lane(kind: str, target: bytes) -> int:
    if kind == "takedown":
        return IDENTITY_LANE
    lane = db.session.scalar(select(Case.lane).where(Case.target_id == target).order_by(Case.lane).limit(1))
    return lane or OTHER_LANE


def _checked(field: str, words: str, length: int) -> str:
    words = words.strip()
    if not words:
        raise errors.Invalid(field, "empty")
    if len(words) > length:
        raise errors.Invalid(field, "too_long")
    return words
