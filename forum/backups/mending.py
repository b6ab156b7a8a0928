"""What a board that was put back needs before it may be served: moments, leases, logins and cookies begin anew."""

from datetime import date

from sqlalchemy import delete, select, update

from forum import clock
from forum.extensions import db
from forum.models import Case, IndexJob, Letter, Moderator, Post, Thread
from forum.models.moderation import LEASED_STATES
from forum.moderation import audit, cases, decisions, pending, takedowns
from forum.moderation.state import board_state
from forum.moderation.timers import set_timer
from forum.posting import pace

# What a case waits in for a moment that no backup carries.
INTERRUPTED = (*LEASED_STATES, "decided", "snoozed")
# More than anybody's sessions are ended between two restores; times the board's epoch, so that no two restores meet.
SESSIONS_A_RESTORE = 1000
# More than a thread is changed between two restores; the largest number of a column is two thousand times that.
VERSIONS_A_RESTORE = 1_000_000


def mend(*, epoch: int, made_on: date, audit_key: bytes) -> None:
    """Make whole what a backup leaves out, in this session's transaction, and put the restore into the record.

    Posts that waited for a moment get another one, so do decisions that were pressed and had no effect yet; authors who
    are being heard keep their days, leased cases are given back, those put off are open, editing is over but where
    somebody asked for it, moderators sign in again, and numbers that cookies carry mean nothing in the new ``epoch``. Threads' versions begin above all before: an
    act from now on is newer than any backup made until now, also than one that is newer than this one.
    """
    for post_id in db.session.scalars(select(Post.id).where(Post.status == "scheduled")).all():
        set_timer("publish", post_id, pace.publish_time("soon") or clock.now())
    takedowns.set_timers_again(db.session.scalars(select(Letter).where(Letter.step == "hearing")).all())
    for post in db.session.scalars(select(Post).where(Post.id.in_(select(Case.target_id)))).all():
        if decisions.waits_for_edit(post):
            set_timer("edit", post.id, clock.end_of(clock.date_after(decisions.DAYS_TO_EDIT)))
    _take_up_cases()
    step = SESSIONS_A_RESTORE * epoch
    db.session.execute(update(Moderator).values(session_epoch=Moderator.session_epoch + step))
    db.session.execute(update(Thread).values(version=VERSIONS_A_RESTORE * epoch))
    db.session.execute(delete(IndexJob))  # the index is built anew
    board_state().epoch = epoch
    audit.record(key=audit_key, action="restored", reason=made_on.isoformat())


def _take_up_cases() -> None:
    for case in db.session.scalars(select(Case).where(Case.state.in_(INTERRUPTED)).order_by(Case.id)).all():
        if case.state == "decided":
            set_timer(pending.KIND, case.id, clock.now())
        elif case.state == "snoozed":
            cases.move(case.id, "wake", case.version)
        else:
            cases.move(case.id, "release", case.version, leased_by=None)
