"""Decisions between the press and the effect: fifteen seconds to think again, and nothing lost meanwhile.

Threats: a decision on a text nobody read any more (it names the version of the case and the revision of the text it was
made upon; if either moved, nothing happens and the moderator sees what changed), and a slip of the finger that has told
somebody already. So a press only keeps what was chosen and sets a timer; the board's own work carries it out, at its
next start when the process was killed in between.
"""

import json
from datetime import datetime, timedelta

from sqlalchemy import delete

from forum import clock, errors
from forum.extensions import db
from forum.models import Case, Decision, Moderator, Pending, Post
from forum.moderation import (
    audit,
    cases,
    decisions,
    figures,
    leases,
    roles,
    second,
    takedowns,
    wishes,
)
from forum.moderation.timers import end_timer, set_timer
from forum.moderation.wishes import Span, Wish

KIND = "decide"
SECONDS = 15


def decide(
    *,
    case_id: bytes,
    version: int,
    revision: int,
    moderator: Moderator,
    wish: Wish,
    in_time: bool,
    audit_key: bytes,
    due: datetime | None = None,
) -> Pending:
    """Press: the case is ``decided``, and in SECONDS the decision takes effect.

    ``version`` is the case's and ``revision`` the text's that the moderator had before their eyes; ``in_time`` says whether
    it comes within the staffed hours that its lane may wait (:func:`figures.is_in_time`). ``due``: when it takes effect,
    for what is pressed together (:func:`moment_of_effect`). Raises Stale when something changed meanwhile, Invalid for a field that does not fit, or for a case that waits for a lead; NotFound
    for no such case.
    """
    wishes.ensure_sendable(wish.note_author, wish.note_team)
    came_from = cases.locked(case_id).state
    case = cases.move(case_id, "decide", version)
    post = _post_of(case)
    if post.revision != revision:
        raise errors.Stale(case)
    if came_from == "escalated" and not roles.may(moderator, "lead"):
        raise errors.Invalid("outcome", "for_lead")
    wishes.ensure_fits(case, post, wish)
    second.ensure_another_for_appeal(case, post, moderator)
    leases.end_lease(case_id)
    pending = _kept(
        case, moderator, wish, came_from=came_from, number=version, revision=revision, in_time=in_time
    )
    set_timer(KIND, case_id, due or moment_of_effect())
    audit.record(
        key=audit_key, action="decided", actor=moderator, case=case, rule=wish.rule, reason=wish.outcome
    )
    return pending


def moment_of_effect() -> datetime:
    """When what is pressed now takes effect. Decisions with the same moment were pressed together."""
    return clock.now() + timedelta(seconds=SECONDS)


def undo(*, case_id: bytes, moderator: Moderator, audit_key: bytes) -> Case:
    """Take one's own press back, as long as it has no effect: the case is what it was before, in a new version.

    What was chosen and written stays for the form. Raises TooLate when there is nothing to take back any more, or it
    was somebody else's.
    """
    case = cases.locked(case_id)
    pending = of_case(case_id)
    if case.state != "decided" or pending is None or pending.moderator_id != moderator.id:
        raise errors.TooLate
    return _give_back(case, pending, stage="undone", actor=moderator, audit_key=audit_key)


def carry_out(*, case_id: bytes, audit_key: bytes) -> Decision | None:
    """The seconds are over: do what was decided, or let it wait for a second person; None when nothing was done.

    When text or case changed meanwhile, the case is open again, nothing is told, and the moderator is told so.
    """
    case = cases.locked(case_id)
    pending = of_case(case_id)
    if case.state != "decided" or pending is None:
        return None
    end_timer(KIND, case_id)
    moderator, post = db.session.get_one(Moderator, pending.moderator_id), _post_of(case)
    if case.version != pending.number + 1 or moderator.is_disabled or not _still_fits(case, post, pending):
        _give_back(case, pending, stage="changed", actor=None, audit_key=audit_key)
        return None
    why = second.reason_for(case, post, wish_of(pending), moderator)
    if why:
        return _wait(case, post, pending, why, audit_key)
    return _done(case, post, pending, audit_key)


def confirm(*, case_id: bytes, version: int, moderator: Moderator, audit_key: bytes) -> bool:
    """The second person agrees: it takes effect, or what stands already is settled.

    False when the text changed since: the case is open again. Raises Stale for another version, and Invalid
    (``outcome``: own) for whoever decided.
    """
    case, pending = _for_second(case_id, version, moderator)
    post = _post_of(case)
    if pending.stage == "stands":
        decision = db.session.get(Decision, pending.decision_id) if pending.decision_id else None
        if decision is None or decision.revision != post.revision:
            _send_back(case, pending, stage="changed", actor=moderator, audit_key=audit_key)
            return False
        db.session.delete(pending)
        case = decisions.settle(case, post)
    elif _still_fits(case, post, pending):
        _done(case, post, pending, audit_key)
    else:
        _send_back(case, pending, stage="changed", actor=moderator, audit_key=audit_key)
        return False
    audit.record(
        key=audit_key,
        action="confirmed",
        actor=moderator,
        case=case,
        rule=pending.rule,
        reason=pending.outcome,
    )
    return True


def send_back(*, case_id: bytes, version: int, moderator: Moderator, audit_key: bytes) -> Case:
    """The second person does not agree: the case is open again for whoever reads it next.

    What stands already is undone at once, with the step against the writer, who is told so. Raises as :func:`confirm` does.
    """
    case, pending = _for_second(case_id, version, moderator)
    if pending.decision_id and (decision := db.session.get(Decision, pending.decision_id)):
        decisions.take_back(decision, _post_of(case))
    return _send_back(case, pending, stage="returned", actor=moderator, audit_key=audit_key)


