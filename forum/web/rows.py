"""Threads as lists show them: a row of the database with its words in the reader's language."""

from dataclasses import dataclass
from typing import Any

from forum import ids
from forum.i18n import locale
from forum.models import Theme
from forum.queries.threads import ThreadRow
from forum.web import words


@dataclass(frozen=True)
class Item:
    """One row of a list of threads."""

    id_text: str
    title: str
    has_title: bool
    excerpt: str
    theme_code: str
    theme_name: str
    wish: str
    warning: str
    replies: int
    is_waiting: bool
    day_words: str
    waiting_since: str | None
    has_aftermath: bool
    is_closed: bool
    is_sample: bool


def items(rows: list[ThreadRow], *, waiting: bool = False) -> list[Item]:
    """Rows for a template; with ``waiting`` each says since when it waits."""
    return [item(row, waiting=waiting) for row in rows]


def item(row: ThreadRow, *, waiting: bool = False) -> Item:
    """One row for a template."""
    theme = theme_name(row)
    return Item(
        id_text=ids.to_text(row.id),
        title=words.title_words(row.title, theme),
        has_title=bool(row.title),
        excerpt=row.excerpt,
        theme_code=row.theme_code,
        theme_name=theme,
        wish=row.wish,
        warning=row.warning,
        replies=row.replies,
        is_waiting=row.replies == 0 and row.expects_answers and row.takes_replies,
        day_words=words.day_words(row.bumped_day),
        waiting_since=words.since_words(row.created_day) if waiting else None,
        has_aftermath=row.has_aftermath,
        is_closed=row.is_closed,
        is_sample=row.is_sample,
    )


def theme_name(row: ThreadRow) -> str:
    """The room's name in the reader's language."""
    return row.theme_en if locale() == "en" else row.theme_ja


def room(theme: Theme) -> dict[str, Any]:
    """A room for a template, in the reader's language."""
    english = locale() == "en"
    questions = theme.questions_en if english else theme.questions_ja
    return {
        "code": theme.code,
        "name": theme.name_en if english else theme.name_ja,
        "about": theme.about_en if english else theme.about_ja,
        "questions": [line for line in questions.splitlines() if line],
    }
