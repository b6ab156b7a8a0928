"""Small rows that end by themselves: receipts, timers, the counter that numbers a day's activity, what rules did."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, DateTime, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from forum.extensions import db
from forum.models.columns import WITHOUT_ROWID, Code, Count, Day, Ref, one_of

RECEIPT_KINDS = ("post", "flag", "letter")
TIMER_KINDS = (
    "edit",
    "publish",
    "lease",
    "code",
    "heated",
    "decide",
    "snooze",
    "removal",
    "return",
    "door",
    "hearing",
    "challenge",
    "enrol",
    "bell",
)
RULE_EVENTS = ("asked", "masked", "unchanged", "covered", "held", "rejected", "overruled")
RULE_LENGTH = 48
FIGURE_KINDS = ("looked", "decided", "appeal")


class Receipt(db.Model):  # type: ignore[name-defined,misc]
    """What four receipt words open: one target, until a day. Only an HMAC of the words is here."""

    __tablename__ = "receipt"
    __table_args__ = (
        Index("ix_receipt_target_id", "target_id"),
        one_of("kind", RECEIPT_KINDS),
        WITHOUT_ROWID,
    )

    id: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    kind: Mapped[Code]
    target_id: Mapped[Ref]
    ends_on: Mapped[Day]


class Deposit(db.Model):  # type: ignore[name-defined,misc]
    """預ける: an unfinished text, sealed under its receipt words. Without the words nobody can open it, the board neither.

    ``id`` is the HMAC of the words, as in :class:`Receipt`.
    """

    __tablename__ = "deposit"
    __table_args__ = (Index("ix_deposit_ends_on", "ends_on"), WITHOUT_ROWID)

    id: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    box: Mapped[bytes] = mapped_column(LargeBinary)
    ends_on: Mapped[Day]


class Timer(db.Model):  # type: ignore[name-defined,misc]
    """The one table with times finer than a day. A row goes when it fires and never enters backup or export."""

    __tablename__ = "timer"
    __table_args__ = (Index("ix_timer_due", "due"), one_of("kind", TIMER_KINDS), WITHOUT_ROWID)

    kind: Mapped[str] = mapped_column(String(24), primary_key=True)
    target: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    due: Mapped[datetime] = mapped_column(DateTime)  # the board's zone, without offset


class DayCounter(db.Model):  # type: ignore[name-defined,misc]
    """Hands out the number within a day that orders the newest activity."""

    __tablename__ = "day_counter"
    __table_args__ = (WITHOUT_ROWID,)

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    last_no: Mapped[Count]


class RuleCounter(db.Model):  # type: ignore[name-defined,misc]
    """How often one rule of screening led to one thing on one day: a number, and nothing about whom or which text."""

    __tablename__ = "rule_counter"
    __table_args__ = (one_of("event", RULE_EVENTS), WITHOUT_ROWID)

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    rule: Mapped[str] = mapped_column(String(RULE_LENGTH), primary_key=True)
    event: Mapped[str] = mapped_column(String(24), primary_key=True)
    times: Mapped[Count]


class MonthFigure(db.Model):  # type: ignore[name-defined,misc]
    """How often something took so long, or ended so, in a month: a number, and nothing about which case, whose or by whom.

    ``value`` is whole staffed hours for ``looked``, and 1 or 0 for ``decided`` (in time) and ``appeal`` (granted).
    """

    __tablename__ = "month_figure"
    __table_args__ = (one_of("kind", FIGURE_KINDS), WITHOUT_ROWID)

    month: Mapped[date] = mapped_column(Date, primary_key=True)
    kind: Mapped[str] = mapped_column(String(24), primary_key=True)
    value: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    times: Mapped[Count]


class Echo(db.Model):  # type: ignore[name-defined,misc]
    """One of the few numbers by which a text is found that stands, nearly the same, elsewhere too (moderation/echoes.py).

    A number of letters, not of a writer; the rows go with the letters.
    """

    __tablename__ = "echo"
    __table_args__ = (WITHOUT_ROWID,)

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    post_id: Mapped[bytes] = mapped_column(
        LargeBinary(16), ForeignKey("post.id", ondelete="CASCADE"), primary_key=True, index=True
    )
