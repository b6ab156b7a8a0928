"""Flags: what readers tell the caretakers. Append-only; a flag names a text, never its writer.

Threat: flags used as a weapon. A flag opens or joins one case; what flags alone do while nobody is on duty stands in
``interim.py`` and is undone by the next decision.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError

from forum import clock, errors
from forum.extensions import db
from forum.models import Case, Decision, Flag, Notice, Participant, Post
from forum.models.moderation import FLAG_REASONS, NOTE_LENGTH
from forum.moderation import cases, lifecycle, veils

LANE_BY_REASON = {"life": 1, "identity": 2, "attack": 3, "harsh": 3, "solicitation": 4, "other": 5}
FOUND_FINE = ("fine", "publish")
# What a flagger may mark: a few short passages, so that marking is never hiding.
MOST_MARKS, LONGEST_MARK = 5, 40
MOST_LETTERS = MOST_MARKS * LONGEST_MARK  # wherever they stand: 「の」 is one letter and half a text


def flag_post(
    *,
    post: Post,
    participant: Participant,
    reason: str,
    hour: int,
    note: str = "",
    marks: Iterable[tuple[int, int]] = (),
    is_repeat: bool = False,
    findings: Iterable[object] = (),
) -> Flag:
    """Keep one report by ``participant`` on the post's present text, and open or join its case.

    The same participant flagging the same text again gets the first flag back. On a text that was found
    fine it is counted and nothing reopens; on a new revision it does. ``marks`` are
    passages of the body, of :func:`marks_in`. ``hour`` is the staffed clock's; ``is_repeat``
    says that the same network reported this post today already: read, and not counted. Raises Invalid (``reason``:
    unknown, ``note``: too_long), NotFound for a participant of another thread, and Gone for a post that was taken
    from readers meanwhile.
    """
    _ensure_known(reason)
    if len(note) > NOTE_LENGTH:
        raise errors.Invalid("note", "too_long")
    if participant.thread_id != post.thread_id:
        raise errors.NotFound
    lifecycle.stand_in_line(post.thread_id)
    db.session.refresh(post)
    if post.status != "live":
        raise errors.Gone
    earlier = _earlier_flag(post, participant)
    if earlier:
        return earlier
    case = _case_for(post, lane=LANE_BY_REASON[reason], hour=hour, findings=findings)
    flag = Flag(
        case_id=case.id,
        post_id=post.id,
        participant_id=participant.id,
        reason=reason,
        note=note,
        revision=post.revision,
        day=clock.today(),
        is_repeat=is_repeat,
        marks=veils.encoded(marks),
    )
    return _kept(flag, post, participant)


def marks_in(text: str, words: str) -> veils.Spans:
    """Where the words of a flagger stand in a text: one passage a line, as it is written there.

    Raises Invalid (``words``: too_many, too_long, unknown, too_often).
    """
    lines = list(dict.fromkeys(line.strip() for line in words.splitlines() if line.strip()))
    if len(lines) > MOST_MARKS:
        raise errors.Invalid("words", "too_many")
    if any(len(line) > LONGEST_MARK for line in lines):
        raise errors.Invalid("words", "too_long")
    if any(line not in text for line in lines):
        raise errors.Invalid("words", "unknown")
    found = veils.places(text, lines)
    if sum(end - start for start, end in found) > MOST_LETTERS:
        raise errors.Invalid("words", "too_often")
    return found


def outcome_for(flag: Flag) -> str:
    """What the flagger may know:

    ``received``, ``acted``, ``within_rules``; for what felt harsh ``spoken`` when its writer was told something, or
    ``softly``: a soft word.

    ``checked``: it was read, and the text is gone for another reason, such as its writer's own delete.
    """
    decision = _decision_on(flag.case_id, flag.revision)
    if decision is None:
        return "received"
    if decision.outcome not in FOUND_FINE:
        return "acted"
    post = db.session.get_one(Post, flag.post_id)
    if post.status != "live":
        return "checked"
    if flag.reason != "harsh":
        return "within_rules"
    # Somebody was hurt by it: they never get only "within the rules", nor a word that nobody spoke.
    return "spoken" if _was_told(decision) else "softly"


def flags_of(participant_ids: Sequence[bytes]) -> list[Flag]:
    """What these participants told, the newest day first."""
    query = select(Flag).where(Flag.participant_id.in_(participant_ids))
    return list(db.session.scalars(query.order_by(Flag.day.desc(), Flag.id)))


def _was_told(decision: Decision) -> bool:
    return bool(db.session.scalar(select(exists().where(Notice.decision_id == decision.id))))


def _ensure_known(reason: str) -> None:
    if reason not in FLAG_REASONS:
        raise errors.Invalid("reason", "unknown")


def _earlier_flag(post: Post, participant: Participant) -> Flag | None:
    return db.session.scalars(
        select(Flag).where(
            Flag.post_id == post.id, Flag.participant_id == participant.id, Flag.revision == post.revision
        )
    ).one_or_none()


def _case_for(post: Post, *, lane: int, hour: int, findings: Iterable[object]) -> Case:
    case = cases.case_of(post.id)
    if case and not cases.is_open(case) and _was_found_fine(case, post.revision):
        return case
    return cases.open_case(post=post, lane=lane, source="flag", hour=hour, findings=findings)


def _was_found_fine(case: Case, revision: int) -> bool:
    decision = _decision_on(case.id, revision)
    return decision is not None and decision.outcome in FOUND_FINE


def _decision_on(case_id: bytes, revision: int) -> Decision | None:
    """What stands of the decisions on this text or a later one: the last."""
    return db.session.scalars(
        select(Decision)
        .where(Decision.case_id == case_id, Decision.revision >= revision)
        .order_by(Decision.number.desc())
        .limit(1)
    ).one_or_none()


def _kept(flag: Flag, post: Post, participant: Participant) -> Flag:
    try:
        with db.session.begin_nested():
            db.session.add(flag)
            db.session.flush()
    except IntegrityError:
        earlier = _earlier_flag(post, participant)
        if earlier is None:
            raise
        return earlier
    return flag
