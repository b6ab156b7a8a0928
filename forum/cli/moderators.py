"""``forum moderators``, ``forum staff``: who may sit at the desk. A one-time link is printed once and kept nowhere."""

import click
from flask.cli import AppGroup

from forum import clock, errors, ids
from forum.cli import bell as ringing
from forum.extensions import begin_writing, db
from forum.models import Moderator
from forum.models.staff import ROLES
from forum.moderation import bell, duty, leaving
from forum.moderation import staff as people
from forum.queries import staff as lately
from forum.runtime import runtime

moderators = AppGroup("moderators", help="Add, list, disable and reset moderators; the bell that calls them.")
staff = AppGroup("staff", help="What happens to the people of the desk.")

_WHY = {
    ("name", "empty"): "the name must not be empty",
    ("name", "too_long"): "the name is longer than 40 characters",
    ("name", "taken"): "there is a moderator of this name already",
    ("role", "unknown"): f"the role must be one of {', '.join(ROLES)}",
}
_UNHEARD = {
    ringing.MISSING: "there is no such command",
    ringing.FAILED: "the command ended with another code than 0",
    ringing.TOO_LONG: f"the command took longer than {ringing.LONGEST_SECONDS:.0f} seconds and was ended",
}


@moderators.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), default="moderator", show_default=True)
def add(name: str, role: str) -> None:
    """Add a moderator and print their one-time link (three days)."""
    begin_writing()
    try:
        _moderator, token = people.add_moderator(name=name, role=role, keys=runtime().keys)
    except errors.Invalid as refused:
        raise click.ClickException(_WHY[(refused.field, refused.code)]) from None
    db.session.commit()
    click.echo(people.enrolment_path(token))


@moderators.command("list")
def list_all() -> None:
    """List the moderators: name, role, state."""
    for moderator in people.everyone():
        click.echo(f"{moderator.name}\t{moderator.role}\t{_state(moderator)}")


@moderators.command("disable")
@click.argument("name")
def disable(name: str) -> None:
    """End a moderator's sessions with their next request and void their link."""
    begin_writing()
    changed = people.disable_moderator(moderator=_named(name), keys=runtime().keys)
    db.session.commit()
    click.echo("disabled" if changed else "was disabled already")


@moderators.command("reset")
@click.argument("name")
def reset(name: str) -> None:
    """Forget password and second factor, end the sessions, and print a new one-time link."""
    begin_writing()
    token = people.reset_moderator(moderator=_named(name), keys=runtime().keys)
    db.session.commit()
    click.echo(people.enrolment_path(token))


@moderators.command("bell")
@click.option(
    "--try", "is_trial", is_flag=True, help="Run the command once, with a line that says it is a trial."
)
def ring(is_trial: bool) -> None:
    """Say what the bell would ring for now, or try whether it rings."""
    settings = runtime().settings
    if not settings.bell_command:
        raise click.ClickException("bell_command is not set: the bell never rings")
    if is_trial:
        fault = ringing.pull(settings.bell_command, ringing.TRIAL)
        if fault:
            raise click.ClickException(_UNHEARD[fault])
        click.echo(f"it rang: {ringing.TRIAL}")
        return
    found = bell.rings(hours=duty.parse(settings.staffed_hours), at=clock.now())
    for line in [one.line for one in found] or ["nothing to ring for"]:
        click.echo(line)


@staff.command("leave")
@click.argument("name")
@click.option("--reopen", is_flag=True, help="Let everybody look anew at these decisions; may be repeated.")
def leave(name: str, reopen: bool) -> None:
    """A moderator goes for good: end sessions and leases, free their hours, print their decisions of the last 14 days.

    What has no effect yet never has one. With --reopen what they decided is open again, and steps against writers that came
    with it end; texts stay as they are until they are decided anew.
    """
    begin_writing()
    moderator = _named(name)
    changed = people.leave(moderator=moderator, keys=runtime().keys)
    decided = lately.decided_lately(moderator.id)
    db.session.commit()
    click.echo("left" if changed else "had left already", err=True)
    for row in decided:
        click.echo(f"{row.day}\tlane {row.lane}\t{row.outcome}\t/m/c/{ids.to_text(row.case_id)}")
    if reopen:
        _reopen(moderator)


def _reopen(moderator: Moderator) -> None:
    """In steps, so that nobody waits long; when it ends half-way, the same command goes on."""
    hours, goes_on = duty.parse(runtime().settings.staffed_hours), True
    while goes_on:
        begin_writing()
        hour = duty.staffed_hour(hours, clock.now())
        done = leaving.reopen(moderator=moderator, actor=None, hour=hour, audit_key=runtime().keys.audit)
        db.session.commit()
        goes_on = done.cases > 0 and done.left > 0
        click.echo(f"reopened {done.cases}, steps ended {done.lifted}", err=True)


def _named(name: str) -> Moderator:
    try:
        return people.moderator_named(name)
    except errors.NotFound:
        raise click.ClickException(f"there is no moderator {name!r}") from None


def _state(moderator: Moderator) -> str:
    if moderator.is_disabled:
        return "disabled"
    return "active" if moderator.password_hash else "invited"
