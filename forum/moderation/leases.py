"""Leases: who is reading a case right now. A courtesy between moderators, never a lock.

A lease ends by itself after ten minutes without activity, so a closed laptop can never keep a case. Whoever
decides needs the right version of the case, not the lease.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from forum import clock, errors
from forum.extensions import db
from forum.models import Case, Moderator, Timer
from forum.models.moderation import LEASED_STATES
from forum.moderation import audit, cases
from forum.moderation.timers import due_of, set_timer

LEASE_MINUTES = 10
KIND = "lease"


@dataclass(frozen=True)
class Lease:
    """Somebody reads a case until ``due`` (aware)."""

    moderator_id: bytes
    due: datetime


def lease(*, case_id: bytes, moderator: Moderator, audit_key: bytes, only_free: bool = False) -> Case:
    """Take a case to read, from nobody or over from another; renew it when it is one's own already.

    A case that was put off for later is awake with that. The view goes into the record in any case. Raises NotFound, and
    Stale for a case that is decided; with ``only_free`` also for one that another is reading: whoever only goes on to
    the next one takes nothing out of anybody's hands.
    """
    case = _locked(case_id)
    held = holder(case)
    if only_free and held is not None and held.moderator_id != moderator.id:
        raise errors.Stale(case)
    if held is None or held.moderator_id != moderator.id:
        case = cases.move(case_id, "lease", case.version, leased_by=moderator.id)
    _set_timer(case)
    taken_over = held is not None and held.moderator_id != moderator.id
    audit.record(key=audit_key, action="takeover" if taken_over else "view", actor=moderator, case=case)
    return case


def renew(case: Case, moderator: Moderator) -> bool:
    """Ten more minutes for the one who is reading; says whether there was a lease to renew."""
    held = holder(case)
    if held is None or held.moderator_id != moderator.id:
        return False
    _set_timer(case)
    return True


def holder(case: Case) -> Lease | None:
    """Who is reading the case now; an expired lease counts as none."""
    if case.state not in LEASED_STATES or case.leased_by is None:
        return None
    due = due_of(KIND, case.id)
    return Lease(case.leased_by, due) if due and due > clock.now() else None


def take_up_again(case: Case) -> None:
    """Ten minutes for whoever was reading before a decision that was taken back."""
    if case.state in LEASED_STATES and case.leased_by is not None:
        _set_timer(case)


def end_lease(case_id: bytes) -> None:
    """Forget the timer of a case that is decided or given back."""
    db.session.execute(delete(Timer).where(Timer.kind == KIND, Timer.target == case_id))


def give_back(case_id: bytes, moderator: Moderator) -> bool:
    """Let a case go before its ten minutes are over; says whether this moderator was reading it."""
    case = cases.locked(case_id)
    held = holder(case)
    if held is None or held.moderator_id != moderator.id:
        return False
    cases.move(case_id, "release", case.version, leased_by=None)
    end_lease(case_id)
    return True


def free_leases(moderator: Moderator) -> int:
    """Give back everything a moderator was reading; returns how many cases that was."""
    held = [
        case
        for case in cases.locked_all(held_by(moderator))
        if case.leased_by == moderator.id and case.state in LEASED_STATES
    ]
    for case in held:
        cases.move(case.id, "release", case.version, leased_by=None)
        end_lease(case.id)
    return len(held)


def held_by(moderator: Moderator) -> list[bytes]:
    """The cases a moderator was reading last, whether or not their time is over."""
    held = select(Case.id).where(Case.leased_by == moderator.id, Case.state.in_(LEASED_STATES))
    return list(db.session.scalars(held))


def _locked(case_id: bytes) -> Case:
    case = db.session.execute(
        select(Case).where(Case.id == case_id).with_for_update().execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if case is None:
        raise errors.NotFound
    if not cases.may(case.state, "lease"):
        raise errors.Stale(case)
    return case


def _set_timer(case: Case) -> None:
    set_timer(KIND, case.id, clock.now() + timedelta(minutes=LEASE_MINUTES))
