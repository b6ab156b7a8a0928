"""Commands that keep a board in order: bring the database up to date, forget, render again, do the board's
own work.
"""

import json
import signal

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import select, update

from forum import markup, schema
from forum.cli import rewriting, work
from forum.errors import NotFound
from forum.extensions import begin_writing, db
from forum.models import Post
from forum.moderation import audit, state, veils
from forum.moderation.versions import raise_version
from forum.queries import legal
from forum.runtime import runtime
from forum.text import covered

POSTS_A_STEP = 200


@click.command()
@with_appcontext
def upgrade() -> None:
    """Bring the database to the newest form. `forum serve` does this by itself."""
    changed = schema.upgrade(db.engine)
    click.echo("The database was brought up to date." if changed else "The database is up to date.")


@click.command()
@with_appcontext
def purge() -> None:
    """Forget now everything whose time has come. The running board does this every night."""
    click.echo(f"{work.purge()} rows ended")
    if left := rewriting.rewrite():
        click.echo(f"Being read, to be rewritten later: {', '.join(left)}", err=True)


@click.command()
@with_appcontext
def pause() -> None:
    """Let writing rest: reading goes on, and whoever writes gets the text back with the contacts."""
    click.echo("Writing rests." if _paused(True) else "Writing was resting already.")


@click.command()
@with_appcontext
def resume() -> None:
    """Let writing go on."""
    click.echo("Writing goes on." if _paused(False) else "Writing was not resting.")
    if state.board_state().is_shut:
        click.echo("It still rests until a moderator signs in: none has for long.", err=True)


@click.command()
@click.argument("switch", type=click.Choice(("on", "off")))
@with_appcontext
def calm(switch: str) -> None:
    """Calm days: what newcomers write waits for a reader, limits are tighter, and pages say so."""
    begin_writing()
    changed = state.calm(switch == "on")
    if changed:
        audit.record(key=runtime().keys.audit, action=f"calm_{switch}")
    db.session.commit()
    now = "The board is calm." if switch == "on" else "The board is as on other days."
    click.echo(now if changed else f"{now} It was so already.")


def _paused(paused: bool) -> bool:
    begin_writing()
    changed = state.pause(paused)
    db.session.commit()
    return changed


@click.command("legal-export")
@click.argument("identifier")
@with_appcontext
def legal_export(identifier: str) -> None:
    """Print what can be handed over about a post or a thread (its id as it stands in addresses), and nothing else."""
    try:
        found = legal.handed_over(identifier)
    except NotFound:
        raise click.ClickException("there is no such post or thread") from None
    click.echo(json.dumps(found, ensure_ascii=False, indent=2))


@click.command()
@with_appcontext
def background() -> None:
    """Do the board's own work until stopped. Only needed when another server than `forum serve` answers."""
    stop = work.Stop()
    stop.on(signal.SIGTERM, signal.SIGINT)
    work.run(current_app._get_current_object(), stop)  # type: ignore[attr-defined]


@click.command()
@with_appcontext
def rerender() -> None:
    """Make the HTML of posts anew that an older renderer made."""
    total = 0
    while True:
        begin_writing()
        done = _rerender_some()
        db.session.commit()
        total += done
        if not done:
            break
    click.echo(f"{total} posts rendered again")


def _rerender_some() -> int:
    old = select(Post.id, Post.thread_id, Post.source).where(
        Post.render_version < markup.RENDER_VERSION, Post.source != ""
    )
    posts = db.session.execute(old.limit(POSTS_A_STEP)).all()
    for post_id, _, source in posts:
        html = markup.render_post(covered(source, veils.over(post_id), veils.COVER))
        db.session.execute(
            update(Post).where(Post.id == post_id).values(html=html, render_version=markup.RENDER_VERSION)
        )
    # Finished pages are kept beside the version: without a new one readers would go on seeing the old HTML.
    raise_version(*{thread_id for _, thread_id, _ in posts})
    return len(posts)
