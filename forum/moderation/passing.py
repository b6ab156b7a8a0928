"""Cases that are put off for a while, or passed to somebody who leads: one press each, and nothing of it decides anything."""

from datetime import datetime, timedelta

from forum import clock, errors
from forum.models import Case, Moderator
from forum.moderation import audit, cases, duty, leases
from forum.moderation.timers import end_timer, set_timer

SNOOZE = "snooze"
# By code: how many days on; none is a staffed hour from now.
UNTIL = {"hour": 0, "tomorrow": 1, "three_days": 3}
# Where a life may be in danger nobody waits for tomorrow.
UNTIL_FOR_LIFE = ("hour",)
LIFE = 1


def choices(lane: int) -> tuple[str, ...]:
    """Until when a case of this lane may be put off."""
    return UNTIL_FOR_LIFE if lane == LIFE else tuple(UNTIL)


def snooze(
    *,
    case_id: bytes,
    version: int,
    moderator: Moderator,
    until: str,
    hours: duty.StaffedHours,
    audit_key: bytes,
) -> Case:
    """Put a case off until a staffed hour; it comes back by itself, or with news, or when somebody opens it.

    Raises Invalid (``until``) for what is not among :func:`choices`, Stale when something changed meanwhile.
    """
    if until not in choices(cases.case_by_id(case_id).lane):
        raise errors.Invalid("until", "unknown")
    case = cases.move(case_id, "snooze", version, leased_by=None)
    leases.end_lease(case_id)
    set_timer(SNOOZE, case_id, _moment(until, hours))
    audit.record(key=audit_key, action="snoozed", actor=moderator, case=case, reason=until)
    return case


def wake(case_id: bytes) -> bool:
    """The time has come: the case is open again. False when it was woken before."""
    case = cases.locked(case_id)
    end_timer(SNOOZE, case_id)
    if case.state != "snoozed":
        return False
    cases.move(case_id, "wake", case.version)
    return True


def escalate(*, case_id: bytes, version: int, moderator: Moderator, audit_key: bytes) -> Case:
    """Leave a case to somebody who leads: others see it and cannot decide it. Raises Stale."""
    return _passed("escalate", case_id, version, moderator, audit_key)


def hand_back(*, case_id: bytes, version: int, moderator: Moderator, audit_key: bytes) -> Case:
    """Let everybody decide a case again that was left to a lead; anybody may, or it could lie for ever. Raises Stale."""
    return _passed("hand_back", case_id, version, moderator, audit_key)


def _passed(name: str, case_id: bytes, version: int, moderator: Moderator, audit_key: bytes) -> Case:
    case = cases.move(case_id, name, version, leased_by=None)
    leases.end_lease(case_id)
    audit.record(key=audit_key, action=name, actor=moderator, case=case)
    return case


def _moment(until: str, hours: duty.StaffedHours) -> datetime:
    days = UNTIL[until]
    if days == 0:
        return duty.next_reading(hours, clock.now())
    return duty.first_staffed(hours, clock.today() + timedelta(days=days))
