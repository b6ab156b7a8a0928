"""Everything screening goes by, put together from the shipped files and the operator's own, and taken up while the board runs.

A board looks at its files' names and sizes before it screens, which costs some microseconds, and reads them again when they
changed. Files that turn out broken change nothing: what was good goes on, and ``forum check`` says what is wrong.
"""

import dataclasses
import os
from collections.abc import Iterable
from pathlib import Path

from forum import logs
from forum.config import Settings
from forum.contacts import Contact
from forum.errors import ConfigError
from forum.moderation import names, watched
from forum.moderation.entries import Faults
from forum.moderation.policy import Policy, load_policy

OWN_POLICY = "policy.toml"

Stamp = tuple[tuple[int, int, int] | None, ...]


def load_rules(settings: Settings, contacts: Iterable[Contact]) -> Policy:
    """The table, the names and the watched words of this board. Raises ConfigError with the first thing that is wrong."""
    faults = Faults()
    policy = _put_together(settings, tuple(contacts), faults)
    if faults.lines:
        raise ConfigError(faults.lines[0])
    return policy


def faults_of(settings: Settings, contacts: Iterable[Contact]) -> list[str]:
    """Everything that is wrong with the operator's own files, one line each."""
    faults = Faults()
    try:
        _put_together(settings, tuple(contacts), faults)
    except ConfigError as wrong:
        faults.add(str(wrong))
    return faults.lines


class LiveRules:
    """The rules of a running board."""

    def __init__(self, settings: Settings, contacts: tuple[Contact, ...]) -> None:
        self._settings, self._contacts = settings, contacts
        self._files = files_of(settings)
        self._stamp = self._look()
        self._policy = load_rules(settings, contacts)

    def policy(self) -> Policy:
        """The rules as the files say now, or as they last said something sound."""
        stamp = self._look()
        if stamp != self._stamp:
            self._stamp = stamp
            try:
                self._policy = load_rules(self._settings, self._contacts)
                logs.event("rules_read_again")
            except ConfigError:
                logs.event("rules_not_sound")
        return self._policy

    def _look(self) -> Stamp:
        return tuple(map(_mark_of, self._files))


def files_of(settings: Settings) -> tuple[Path, ...]:
    """The operator's files that are looked at again."""
    own = tuple(settings.instance / name for name in (OWN_POLICY, names.OWN, watched.OWN))
    return (Path(settings.policy_file), *own) if settings.policy_file else own


def _put_together(settings: Settings, contacts: tuple[Contact, ...], faults: Faults) -> Policy:
    listed = names.read_services(names.SHIPPED, faults)
    listed += names.read_services(settings.instance / names.OWN, faults)
    watch = watched.read_watch(settings.instance / watched.OWN, faults)
    whole = Path(settings.policy_file) if settings.policy_file else None
    policy = load_policy(whole, contacts, own=settings.instance / OWN_POLICY)
    services = names.services_of(listed, contacts)
    return dataclasses.replace(
        policy, more=(services.detect, watch.detect), own_rows=watch.rows, notes=watch.notes
    )


def _mark_of(path: Path) -> tuple[int, int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
