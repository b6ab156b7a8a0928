"""``forum moderators``: who may sit at the desk. A one-time link is printed once and kept nowhere."""

import click
from flask.cli import AppGroup

from forum import errors
from forum.extensions import begin_writing, db
from forum.models import Moderator
from forum.models.staff import ROLES
from forum.moderation import staff
from forum.runtime import runtime

moderators = AppGroup("moderators", help="Add, list, disable and reset moderators.")

_WHY = {
    ("name", "empty"): "the name must not be empty",
    ("name", "too_long"): "the name is longer than 40 characters",
    ("name", "taken"): "there is a moderator of this name already",
    ("role", "unknown"): f"the role must be one of {', '.join(ROLES)}",
}


@moderators.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), default="moderator", show_default=True)
def add(name: str, role: str) -> None:
    """Add a moderator and print their one-time link (three days)."""
    begin_writing()
    try:
        _moderator, token = staff.add_moderator(name=name, role=role, keys=runtime().keys)
    except errors.Invalid as refused:
        raise click.ClickException(_WHY[(refused.field, refused.code)]) from None
    db.session.commit()
    click.echo(staff.enrolment_path(token))


@moderators.command("list")
def list_all() -> None:
    """List the moderators: name, role, state."""
    for moderator in staff.everyone():
        click.echo(f"{moderator.name}\t{moderator.role}\t{_state(moderator)}")


@moderators.command("disable")
@click.argument("name")
def disable(name: str) -> None:
    """End a moderator's sessions with their next request and void their link."""
    begin_writing()
    changed = staff.disable_moderator(moderator=_named(name), keys=runtime().keys)
    db.session.commit()
    click.echo("disabled" if changed else "was disabled already")


@moderators.command("reset")
@click.argument("name")
def reset(name: str) -> None:
    """Forget password and second factor, end the sessions, and print a new one-time link."""
    begin_writing()
    token = staff.reset_moderator(moderator=_named(name), keys=runtime().keys)
    db.session.commit()
    click.echo(staff.enrolment_path(token))


def _named(name: str) -> Moderator:
    try:
        return staff.moderator_named(name)
    except errors.NotFound:
        raise click.ClickException(f"there is no moderator {name!r}") from None


def _state(moderator: Moderator) -> str:
    if moderator.is_disabled:
        return "disabled"
    return "active" if moderator.password_hash else "invited"
