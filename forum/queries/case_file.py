"""One case with everything around it.

Nothing here asks for a tag, a flagger's name or what the same hand wrote elsewhere: a moderator sees one text in its own
conversation, and the places where nearly the same text stands, whoever put it there.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, select

from forum.extensions import db
from forum.models import (
    Case,
    Decision,
    Flag,
    Moderator,
    Notice,
    Participant,
    Post,
    Revision,
    Theme,
    Thread,
    Timer,
)
from forum.queries.cases import live_lease, shown_post

NEIGHBOURS = 12


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case, its post and its thread as one row."""

    id: bytes
    target_kind: str
    state: str
    version: int
    lane: int
    source: str
    findings: str
    case_revision: int
    opened_day: date
    opened_hour: int
    reader_id: bytes | None
    reader_name: str | None
    leased_until: datetime | None
    post_id: bytes
    participant_id: bytes | None
    number: int | None
    status: str
    body: str
    post_warning: str
    day: date
    revision: int
    adjective: int | None
    noun: int | None
    is_opener: bool | None
    thread_id: bytes
    title: str
    thread_status: str
    is_locked: bool
    is_opening: bool
    theme_code: str
    theme_ja: str
    theme_en: str


@dataclass(frozen=True, slots=True)
class NeighbourRow:
    """A post beside the one in question, in the same thread."""

    number: int | None
    status: str
    body: str
    warning: str
    adjective: int | None
    noun: int | None
    is_opener: bool | None


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """Where nearly the same text stands; nothing of who put it there."""

    thread_id: bytes
    number: int | None
    status: str
    day: date
    body: str
    thread_status: str


@dataclass(frozen=True, slots=True)
class FlagRow:
    """One report: what was felt and said, never by whom."""

    reason: str
    note: str
    revision: int
    day: date
    is_repeat: bool


@dataclass(frozen=True, slots=True)
class EarlierRow:
    """A decision about this handle in this thread."""

    outcome: str
    rule: int
    day: date
    note_team: str
    words: str
    moderator_name: str
    case_id: bytes


_CASE: tuple[Any, ...] = (
    Case.id,
    Case.target_kind,
    Case.state,
    Case.version,
    Case.lane,
    Case.source,
    Case.findings,
    Case.revision,
    Case.opened_day,
    Case.opened_hour,
    Case.leased_by,
    Moderator.name,
    Timer.due,
    Post.id,
    Post.participant_id,
    Post.number,
    Post.status,
    Post.source,
    Post.warning,
    Post.day,
    Post.revision,
    Participant.adjective,
    Participant.noun,
    Participant.is_opener,
    Thread.id,
    Thread.title,
    Thread.status,
    Thread.is_locked,
    Thread.opening_id == Post.id,
    Theme.code,
    Theme.name_ja,
    Theme.name_en,
)


_POST: tuple[Any, ...] = (
    Post.number,
    Post.status,
    Post.source,
    Post.warning,
    Participant.adjective,
    Participant.noun,
    Participant.is_opener,
)


def case_row(case_id: bytes) -> CaseRow | None:
    """One case with its post and thread, whatever their status."""
    row = db.session.execute(
        select(*_CASE)
        .join(Thread, Thread.id == Case.thread_id)
        .join(Post, Post.id == shown_post())
        .join(Theme, Theme.code == Thread.theme_code)
        .outerjoin(Participant, Participant.id == Post.participant_id)
        .outerjoin(Moderator, Moderator.id == Case.leased_by)
        .outerjoin(Timer, live_lease())
        .where(Case.id == case_id)
    ).one_or_none()
    return CaseRow(*row) if row else None


def earlier_text(post_id: bytes, revision: int) -> str | None:
    """The text as it stood when the case was opened, while it is kept."""
    return db.session.scalar(
        select(Revision.source).where(Revision.post_id == post_id, Revision.number == revision)
    )


def places_of(post_ids: list[bytes]) -> list[PlaceRow]:
    """Where these posts stand, by thread."""
    rows = db.session.execute(
        select(Post.thread_id, Post.number, Post.status, Post.day, Post.source, Thread.status)
        .join(Thread, Thread.id == Post.thread_id)
        .where(Post.id.in_(post_ids))
        .order_by(Post.day.desc(), Post.thread_id)
    )
    return [PlaceRow(*row) for row in rows]


def opening_of(case: CaseRow) -> list[NeighbourRow]:
    """The opening post, when the case is about a reply; else nothing."""
    return (
        [] if case.is_opening else _neighbours(_posts_of(case.thread_id).where(Post.id == Thread.opening_id))
    )


def before(case: CaseRow) -> list[NeighbourRow]:
    """The replies before the post in question, in order; for a post without a number the newest ones."""
    query = _posts_of(case.thread_id).where(Post.id != Thread.opening_id, Post.number.is_not(None))
    if case.number is not None:
        query = query.where(Post.number < case.number)
    return _neighbours(query.order_by(Post.number.desc()).limit(NEIGHBOURS))[::-1]


def after(case: CaseRow) -> list[NeighbourRow]:
    """The replies after the post in question."""
    if case.number is None:
        return []
    query = _posts_of(case.thread_id).where(Post.number > case.number)
    return _neighbours(query.order_by(Post.number).limit(NEIGHBOURS))


def flags_of(case_id: bytes) -> list[FlagRow]:
    """The reports on a case, by reason."""
    rows = db.session.execute(
        select(Flag.reason, Flag.note, Flag.revision, Flag.day, Flag.is_repeat)
        .where(Flag.case_id == case_id)
        .order_by(Flag.reason, Flag.day, Flag.id)
    )
    return [FlagRow(*row) for row in rows]


def count_of_flags(case_id: bytes) -> int:
    """How many reports a case carries."""
    return int(db.session.scalar(select(func.count()).where(Flag.case_id == case_id)) or 0)


def earlier_decisions(case: CaseRow) -> list[EarlierRow]:
    """What was decided about this handle in this thread before, the newest day first."""
    same_hand = Post.participant_id == case.participant_id
    if case.participant_id is None:
        same_hand = Post.id == case.post_id
    rows = db.session.execute(
        select(
            Decision.outcome,
            Decision.rule,
            Decision.day,
            Decision.note_team,
            func.coalesce(Notice.words, ""),
            Moderator.name,
            Decision.case_id,
        )
        .join(Case, Case.id == Decision.case_id)
        .join(Thread, Thread.id == Case.thread_id)
        .join(Post, Post.id == shown_post())
        .join(Moderator, Moderator.id == Decision.moderator_id)
        .outerjoin(Notice, Notice.decision_id == Decision.id)
        .where(Case.thread_id == case.thread_id, same_hand)
        .order_by(Decision.day.desc(), Decision.number.desc())
    )
    return [EarlierRow(*row) for row in rows]


def _posts_of(thread_id: bytes) -> Select[Any]:
    return (
        select(*_POST)
        .join(Thread, Thread.id == Post.thread_id)
        .outerjoin(Participant, Participant.id == Post.participant_id)
        .where(Post.thread_id == thread_id)
    )


def _neighbours(query: Select[Any]) -> list[NeighbourRow]:
    return [NeighbourRow(*row) for row in db.session.execute(query)]
