"""Cases: one open per target, moved by one function along one table of moves.

Threat: two people act on the same case at once and one overwrites the other without noticing. Every move is
one statement that names the version it was decided upon; whoever comes second learns what stands now.
"""

import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CursorResult, Select, case, delete, select, update
from sqlalchemy.exc import IntegrityError

from forum import clock, errors
from forum.extensions import db
from forum.models import Case, Post, Rung, Thread
from forum.models.moderation import CASE_SOURCES, LANES, OPEN_STATES
from forum.moderation import kept, lifecycle

# The whole life of a case, one row for each state it can be in. ``join`` is news for an open case (a graver reason, a
# new text): what was decided upon before is out of date, and what sleeps wakes. ``contact`` is a word to the writer, so that no
# two people send theirs at once. ``back_…`` takes a decision back
# before it takes effect; where to is what the case came from. A case that is a lead's, or a second person's, stays so
# while somebody reads it.
_BY_STATE: Mapping[str, Mapping[str, str]] = {
    "open": {
        "lease": "leased",
        "join": "open",
        "contact": "open",
        "decide": "decided",
        "snooze": "snoozed",
        "escalate": "escalated",
    },
    "leased": {
        "lease": "leased",
        "release": "open",
        "join": "leased",
        "contact": "leased",
        "decide": "decided",
        "snooze": "snoozed",
        "escalate": "escalated",
    },
    "escalated": {
        "lease": "escalated",
        "release": "escalated",
        "join": "escalated",
        "contact": "escalated",
        "decide": "decided",
        "hand_back": "open",
    },
    "snoozed": {"lease": "leased", "join": "open", "wake": "open"},
    "decided": {
        "join": "decided",
        "back_open": "open",
        "back_leased": "leased",
        "back_escalated": "escalated",
        "wait": "waiting_second",
        "settle": "settled",
    },
    "waiting_second": {
        "lease": "waiting_second",
        "release": "waiting_second",
        "join": "waiting_second",
        "return": "open",
        "settle": "settled",
    },
    "settled": {"reopen": "open"},
}
MOVES: Mapping[tuple[str, str], str] = {
    (state, name): goal for state, moves in _BY_STATE.items() for name, goal in moves.items()
}
# A lease that ran out is no news: who read a heavy text slowly must still be able to decide upon it.
QUIET_MOVES = ("release",)
MOVE_NAMES = tuple(dict.fromkeys(name for _state, name in MOVES))
TARGET, THREAD = "post", "thread"
_TRIES = 5


@dataclass(frozen=True)
class _About:
    """What a case is about: a post, or a thread as a whole, for which its opening post stands."""

    kind: str
    target: bytes
    thread_id: bytes
    revision: int


def open_case(*, post: Post, lane: int, source: str, hour: int, findings: Iterable[object] = ()) -> Case:
    """The one open case about ``post``: joined if there is one, reopened if settled, made otherwise.

    ``hour`` is the staffed clock's (:func:`forum.moderation.duty.staffed_hour`). The lane only rises in
    urgency. ``findings`` are screening's, as mappings or dataclasses. Safe against others who open at the
    same moment. Raises Invalid for a lane or source that does not exist.
    """
    return _open(
        lambda: _About(TARGET, post.id, post.thread_id, kept.snapshot(post)),
        lane=lane,
        source=source,
        hour=hour,
        findings=findings,
    )


def open_thread_case(
    *, thread: Thread, lane: int, source: str, hour: int, findings: Iterable[object] = ()
) -> Case:
    """The one open case about a thread as a whole, as :func:`open_case` for a post. It keeps nobody's text."""
    return _open(
        lambda: _About(THREAD, thread.id, thread.id, db.session.get_one(Post, thread.opening_id).revision),
        lane=lane,
        source=source,
        hour=hour,
        findings=findings,
    )


def post_id_of(case: Case) -> bytes:
    """The post a case shows and decides about: for a thread as a whole its opening post."""
    if case.target_kind == THREAD:
        return db.session.get_one(Thread, case.target_id).opening_id
    return case.target_id


def _open(
    about: Callable[[], _About], *, lane: int, source: str, hour: int, findings: Iterable[object]
) -> Case:
    if lane not in LANES:
        raise errors.Invalid("lane", "unknown")
    if source not in CASE_SOURCES:
        raise errors.Invalid("source", "unknown")
    found = encode_findings(findings)
    for _attempt in range(_TRIES):
        try:
            with db.session.begin_nested():
                return _joined(about(), lane=lane, source=source, hour=hour, findings=found)
        except (IntegrityError, errors.Stale):
            continue  # somebody else was first: look again at what stands now
    raise errors.Unwell


def case_of(post_id: bytes) -> Case | None:
    """The open case about a post, or the settled one; locked against decisions until the commit."""
    return _case_about(TARGET, post_id)


