"""What moderators set aside to be well at the desk: lanes they leave to others, rooms whose texts open folded.

Threats: somebody has to read what hurts them, because a list says so; and a lane that everybody leaves to the others is
read by nobody. So each chooses for themselves, nobody is asked why, and whoever leads is told of a lane without a reader,
never of who left it.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import delete, func, select

from forum.extensions import db
from forum.models import Aside, Moderator
from forum.models.moderation import LANES

_NO_KEYS = "off"


@dataclass(frozen=True)
class Asides:
    """One moderator's choices."""

    lanes: frozenset[int] = frozenset()
    themes: frozenset[str] = frozenset()
    uses_keys: bool = True


def asides_of(moderator_id: bytes) -> Asides:
    """What this moderator set aside."""
    rows = db.session.execute(select(Aside.kind, Aside.code).where(Aside.moderator_id == moderator_id))
    chosen: dict[str, set[str]] = {"lane": set(), "theme": set(), "keys": set()}
    for kind, code in rows:
        chosen[kind].add(code)
    return Asides(
        lanes=frozenset(int(code) for code in chosen["lane"]),
        themes=frozenset(chosen["theme"]),
        uses_keys=not chosen["keys"],
    )


def set_aside(*, moderator: Moderator, lanes: Iterable[int], themes: Iterable[str], uses_keys: bool) -> None:
    """These, in place of what was set aside before. A lane that does not exist is passed over."""
    forget(moderator.id)
    chosen = {("lane", str(lane)) for lane in lanes if lane in LANES} | {("theme", code) for code in themes}
    if not uses_keys:
        chosen.add(("keys", _NO_KEYS))
    db.session.add_all(
        Aside(moderator_id=moderator.id, kind=kind, code=code) for kind, code in sorted(chosen)
    )
    db.session.flush()


def forget(moderator_id: bytes) -> None:
    """Nothing is set aside any more: also for somebody who leaves."""
    db.session.execute(delete(Aside).where(Aside.moderator_id == moderator_id))


def lanes_without_reader() -> list[int]:
    """The lanes that everybody who has a way in to the desk leaves to the others."""
    here = (Moderator.is_disabled.is_(False), Moderator.password_hash != "")
    people = db.session.scalar(select(func.count()).where(*here)) or 0
    left = Counter(
        db.session.scalars(
            select(Aside.code)
            .join(Moderator, Moderator.id == Aside.moderator_id)
            .where(Aside.kind == "lane", *here)
        )
    )
    return sorted(int(code) for code, times in left.items() if times >= people)
