"""Several cases read and decided with one press: twenty copies of one text, or an evening of touts.

Threats: one press upon texts that nobody read, and one that overwrites what a colleague did to some of them. So each
case is taken to read and put on record by itself, and decided by itself as a single one is, upon the version and the text
that stood on the page; one that changed stays as it is while the others are decided.

Several rows are locked here: all threads, then all cases, each in the order of their names, before the record is
touched for the first time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from forum import errors
from forum.extensions import db
from forum.models import Case, Moderator, Post
from forum.moderation import cases, echoes, leases, pending, takedowns
from forum.moderation.screening import Finding
from forum.moderation.wishes import Wish

# Never 1 and 2. Where a life may be in danger, or somebody can be found, the one text that is not like its neighbours
# is the one that matters, and what helps (a message, words masked) is about its own words.
LANES = (3, 4, 5)
# What was put off or opened; a case that somebody left to a lead asks to be read by itself.
STATES = ("open", "leased", "snoozed")
MOST = 20
# What means the same for every text: passages to mask differ, and so may whatever else needs an answer of its own.
OUTCOMES = ("fine", "publish", "fold", "hide", "remove", "lock")
ALONE, CHANGED, UNFIT = "alone", "changed", "unfit"
_PER_CASE = ("outcome", "sanction")


@dataclass(frozen=True)
class Seen:
    """A case as the moderator had it before their eyes: its version, and its text's; ``in_time`` as ``pending.decide``."""

    case_id: bytes
    version: int
    revision: int
    in_time: bool


def look_at_all(
    *, case_ids: Sequence[bytes], moderator: Moderator, hour: int, audit_key: bytes
) -> list[bytes]:
    """Take these cases to read, each view on record; returns those that were taken.

    Left out are lanes 1 and 2, what is decided or a lead's, and what somebody else is reading: a case is taken over by
    a press meant for it alone. Raises Invalid (``case``: many) for more than MOST.
    """
    _ensure_few(case_ids)
    taken = []
    for case in cases.locked_all(case_ids):
        held = leases.holder(case)
        if not may_be_read(case.lane, case.state) or (held and held.moderator_id != moderator.id):
            continue
        takedowns.look(case_id=case.id, moderator=moderator, hour=hour, audit_key=audit_key)
        taken.append(case.id)
    return taken


def decide_all(
    *, seen: Sequence[Seen], moderator: Moderator, wish: Wish, audit_key: bytes
) -> dict[bytes, str]:
    """Press once for all of these; they take effect at the same moment. Returns those that were not decided, and why.

    ``alone``: lanes 1 and 2; ``changed``: text or case moved meanwhile; ``unfit``: the outcome or the step does not fit
    its post as it stands. Raises Invalid for what fits none (many, outcome, rule, warning, notes): then nothing is to
    be kept.
    """
    chosen = {one.case_id: one for one in seen}
    _ensure_few(list(chosen))
    if wish.outcome not in OUTCOMES:
        raise errors.Invalid("outcome", "unknown")
    left = dict.fromkeys(chosen, CHANGED)
    due = pending.moment_of_effect()
    for case in cases.locked_all(chosen):
        one = chosen[case.id]
        if case.lane not in LANES or case.state == "escalated":
            left[case.id] = ALONE
            continue
        try:
            with db.session.begin_nested():
                pending.decide(**vars(one), moderator=moderator, wish=wish, audit_key=audit_key, due=due)
        except errors.Stale:
            continue
        except errors.Invalid as refused:
            if refused.field not in _PER_CASE:
                raise
            left[case.id] = UNFIT
            continue
        del left[case.id]
    return left


def undo_all(*, case_ids: Sequence[bytes], moderator: Moderator, audit_key: bytes) -> list[bytes]:
    """Take back one's own presses on these, as far as they have no effect yet; returns the cases that are open again.

    Raises Invalid (``case``: many) for more than MOST.
    """
    _ensure_few(case_ids)
    undone = []
    for case in cases.locked_all(case_ids):
        try:
            pending.undo(case_id=case.id, moderator=moderator, audit_key=audit_key)
        except errors.TooLate:
            continue
        undone.append(case.id)
    return undone


def may_be_read(lane: int, state: str) -> bool:
    """Whether a case of this lane and in this state may be read and decided beside others."""
    return lane in LANES and state in STATES


def gather(*, case_id: bytes, hour: int) -> list[bytes]:
    """The open cases of texts nearly the same as that of a case, itself first.

    About such a text that readers see and that nobody has looked at, a case is opened; one that was decided about as it
    stands is left alone. Raises NotFound for no such case, Invalid (``case``: alone) for one that is not decided beside
    others.
    """
    case = cases.case_by_id(case_id)
    if case.lane not in LANES or case.target_kind != cases.TARGET:
        raise errors.Invalid("case", ALONE)
    post = db.session.get_one(Post, case.target_id)
    found = echoes.twins(post.source, echoes.numbers_of(post.source), but_thread=post.thread_id)
    cases.lock_threads([case.thread_id, *(twin.thread_id for twin in found)])
    twins = select(Post).where(Post.id.in_([twin.post_id for twin in found])).order_by(Post.id)
    finding = Finding(
        label=echoes.LABEL,
        sub="",
        severity=echoes.severity_of(found),
        field="body",
        spans=(),
        rule=echoes.LABEL,
    )
    about = [
        _case_about(twin, lane=case.lane, hour=hour, finding=finding)
        for twin in db.session.scalars(twins.execution_options(populate_existing=True))
    ]
    return [case_id, *(one.id for one in about if one is not None)]


def _case_about(post: Post, *, lane: int, hour: int, finding: Finding) -> Case | None:
    case = cases.case_of(post.id)
    if case is not None and cases.is_open(case):
        return case
    if post.status != "live" or (case is not None and case.revision == post.revision):
        return None
    return cases.open_case(post=post, lane=lane, source="screening", hour=hour, findings=[finding])


def _ensure_few(case_ids: Iterable[bytes]) -> None:
    if len(set(case_ids)) > MOST:
        raise errors.Invalid("case", "many")
