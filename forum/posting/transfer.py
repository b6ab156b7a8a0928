"""Threads from a file: one JSON object a line, checked, cleaned and rendered.

Pure, so it can run in several processes. The operator's file is trusted no more than a form: letters, lengths and choices are held to the same rules.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from forum import markup
from forum.models.content import (
    BODY_LENGTH,
    EXCERPT_LENGTH,
    REACTIONS,
    TITLE_LENGTH,
    WARNING_LENGTH,
    WISHES,
)
from forum.text import clean_input

LIFETIME_DAYS = 365
HOUSE = "house"
OPENER = 0
THREAD_KEYS = frozenset(
    {
        "id",
        "theme",
        "lang",
        "title",
        "body",
        "wish",
        "warning",
        "days_ago",
        "reactions",
        "replies",
        "aftermath",
    }
)
REPLY_KEYS = frozenset({"body", "by", "days_ago", "reactions"})


class BadRow(ValueError):
    """A line that cannot be taken; the text says why, in one short sentence without the line's words."""


@dataclass(frozen=True)
class ReadPost:
    """One post of the file: ``by`` is 0 for the opener, another number for another writer, ``house``, or
    nobody yet.
    """

    source: str
    html: str
    by: int | str | None
    days_ago: int
    counts: tuple[int, ...]
    kind: str = "post"


@dataclass(frozen=True)
class ReadThread:
    """One line of the file, cleaned and rendered."""

    given_id: str
    theme: str
    title: str
    excerpt: str
    warning: str
    wish: str
    posts: tuple[ReadPost, ...]


def read_line(line: str, themes: frozenset[str]) -> ReadThread:
    """The thread of one line of JSON. Pure, and the slow part. Raises BadRow."""
    row = _json_object(line)
    _ensure_known(row, THREAD_KEYS)
    theme = _text(row, "theme", 24)
    if theme not in themes:
        raise BadRow(f"no theme has the code {theme!r}")
    posts = tuple(_posts(row))
    warning = _text(row, "warning", WARNING_LENGTH)
    return ReadThread(
        given_id=str(row.get("id", "")),
        theme=theme,
        title=_text(row, "title", TITLE_LENGTH),
        excerpt="" if warning else markup.excerpt(posts[0].html, EXCERPT_LENGTH),
        warning=warning,
        wish=_wish(row),
        posts=posts,
    )


def _json_object(line: str) -> Mapping[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as broken:
        raise BadRow("this is not JSON") from broken
    if not isinstance(row, dict):
        raise BadRow("a line holds one JSON object")
    return row


def _ensure_known(row: Mapping[str, Any], known: frozenset[str]) -> None:
    unknown = sorted(set(row) - known)
    if unknown:
        raise BadRow(f"unknown key {unknown[0][:30]!r}")


def _posts(row: Mapping[str, Any]) -> Iterator[ReadPost]:
    replies = row.get("replies", [])
    if not isinstance(replies, list) or not all(isinstance(reply, dict) for reply in replies):
        raise BadRow("replies must be a list of objects")
    opening = _post(row, by=OPENER, days_ago=_days_ago(row, default=0))
    yield opening
    last = opening
    for reply in replies:
        _ensure_known(reply, REPLY_KEYS)
        last = _post(
            reply, by=_writer(reply), days_ago=_days_ago(reply, default=last.days_ago, most=last.days_ago)
        )
        yield last
    if row.get("aftermath"):
        body = {"body": row["aftermath"]}
        yield _post(body, by=OPENER, days_ago=last.days_ago, kind="aftermath")


def _post(row: Mapping[str, Any], *, by: int | str | None, days_ago: int, kind: str = "post") -> ReadPost:
    body = row.get("body")
    if not isinstance(body, str):
        raise BadRow("body must be text")
    source = clean_input(body)
    if not source:
        raise BadRow("body is empty")
    if len(source) > BODY_LENGTH:
        raise BadRow(f"body is longer than {BODY_LENGTH} letters")
    html = markup.render_post(source)
    return ReadPost(source=source, html=html, by=by, days_ago=days_ago, counts=_counts(row), kind=kind)


def _text(row: Mapping[str, Any], name: str, longest: int) -> str:
    value = row.get(name, "")
    if not isinstance(value, str):
        raise BadRow(f"{name} must be text")
    cleaned = " ".join(clean_input(value).split())
    if len(cleaned) > longest:
        raise BadRow(f"{name} is longer than {longest} letters")
    return cleaned


def _wish(row: Mapping[str, Any]) -> str:
    wish = row.get("wish") or WISHES[0]
    if wish not in WISHES:
        raise BadRow(f"wish must be one of {', '.join(WISHES)}")
    return str(wish)


def _writer(row: Mapping[str, Any]) -> int | str | None:
    by = row.get("by")
    if by is None or by == HOUSE or (isinstance(by, int) and not isinstance(by, bool) and by >= 0):
        return by
    raise BadRow(f"by must be 0 for the opener, a number or {HOUSE!r}")


def _days_ago(row: Mapping[str, Any], *, default: int, most: int = LIFETIME_DAYS - 1) -> int:
    days = row.get("days_ago", default)
    if not isinstance(days, int) or isinstance(days, bool) or not 0 <= days <= most:
        raise BadRow(f"days_ago must lie between 0 and {most} here")
    return days


def _counts(row: Mapping[str, Any]) -> tuple[int, ...]:
    given = row.get("reactions") or {}
    if not isinstance(given, dict) or not set(given) <= set(REACTIONS):
        raise BadRow(f"reactions are counts of {', '.join(REACTIONS)}")
    counts = tuple(given.get(kind, 0) for kind in REACTIONS)
    if not all(isinstance(count, int) and 0 <= count < 1_000_000 for count in counts):
        raise BadRow("a count of reactions is a whole number")
    return counts
