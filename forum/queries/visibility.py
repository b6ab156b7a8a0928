"""The one rule for what a reader may see. Every SELECT behind a public page goes through it."""

from datetime import date

from sqlalchemy import ColumnElement, Date, and_, bindparam

from forum import clock
from forum.models import Post, Thread

# Posts that take a place in the thread: the live ones with their words, the others as one quiet line.
PLACED = ("live", "hidden", "removed", "deleted")


# Asked when a statement runs, so that statements can be made once and kept.
TODAY = bindparam("today", callable_=clock.today, type_=Date)


def listed_threads() -> ColumnElement[bool]:
    """Threads that stand in lists and in search."""
    return and_(Thread.status == "live", Thread.ends_on >= TODAY)


def is_visible(status: str, ends_on: date) -> bool:
    """Whether a thread's page opens: live, or closed by its writer while others' replies stay; not past its end."""
    return status in {"live", "withdrawn"} and ends_on >= clock.today()


def is_listed(status: str, ends_on: date) -> bool:
    """The same as :func:`listed_threads` for a row that was found by its id."""
    return status == "live" and ends_on >= clock.today()


def visible_posts() -> ColumnElement[bool]:
    """Posts whose words may be shown (inside a visible thread)."""
    return Post.status == "live"


def placed_posts() -> ColumnElement[bool]:
    """Posts that have a number in the thread, whether or not their words are shown."""
    return and_(Post.number.is_not(None), Post.status.in_(PLACED))
