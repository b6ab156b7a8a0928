"""Column shapes that stand in several tables, named once."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated

from sqlalchemy import CheckConstraint, Date, ForeignKey, Integer, LargeBinary, String, Text
from sqlalchemy.orm import mapped_column

from forum.ids import new_id

# SQLite keeps such a table in the order of its random key: the file tells nothing about the order of writing.
WITHOUT_ROWID = {"sqlite_with_rowid": False}

Id = Annotated[bytes, mapped_column(LargeBinary(16), primary_key=True, default=new_id)]
Ref = Annotated[bytes, mapped_column(LargeBinary(16))]
Digest = Annotated[bytes, mapped_column(LargeBinary(32))]
Day = Annotated[date, mapped_column(Date)]
Code = Annotated[str, mapped_column(String(24))]
Count = Annotated[int, mapped_column(Integer, default=0, server_default="0")]
Words = Annotated[str, mapped_column(Text, default="", server_default="")]
ThreadRef = Annotated[
    bytes, mapped_column(LargeBinary(16), ForeignKey("thread.id", ondelete="CASCADE"), index=True)
]


def one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    """A CHECK that ``column`` holds one of ``values``."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)
