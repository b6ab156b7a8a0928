"""``forum search``: build the index anew, bring it up to date, ask it something."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import click
from flask.cli import AppGroup

from forum import errors, ids, logs
from forum.cli import work
from forum.cli.faults import PAUSE_SECONDS, attempt, pause_after
from forum.extensions import db
from forum.queries import found
from forum.runtime import runtime
from forum.search import documents, outbox, relations
from forum.search.base import Progress, SearchBackend, batches
from forum.search.finding import Order, find_threads
from forum.search.query import parse

STEP = 50
SECONDS_A_LINE = 10.0
ROWS_A_COMMIT = 5000
LINE_LENGTH = 80

search = AppGroup("search", help="The search index: it can always be built anew from the database.")


@search.command("rebuild")
def rebuild() -> None:
    """Build the index anew; searches find what they found before until it is whole."""
    _ensure_in_files()
    click.echo(f"{rebuild_index(runtime().search)} posts in the index")


@search.command("sync")
@click.option("--watch", is_flag=True, help="Go on, looking every second, until stopped.")
def sync(watch: bool) -> None:
    """Tell the index what has changed; an index with nothing in it is built anew."""
    _ensure_in_files()
    if not watch:
        click.echo(f"{catch_up()} posts looked at")
        return
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, _end)
    click.echo("feeding the search index (Ctrl+C ends it)")
    pause = PAUSE_SECONDS
    while True:
        healthy = attempt(lambda: work.feed(_tell, _Lines().hear), _tell)
        pause = pause_after(pause, healthy=healthy)
        time.sleep(pause)


@search.command("query")
@click.argument("words", nargs=-1, required=True)
@click.option("--theme", help="Only in the theme with this code.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 500), help="How many threads.")
@click.option("--newest", is_flag=True, help="The newest first instead of the best.")
def query(words: tuple[str, ...], theme: str | None, limit: int, *, newest: bool) -> None:
    """Print the threads that hold WORDS with the post that fits best: thread, number of the post, its beginning."""
    _ensure_in_files()
    asked = parse(" ".join(words))
    if asked.is_empty:
        raise click.ClickException("nothing to look for in these words")
    read, order = found.Reading(), Order.NEWEST if newest else Order.BEST
    hits = find_threads(runtime().search, asked, read, theme=theme, order=order, limit=limit)
    for post in (read.posts[post_id] for post_id in hits.post_ids):
        beginning = " ".join(post.text.split())[:LINE_LENGTH]
        click.echo(f"{ids.to_text(post.thread_id)} {post.number:>5}  {beginning}")
    if hits.more:
        click.echo("(more)", err=True)


def rebuild_index(backend: SearchBackend) -> int:
    """Build the index anew from the database, telling how far it is; says how many posts."""
    with _progress(documents.count()) as progress:
        done, jobs = outbox.rebuild(backend, progress)
    for some in batches(jobs, ROWS_A_COMMIT):
        outbox.take_away(some)
        db.session.commit()
    work.ask_for_alike(relations.ask_for_unknown)
    return done


def catch_up() -> int:
    """Work off the whole outbox, committing batch by batch; an empty index is built anew first."""
    return work.drain(_Lines().hear)


@contextmanager
def _progress(length: int) -> Iterator[Progress]:
    """Tells on standard error how far a rebuild is: a bar on a terminal, elsewhere a line now and then."""
    if not sys.stderr.isatty():
        yield _Lines().hear
        return
    with click.progressbar(
        length=length, label="search index", update_min_steps=STEP, file=sys.stderr
    ) as bar:
        yield bar.update


class _Lines:
    """How far a rebuild is, for whoever reads a log. A short one is over before the first line."""

    def __init__(self) -> None:
        self._done = 0
        self._next = time.monotonic() + SECONDS_A_LINE

    def hear(self, steps: int) -> None:
        """So many posts more."""
        self._done += steps
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + SECONDS_A_LINE
            whole = max(self._done, documents.count())
            db.session.rollback()  # nothing is held open in the database while the index writes
            click.echo(f"search index: {100 * self._done // whole}% of {whole:,} posts", err=True)


def _ensure_in_files() -> None:
    if runtime().settings.search == work.MEMORY:
        raise click.ClickException(
            "search: the index is in the memory of whoever serves the board, who feeds it"
        )


def _end(_signal: int, _frame: FrameType | None) -> None:
    # At once, whatever is under way: what is half done stands in the database and is done again.
    os._exit(0)


def _tell(fault: Exception) -> None:
    if isinstance(fault, errors.ForumError):
        click.echo(f"search: {fault}; trying again", err=True)
    else:
        logs.fault(fault)
