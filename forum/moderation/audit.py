"""The record of what moderators did: append-only, each row bound to the one before by a key kept elsewhere.

Threat: somebody who can write to the database changes, drops or invents acts. Without the key no row, and no
end of the chain, can be made to fit. What this cannot show by itself: whoever keeps an old copy of the
*whole* record can put it back, old end and all (or empty it altogether), because every copy was true once.
Against that there is the anchor: ``forum audit verify`` prints how the chain ends, somebody keeps that line
elsewhere, and ``forum audit verify --expect NUMBER:DIGEST`` later asks that the chain still runs through it.
"""

import hmac
import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from forum import clock
from forum.extensions import db
from forum.models import AuditEntry, AuditHead, Case, Moderator

HEAD_ID = 1
DIGEST_BYTES = 32
START = bytes(DIGEST_BYTES)
BATCH = 5000
MANY = 1000
OPERATOR = "operator"  # the role of acts at the command line, which have no actor
# Reasons are codes and identifiers, so that no word of a person can come to lie in a record that is never
# erased.
_REASON = re.compile(r"[A-Za-z0-9_:.-]{0,60}")
_CODE = re.compile(r"[a-z_]{1,24}")
_LENGTH = struct.Struct(">i")
_NUMBER, _NUMBER_BYTES = struct.Struct(">iQ"), 8


class Act(NamedTuple):
    """One row of the record, before it is bound."""

    number: int
    day: date
    actor_id: bytes | None
    role: str
    action: str
    case_id: bytes | None
    lane: int
    rule: int
    reason: str


@dataclass(frozen=True)
class Anchor:
    """A place in the chain, to be kept outside the database."""

    number: int
    digest: bytes

    def __str__(self) -> str:
        return f"{self.number}:{self.digest.hex()}"


@dataclass(frozen=True)
class VerifyResult:
    """How far the chain holds.

    ``fault`` is None or ``changed``, ``gap``, ``truncated``, ``head`` or ``anchor``.
    """

    end: Anchor
    fault: str | None = None
    at: int | None = None

    @property
    def holds(self) -> bool:
        """Whether nothing was changed, left out or cut off."""
        return self.fault is None


def record(
    *,
    key: bytes,
    action: str,
    actor: Moderator | None = None,
    role: str = OPERATOR,
    case: Case | None = None,
    rule: int = 0,
    reason: str = "",
) -> int:
    """Append one act and return its number; ``role`` is that of an act without an actor. Appends stand in line behind the head row until the commit.

    Call it last in a transaction: the line is one for the whole board. Raises ValueError when ``action`` or
    ``reason`` is more than a code.
    """
    if not _CODE.fullmatch(action) or not _REASON.fullmatch(reason):
        raise ValueError("the record holds codes only")
    number, before = _next_place(key)
    act = Act(
        number=number,
        day=clock.today(),
        actor_id=actor.id if actor else None,
        role=actor.role if actor else role,
        action=action,
        case_id=case.id if case else None,
        lane=case.lane if case else 0,
        rule=rule,
        reason=reason,
    )
    digest = bound(key, before, act)
    db.session.execute(insert(AuditEntry).values(**act._asdict(), digest=digest))
    db.session.execute(
        update(AuditHead)
        .where(AuditHead.id == HEAD_ID)
        .values(digest=digest, mac=head_mac(key, number, digest))
    )
    return number


