"""What moderators work on. A case knows a thread, a post and texts; it never knows who wrote elsewhere."""

from datetime import date

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from forum.extensions import db
from forum.models.columns import WITHOUT_ROWID, Code, Count, Day, Id, Ref, ThreadRef, Words, one_of

LANES = (1, 2, 3, 4, 5)  # life · identity · attack · solicitation · other
CASE_STATES = ("open", "leased", "escalated", "snoozed", "decided", "waiting_second", "settled")
CASE_SOURCES = ("flag", "screening", "unchanged", "letter")
FLAG_REASONS = ("life", "identity", "attack", "harsh", "solicitation", "other")
OUTCOMES = ("fine", "publish", "edit_request", "fold", "mask", "hide", "remove", "lock", "move")
# What flags alone did to a post (moderation/interim.py): words under a veil, hidden, or shown again by the clock.
INTERIM_KINDS = ("veil", "hidden", "returned")
LETTER_KINDS = ("letter", "takedown", "appeal")
LETTER_STATES = ("open", "answered")
# Why somebody asks for a post to be taken down: it is about them, or it is their own and they have no words for it.
LETTER_PLEAS = ("", "about", "mine")
# How far a request or an appeal is: nothing yet, its author is being heard, the author objects, and how it ended.
LETTER_STEPS = ("", "hearing", "objected", "removed", "eased", "kept", "restored")
LETTER_UNDECIDED = ("", "hearing", "objected")  # somebody still has to do something
NOTE_LENGTH = 300
BEFORE_LENGTH = 300

OPEN_STATES = tuple(state for state in CASE_STATES if state != "settled")
# Where somebody may be reading.
LEASED_STATES = ("leased", "escalated", "waiting_second")
# What becomes of a decision that was pressed: it waits for its seconds, for a second person, or stands until one has
# looked; or it was taken back, met a text that had changed, or was sent back by the second person.
PENDING_STAGES = ("waits", "second", "stands", "undone", "changed", "returned")
GIVEN_BACK = ("undone", "changed", "returned")
# As words and not as bound values: SQLite uses a partial index only for a query that says the same.
STILL_OPEN = text("state <> 'settled'")
LISTED = text("state IN ('open', 'leased', 'escalated')")
APART = text("state IN ('escalated', 'waiting_second')")


class Case(db.Model):  # type: ignore[name-defined,misc]
    """One open case per target, however many flags and findings. ``version`` guards every decision.

    ``findings`` is JSON as screening made it; ``opened_hour`` counts whole hours of the staffed clock.
    """

    __tablename__ = "case"
    __table_args__ = (
        Index(
            "uq_case_open_target",
            "target_kind",
            "target_id",
            unique=True,
            sqlite_where=STILL_OPEN,
            postgresql_where=STILL_OPEN,
        ),
        Index(
            "ix_case_queue",
            "lane",
            "opened_hour",
            "id",
            sqlite_where=LISTED,
            postgresql_where=LISTED,
        ),
        Index("ix_case_apart", "state", "lane", "opened_hour", sqlite_where=APART, postgresql_where=APART),
        Index("ix_case_target_id", "target_id"),
        one_of("state", CASE_STATES),
        one_of("source", CASE_SOURCES),
        WITHOUT_ROWID,
    )

    id: Mapped[Id]
    target_kind: Mapped[Code]
    target_id: Mapped[Ref]
    thread_id: Mapped[ThreadRef]
    revision: Mapped[int] = mapped_column(default=1)
    lane: Mapped[int]
    source: Mapped[Code]
    state: Mapped[Code]
    version: Mapped[int] = mapped_column(default=1)
    findings: Mapped[Words]
    opened_day: Mapped[Day]
    opened_hour: Mapped[Count]
    leased_by: Mapped[bytes | None] = mapped_column(LargeBinary(16), ForeignKey("moderator.id"))


