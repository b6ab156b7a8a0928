"""`forum screen`: what screening says about texts, without a board and without keeping them."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from forum.cli.watch import watch
from forum.config import load_config
from forum.contacts import load_contacts
from forum.moderation.policy import Policy
from forum.moderation.rules import load_rules
from forum.moderation.screening import Draft, explain, to_json
from forum.moderation.screening import screen as look


@click.group(invoke_without_command=True)
@click.option("--explain", "explained", is_flag=True, help="Also print what was seen and which row decided.")
@click.option("--standing", is_flag=True, help="As somebody with earlier posts, not as a newcomer.")
@click.pass_context
def screen(ctx: click.Context, explained: bool, standing: bool) -> None:
    """Screen texts: JSON Lines {"id","text"} on standard input, one verdict a line on standard output."""
    if ctx.invoked_subcommand is None:
        _screen(explained, standing)


screen.add_command(watch)


def _screen(explained: bool, standing: bool) -> None:
    policy = _policy()
    judge: Callable[[str, Draft, Policy], dict[str, Any]] = _explained if explained else _judged
    for number, line in enumerate(sys.stdin.buffer, start=1):
        if line.strip():
            row_id, text = _row(number, line)
            verdict = judge(row_id, Draft(body=text, newcomer=not standing), policy)
            click.echo(json.dumps(verdict, ensure_ascii=False))


def _policy() -> Policy:
    settings = load_config(os.environ)
    contacts = load_contacts(Path(settings.contacts_file) if settings.contacts_file else None)
    return load_rules(settings, contacts)


def _judged(row_id: str, draft: Draft, policy: Policy) -> dict[str, Any]:
    return to_json(row_id, look(draft, policy))


def _explained(row_id: str, draft: Draft, policy: Policy) -> dict[str, Any]:
    return _judged(row_id, draft, policy) | {"explain": explain(draft, policy)}


def _row(number: int, line: bytes) -> tuple[str, str]:
    try:
        row = json.loads(line.decode("utf-8"))
    except ValueError:
        raise click.ClickException(f"line {number}: this is not JSON in UTF-8") from None
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise click.ClickException(f'line {number}: it must be an object with "id" and "text"')
    return row.get("id", ""), row["text"]
