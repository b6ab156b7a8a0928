"""What a running board holds in memory, put together once by create_app()."""

from dataclasses import dataclass

from flask import current_app

from forum.config import Settings
from forum.contacts import Contact
from forum.identity.keys import DayKey, Keys
from forum.moderation.policy import Policy
from forum.moderation.rules import LiveRules
from forum.queries.onlooker import Onlooker
from forum.search.base import SearchBackend
from forum.shelf import Shelf

EXTENSION = "nagi"


@dataclass(frozen=True)
class Runtime:
    settings: Settings
    keys: Keys
    day_key: DayKey
    search: SearchBackend
    rules: LiveRules
    contacts: tuple[Contact, ...]
    onlooker: Onlooker
    # What is kept until anything is written, and what is kept beside a version; both for a minute at most.
    until_written: Shelf
    by_version: Shelf

    @property
    def policy(self) -> Policy:
        """What screening goes by at this moment: the operator's files are looked at again."""
        return self.rules.policy()


def runtime() -> Runtime:
    """The parts of the app this call runs in."""
    held: Runtime = current_app.extensions[EXTENSION]
    return held