def verify(
    session: Session,
    key: bytes,
    *,
    expect: Anchor | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> VerifyResult:
    """Walk the chain in batches and say whether it holds; ``progress`` hears (rows done, rows in all)."""
    head = _head(session)
    if head is None:
        return _without_head(session, expect)
    if not hmac.compare_digest(head.mac, head_mac(key, head.number, head.digest)):
        return VerifyResult(Anchor(0, START), "head", head.number)
    end = Anchor(0, START)
    for act, digest in _rows(session, head.number):
        fault = _fault(key, end, act, digest)
        if fault:
            return VerifyResult(end, fault, end.number + 1)
        end = Anchor(act.number, digest)
        if expect and expect.number == end.number and not hmac.compare_digest(expect.digest, digest):
            return VerifyResult(end, "anchor", end.number)
        if progress and end.number % BATCH == 0:
            progress(end.number, head.number)
    return _ended(session, end, Anchor(head.number, head.digest), expect)


def parse_anchor(text: str) -> Anchor:
    """``NUMBER:DIGEST`` as ``forum audit verify`` prints it. Raises ValueError."""
    number, _colon, digest = text.strip().partition(":")
    anchor = Anchor(int(number), bytes.fromhex(digest))
    if anchor.number < 0 or len(anchor.digest) != DIGEST_BYTES:
        raise ValueError("not an anchor")
    return anchor


def bound(key: bytes, before: bytes, act: Act) -> bytes:
    """The digest of ``act`` behind a row whose digest is ``before``."""
    fields = (
        b"row",
        before,
        _NUMBER.pack(_NUMBER_BYTES, act.number),
        _by(act.day, act.actor_id, act.role, act.action),
        _field(act.case_id),
        _upon(act.lane, act.rule, act.reason),
    )
    return hmac.digest(key, b"".join(fields), "sha256")


# Out of a million rows few say anything new here, and putting them into bytes was most of the way through a record.
@lru_cache(maxsize=MANY)
def _by(day: date, actor_id: bytes | None, role: str, action: str) -> bytes:
    fields = (day.isoformat().encode("ascii"), actor_id, role.encode(), action.encode())
    return b"".join(map(_field, fields))


@lru_cache(maxsize=MANY)
def _upon(lane: int, rule: int, reason: str) -> bytes:
    return _field(struct.pack(">ii", lane, rule)) + _field(reason.encode())


def _field(value: bytes | None) -> bytes:
    # Every field says its own length, and none is not the same as empty: no two rows have one encoding.
    return _LENGTH.pack(-1) if value is None else _LENGTH.pack(len(value)) + value


def head_mac(key: bytes, number: int, digest: bytes) -> bytes:
    """What binds the end of the chain to the key."""
    return hmac.digest(key, b"head" + struct.pack(">Q", number) + digest, "sha256")


def _next_place(key: bytes) -> tuple[int, bytes]:
    step = (
        update(AuditHead)
        .where(AuditHead.id == HEAD_ID)
        .values(number=AuditHead.number + 1)
        .returning(AuditHead.number, AuditHead.digest)
    )
    row = db.session.execute(step).one_or_none()
    if row is None:
        _begin_chain(key)
        row = db.session.execute(step).one()
    return int(row.number), bytes(row.digest)


def _begin_chain(key: bytes) -> None:
    try:
        with db.session.begin_nested():
            db.session.execute(
                insert(AuditHead).values(id=HEAD_ID, number=0, digest=START, mac=head_mac(key, 0, START))
            )
    except IntegrityError:
        return  # another process began it at the same moment


def _head(session: Session) -> Any:
    return session.execute(
        select(AuditHead.number, AuditHead.digest, AuditHead.mac).where(AuditHead.id == HEAD_ID)
    ).one_or_none()


def _without_head(session: Session, expect: Anchor | None) -> VerifyResult:
    end = Anchor(0, START)
    if session.execute(select(AuditEntry.number).limit(1)).first():
        return VerifyResult(end, "head", 0)
    return VerifyResult(end, "anchor", 0) if expect and expect.number > 0 else VerifyResult(end)


def _rows(session: Session, last: int) -> Iterator[tuple[Act, bytes]]:
    # From the table and not from the model: what makes objects of rows would cost as much as the digests.
    table = AuditEntry.__table__.c
    columns = [table[name] for name in Act._fields]
    after = -1
    while True:
        batch = session.execute(
            select(*columns, table.digest)
            .where(table.number > after, table.number <= last)
            .order_by(table.number)
            .limit(BATCH)
        ).all()
        for *fields, digest in batch:
            yield Act._make(fields), bytes(digest)
        if len(batch) < BATCH:
            return
        after = batch[-1].number


def _fault(key: bytes, end: Anchor, act: Act, digest: bytes) -> str | None:
    if act.number != end.number + 1:
        return "gap" if act.number > end.number else "changed"
    return None if hmac.compare_digest(digest, bound(key, end.digest, act)) else "changed"


def _ended(session: Session, end: Anchor, head: Anchor, expect: Anchor | None) -> VerifyResult:
    if end != head:
        return VerifyResult(end, "truncated" if end.number < head.number else "changed", end.number + 1)
    if expect and (expect.number > end.number or (expect.number == 0 and expect.digest != START)):
        return VerifyResult(end, "anchor", end.number)
    beyond = session.scalar(select(AuditEntry.number).where(AuditEntry.number > head.number).limit(1))
    # A row behind the end is either a forgery or an act recorded while we were reading; then the head moved,
    # too.
    now = _head(session) if beyond else None
    if beyond and (now is None or now.number <= head.number):
        return VerifyResult(end, "head", int(beyond))
    return VerifyResult(end)
