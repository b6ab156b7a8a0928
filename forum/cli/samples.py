"""`forum samples`: invented threads for trying the program out, marked as such and taken away as easily."""

import json
from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from forum import worker
from forum.extensions import begin_writing, db
from forum.models import Theme, Thread
from forum.posting.bulk import put_threads
from forum.posting.transfer import read_line
from forum.runtime import runtime
from forum.search import outbox

SHIPPED = Path(__file__).resolve().parent.parent / "samples" / "threads.jsonl"
THREADS_A_STEP = 50


@click.group()
def samples() -> None:
    """Sample threads: invented, for trying the program out."""


@samples.command()
@click.option("--anyway", is_flag=True, help="Even though this board is not served on loopback only.")
@with_appcontext
def load(anyway: bool) -> None:
    """Load the sample threads."""
    if not (runtime().settings.is_local or anyway):
        raise click.ClickException("this board is open to others; invented threads need --anyway")
    begin_writing()
    if _has_samples():
        raise click.ClickException("the samples are there already (forum samples clear takes them away)")
    done = load_samples()
    db.session.commit()
    click.echo(f"{done} sample threads loaded")


@samples.command()
@with_appcontext
def clear() -> None:
    """Delete the sample threads and everything that was written in them."""
    total = 0
    while True:
        begin_writing()
        done = worker.delete_threads(_some_samples())
        db.session.commit()
        total += done
        if not done:
            break
    click.echo(f"{total} sample threads deleted")


def load_samples(*, only_if_empty: bool = False) -> int:
    """Put the samples in; returns how many threads. The caller commits.

    Samples of themes that an operator has taken out are left out.
    """
    if only_if_empty and db.session.execute(select(Thread.id).limit(1)).first() is not None:
        return 0
    themes = frozenset(db.session.scalars(select(Theme.code).where(Theme.is_open)))
    lines = SHIPPED.read_text(encoding="utf-8").splitlines()
    read = [read_line(line, themes) for line in lines if json.loads(line)["theme"] in themes]
    made = put_threads(read, runtime().keys, are_samples=True)
    outbox.enqueue(*(post_id for put in made for post_id in put.post_ids))
    return len(made)


def _has_samples() -> bool:
    return bool(_some_samples())


def _some_samples() -> list[bytes]:
    return list(db.session.scalars(select(Thread.id).where(Thread.is_sample).limit(THREADS_A_STEP)))
