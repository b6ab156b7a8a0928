"""What somebody leaves behind at the desk: what has no effect yet ends at once, and what they decided can be looked at anew.

Threat: whoever must go quickly went wrong, or was somebody else. Nothing of theirs may take effect after the desk was closed
to them; and their last DAYS days are one press away from being everybody's again, without a text coming back to readers
that nobody has read.

Several rows are locked here: all threads, then all cases, before the record is touched for the first time.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, case, delete, exists, func, select
from sqlalchemy.orm import aliased

from forum import clock
from forum.extensions import db
from forum.identity.sealed import encode_text
from forum.models import Case, Decision, Moderator, Pending, Post, Thread
from forum.models.moderation import GIVEN_BACK
from forum.moderation import audit, bans, cases, leases, pending

DAYS = 14  # as many as ``queries.staff`` lists
CASES_A_STEP = 100  # in one transaction, so that no writer waits long
_NOT_IN_FORCE = ("waits", "second")


@dataclass(frozen=True)
class Reopened:
    """What one step did: cases that are everybody's again, steps against writers that ended, and cases still to come."""

    cases: int
    lifted: int
    left: int


def stop(*, moderator: Moderator, audit_key: bytes, for_good: bool) -> int:
    """End what has no effect yet: leases, presses within their seconds, decisions that wait for a second person.

    The cases are open again and nobody is told anything; returns how many decisions that were. What stands until a
    second person has looked stays so. ``for_good``: what came back to them is forgotten, too, for nobody fills in that
    form again.
    """
    pressed = select(Pending.case_id).where(
        Pending.moderator_id == moderator.id, Pending.stage.in_(_NOT_IN_FORCE)
    )
    waiting = set(db.session.scalars(pressed))
    found = cases.locked_all(waiting | set(leases.held_by(moderator)))
    leases.free_leases(moderator)
    stopped = [one for one in found if one.id in waiting and pending.stop(case=one, audit_key=audit_key)]
    if for_good:
        mine = (Pending.moderator_id == moderator.id, Pending.stage.in_(GIVEN_BACK))
        db.session.execute(delete(Pending).where(*mine))
    return len(stopped)


def count_to_reopen(moderator: Moderator) -> int:
    """How many cases :func:`reopen` would still open."""
    query = select(func.count()).select_from(Case).where(_last_word_is_of(moderator))
    return int(db.session.scalar(query) or 0)


def reopen(*, moderator: Moderator, actor: Moderator | None, hour: int, audit_key: bytes) -> Reopened:
    """Let everybody look anew at what somebody decided in the last DAYS days: CASES_A_STEP cases, to be repeated while any
    are left. ``hour`` is the staffed clock's; ``actor`` the lead who says so, None at the command line.

    Steps against writers that came with these decisions end. Texts stay as they are, those taken away too, until they are
    decided anew. A case somebody else has decided since is left alone, and one whose text is gone.
    """
    wanted = select(Case.id).where(_last_word_is_of(moderator)).order_by(Case.id)
    found = cases.locked_all(db.session.scalars(wanted.limit(CASES_A_STEP)))
    # Asked again behind the locks: somebody may have decided meanwhile.
    still = set(db.session.scalars(wanted.where(Case.id.in_([one.id for one in found]))))
    opened = [_opened(one, hour=hour) for one in found if one.id in still]
    lifted = {one.id: _lift(one, moderator) for one in opened}
    reason = encode_text(moderator.id)
    for one in opened:
        audit.record(key=audit_key, action="reopened", actor=actor, case=one, reason=reason)
        if lifted[one.id]:
            audit.record(key=audit_key, action="sanction_ended", actor=actor, case=one, reason=reason)
    return Reopened(len(opened), sum(lifted.values()), count_to_reopen(moderator))


def _last_word_is_of(moderator: Moderator) -> ColumnElement[bool]:
    """Cases that stand as this moderator decided lately, and whose text is still there."""
    later = aliased(Decision)
    own = exists().where(
        Decision.case_id == Case.id,
        Decision.moderator_id == moderator.id,
        Decision.day >= clock.today() - timedelta(days=DAYS),
        ~exists().where(later.case_id == Decision.case_id, later.number > Decision.number),
    )
    opening = select(Thread.opening_id).where(Thread.id == Case.thread_id).scalar_subquery()
    shown = case((Case.target_kind == cases.THREAD, opening), else_=Case.target_id)
    stands = exists().where(Pending.case_id == Case.id, Pending.stage == "stands")
    is_over = (Case.state == "settled") | ((Case.state == "waiting_second") & stands)
    return own & is_over & exists().where(Post.id == shown, Post.source != "")


def _opened(one: Case, *, hour: int) -> Case:
    if one.state == "waiting_second":
        return pending.return_unread(one)
    if one.target_kind == cases.THREAD:
        thread = db.session.get_one(Thread, one.target_id)
        return cases.open_thread_case(thread=thread, lane=one.lane, source=one.source, hour=hour)
    post = db.session.get_one(Post, one.target_id, populate_existing=True)
    return cases.open_case(post=post, lane=one.lane, source=one.source, hour=hour)


def _lift(one: Case, moderator: Moderator) -> int:
    mine = select(Decision.id).where(
        Decision.case_id == one.id,
        Decision.moderator_id == moderator.id,
        Decision.day >= clock.today() - timedelta(days=DAYS),
    )
    return bans.lift(db.session.scalars(mine))