def _case_about(kind: str, target: bytes) -> Case | None:
    # At most one case of a target is open, and a settled one is reopened, not followed by another.
    return db.session.execute(
        select(Case)
        .where(Case.target_kind == kind, Case.target_id == target)
        .order_by((Case.state == "settled"), Case.opened_hour.desc())
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()


def case_by_id(case_id: bytes) -> Case:
    """The case as the database has it now. Raises NotFound."""
    found = db.session.get(Case, case_id, populate_existing=True)
    if found is None:
        raise errors.NotFound
    return found


def move(case_id: bytes, name: str, version: int, **changes: Any) -> Case:
    """Make one move of :data:`MOVES`, setting ``changes`` beside the state, if ``version`` still stands.

    Raises Stale, carrying the case as it is now, when somebody was first or the state does not allow it;
    NotFound when there is no such case; ValueError for a move that does not exist.
    """
    origins = {state: goal for (state, move_name), goal in MOVES.items() if move_name == name}
    if not origins:
        raise ValueError(f"no such move: {name}")
    state = case(origins, value=Case.state)
    step = 0 if name in QUIET_MOVES else 1
    done: CursorResult[Any] = db.session.execute(  # type: ignore[assignment]
        update(Case)
        .where(Case.id == case_id, Case.version == version, Case.state.in_(origins))
        .values(state=state, version=Case.version + step, **changes)
        .execution_options(synchronize_session=False)
    )
    moved = case_by_id(case_id)
    if done.rowcount == 0:
        raise errors.Stale(moved)
    return moved


def locked(case_id: bytes) -> Case:
    """The case as it stands, its thread and itself locked until this transaction ends, in the order for all.

    Raises NotFound; Gone when the thread was forgotten meanwhile.
    """
    lifecycle.stand_in_line(case_by_id(case_id).thread_id)
    query = select(Case).where(Case.id == case_id).with_for_update()
    found = db.session.execute(query.execution_options(populate_existing=True)).scalar_one_or_none()
    if found is None:
        raise errors.NotFound
    return found


def locked_all(case_ids: Iterable[bytes]) -> list[Case]:
    """Those of these cases that there are, by id: their threads and themselves locked until this transaction ends, in the
    order for all who need several. To be called before anything else is locked."""
    wanted = list(case_ids)
    lock_threads(select(Case.thread_id).where(Case.id.in_(wanted)))
    query = select(Case).where(Case.id.in_(wanted)).order_by(Case.id).with_for_update()
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def lock_threads(thread_ids: Select[Any] | Sequence[bytes]) -> None:
    """Lock several threads, in an order that is the same for all who need several."""
    wanted = select(Thread.id).where(Thread.id.in_(thread_ids)).order_by(Thread.id)
    db.session.execute(wanted.with_for_update(key_share=True)).all()


def may(state: str, name: str) -> bool:
    """Whether the table allows this move of a case in this state."""
    return (state, name) in MOVES


def is_open(case: Case) -> bool:
    """Whether it is not settled: texts it holds are kept."""
    return case.state in OPEN_STATES


def encode_findings(findings: Iterable[object]) -> str:
    """Findings as the JSON that a case carries; none is the empty text."""
    listed = [_plain(finding) for finding in findings]
    return json.dumps(listed, ensure_ascii=False, sort_keys=True, default=str) if listed else ""


def rules_that_held(case: Case) -> list[str]:
    """The rules because of which the text was held, as far as the case still knows."""
    found = json.loads(case.findings) if case.findings else []
    return [str(entry["rule"]) for entry in found if entry.get("held")]


def _plain(finding: object) -> dict[str, Any]:
    if isinstance(finding, Mapping):
        return dict(finding)
    if dataclasses.is_dataclass(finding) and not isinstance(finding, type):
        return dataclasses.asdict(finding)
    raise TypeError("a finding is a mapping or a dataclass")


def _joined(about: _About, *, lane: int, source: str, hour: int, findings: str) -> Case:
    case, revision = _case_about(about.kind, about.target), about.revision
    if case is None:
        return _fresh(about, lane=lane, source=source, hour=hour, findings=findings)
    if not is_open(case):
        db.session.execute(delete(Rung).where(Rung.case_id == case.id))  # it is news again
        return move(
            case.id,
            "reopen",
            case.version,
            lane=lane,
            source=source,
            revision=revision,
            findings=findings or (case.findings if case.revision == revision else ""),
            opened_day=clock.today(),
            opened_hour=hour,
            leased_by=None,
        )
    return _with_news(case, lane=lane, revision=revision, findings=findings)


def _fresh(about: _About, *, lane: int, source: str, hour: int, findings: str) -> Case:
    case = Case(
        target_kind=about.kind,
        target_id=about.target,
        thread_id=about.thread_id,
        revision=about.revision,
        lane=lane,
        source=source,
        state="open",
        findings=findings,
        opened_day=clock.today(),
        opened_hour=hour,
    )
    db.session.add(case)
    db.session.flush()
    return case


def _with_news(case: Case, *, lane: int, revision: int, findings: str) -> Case:
    news: dict[str, Any] = {}
    if lane < case.lane:
        news["lane"] = lane
    if revision != case.revision:
        news.update(revision=revision, findings=findings)
    elif findings and not case.findings:
        news["findings"] = findings
    return move(case.id, "join", case.version, **news) if news else case
