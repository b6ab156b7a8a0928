"""What the domain refuses with. No words and no status codes: web/errors.py gives both, once, by class."""

from datetime import date
from typing import Any


class ForumError(Exception):
    """Ancestor of every refusal of the domain."""


class ConfigError(ForumError):
    """The installation is set up wrongly; the text is one line for the operator and holds no secret."""


class NotFound(ForumError):
    """No such thing, or not for this viewer: the two must look alike."""


class Gone(ForumError):
    """It was here and has been taken away (deleted, removed, ended)."""


class Closed(ForumError):
    """The thread takes no more replies."""


class Invalid(ForumError):
    """A field does not fit; ``field`` names it and ``code`` says why (``empty``, ``too_long``, ``unknown`` …)."""

    def __init__(self, field: str, code: str) -> None:
        super().__init__(f"{field}: {code}")
        self.field = field
        self.code = code


class TooSoon(ForumError):
    """The wait ticket is not ripe; ``seconds`` are left."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"{seconds} seconds left")
        self.seconds = seconds


class NotYet(TooSoon):
    """For this network, or for somebody new here, it takes a while: the same words can be sent in ``seconds``."""


class Expired(ForumError):
    """The form is too old or is not one of ours; it must be shown again with its text and a fresh ticket."""


class Screened(ForumError):
    """Screening wants the writer to look again (``ask``) or does not take the text (``reject``)."""

    def __init__(self, draft: Any) -> None:
        super().__init__("screened")
        self.draft = draft


class Already(ForumError):
    """This very form was accepted before: ``target`` is what came of it."""

    def __init__(self, target: Any) -> None:
        super().__init__("already accepted")
        self.target = target


class TooLate(ForumError):
    """The window for this (editing, withdrawing, appealing) has ended."""


class Stale(ForumError):
    """Somebody else changed it first; ``current`` is what stands now."""

    def __init__(self, current: Any) -> None:
        super().__init__("changed meanwhile")
        self.current = current


class Sanctioned(ForumError):
    """This writer is kept from this: ``scope`` (board, thread, slow), until the end of ``until`` (a day)."""

    def __init__(self, scope: str, until: date) -> None:
        super().__init__("sanctioned")
        self.scope = scope
        self.until = until


class Resting(ForumError):
    """Writing is paused for everybody; reading is not. ``for_want_of_staff``: until a moderator comes."""

    def __init__(self, *, for_want_of_staff: bool = False) -> None:
        super().__init__("writing rests")
        self.for_want_of_staff = for_want_of_staff


class Looked(NotFound):
    """It was here and may come back: it is hidden while a moderator looks at it."""


class Unwell(ForumError):
    """A part the board stands on (database, search, keys) does not answer."""


class Busy(Unwell):
    """Somebody else is at work there, and has been waited for long enough; nothing is broken."""
