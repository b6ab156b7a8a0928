"""What people read and write. Nothing here names a person: a participant is one writer inside one thread."""

from datetime import date

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from forum.extensions import db
from forum.models.columns import WITHOUT_ROWID, Code, Count, Day, Id, Ref, ThreadRef, Words, one_of

WISHES = ("listen", "experience", "advice")
LIFETIMES = (1, 7, 30, 365)
THREAD_STATUSES = ("live", "held", "scheduled", "hidden", "removed", "withdrawn")
POST_STATUSES = ("live", "held", "scheduled", "hidden", "removed", "deleted")
POST_KINDS = ("post", "aftermath", "last")  # その後, and the opener's last words (〆)
PROLONGED = (30, 365)  # days from the day on which a thread is given a longer life
REACTIONS = ("same", "with_you", "thanks")

TITLE_LENGTH = 60
BODY_LENGTH = 5000
WARNING_LENGTH = 60
EXCERPT_LENGTH = 120


class Theme(db.Model):  # type: ignore[name-defined,misc]
    """A board about one subject; a copy of the themes file, so that threads can refer to it."""

    __tablename__ = "theme"
    __table_args__ = (WITHOUT_ROWID,)

    code: Mapped[str] = mapped_column(String(24), primary_key=True)
    name_ja: Mapped[str] = mapped_column(String(40))
    name_en: Mapped[str] = mapped_column(String(40))
    about_ja: Mapped[Words]
    about_en: Mapped[Words]
    questions_ja: Mapped[Words]  # one a line
    questions_en: Mapped[Words]
    position: Mapped[Count]
    is_open: Mapped[bool] = mapped_column(default=True)
    expects_answers: Mapped[bool] = mapped_column(default=True)  # False: nobody is invited to answer there


class Thread(db.Model):  # type: ignore[name-defined,misc]
    """An opening post and its replies.

    ``bumped_day`` and ``bumped_no`` order lists: the day of the newest post and its number within that day.
    ``version`` goes up with every change a reader could see, so that a finished page can be kept beside it.
    """

    __tablename__ = "thread"
    __table_args__ = (
        Index("ix_thread_board", "theme_code", "status", "bumped_day", "bumped_no"),
        Index("ix_thread_newest", "status", "bumped_day", "bumped_no"),
        Index("ix_thread_waiting", "status", "live_posts", "created_day"),
        Index("ix_thread_ends_on", "ends_on"),
        one_of("status", THREAD_STATUSES),
        one_of("wish", WISHES),
        WITHOUT_ROWID,
    )

    id: Mapped[Id]
    theme_code: Mapped[str] = mapped_column(String(24), ForeignKey("theme.code"))
    opening_id: Mapped[Ref]  # the opening post; no foreign key, the two rows are born together
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH), default="")
    excerpt: Mapped[str] = mapped_column(String(EXCERPT_LENGTH), default="")
    warning: Mapped[str] = mapped_column(String(WARNING_LENGTH), default="")
    wish: Mapped[Code]
    lifetime_days: Mapped[int]
    created_day: Mapped[Day]
    ends_on: Mapped[Day]
    status: Mapped[Code]
    is_locked: Mapped[bool] = mapped_column(default=False)  # by a moderator
    is_closed: Mapped[bool] = mapped_column(default=False, server_default=false())  # by its opener (〆)
    has_aftermath: Mapped[bool] = mapped_column(default=False)
    is_sample: Mapped[bool] = mapped_column(default=False)
    is_quiet: Mapped[bool] = mapped_column(default=False, server_default=false())  # lists show no words of it
    bumped_day: Mapped[Day]
    bumped_no: Mapped[Count]
    last_no: Mapped[Count]
    live_posts: Mapped[Count]
    pepper_version: Mapped[int]
    version: Mapped[Count]


class Participant(db.Model):  # type: ignore[name-defined,misc]
    """One writer inside one thread: a tag that only that writer's seed and the pepper can make, and two words."""

    __tablename__ = "participant"
    __table_args__ = (
        UniqueConstraint("tag", "thread_id"),
        UniqueConstraint("thread_id", "adjective", "noun"),
        Index("ix_participant_handle", "adjective", "noun"),
        WITHOUT_ROWID,
    )

    id: Mapped[Id]
    thread_id: Mapped[ThreadRef]
    tag: Mapped[Ref]
    adjective: Mapped[int]
    noun: Mapped[int]
    is_opener: Mapped[bool] = mapped_column(default=False)


class Post(db.Model):  # type: ignore[name-defined,misc]
    """The opening post or a reply. Source and finished HTML are both kept; ``number`` comes with publication.

    ``participant_id`` is NULL for the caretakers' own voice.
    """

    __tablename__ = "post"
    __table_args__ = (
        UniqueConstraint("thread_id", "number"),
        one_of("status", POST_STATUSES),
        one_of("kind", POST_KINDS),
        WITHOUT_ROWID,
    )

    id: Mapped[Id]
    thread_id: Mapped[ThreadRef]
    participant_id: Mapped[bytes | None] = mapped_column(
        LargeBinary(16), ForeignKey("participant.id", ondelete="CASCADE"), index=True
    )
    number: Mapped[int | None]
    kind: Mapped[Code] = mapped_column(default="post")
    status: Mapped[Code]
    source: Mapped[Words]
    html: Mapped[Words]
    render_version: Mapped[Count]
    warning: Mapped[str] = mapped_column(String(WARNING_LENGTH), default="")
    day: Mapped[Day]
    revision: Mapped[int] = mapped_column(default=1, server_default="1")
    same_count: Mapped[Count]
    with_you_count: Mapped[Count]
    thanks_count: Mapped[Count]


class Revision(db.Model):  # type: ignore[name-defined,misc]
    """A post's text as it stood when a case was opened on it; kept only while that case needs it, or an appeal would.

    ``title`` is the thread's, when the post opened it.
    """

    __tablename__ = "revision"
    __table_args__ = (WITHOUT_ROWID,)

    post_id: Mapped[bytes] = mapped_column(
        LargeBinary(16), ForeignKey("post.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[Words]
    html: Mapped[Words]
    warning: Mapped[str] = mapped_column(String(WARNING_LENGTH), default="")
    day: Mapped[date]
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH), default="", server_default="")


class Reaction(db.Model):  # type: ignore[name-defined,misc]
    """An answer without words, by a participant of the thread; one of each kind a post."""

    __tablename__ = "reaction"
    __table_args__ = (one_of("kind", REACTIONS), WITHOUT_ROWID)

    post_id: Mapped[bytes] = mapped_column(
        LargeBinary(16), ForeignKey("post.id", ondelete="CASCADE"), primary_key=True
    )
    participant_id: Mapped[bytes] = mapped_column(
        LargeBinary(16), ForeignKey("participant.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    kind: Mapped[str] = mapped_column(String(24), primary_key=True)


class Fold(db.Model):  # type: ignore[name-defined,misc]
    """One writer keeps another one of the same thread folded. Both are participants of that thread: it links nothing."""

    __tablename__ = "fold"
    __table_args__ = (WITHOUT_ROWID,)

    participant_id: Mapped[bytes] = mapped_column(
        LargeBinary(16), ForeignKey("participant.id", ondelete="CASCADE"), primary_key=True
    )
    folded_id: Mapped[bytes] = mapped_column(
        LargeBinary(16), ForeignKey("participant.id", ondelete="CASCADE"), primary_key=True, index=True
    )
