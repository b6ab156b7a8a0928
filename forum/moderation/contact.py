"""声をかける: a word to somebody whose life may be in danger, sent before and without any decision.

Threat: the moderator who stands before a farewell looks for words, finds none, and the writer hears nothing but what
became of the text. So three reviewed messages stand ready. A message belongs to one participant of one thread, like a
statement of reasons, and goes with that thread; the record keeps its code alone.
"""

import functools
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import exists, select

from forum import clock, errors
from forum.extensions import db
from forum.models import Case, Message, Moderator, Post
from forum.moderation import audit, cases, leases, wishes
from forum.moderation.state import next_number

SHIPPED = Path(__file__).with_name("farewell.toml")
OWN = "own"  # in the record: a moderator's own words and no reviewed message


@dataclass(frozen=True)
class Reviewed:
    """One message that stands ready, in both languages."""

    code: str
    ja: str
    en: str

    def words(self, locale: str) -> str:
        """The message in the reader's language."""
        return self.en if locale == "en" else self.ja


@functools.cache
def reviewed() -> tuple[Reviewed, ...]:
    """The messages that stand ready, in the order of the file."""
    listed = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))["message"]
    return tuple(Reviewed(**entry) for entry in listed)


def reviewed_words(code: str, locale: str) -> str:
    """The message of this code; nothing for a code without one."""
    return next((message.words(locale) for message in reviewed() if message.code == code), "")


def reach_out(
    *, case_id: bytes, version: int, moderator: Moderator, sentence: str, words: str, audit_key: bytes
) -> Message:
    """Send one message to the writer of what a case is about; nothing is decided by it.

    The same press twice is one message. Raises Stale when something else changed meanwhile or the case is decided, Invalid
    (``sentence``: unknown, or nobody for words of the house itself; ``note_author``: as for a decision, or empty when there
    is neither a sentence nor a word), NotFound for no such case.
    """
    words = words.strip()
    _ensure_said(sentence, words)
    case = cases.locked(case_id)
    sent = _sent_by_this_press(case_id, version, moderator)
    if sent is not None:
        return sent
    post = db.session.get_one(Post, cases.post_id_of(case))
    if post.participant_id is None:
        raise errors.Invalid("sentence", "nobody")
    case = cases.move(case_id, "contact", version)
    leases.renew(case, moderator)
    message = Message(
        case_id=case_id,
        thread_id=case.thread_id,
        participant_id=post.participant_id,
        post_id=post.id,
        moderator_id=moderator.id,
        sentence=sentence,
        words=words,
        upon=version,
        day=clock.today(),
        number=next_number("notice_number"),
    )
    db.session.add(message)
    db.session.flush()
    audit.record(key=audit_key, action="contact", actor=moderator, case=case, reason=sentence or OWN)
    return message


def was_made(case: Case) -> bool:
    """Whether somebody spoke to the writer since this case was last opened."""
    since = exists().where(Message.case_id == case.id, Message.day >= case.opened_day)
    return bool(db.session.scalar(select(since)))


def messages_of(case_id: bytes) -> list[Message]:
    """What was said about a case, the first word first."""
    return list(db.session.scalars(select(Message).where(Message.case_id == case_id).order_by(Message.upon)))


def messages_for(participant_ids: Sequence[bytes]) -> list[Message]:
    """What was said to these participants: the newest day first, and of a day the first word first."""
    query = select(Message).where(Message.participant_id.in_(participant_ids))
    return list(db.session.scalars(query.order_by(Message.day.desc(), Message.number)))


def messages_about(post_id: bytes) -> list[Message]:
    """What was said to the writer of one post, the first word first: what a receipt for it opens."""
    query = select(Message).where(Message.post_id == post_id)
    return list(db.session.scalars(query.order_by(Message.day, Message.number)))


def _sent_by_this_press(case_id: bytes, version: int, moderator: Moderator) -> Message | None:
    query = select(Message).where(
        Message.case_id == case_id, Message.upon == version, Message.moderator_id == moderator.id
    )
    return db.session.scalars(query).one_or_none()


def _ensure_said(sentence: str, words: str) -> None:
    wishes.ensure_sendable(words, "")
    if sentence and sentence not in {message.code for message in reviewed()}:
        raise errors.Invalid("sentence", "unknown")
    if not sentence and not words:
        raise errors.Invalid("note_author", "empty")
