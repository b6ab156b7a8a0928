"""``forum search``: build the index anew, bring it up to date, ask it something."""

import itertools
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask.cli import AppGroup

from forum import errors, ids
from forum.cli.work import Stop
from forum.extensions import begin_writing, db
from forum.queries import found
from forum.runtime import runtime
from forum.search import documents, outbox, relations
from forum.search.base import Progress, SearchBackend
from forum.search.finding import Order, find_threads
from forum.search.query import parse

WATCH_SECONDS = 1.0
STEP = 50
LINE_LENGTH = 80

search = AppGroup("search", help="The search index: it can always be built anew from the database.")


@search.command("rebuild")
def rebuild() -> None:
    """Build the index anew; searches find what they found before until it is whole."""
    click.echo(f"{rebuild_index(runtime().search)} posts in the index")


@search.command("sync")
@click.option("--watch", is_flag=True, help="Go on, looking every second, until stopped.")
def sync(watch: bool) -> None:
    """Tell the index what has changed; an index with nothing in it is built anew."""
    backend, stop = runtime().search, Stop()
    if watch:
        stop.on(signal.SIGTERM, signal.SIGINT)
    click.echo(f"{catch_up(backend)} posts looked at")
    while watch and not stop.wait(WATCH_SECONDS):
        try:
            catch_up(backend)
        except errors.Unwell as busy:
            click.echo(f"search: {busy}; trying again", err=True)


@search.command("query")
@click.argument("words", nargs=-1, required=True)
@click.option("--theme", help="Only in the theme with this code.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 500), help="How many threads.")
@click.option("--newest", is_flag=True, help="The newest first instead of the best.")
def query(words: tuple[str, ...], theme: str | None, limit: int, *, newest: bool) -> None:
    """Print the threads that hold WORDS with the post that fits best: thread, number of the post, its beginning."""
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
    """Build the index anew from the database, with a progress bar on a terminal; says how many posts."""
    with backend.alone(), _progress(documents.count()) as progress:
        done = backend.rebuild(documents.all_documents(), progress)
    begin_writing()
    relations.ask_for_all()
    db.session.commit()
    return done


def catch_up(backend: SearchBackend) -> int:
    """Work off the whole outbox, committing batch by batch; an empty index is built anew first."""
    if backend.size() == 0 and documents.count():
        rebuild_index(backend)
    done = 0
    for _ in itertools.count():
        step = outbox.drain(backend)
        db.session.commit()
        done += step
        if not step:
            break
    return done


@contextmanager
def _progress(length: int) -> Iterator[Progress | None]:
    if not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(
        length=length, label="search index", update_min_steps=STEP, file=sys.stderr
    ) as bar:
        yield bar.update
