"""The few people with a login: moderators, their rota and what they hand over. Named to each other only, never to the
public.
"""

from datetime import date

from sqlalchemy import BigInteger, Date, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from forum.extensions import db
from forum.models.columns import WITHOUT_ROWID, Code, Count, Day, Id, Words, one_of

# What a moderator sets aside: a lane left to others, a room whose texts open folded, the keys of one letter.
ASIDES = ("lane", "theme", "keys")
ROLES = ("moderator", "lead", "operator")
NAME_LENGTH = 40
HANDOVER_LENGTH = 600
CREDENTIAL_LENGTH = 1023  # the longest id that the standard allows


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


class Shift(db.Model):  # type: ignore[name-defined,misc]
    """Somebody means to be on duty in this hour (0 to 23) of this day. Rows of past days go."""

    __tablename__ = "shift"
    __table_args__ = (WITHOUT_ROWID,)

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    hour: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    moderator_id: Mapped[bytes] = mapped_column(
        LargeBinary(16), ForeignKey("moderator.id"), primary_key=True, index=True
    )


class Handover(db.Model):  # type: ignore[name-defined,misc]
    """The one note that a shift leaves for the next. The next note takes its place."""

    __tablename__ = "handover"
    __table_args__ = (WITHOUT_ROWID,)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    moderator_id: Mapped[bytes] = mapped_column(LargeBinary(16), ForeignKey("moderator.id"))
    words: Mapped[Words]
    day: Mapped[Day]


class Passkey(db.Model):  # type: ignore[name-defined,misc]
    """A key that a moderator's device or authenticator holds; here is its public half, which opens nothing."""

    __tablename__ = "passkey"
    __table_args__ = (WITHOUT_ROWID,)

    id: Mapped[Id]
    moderator_id: Mapped[bytes] = mapped_column(
        LargeBinary(16), ForeignKey("moderator.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(CREDENTIAL_LENGTH), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    added_day: Mapped[Day]


class Aside(db.Model):  # type: ignore[name-defined,misc]
    """One thing a moderator set aside for themselves, to be well at the desk; ``code`` is the lane or the theme.

    Why they did is theirs, and no page shows anybody else's.
    """

    __tablename__ = "aside"
    __table_args__ = (one_of("kind", ASIDES), WITHOUT_ROWID)

    moderator_id: Mapped[bytes] = mapped_column(
        LargeBinary(16), ForeignKey("moderator.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(String(24), primary_key=True)
    code: Mapped[str] = mapped_column(String(24), primary_key=True)
