"""What search keeps in the database: its outbox, written in the same transaction as the change it tells of, and which
threads are alike."""

from sqlalchemy import ForeignKey, Index, LargeBinary, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from forum.extensions import db
from forum.models.columns import WITHOUT_ROWID, Ref


class IndexJob(db.Model):  # type: ignore[name-defined,misc]
    """ "Look at this post again." The drainer reads the post's present state; the token tells a job that came since.

    No foreign key: the post may be gone by then, which is exactly what the index must learn.
    """

    __tablename__ = "index_job"
    __table_args__ = (WITHOUT_ROWID,)

    post_id: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    token: Mapped[Ref]


class Alike(db.Model):  # type: ignore[name-defined,misc]
    """A thread whose opening tells of nearly the same as another's, the most alike with rank 0 (search/relations.py).

    Worked out from the words alone, as anybody could who reads them. With rank TO_LOOK_AT it stands beside itself: what is
    like it is still to be found; with rank ALONE, nothing was.
    """

    __tablename__ = "alike"
    __table_args__ = (
        Index(
            "ix_alike_to_look_at",
            "thread_id",
            sqlite_where=text("rank = -1"),
            postgresql_where=text("rank = -1"),
        ),
        WITHOUT_ROWID,
    )

    TO_LOOK_AT = -1
    ALONE = -2

    thread_id: Mapped[bytes] = mapped_column(
        LargeBinary(16), ForeignKey("thread.id", ondelete="CASCADE"), primary_key=True
    )
    rank: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    other_id: Mapped[bytes] = mapped_column(
        LargeBinary(16), ForeignKey("thread.id", ondelete="CASCADE"), index=True
    )
