"""Search. What is looked for never stands in an address in clear: the form answers with a sealed one."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Self

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from forum import clock, errors
from forum.extensions import csrf
from forum.forms.search import SearchForm
from forum.i18n import gettext as _
from forum.identity.handles import parse_handle
from forum.identity.sealed import open_query, seal_query
from forum.queries import found, threads
from forum.runtime import runtime
from forum.search.alike import alike, beside_hits
from forum.search.finding import Order, find_threads
from forum.search.query import QUERY_LENGTH, Query, parse
from forum.search.snippets import Parts, snippet
from forum.web import rows
from forum.web.guards import SAFE_METHODS
from forum.web.limits import limited
from forum.web.thread_page import LIKE_SHOWN

bp = Blueprint("search", __name__)

HITS_A_PAGE = 20
PAGES = 20


@dataclass(frozen=True)
class Asked:
    """What somebody looks for: a theme's code or none, what comes first, the words."""

    theme: str
    order: Order
    words: str

    def sealed(self) -> str:
        """The text to be sealed; words hold no line ends."""
        return f"{self.theme}\n{self.order}\n{self.words}"

    @property
    def room(self) -> str | None:
        """The theme's code, or None for all."""
        return self.theme or None

    @classmethod
    def of(cls, opened: str | None) -> Self | None:
        """What :meth:`sealed` said; None for nothing, and for what an older version said."""
        parts = opened.split("\n") if opened else []
        return cls(parts[0], Order(parts[1]), parts[2]) if len(parts) == 3 else None


@dataclass(frozen=True)
class Hit(rows.Item):
    """A thread's row with the piece of text that was found."""

    snippet_parts: Parts


@dataclass(frozen=True)
class Found:
    """One row a thread with that of its posts that comes first, threads that tell of the same in other words, and whether
    there are more of the first."""

    hits: list[Hit]
    like: list[rows.Item]
    more: bool


# Nothing is changed and no cookie is set: the one form without a token.
@bp.route("/s", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]
@limited("search")
def form() -> Response:
    """The form; sent, it leads to a sealed address."""
    filled = _form()
    if request.method in SAFE_METHODS:
        return make_response(render_template("search/form.html", form=filled, message=None))
    words = " ".join((filled.q.data or "")[:QUERY_LENGTH].split())
    if parse(words).is_empty and not parse_handle(words):
        message = _("探したい言葉を、一つ入れてみてください。")
        return make_response(render_template("search/form.html", form=filled, message=message), 422)
    asked = Asked(filled.b.data, Order(filled.o.data), words)
    sealed = seal_query(asked.sealed(), runtime().keys.seal, _hour())
    return make_response(redirect(url_for("search.results", sealed=sealed), 303))


@bp.get("/s/<sealed>")
@limited("search")
def results(sealed: str) -> str:
    """What was found; ``?p=`` goes on. An old address, or one that is not ours, shows an empty form."""
    asked = Asked.of(open_query(sealed, runtime().keys.seal, _hour()))
    if asked is None:
        message = _(
            "探した言葉は、しばらくすると、こちらにも読めなくなります。もう一度、入れてみてください。"
        )
        return render_template("search/form.html", form=_form(), message=message)
    page = _page()
    shown = _found(asked, page)
    return render_template(
        "search/results.html",
        query=asked.words,
        hits=shown.hits,
        talks=shown.like,
        handle_hits=_handle_hits(asked) if page == 1 else [],
        next_url=url_for("search.results", sealed=sealed, p=page + 1)
        if shown.more and page < PAGES
        else None,
        message=None,
    )


def _form() -> SearchForm:
    filled = SearchForm()
    filled.offer([rows.room(theme) for theme in threads.open_themes()])
    return filled


def _found(asked: Asked, page: int) -> Found:
    """What the words of a page lead to."""
    read, query = found.Reading(), parse(asked.words)
    hits = find_threads(
        runtime().search,
        query,
        read,
        theme=asked.room,
        order=asked.order,
        limit=HITS_A_PAGE,
        skip=(page - 1) * HITS_A_PAGE,
    )
    shown = [read.posts[post_id] for post_id in hits.post_ids]
    heads = threads.by_ids([post.thread_id for post in shown])
    hits_shown = [
        Hit(**asdict(rows.item(heads[post.thread_id])), snippet_parts=_snippet(post, query))
        for post in shown
        if post.thread_id in heads
    ]
    without = {post.thread_id for post in shown}
    like = (
        beside_hits(runtime().search, query, found.found_posts, hits=without, theme=asked.room)
        if page == 1
        else []
    )
    return Found(hits_shown, _items(like), hits.more)


def like(text: str) -> list[rows.Item]:
    """Threads that tell of the same as this text, the most alike first; none while the index is away. The text is kept
    nowhere."""
    try:
        return _items(alike(runtime().search, text, found.found_posts, limit=LIKE_SHOWN))
    except errors.Unwell:
        return []


def _items(thread_ids: Sequence[bytes]) -> list[rows.Item]:
    heads = threads.by_ids(thread_ids)
    return rows.items([heads[thread_id] for thread_id in thread_ids if thread_id in heads])


def _snippet(post: found.FoundPost, query: Query) -> Parts:
    # Nobody meets the words behind a warning unprepared, nor those that lists do not show. The title stands above, so the
    # piece is of the body.
    return () if post.warning or post.is_quiet else snippet(post.body, query)


def _handle_hits(asked: Asked) -> list[rows.Item]:
    return _items(found.threads_with_handle(parse_handle(asked.words), theme=asked.room))


def _page() -> int:
    asked = request.args.get("p", "")
    is_number = asked.isascii() and asked.isdigit() and len(asked) < 4
    return min(max(int(asked), 1), PAGES) if is_number else 1


def _hour() -> int:
    return int(clock.now().timestamp() // 3600)