def stop(*, case: Case, audit_key: bytes) -> bool:
    """Whoever pressed is not at the desk any more: open the case again, before anything took effect; says whether it was so.

    The caller holds thread and case.
    """
    pressed = of_case(case.id)
    if pressed is None:
        return False
    if case.state == "decided" and pressed.stage == "waits":
        _give_back(case, pressed, stage="changed", actor=None, audit_key=audit_key)
        return True
    if case.state == "waiting_second" and pressed.stage == "second":
        _send_back(case, pressed, stage="changed", actor=None, audit_key=audit_key)
        return True
    return False


def return_unread(case: Case) -> Case:
    """Open a case whose decision stands until a second person has looked, and forget that it waited for one.

    The caller holds thread and case, and puts it on record.
    """
    db.session.execute(delete(Pending).where(Pending.case_id == case.id))
    leases.end_lease(case.id)
    return cases.move(case.id, "return", case.version, leased_by=None)


def of_case(case_id: bytes) -> Pending | None:
    """What was pressed about this case and is not settled, or came back."""
    return db.session.get(Pending, case_id, populate_existing=True)


def step_to_come(case_id: bytes) -> str:
    """The step against a writer that comes into force when a second person agrees; nothing where none does."""
    pressed = of_case(case_id)
    return pressed.sanction if pressed is not None and pressed.stage == "second" else ""


def wish_of(pending: Pending) -> Wish:
    """What was chosen and written."""
    return Wish(
        outcome=pending.outcome,
        rule=pending.rule,
        note_author=pending.note_author,
        note_team=pending.note_team,
        mask_spans=tuple(Span(*place) for place in json.loads(pending.spans or "[]")),
        warning=pending.warning,
        sanction=pending.sanction,
        theme=pending.theme,
    )


def _kept(
    case: Case,
    moderator: Moderator,
    wish: Wish,
    *,
    came_from: str,
    number: int,
    revision: int,
    in_time: bool,
) -> Pending:
    pending = Pending(
        case_id=case.id,
        moderator_id=moderator.id,
        stage="waits",
        why="",
        came_from=came_from,
        number=number,
        revision=revision,
        outcome=wish.outcome,
        rule=wish.rule,
        spans=json.dumps([[span.field, span.start, span.end] for span in wish.mask_spans]),
        warning=wish.warning,
        sanction=wish.sanction,
        theme=wish.theme,
        note_author=wish.note_author,
        note_team=wish.note_team,
        day=clock.today(),
        is_prompt=in_time,
        decision_id=None,
    )
    # In place of one that came back before.
    pending = db.session.merge(pending)
    db.session.flush()
    return pending


def _post_of(case: Case) -> Post:
    return db.session.get_one(Post, cases.post_id_of(case), populate_existing=True)


def _still_fits(case: Case, post: Post, pending: Pending) -> bool:
    if post.revision != pending.revision:
        return False
    try:
        wishes.ensure_fits(case, post, wish_of(pending))
    except errors.Invalid:
        return False
    return True


def _done(case: Case, post: Post, pending: Pending, audit_key: bytes, *, settled: bool = True) -> Decision:
    moderator, wish = db.session.get_one(Moderator, pending.moderator_id), wish_of(pending)
    is_gone = second.takes_away(post, wish)
    decision = takedowns.carry_out(
        case=case,
        post=post,
        moderator=moderator,
        wish=wish,
        number=pending.number,
        audit_key=audit_key,
        settled=settled,
    )
    if settled:
        db.session.delete(pending)
    figures.count("decided", int(pending.is_prompt))
    if is_gone and pending.stage != "second":
        second.remember_removal(decision)
    db.session.flush()
    return decision


def _wait(case: Case, post: Post, pending: Pending, why: str, audit_key: bytes) -> Decision | None:
    moderator = db.session.get_one(Moderator, pending.moderator_id)
    decision = None
    pending.stage, pending.why = "second", why
    if second.may_stand(why, moderator):
        pending.stage = "stands"
        decision = _done(case, post, pending, audit_key, settled=False)
        pending.decision_id = decision.id
    case = cases.move(case.id, "wait", case.version, leased_by=None, revision=post.revision)
    audit.record(key=audit_key, action="second", actor=moderator, case=case, rule=pending.rule, reason=why)
    return decision


def _for_second(case_id: bytes, version: int, moderator: Moderator) -> tuple[Case, Pending]:
    case = cases.locked(case_id)
    pending = of_case(case_id)
    if case.state != "waiting_second" or case.version != version or pending is None:
        raise errors.Stale(case)
    if not second.may_look(pending, moderator):
        raise errors.Invalid("outcome", "own")
    return case, pending


def _send_back(
    case: Case, pending: Pending, *, stage: str, actor: Moderator | None, audit_key: bytes
) -> Case:
    leases.end_lease(case.id)
    case = cases.move(case.id, "return", case.version, leased_by=None)
    return _noted(case, pending, stage=stage, actor=actor, audit_key=audit_key)


def _give_back(
    case: Case, pending: Pending, *, stage: str, actor: Moderator | None, audit_key: bytes
) -> Case:
    end_timer(KIND, case.id)
    goal = pending.came_from if stage == "undone" else "open"
    kept = {} if stage == "undone" else {"leased_by": None}
    case = cases.move(case.id, f"back_{goal}", case.version, **kept)
    leases.take_up_again(case)
    return _noted(case, pending, stage=stage, actor=actor, audit_key=audit_key)


def _noted(case: Case, pending: Pending, *, stage: str, actor: Moderator | None, audit_key: bytes) -> Case:
    pending.stage, pending.decision_id = stage, None
    db.session.flush()
    audit.record(
        key=audit_key, action=stage, actor=actor, case=case, rule=pending.rule, reason=pending.outcome
    )
    return case
