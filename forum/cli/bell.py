"""Rings the operator's bell: a command with one line as its last word, and nothing of the board in its hands.

Threats: a command that hangs must not hold up what the board does by itself, so it has a thread of its own and few
seconds; one that prints, or fails, must not bring anything into a log; keys in the environment are not for it.
"""

import os
import shlex
import signal
import subprocess
import threading
import time
from typing import Protocol

from flask import Flask

from forum import clock, logs
from forum.cli.faults import attempt
from forum.config import PREFIX
from forum.extensions import begin_writing, db
from forum.moderation import bell, duty
from forum.runtime import runtime

PAUSE_SECONDS = 1.0
LONGEST_SECONDS = 10.0
LOOK_SECONDS = 0.05
TRIAL = "trial: 0 cases waiting"
MISSING, FAILED, TOO_LONG = "bell_missing", "bell_failed", "bell_too_long"


class Stopping(Protocol):
    """What says that the board is to stop."""

    is_set: bool

    def wait(self, seconds: float) -> bool:
        """Sleep; says whether to stop."""


class _Never:
    is_set = False

    def wait(self, seconds: float) -> bool:
        time.sleep(seconds)
        return False


NEVER: Stopping = _Never()


def keep_ringing(app: Flask, stop: Stopping) -> threading.Thread | None:
    """Look for what to ring for, once a second, until told to stop; None without a command."""
    with app.app_context():
        if not runtime().settings.bell_command:
            return None
    thread = threading.Thread(target=_keep, args=(app, stop), daemon=True)
    thread.start()
    return thread


def ring_if_due(stop: Stopping = NEVER) -> int:
    """Ring for everything that is news; returns how often it rang. What failed is noted without a word of why."""
    settings, rang = runtime().settings, 0
    found = bell.rings(hours=duty.parse(settings.staffed_hours), at=clock.now())
    db.session.rollback()
    for ring in found if settings.bell_command else ():
        fault = pull(settings.bell_command, ring.line, stop)
        begin_writing()
        if fault:
            bell.unheard(ring, at=clock.now())
            logs.event(fault)
        else:
            bell.heard(ring, at=clock.now(), minutes=settings.bell_minutes)
            rang += 1
        db.session.commit()
    return rang


def pull(command: str, line: str, stop: Stopping = NEVER) -> str:
    """Run the command with this line as its last word; returns what went wrong as the name of an event, or nothing."""
    try:
        process = subprocess.Popen(  # noqa: S603 - the operator's own words, and no shell
            [*shlex.split(command), line],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            start_new_session=True,  # so that whatever it started ends with it
        )
    except OSError:
        return MISSING
    ends = time.monotonic() + LONGEST_SECONDS
    while process.poll() is None:
        if stop.is_set or time.monotonic() > ends:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return TOO_LONG
        time.sleep(LOOK_SECONDS)
    return FAILED if process.returncode else ""


def _keep(app: Flask, stop: Stopping) -> None:
    with app.app_context():
        while not stop.wait(PAUSE_SECONDS):
            attempt(lambda: ring_if_due(stop))


def _environment() -> dict[str, str]:
    """The environment without the board's own settings: among them are keys and the database's password."""
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
