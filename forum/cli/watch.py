"""`forum screen watch`: an operator's own words, tried on the newest posts before they hold up anybody."""

import os
from pathlib import Path

import click
from flask.cli import with_appcontext

from forum import ids
from forum.config import load_config
from forum.moderation import watched
from forum.moderation.detectors.base import Known
from forum.moderation.detectors.views import views_of
from forum.moderation.entries import Faults
from forum.moderation.policy import ACTIONS
from forum.moderation.watched import LABELS, Watch, Watched, watched_word
from forum.queries.newest import NewestRow, newest_posts

POSTS_TRIED = 1000
LETTERS_AROUND = 24
_DONE = {
    "publish": ("would have been published, with a case", "would have been published, each with a case"),
    "ask": ("would have been asked about", "would have been asked about"),
    "hold": ("would have been held", "would have been held"),
    "reject": ("would not have been taken", "would not have been taken"),
}

watch = click.Group("watch", help="Watched words of your own: try one, then add it; list, remove.")
_action = click.option("--action", type=click.Choice(ACTIONS), default="hold", show_default=True)
_label = click.option("--label", type=click.Choice(LABELS), default=None, help="What the word belongs to.")


@watch.command("try")
@click.argument("word")
@_action
@with_appcontext
def try_word(word: str, action: str) -> None:
    """Show what WORD would have done to the newest 1,000 posts. Nothing is changed."""
    tried = Watch((_checked(word, action),))
    posts = newest_posts(POSTS_TRIED)
    found = [(post, spans) for post in posts if (spans := _places(post.text, tried))]
    click.echo(f"{len(found)} of {len(posts)} posts {_DONE[action][len(found) != 1]}{':' if found else '.'}")
    for post, spans in found:
        click.echo(f"{ids.to_text(post.id)}\t{post.status}\t{_excerpt(post, spans)}")


@watch.command("add")
@click.argument("word")
@_action
@_label
@click.option("--note", default="", help="Why, for the caretakers.")
def add(word: str, action: str, label: str | None, note: str) -> None:
    """Watch WORD from now on; a running board takes it up by itself."""
    try:
        watched.add(_file(), _checked(word, action, note, label or ""))
    except ValueError as wrong:
        raise click.ClickException(str(wrong)) from None
    click.echo("added")


@watch.command("list")
def list_all() -> None:
    """List the watched words: action, word, label, note."""
    faults = Faults()
    for held in watched.read_watch(_file(), faults).words:
        click.echo(f"{held.action}\t{held.listed.word}\t{held.label}\t{held.note}")
    if faults.lines:
        raise click.ClickException(faults.lines[0])


@watch.command("remove")
@click.argument("word")
def remove(word: str) -> None:
    """Watch WORD no more."""
    try:
        is_gone = watched.remove(_file(), word)
    except ValueError as wrong:
        raise click.ClickException(str(wrong)) from None
    if not is_gone:
        raise click.ClickException(f"{word!r} is not watched")
    click.echo("removed")


def _file() -> Path:
    return load_config(os.environ).instance / watched.OWN


def _checked(word: str, action: str, note: str = "", label: str = "") -> Watched:
    try:
        return watched_word(word, action, note, label)
    except ValueError as wrong:
        raise click.ClickException(str(wrong)) from None


def _places(text: str, tried: Watch) -> tuple[tuple[int, int], ...]:
    return next((found.spans for found in tried.detect(text, views_of(text, Known()))), ())


def _excerpt(post: NewestRow, spans: tuple[tuple[int, int], ...]) -> str:
    """The first place with some letters around it, marked."""
    start, end = spans[0]
    low, high = max(0, start - LETTERS_AROUND), end + LETTERS_AROUND
    text = post.text
    before, after = "…" if low else "", "…" if high < len(text) else ""
    marked = f"{before}{text[low:start]}【{text[start:end]}】{text[end:high]}{after}"
    return " ".join(marked.split())