class Flag(db.Model):  # type: ignore[name-defined,misc]
    """A reader's report on one revision of one post. Append-only; the flagger is a participant of the thread.

    ``is_repeat``: the same network had reported this post that day already. It is kept and read, and not counted.
    ``marks`` is JSON: the passages of the body that the flagger marked, as places and never as words.
    """

    __tablename__ = "flag"
    __table_args__ = (
        UniqueConstraint("post_id", "participant_id", "revision"),
        one_of("reason", FLAG_REASONS),
        WITHOUT_ROWID,
    )

    id: Mapped[Id]
    case_id: Mapped[bytes] = mapped_column(
        LargeBinary(16), ForeignKey("case.id", ondelete="CASCADE"), index=True
    )
    post_id: Mapped[bytes] = mapped_column(LargeBinary(16), ForeignKey("post.id", ondelete="CASCADE"))
    participant_id: Mapped[bytes] = mapped_column(
        LargeBinary(16), ForeignKey("participant.id", ondelete="CASCADE"), index=True
    )
    reason: Mapped[Code]
    note: Mapped[str] = mapped_column(String(NOTE_LENGTH), default="")
    revision: Mapped[int]
    day: Mapped[Day]
    is_repeat: Mapped[bool] = mapped_column(default=False, server_default=false())
    marks: Mapped[Words]


