"""The record of what moderators did: append-only, each row bound to the one before, without any text of people."""

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from forum.extensions import db
from forum.models.columns import WITHOUT_ROWID, Code, Count, Day, Digest


class AuditEntry(db.Model):  # type: ignore[name-defined,misc]
    """One act. ``digest`` is an HMAC over this row's fields and the digest of the row before it."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_day", "day"), WITHOUT_ROWID)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[Day]
    actor_id: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    role: Mapped[Code]
    action: Mapped[Code]
    case_id: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    lane: Mapped[Count]
    rule: Mapped[Count]
    reason: Mapped[str] = mapped_column(String(60), default="")
    digest: Mapped[Digest]


class AuditHead(db.Model):  # type: ignore[name-defined,misc]
    """One row: how long the chain is and how it ends, under an HMAC of its own. Locking it puts appends in line."""

    __tablename__ = "audit_head"
    __table_args__ = (WITHOUT_ROWID,)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[Count]
    digest: Mapped[Digest]
    mac: Mapped[Digest]
