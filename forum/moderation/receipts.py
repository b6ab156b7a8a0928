"""控えの言葉 on the database's side: which one thing four words open, and until when."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import select, update

from forum import clock
from forum.extensions import db
from forum.identity.keys import Keys
from forum.identity.receipts import receipt_id
from forum.models import Post, Receipt

# Letters and flags have no lifetime of their own; their receipts open for as long as decided cases are kept.
DAYS_KEPT = 180


def keep(
    *, kind: str, target_id: bytes, words: Iterable[str], keys: Keys, ends_on: date | None = None
) -> None:
    """Let these words open ``target_id`` until the end of ``ends_on`` (180 days when not given)."""
    db.session.merge(
        Receipt(
            id=receipt_id(keys.pepper(keys.pepper_version), tuple(words)),
            kind=kind,
            target_id=target_id,
            ends_on=ends_on or clock.date_after(DAYS_KEPT),
        )
    )
    db.session.flush()


def last_until(thread_id: bytes, ends_on: date) -> None:
    """The thread was prolonged: the words of its posts open them for as long as they stand."""
    posts = select(Post.id).where(Post.thread_id == thread_id)
    shorter = update(Receipt).where(Receipt.target_id.in_(posts), Receipt.ends_on < ends_on)
    db.session.execute(shorter.values(ends_on=ends_on))


def opened_by(words: Iterable[str], keys: Keys) -> Receipt | None:
    """What these words open today, or None. The same work whether or not they open anything."""
    tried = tuple(words)
    names = [receipt_id(keys.pepper(version), tried) for version in sorted(keys.peppers)]
    query = select(Receipt).where(Receipt.id.in_(names), Receipt.ends_on >= clock.today())
    return db.session.scalars(query).first()