class Interim(db.Model):  # type: ignore[name-defined,misc]
    """What flags did to a post while nobody was on duty, until somebody decides; ``spans`` is JSON, places in the body."""

    __tablename__ = "interim"
    __table_args__ = (one_of("kind", INTERIM_KINDS), WITHOUT_ROWID)

    post_id: Mapped[bytes] = mapped_column(
        LargeBinary(16), ForeignKey("post.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(String(24), primary_key=True)
    spans: Mapped[Words]


class Decision(db.Model):  # type: ignore[name-defined,misc]
    """What a moderator decided on a case, and under which of the five promises (``rule``, 0 = none).

    ``revision`` is the newest text it speaks of: what stood after it took effect. ``number`` is the case's version it
    was made upon: it puts the decisions of a case in order where days cannot. ``before`` is JSON: what it found, so that it can
    be undone (moderation/undoing.py); states and numbers, never words.
    """

    __tablename__ = "decision"
    __table_args__ = (one_of("outcome", OUTCOMES), WITHOUT_ROWID)

    id: Mapped[Id]
    case_id: Mapped[bytes] = mapped_column(
        LargeBinary(16), ForeignKey("case.id", ondelete="CASCADE"), index=True
    )
    moderator_id: Mapped[bytes] = mapped_column(LargeBinary(16), ForeignKey("moderator.id"))
    outcome: Mapped[Code]
    rule: Mapped[Count]
    revision: Mapped[int] = mapped_column(default=1)
    number: Mapped[Count]
    note_team: Mapped[Words]
    day: Mapped[Day]
    before: Mapped[str] = mapped_column(String(BEFORE_LENGTH), default="", server_default="")


class Pending(db.Model):  # type: ignore[name-defined,misc]
    """A decision that was pressed and is not settled: everything the moderator chose and wrote, so that nothing of it is
    lost when the process ends, when it is taken back, or when a second person has to look first.

    ``number`` is the case's version and ``revision`` the text's it was made upon; ``came_from`` the state of the case
    before; ``spans`` JSON as places of letters, never letters; ``why`` the reason a second person looks;
    ``is_prompt`` whether it was pressed within the staffed hours of its lane; ``decision_id`` what stands already until that
    person has.
    """

    __tablename__ = "pending"
    __table_args__ = (one_of("stage", PENDING_STAGES), one_of("outcome", OUTCOMES), WITHOUT_ROWID)

    case_id: Mapped[bytes] = mapped_column(
        LargeBinary(16), ForeignKey("case.id", ondelete="CASCADE"), primary_key=True
    )
    moderator_id: Mapped[bytes] = mapped_column(LargeBinary(16), ForeignKey("moderator.id"), index=True)
    stage: Mapped[Code]
    why: Mapped[str] = mapped_column(String(24), default="", server_default="")
    came_from: Mapped[Code]
    number: Mapped[int]
    revision: Mapped[int]
    outcome: Mapped[Code]
    rule: Mapped[Count]
    spans: Mapped[Words]
    warning: Mapped[Words]
    sanction: Mapped[str] = mapped_column(String(24), default="", server_default="")
    note_author: Mapped[Words]
    note_team: Mapped[Words]
    day: Mapped[Day]
    is_prompt: Mapped[bool] = mapped_column(default=True)
    decision_id: Mapped[bytes | None] = mapped_column(
        LargeBinary(16), ForeignKey("decision.id", ondelete="SET NULL"), index=True
    )
    theme: Mapped[str] = mapped_column(String(24), default="", server_default="")


class Notice(db.Model):  # type: ignore[name-defined,misc]
    """A statement of reasons for one participant of one thread: rule, passage, what was done, in kind words."""

    __tablename__ = "notice"
    __table_args__ = (Index("ix_notice_number", "number"), one_of("outcome", OUTCOMES), WITHOUT_ROWID)

    id: Mapped[Id]
    thread_id: Mapped[ThreadRef]
    participant_id: Mapped[bytes] = mapped_column(
        LargeBinary(16), ForeignKey("participant.id", ondelete="CASCADE"), index=True
    )
    post_id: Mapped[bytes] = mapped_column(
        LargeBinary(16), ForeignKey("post.id", ondelete="CASCADE"), index=True
    )
    decision_id: Mapped[bytes] = mapped_column(
        LargeBinary(16), ForeignKey("decision.id", ondelete="CASCADE"), index=True
    )
    outcome: Mapped[Code]
    rule: Mapped[Count]
    passage: Mapped[Words]
    words: Mapped[Words]
    day: Mapped[Day]
    number: Mapped[Count]  # in the order of commits, from BoardState


class Message(db.Model):  # type: ignore[name-defined,misc]
    """A word of the house to one participant of one thread, where a life may be in danger, while nothing is decided yet.

    ``sentence`` is the code of a reviewed message (or empty), ``words`` what a moderator added. ``upon`` is the version of
    the case it was sent upon: one press, one message. ``number`` as in :class:`Notice`.
    """

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("case_id", "upon"),
        Index("ix_message_number", "number"),
        WITHOUT_ROWID,
    )

    id: Mapped[Id]
    case_id: Mapped[bytes] = mapped_column(LargeBinary(16), ForeignKey("case.id", ondelete="CASCADE"))
    thread_id: Mapped[ThreadRef]
    participant_id: Mapped[bytes] = mapped_column(
        LargeBinary(16), ForeignKey("participant.id", ondelete="CASCADE"), index=True
    )
    post_id: Mapped[bytes] = mapped_column(
        LargeBinary(16), ForeignKey("post.id", ondelete="CASCADE"), index=True
    )
    moderator_id: Mapped[bytes] = mapped_column(LargeBinary(16), ForeignKey("moderator.id"))
    sentence: Mapped[Code]
    words: Mapped[Words]
    upon: Mapped[int]
    day: Mapped[Day]
    number: Mapped[Count]


class Rung(db.Model):  # type: ignore[name-defined,misc]
    """For what the operator's bell has rung about an open case (moderation/bell.py): no time, and gone with the case."""

    __tablename__ = "rung"
    __table_args__ = (WITHOUT_ROWID,)

    case_id: Mapped[bytes] = mapped_column(
        LargeBinary(16), ForeignKey("case.id", ondelete="CASCADE"), primary_key=True
    )
    reasons: Mapped[Count]


class Letter(db.Model):  # type: ignore[name-defined,misc]
    """A letter to the caretakers, a request of somebody written about, or an appeal; answered under its receipt.

    ``removes_on``: the day on which the post goes unless its author objects before.
    """

    __tablename__ = "letter"
    __table_args__ = (
        one_of("kind", LETTER_KINDS),
        one_of("state", LETTER_STATES),
        one_of("plea", LETTER_PLEAS),
        one_of("step", LETTER_STEPS),
        Index("ix_letter_state", "state", "day"),
        WITHOUT_ROWID,
    )

    id: Mapped[Id]
    kind: Mapped[Code]
    state: Mapped[Code]
    body: Mapped[Words]
    answer: Mapped[Words]
    about_post: Mapped[bytes | None] = mapped_column(
        LargeBinary(16), ForeignKey("post.id", ondelete="SET NULL"), index=True
    )
    day: Mapped[Day]
    answered_day: Mapped[date | None]
    plea: Mapped[Code] = mapped_column(default="", server_default="")
    step: Mapped[Code] = mapped_column(default="", server_default="")
    removes_on: Mapped[date | None]
