"""Who is looking, for the length of one request: a reader, or a writer known by nothing but a seed."""

from dataclasses import dataclass

from flask import g, session

from forum.i18n import locale
from forum.identity.seeds import Identity, derive
from forum.runtime import runtime


@dataclass(frozen=True)
class Viewer:
    identity: Identity | None
    locale: str

    @property
    def is_writer(self) -> bool:
        return self.identity is not None


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
    session.change(seed=seed)  # type: ignore[attr-defined]
    g.pop("viewer", None)
    identity = viewer().identity
    if identity is None:
        raise RuntimeError("an adopted seed is an identity")
    return identity


def come_back(seed: bytes) -> Identity:
    """Take up an identity again. What the cookie remembered of another one does not hold for it: bans and standing are
    found again from its tags."""
    session.change(standing=0, issued_hour=0, ban_number=0, notice_number=0)  # type: ignore[attr-defined]
    return adopt(seed)
