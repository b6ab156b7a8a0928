"""Bans by the construction: a row names a tag in one thread, never a person, and says nothing of where they write."""

from sqlalchemy import Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from forum.extensions import db
from forum.models.columns import WITHOUT_ROWID, Code, Count, Day, Id, Ref, one_of

BAN_SCOPES = ("warning", "slow", "thread", "board")


class Ban(db.Model):  # type: ignore[name-defined,misc]
    """One step of the ladder against whoever has this tag in this thread (``tag`` under pepper ``pepper_version``).

    ``number`` comes from :class:`BoardState` in the order of commits; ``thread_id`` is no foreign key: a ban outlives
    the thread it was earned in. A lifted ban ends by ``until_day``.
    """

    __tablename__ = "ban"
    __table_args__ = (
        UniqueConstraint("number"),
        Index("ix_ban_until_day", "until_day"),
        # Everything a try needs stands in the index itself.
        Index("ix_ban_tried", "number", "until_day", "thread_id", "pepper_version", "tag"),
        one_of("scope", BAN_SCOPES),
        WITHOUT_ROWID,
    )

    id: Mapped[Id]
    thread_id: Mapped[Ref]
    tag: Mapped[Ref]
    pepper_version: Mapped[int]
    scope: Mapped[Code]
    reason: Mapped[Code]
    from_day: Mapped[Day]
    until_day: Mapped[Day]  # the last day it holds
    number: Mapped[Count]


class BoardState(db.Model):  # type: ignore[name-defined,misc]
    """The one row of what holds for the whole board: who takes a number locks it.

    ``epoch`` is another one in a database that was put back: a cookie's numbers of another epoch mean nothing.
    ``is_paused``: reading stays, writing rests. ``is_shut``: the same, by the board itself, since no moderator came for
    long. ``is_calm``: what newcomers write waits for a reader, and limits are tighter.
    """

    __tablename__ = "board_state"
    __table_args__ = (WITHOUT_ROWID,)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    epoch: Mapped[int] = mapped_column(default=1, server_default="1")
    ban_number: Mapped[Count]
    notice_number: Mapped[Count]
    is_paused: Mapped[bool] = mapped_column(default=False)
    is_shut: Mapped[bool] = mapped_column(default=False, server_default=false())
    is_calm: Mapped[bool] = mapped_column(default=False, server_default=false())
