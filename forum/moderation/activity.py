"""Numbers within a day: what orders the newest activity without saying when it was."""

import secrets
from datetime import date

from sqlalchemy import Date, bindparam, text

from forum.extensions import db

# One statement, the same on SQLite and PostgreSQL: two writers never get the same number.
_NEXT = text(
    "INSERT INTO day_counter (day, last_no) VALUES (:day, 1) "
    "ON CONFLICT (day) DO UPDATE SET last_no = day_counter.last_no + 1 RETURNING last_no"
).bindparams(bindparam("day", type_=Date))


def next_number(day: date) -> int:
    """The next number of ``day``."""
    return int(db.session.execute(_NEXT, {"day": day}).scalar_one())


# The column is a 32-bit integer on PostgreSQL.
LARGEST_NUMBER = 2**31 - 1


def random_number() -> int:
    """A number for a day that has ended: it orders lists and tells nothing."""
    return secrets.randbelow(LARGEST_NUMBER) + 1
