"""The few people with a login: moderators. They are named to each other only, never to the public."""

from datetime import date

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from forum.extensions import db
from forum.models.columns import WITHOUT_ROWID, Code, Count, Day, Id, Words, one_of

ROLES = ("moderator", "lead", "operator")
LEADS = ("lead", "operator")
NAME_LENGTH = 40


class Moderator(db.Model):  # type: ignore[name-defined,misc]
    """A volunteer. Raising ``session_epoch`` ends every session of theirs with the next request."""

    __tablename__ = "moderator"
    __table_args__ = (one_of("role", ROLES), WITHOUT_ROWID)

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(NAME_LENGTH), unique=True)
    role: Mapped[Code]
    password_hash: Mapped[Words]
    totp_sealed: Mapped[Words]
    enrol_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    enrol_until: Mapped[date | None]
    is_disabled: Mapped[bool] = mapped_column(default=False)
    session_epoch: Mapped[Count]
    added_day: Mapped[Day]
