"""Bans by the construction: rows that name a tag in one thread, tried against a writer's seed when they write.

Threat: a list of who is kept out, or a record of where somebody kept out tried to write, is a list of people. A ban holds
the tag somebody earned it under and nothing else; the server computes the present writer's tag in every thread that has a
live ban and compares. A hit blocks and leaves no trace. It holds against the seed: in every thread, on every device the
seed is carried to, after recovery. Whoever throws the seed away is somebody new and pays that price.

The idea is verifier-local revocation (BLAC and its kin) without its zero-knowledge proofs.
"""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select, update

from forum import clock, errors, journal
from forum.extensions import db
from forum.identity.seeds import Identity
from forum.models import Ban, BoardState, Decision, Participant, Thread
from forum.moderation.state import board_state, next_number

# A kind word in the statement and nothing else: no row, so that it never counts.
NOTE = "note"
# Each step a moderator may choose: its scope, and for how many days.
STEPS = {
    "warning": ("warning", 30),
    "slow": ("slow", 7),
    "thread": ("thread", 365),
    "board7": ("board", 7),
    "board30": ("board", 30),
    "board90": ("board", 90),
}
# So many live rows against one seed weigh as much as this step. Computed at a write, stored nowhere.
LADDER = ((5, "board"), (3, "slow"))
_TRIED = (Ban.thread_id, Ban.pepper_version, Ban.tag, Ban.number)


# A live ban as it is tried: thread id, pepper version, tag, number.
Row = tuple[bytes, int, bytes, int]


@dataclass(frozen=True)
class Outcome:
    """What trying the bans gave: the rows that match, and what the cookie may remember as tried."""

    hits: tuple[Ban, ...]
    number: int
    epoch: int

    def forbids(self, thread_id: bytes | None) -> Ban | None:
        """The ban that keeps this writer from writing (in ``thread_id``, or opening a thread), the longest; or None."""
        blocking = [
            row
            for row in self.hits
            if row.scope == "board" or (row.scope == "thread" and row.thread_id == thread_id)
        ]
        if self._ladder == "board":
            blocking += self.hits
        return max(blocking, key=lambda row: row.until_day, default=None)

    @property
    def is_slow(self) -> bool:
        """Whether one post a day is what this writer may do."""
        return self._ladder == "slow" or any(row.scope == "slow" for row in self.hits)

    @property
    def _ladder(self) -> str:
        return next((step for rows, step in LADDER if len(self.hits) >= rows), "")


def try_all(identity: Identity, *, since: int, epoch: int) -> Outcome:
    """Try every live ban numbered above ``since`` against this writer, or every one when ``epoch`` is not the board's.

    The same work wherever a match stands: each thread's tag is computed once, each row compared in constant time, none
    left out. The number to remember never passes a row that matches, so that a block stays and a lifted one ends at once.
    """
    state = board_state()
    return _tried(identity, live_rows(since if epoch == state.epoch else 0), state)


def try_young(identity: Identity, *, born: date) -> Outcome:
    """Try the bans against a seed that came from a ticket of the day ``born``: no ban can be older than that.

    A seed that is new to this browser need not be new: a first form sent again with the cookie of before gives the same
    one, which may have been banned meanwhile.
    """
    return _tried(identity, live_rows(0, from_day=born), board_state())


def _tried(identity: Identity, rows: list[Row], state: BoardState) -> Outcome:
    tags = identity.tags((thread_id, version) for thread_id, version, _, _ in rows)
    same = hmac.compare_digest
    hits = _by_number(
        [number for thread_id, version, tag, number in rows if same(tags[thread_id, version], tag)]
    )
    number = min((ban.number - 1 for ban in hits), default=state.ban_number)
    return Outcome(hits, number, state.epoch)


def live_rows(since: int, *, from_day: date = date.min) -> list[Row]:
    """The bans that hold today, are numbered above ``since`` and were placed on ``from_day`` or later."""
    query = select(*_TRIED).where(
        Ban.number > since, Ban.until_day >= clock.today(), Ban.from_day >= from_day
    )
    return [
        (thread, version, tag, number)
        for thread, version, tag, number in db.session.connection().execute(query)
    ]


def _by_number(numbers: list[int]) -> tuple[Ban, ...]:
    return tuple(db.session.scalars(select(Ban).where(Ban.number.in_(numbers)))) if numbers else ()


def place(*, decision: Decision, participant_id: bytes, step: str, reason: str) -> Ban:
    """Put a step of the ladder (a key of STEPS) against a participant; call inside the decision's transaction.

    The ban carries the decision's id, so that undoing the decision finds it. Raises Invalid for an unknown step.
    """
    if step not in STEPS:
        raise errors.Invalid("sanction", "unknown")
    scope, days = STEPS[step]
    participant = db.session.get_one(Participant, participant_id)
    thread = db.session.get_one(Thread, participant.thread_id)
    ban = Ban(
        id=decision.id,
        thread_id=thread.id,
        tag=participant.tag,
        pepper_version=thread.pepper_version,
        scope=scope,
        reason=reason,
        from_day=clock.today(),
        until_day=thread.ends_on if scope == "thread" else clock.date_after(days),
        number=next_number("ban_number"),
    )
    db.session.add(ban)
    db.session.flush()
    return ban


def last_until(thread_id: bytes, ends_on: date) -> None:
    """The thread was prolonged: whoever is kept out of it is so for as long as it stands. One that was lifted stays so."""
    live = (Ban.thread_id == thread_id, Ban.scope == "thread", Ban.until_day >= clock.today())
    db.session.execute(update(Ban).where(*live, Ban.until_day < ends_on).values(until_day=ends_on))


def lift(decision_ids: Iterable[bytes]) -> int:
    """End the bans that came with these decisions, at once; returns how many were live."""
    query = select(Ban).where(Ban.id.in_(list(decision_ids)), Ban.until_day >= clock.today())
    live = list(db.session.scalars(query))
    for ban in live:
        ban.until_day = clock.today() - timedelta(days=1)
        journal.note("ban", ban.id)
    db.session.flush()
    return len(live)


def of_decisions(decision_ids: Iterable[bytes]) -> dict[bytes, Ban]:
    """The bans that came with these decisions, by decision."""
    return {ban.id: ban for ban in db.session.scalars(select(Ban).where(Ban.id.in_(list(decision_ids))))}
