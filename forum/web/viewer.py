"""Who is looking, for the length of one request: a reader, or a writer known by nothing but a seed."""

from dataclasses import dataclass

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
        """Whether this device goes on under a lock word, and is awake: asleep it looks like any reader's."""
        return self.is_writer and writer_session().is_remembered


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
    """Give this browser an identity: the first accepted write does. The cookie goes out with the answer.

    Where a key sleeps, this is somebody else's: a guest, who is not told of it.
    """
    return _hold(seed, is_guest=writer_session().has_lock)


def _hold(seed: bytes, *, is_guest: bool) -> Identity:
    writer_session().change(seed=seed, is_guest=is_guest)
    g.pop("viewer", None)
    identity = viewer().identity
    if identity is None:
        raise RuntimeError("an adopted seed is an identity")
    return identity


def come_back(seed: bytes) -> Identity:
    """Take up an identity again. What the cookie remembered of another one does not hold for it: bans and standing are
    found again from its tags, and a lock that closed another seed goes."""
    held = writer_session()
    is_same = held.state.seed == seed
    lock = held.state.lock if is_same else NO_LOCK
    held.change(standing=0, issued_hour=0, ban_number=0, notice_number=0, lock=lock)
    return _hold(seed, is_guest=is_same and held.state.is_guest)


def wake(seed: bytes) -> Identity:
    """The lock word was right: the device's own identity is open again for a while."""
    held = writer_session()
    held.change(standing=0, issued_hour=0, ban_number=0, notice_number=0)
    held.stay_awake()
    return _hold(seed, is_guest=False)
