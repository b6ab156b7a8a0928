"""The search outbox: written in the same transaction as the change it tells of."""

from sqlalchemy import LargeBinary
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
