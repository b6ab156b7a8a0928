"""Search. What is looked for never stands in an address in clear: the form answers with a sealed one."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from forum import clock
from forum.extensions import csrf
from forum.forms.search import SearchForm
from forum.i18n import gettext as _
from forum.identity.handles import parse_handle
from forum.identity.sealed import open_query, seal_query
from forum.queries import found, threads
from forum.runtime import runtime
from forum.search.finding import find_posts
from forum.search.query import QUERY_LENGTH, Query, parse
from forum.search.snippets import Parts, snippet
from forum.web import rows
from forum.web.limits import limited

bp = Blueprint("search", __name__)

HITS_A_PAGE = 30
PAGES = 20


@dataclass(frozen=True)
class Hit(rows.Item):
    """A thread's row with the piece of text that was found."""

    snippet_parts: Parts


# Nothing is changed and no cookie is set: the one form without a token.
@bp.route("/s", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]
@limited("search")
def form() -> Response:
    """The form; sent, it leads to a sealed address."""
    filled = _form()
    if request.method == "GET":
        return make_response(render_template("search/form.html", form=filled, message=None))
    words = " ".join((filled.q.data or "")[:QUERY_LENGTH].split())
    if parse(words).is_empty and parse_handle(words) is None:
        message = _("探したい言葉を、一つ入れてみてください。")
        return make_response(render_template("search/form.html", form=filled, message=message), 422)
    sealed = seal_query(f"{filled.b.data or ''}\n{words}", runtime().keys.seal, _hour())
    return make_response(redirect(url_for("search.results", sealed=sealed), 303))


@bp.get("/s/<sealed>")
@limited("search")
def results(sealed: str) -> str:
    """What was found; ``?p=`` goes on. An old address, or one that is not ours, shows an empty form."""
    opened = open_query(sealed, runtime().keys.seal, _hour())
    if opened is None:
        message = _(
            "探した言葉は、しばらくすると、こちらにも読めなくなります。もう一度、入れてみてください。"
        )
        return render_template("search/form.html", form=_form(), message=message)
    theme, _newline, words = opened.partition("\n")
    page = _page()
    hits, more = _hits(parse(words), theme, page)
    return render_template(
        "search/results.html",
        query=words,
        hits=hits,
        handle_hits=_handle_hits(words) if page == 1 else [],
        next_url=url_for("search.results", sealed=sealed, p=page + 1) if more and page < PAGES else None,
        message=None,
    )


def _form() -> SearchForm:
    filled = SearchForm()
    filled.offer([rows.room(theme) for theme in threads.open_themes()])
    return filled


def _hits(query: Query, theme: str, page: int) -> tuple[list[Hit], bool]:
    """One row a thread, with the newest of its posts that were found; and whether more is behind them."""
    read: dict[bytes, found.FoundPost] = {}

    def load_texts(post_ids: Sequence[bytes]) -> Mapping[bytes, str]:
        posts = found.found_posts(post_ids)
        read.update(posts)
        return {post_id: post.text for post_id, post in posts.items()}

    hits = find_posts(
        runtime().search,
        query,
        load_texts,
        theme=theme or None,
        limit=HITS_A_PAGE,
        skip=(page - 1) * HITS_A_PAGE,
    )
    shown: dict[bytes, found.FoundPost] = {}
    for post_id in hits.post_ids:
        shown.setdefault(read[post_id].thread_id, read[post_id])
    return _rows(shown, query), hits.more


def _rows(shown: Mapping[bytes, found.FoundPost], query: Query) -> list[Hit]:
    heads = threads.by_ids(shown)
    return [
        Hit(**asdict(rows.item(heads[thread_id])), snippet_parts=_snippet(post, query))
        for thread_id, post in shown.items()
        if thread_id in heads
    ]


def _snippet(post: found.FoundPost, query: Query) -> Parts:
    # Nobody meets the words behind a warning unprepared. The title stands above, so the piece is of the body.
    return () if post.warning else snippet(post.body, query)


def _handle_hits(words: str) -> list[rows.Item]:
    pair = parse_handle(words)
    if pair is None:
        return []
    thread_ids = found.threads_with_handle(*pair)
    heads = threads.by_ids(thread_ids)
    return rows.items([heads[thread_id] for thread_id in thread_ids if thread_id in heads])


def _page() -> int:
    asked = request.args.get("p", "")
    is_number = asked.isascii() and asked.isdigit() and len(asked) < 4
    return min(max(int(asked), 1), PAGES) if is_number else 1


def _hour() -> int:
    return int(clock.now().timestamp() // 3600)
