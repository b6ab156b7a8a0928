"""``forum audit``: whether the record of what moderators did is whole."""

import contextlib
import sys

import click
from flask.cli import AppGroup

from forum.extensions import db
from forum.moderation import audit as record
from forum.runtime import runtime

audit = AppGroup("audit", help="Check the record of what moderators did.")

_FAULTS = {
    "changed": "row {at} does not fit the row before it: it was changed or put in",
    "gap": "row {at} is missing",
    "truncated": "rows from {at} on are missing: the record was cut off",
    "head": "the end of the record does not fit its rows: it was changed or put back",
    "anchor": "the record does not run through this anchor: an older or another one was put in its place",
}


@audit.command("verify")
@click.option(
    "--expect", metavar="NUMBER:DIGEST", help="An anchor printed earlier; the record must run through it."
)
def verify(expect: str | None) -> None:
    """Walk the whole record and print the anchor to keep elsewhere; exits with 1 when it does not hold."""
    anchor = _anchor(expect)
    with contextlib.ExitStack() as stack:
        total, shown = 0, None

        def progress(done: int, rows: int) -> None:
            nonlocal total, shown
            if shown is None and sys.stderr.isatty():
                shown = stack.enter_context(click.progressbar(length=rows, label="audit", file=sys.stderr))
            if shown is not None:
                shown.update(done - total)
            total = done

        result = record.verify(db.session(), runtime().keys.audit, expect=anchor, progress=progress)
    if not result.holds:
        raise click.ClickException(_FAULTS[result.fault or "head"].format(at=result.at))
    click.echo(f"{result.end.number} rows, unbroken")
    click.echo(f"anchor {result.end}")


def _anchor(text: str | None) -> record.Anchor | None:
    if text is None:
        return None
    try:
        return record.parse_anchor(text)
    except ValueError:
        raise click.BadParameter(
            "an anchor looks like 12:ab…, as this command prints it", param_hint="--expect"
        ) from None
