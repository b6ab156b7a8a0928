"""Who is looking, for the length of one request: a reader, or a writer known by nothing but a seed."""

from dataclasses import dataclass
from typing import Any

from flask import abort, g, session

from forum.i18n import locale
from forum.identity.cookie import NO_LOCK
from forum.identity.seeds import Identity, derive
from forum.runtime import runtime
from forum.web.sessions import WriterSession


@dataclass(frozen=True)
class Viewer:
    identity: Identity | None
    locale: str

    @property
    def is_writer(self) -> bool:
        return self.identity is not None

    @property
    def is_remembered(self) -> bool:
        """Whether this very writer goes on in this browser under a lock word; asleep it looks like any reader's."""
        return self.is_writer and writer_session().state.is_locks_own


def writer_session() -> WriterSession:
    """The session of this side of the board; the desk has another one."""
    held = session._get_current_object()  # type: ignore[attr-defined]
    if not isinstance(held, WriterSession):
        abort(403)
    return held


def viewer() -> Viewer:
    """The present viewer, computed once a request."""
    if "viewer" not in g:
        g.viewer = Viewer(_identity(), locale())
    held: Viewer = g.viewer
    return held


def _identity() -> Identity | None:
    seed = getattr(session.state, "seed", None)  # type: ignore[attr-defined]
    return derive(seed, runtime().keys) if seed else None


def adopt(seed: bytes) -> Identity:
    """Give this browser an identity: the first accepted write does. The cookie goes out with the answer."""
    return _take_up(seed, is_locks_own=False)


def come_back(seed: bytes) -> Identity:
    """Take up an identity again, with twelve words. What was found out about another one does not hold for it, and a
    lock that closed another seed goes."""
    state = writer_session().state
    if state.seed == seed:
        return _take_up(seed)
    return _take_up(seed, lock=NO_LOCK, is_locks_own=False)


def wake(seed: bytes) -> Identity:
    """The lock word was right: the device's own identity is open again for a while."""
    woken = _take_up(seed, is_locks_own=True)
    writer_session().stay_awake()
    return woken


def _take_up(seed: bytes, **fields: Any) -> Identity:
    writer_session().take_up(seed, **fields)
    g.pop("viewer", None)
    identity = viewer().identity
    if identity is None:
        raise RuntimeError("a seed that is held is an identity")
    return identity
