"""The console script `forum`: Flask's own command group, with the commands of this package and no others.

A command that goes wrong says so in one line and ends with another code than 0. A traceback is for faults of
the program only.
"""

import sys
from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup, FlaskGroup
from flask_migrate.cli import db as revisions
from sqlalchemy.exc import OperationalError, ProgrammingError

from forum import create_app, in_use
from forum.cli.audit import audit
from forum.cli.backup import backup
from forum.cli.check import check
from forum.cli.keys import keys
from forum.cli.maintenance import background, calm, legal_export, pause, purge, rerender, resume, upgrade
from forum.cli.moderators import moderators, staff
from forum.cli.restore import restore
from forum.cli.samples import samples
from forum.cli.screen import screen
from forum.cli.search import search
from forum.cli.serve import serve
from forum.cli.themes import themes
from forum.cli.transfer import export_threads, import_threads
from forum.errors import ForumError


class Commands(FlaskGroup):
    """Lists and finds the commands without starting the board: `forum --help` needs neither keys nor
    database.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        return AppGroup.list_commands(self, ctx)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        return AppGroup.get_command(self, ctx, name)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ForumError as refused:
            raise click.ClickException(_one_line(refused)) from None
        except (OperationalError, ProgrammingError) as broken:
            # The statement and its values stay out of the terminal: they may hold somebody's words.
            raise click.ClickException(
                f"database: {_reason(broken)} (is it there, and is it upgraded?)"
            ) from None


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text or type(error).__name__


def _reason(error: OperationalError | ProgrammingError) -> str:
    return str(error.orig).strip().split("\n")[0][:200]


def _at_work() -> Flask:
    """The app of a command, which has a share of the board for as long as the command takes."""
    app = create_app()
    click.get_current_context().find_root().call_on_close(in_use.share(Path(app.instance_path)).give_back)
    return app


cli = Commands(
    name="forum",
    create_app=_at_work,
    add_default_commands=False,
    add_version_option=False,
    load_dotenv=False,
    set_debug_flag=False,
    help="Nagi: set up, serve and look after a board. Settings: README.md.",
)
# The app is always ours; Flask's options to name another one would only confuse.
cli.params.clear()
click.version_option(package_name="nagi", prog_name="nagi")(cli)

for command in (
    audit,
    background,
    backup,
    calm,
    check,
    export_threads,
    import_threads,
    keys,
    legal_export,
    moderators,
    pause,
    purge,
    rerender,
    restore,
    resume,
    samples,
    screen,
    search,
    serve,
    staff,
    themes,
    upgrade,
):
    cli.add_command(command)
# Alembic's own tools, for whoever changes the models.
cli.add_command(revisions, "db")


def main() -> None:
    """Entry point of the console script."""
    sys.exit(cli.main(prog_name="forum"))
