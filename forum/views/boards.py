"""The first page and the rooms."""

from flask import Blueprint, render_template, request

from forum import errors
from forum.queries import paging, threads
from forum.web import rows

bp = Blueprint("boards", __name__)

WAITING_SHOWN = 3
NEWEST_SHOWN = 12
FILTERS = ("", "waiting", "aftermath")


@bp.get("/")
def home() -> str:
    """Stories that wait, the newest, the rooms; on an empty board the caretakers' letter and the questions."""
    waiting = threads.waiting(WAITING_SHOWN)
    above = {row.id for row in waiting}
    newest = [row for row in threads.newest(NEWEST_SHOWN + WAITING_SHOWN) if row.id not in above][
        :NEWEST_SHOWN
    ]
    themes = [rows.room(theme) for theme in threads.open_themes()]
    return render_template(
        "boards/home.html",
        waiting=rows.items(waiting, waiting=True),
        newest=rows.items(newest),
        themes=themes,
        is_empty=not threads.has_any(),
    )


@bp.get("/b/<code>")
def theme(code: str) -> str:
    """One room, newest activity first; ``?after=`` goes on, ``?only=`` narrows."""
    room = threads.theme_for(code)
    if room is None:
        raise errors.NotFound
    only = request.args.get("only", "")
    only = only if only in FILTERS else ""
    page = threads.board(code, place=paging.read_place(request.args.get("after")), only=only)
    return render_template(
        "boards/theme.html",
        theme=rows.room(room),
        rows=rows.items(page.rows, waiting=only == "waiting"),
        next_after=str(page.next_place) if page.next_place else None,
        filter=only,
    )
