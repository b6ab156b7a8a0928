"""``forum keys``: change the secrets of a board. Never prints a key."""

from datetime import date, timedelta

import click
from flask.cli import AppGroup
from sqlalchemy import func, select

from forum import clock
from forum.errors import ConfigError
from forum.extensions import db
from forum.identity import rotation
from forum.models import Thread
from forum.runtime import runtime

keys = AppGroup("keys", help="Change the secrets of this board.")

RESTART = "Processes that run keep the keys they started with: start the board again."
YOUNG_DAYS = 365


@keys.command("show")
def show() -> None:
    """The names of the keys in force, never the keys."""
    for name in rotation.names(runtime().settings.instance):
        click.echo(name)


@keys.command("rotate-cookie")
def rotate_cookie() -> None:
    """A new key for cookies. The present one still opens them; the one of before the present ends now."""
    rotation.rotate_cookie(runtime().settings.instance)
    click.echo(f"There is a new cookie key; cookies of the last one still open. {RESTART}")


@keys.command("new-pepper")
def new_pepper() -> None:
    """A new pepper, which threads opened from now on take."""
    version = rotation.add_pepper(runtime().settings.instance)
    click.echo(f"New threads take pepper {version}. {RESTART}")


@keys.command("burn-pepper")
@click.argument("version", type=int)
@click.option("--yes", is_flag=True, help="Do it: there is no way back.")
@click.option("--force", is_flag=True, help="Even though threads of the last year use it.")
def burn_pepper(version: int, yes: bool, force: bool) -> None:
    """Destroy an old pepper: in its threads nobody can be matched any more, on purpose and for ever."""
    young = _threads_since(clock.today() - timedelta(days=YOUNG_DAYS), version)
    if young and not force:
        raise ConfigError(
            f"keys: {young} threads of the last year use pepper {version}; --force burns it all the same"
        )
    if not yes:
        raise ConfigError(
            f"keys: writers of {_threads_since(date.min, version)} threads would lose their way back; say --yes"
        )
    rotation.burn_pepper(runtime().settings.instance, version)
    click.echo(f"Pepper {version} is gone. Destroy the copies of it you kept elsewhere. {RESTART}")


def _threads_since(day: date, version: int) -> int:
    query = select(func.count()).select_from(Thread)
    return db.session.execute(
        query.where(Thread.pepper_version == version, Thread.created_day >= day)
    ).scalar_one()
