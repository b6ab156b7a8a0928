"""The desk for people written about: a request, what its author says to it, and how it ends; all of it can be undone.

A request does nothing by itself: anybody may write one without a login. A moderator folds the post at once, or leaves it
while its author is asked; the author reads of it in a statement of reasons, by tag or by receipt, and objects by the
appeal that stands there. Without a word from them the post goes after HEARING_DAYS, by a timer that the worker fires.

Locks come in the order thread, letters, case, the board's row, the record (see decisions).
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import delete, select

from forum import clock, errors
from forum.extensions import db
from forum.models import Case, Decision, Flag, Letter, Moderator, Post, Timer
from forum.models.moderation import LETTER_UNDECIDED
from forum.moderation import (
    audit,
    cases,
    decisions,
    figures,
    flags,
    leases,
    lifecycle,
    notices,
    second,
    wishes,
)
from forum.moderation.decisions import GRANTS
from forum.moderation.state import stand_in_line_for_numbers
from forum.moderation.timers import set_timer
from forum.moderation.wishes import Wish

TIMER = "hearing"
HEARING_DAYS = 7
DECIDED_IN_DAYS = 7
ANSWERED_IN_DAYS = 1
IDENTITY_LANE = 2
RULE = 1
# The warning that a post gets while it is looked at, and by which its fold is known again.
FOLDED = "世話人が確かめています"
TAKEN_AWAY = ("removed", "hidden", "deleted")


def point_at(*, letter_id: bytes, post: Post, hour: int) -> Letter:
    """Say which post a request is about, when the form could not tell; opens a case about it.

    Raises NotFound for no such request, Stale when it was acted upon already, Gone for a post that nobody reads.
    """
    lifecycle.stand_in_line(post.thread_id)
    letter = _locked(letter_id)
    if letter.step != "":
        raise errors.Stale(letter)
    db.session.refresh(post)
    if post.status != "live":
        raise errors.Gone
    letter.about_post = post.id
    db.session.flush()
    cases.open_case(post=post, lane=IDENTITY_LANE, source="letter", hour=hour)
    return letter


def hear(*, letter_id: bytes, moderator: Moderator, fold: bool, hour: int, audit_key: bytes) -> Letter:
    """Ask the author of the post, folding it at once or leaving it; it goes in HEARING_DAYS unless they object.

    Raises NotFound for no such request, Stale when it was acted upon already, Gone for a post that nobody reads, and
    Already when its case is about more than requests: that is decided on its own page.
    """
    post, letter = _taken(letter_id, steps=("",))
    if post.status != "live":
        raise errors.Gone
    stand_in_line_for_numbers()
    letter.step, letter.removes_on = "hearing", clock.date_after(HEARING_DAYS)
    set_timers_again([letter])
    # Behind its author's own warning it is folded already, and that stays as they wrote it.
    if fold and not post.warning:
        _decide(post, moderator, "fold", hour=hour, audit_key=audit_key, warning=FOLDED)
    else:
        _tell(_decide(post, moderator, "fine", hour=hour, audit_key=audit_key), post)
    return letter


def remove(*, letter_id: bytes, moderator: Moderator, hour: int, audit_key: bytes) -> Letter:
    """Take the post away now, where somebody is in danger or its author was heard.

    Raises NotFound, Stale, Gone and Already as :func:`hear`, TooSoon after many removals in an hour, and Invalid (``act``:
    appeal) when the author objected and somebody else than whoever decided is about.
    """
    post, letter = _taken(letter_id, steps=LETTER_UNDECIDED)
    if post.status not in {"live", "held", "hidden", "scheduled"}:
        raise errors.Gone
    if second.removes_too_many(moderator):
        raise errors.TooSoon(second.REMOVAL_MINUTES * 60)
    objections = _objections(post, moderator)
    _end_hearing(letter, "removed")
    second.remember_removal(_decide(post, moderator, "remove", hour=hour, audit_key=audit_key))
    _count_appeals(_settle(objections, post, "remove", unfolded=False))
    return letter


def keep(*, letter_id: bytes, moderator: Moderator, hour: int, audit_key: bytes) -> Letter:
    """Leave the post, or put it back, as it was before anybody asked: decline a request, or undo all that came of it.

    Raises NotFound, Stale when there is nothing to undo, Already as :func:`hear`, TooLate when the words of the post were
    erased meanwhile, Invalid as :func:`remove`.
    """
    post, letter = _taken(letter_id, steps=(*LETTER_UNDECIDED, "removed"), needs_post=False)
    objections = _objections(post, moderator) if post else []
    _end_hearing(letter, "kept" if letter.step == "" else "restored")
    if post is None or post.status == "deleted":
        return letter
    if post.status == "removed" and not post.source:
        raise errors.TooLate
    stand_in_line_for_numbers()
    outcome = "fine" if post.status in {"live", "scheduled"} else "publish"
    decision = _decide(post, moderator, outcome, hour=hour, audit_key=audit_key)
    unfolded = _unfolded(post, outcome)
    if letter.step == "restored" and outcome == "fine":
        _tell(decision, post)
    _count_appeals(_settle(objections, post, outcome, unfolded or letter.step == "restored"))
    return letter


def remove_unheard(letter_id: bytes, *, audit_key: bytes) -> bool:
    """The days are over and nobody objected: the post goes, in the name of whoever decided about it last.

    Called behind the timer, with the post's thread locked by :func:`stand_in_line`. Says whether the post went. What
    somebody is looking at anyway (an open case) is left to them, and the request heads the desk's list again.
    """
    letter = db.session.get(Letter, letter_id, with_for_update=True, populate_existing=True)
    if letter is None or letter.step != "hearing":
        return False
    post = db.session.get(Post, letter.about_post, populate_existing=True) if letter.about_post else None
    if post is None or post.status in {"removed", "deleted"}:
        letter.step, letter.removes_on = "removed", None
        return False
    case = cases.case_of(post.id)
    asked_by = _last_moderator(case) if case else None
    # Nobody who was sent away from the desk goes on acting by what they began there.
    if case is None or asked_by is None or asked_by.is_disabled or cases.is_open(case):
        letter.step, letter.removes_on = "", None
        return False
    letter.step, letter.removes_on = "removed", None
    _decide(post, asked_by, "remove", hour=case.opened_hour, audit_key=audit_key)
    return True


def set_timers_again(letters: Iterable[Letter]) -> None:
    """Let the hearing of these requests end at the midnight after their day."""
    for letter in letters:
        if letter.removes_on:
            set_timer(TIMER, letter.id, clock.end_of(letter.removes_on))


def stand_in_line(letter_id: bytes) -> None:
    """Lock the thread of the post a request is about, before anything else is locked."""
    post_id = db.session.scalar(select(Letter.about_post).where(Letter.id == letter_id))
    post = db.session.get(Post, post_id) if post_id else None
    if post:
        lifecycle.stand_in_line(post.thread_id)


def object_to(post_id: bytes) -> None:
    """The author spoke: what would have gone by itself waits for a moderator. Behind the thread's lock."""
    for letter in _about(post_id, ("takedown",)):
        if letter.step == "hearing":
            _end_hearing(letter, "objected")


def carry_out(*, case: Case, post: Post, wish: Wish, **fields: Any) -> Decision:
    """Carry a decision out as :func:`decisions.carry_out` does, and end what letters asked about its post.

    Raises what that raises.
    """
    waiting, was_folded = _about(post.id, ("appeal", "takedown")), post.warning == FOLDED
    decision = decisions.carry_out(case=case, post=post, wish=wish, **fields)
    unfolded = _unfolded(post, wish.outcome) or (wish.outcome == "publish" and was_folded)
    _count_appeals(_settle(waiting, post, wish.outcome, unfolded))
    return decision


def look(
    *, case_id: bytes, moderator: Moderator, hour: int, audit_key: bytes, only_free: bool = False
) -> Case:
    """Take a case to read as :func:`leases.lease` does, and count for the month how long it had waited."""
    case = leases.lease(case_id=case_id, moderator=moderator, audit_key=audit_key, only_free=only_free)
    figures.count_look(case, hour=hour)
    return case


def _settle(waiting: Sequence[Letter], post: Post, outcome: str, unfolded: bool) -> list[bool]:
    """End the letters a decision speaks to; of each appeal, whether it was granted.

    What stands now counts, and not the name of the outcome: "fine" leaves a removed post removed.
    """
    appeals = []
    for letter in waiting:
        if letter.kind == "appeal":
            appeals.append(outcome == "publish" or unfolded)
            letter.step = "restored" if appeals[-1] else "kept"
        else:
            _end_hearing(letter, _step_after(letter, post, outcome, unfolded))
    db.session.flush()
    return appeals


def _step_after(letter: Letter, post: Post, outcome: str, unfolded: bool) -> str:
    if post.status in TAKEN_AWAY:
        return "removed"
    if outcome not in GRANTS:
        return "eased"
    return "restored" if unfolded and letter.step in {"hearing", "objected"} else "kept"


def _count_appeals(granted: Sequence[bool]) -> None:
    for one in granted:
        figures.count("appeal", int(one))


def _unfolded(post: Post, outcome: str) -> bool:
    """Take our own fold off a post that may stand as it is; says whether there was one."""
    if outcome not in GRANTS or post.status in TAKEN_AWAY or post.warning != FOLDED:
        return False
    return lifecycle.fold(post, "")


def _about(post_id: bytes, kinds: Sequence[str]) -> list[Letter]:
    query = (
        select(Letter)
        .where(Letter.about_post == post_id, Letter.kind.in_(kinds), Letter.step.in_(LETTER_UNDECIDED))
        .order_by(Letter.id)
        .with_for_update()
    )
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def _objections(post: Post, moderator: Moderator) -> list[Letter]:
    """What the author said and nobody has decided: that is for somebody else than whoever decided before."""
    found = _about(post.id, ("appeal",))
    if found and second.decided_last(post.id, moderator):
        raise errors.Invalid("act", "appeal")
    return found


def _locked(letter_id: bytes) -> Letter:
    letter = db.session.get(Letter, letter_id, with_for_update=True, populate_existing=True)
    if letter is None or letter.kind != "takedown":
        raise errors.NotFound
    return letter


def _taken(letter_id: bytes, *, steps: Sequence[str], needs_post: bool = True) -> tuple[Post, Letter]:
    stand_in_line(letter_id)
    letter = _locked(letter_id)
    if letter.step not in steps:
        raise errors.Stale(letter)
    post = db.session.get(Post, letter.about_post, populate_existing=True) if letter.about_post else None
    if post is None and needs_post:
        raise errors.Gone
    return post, letter  # type: ignore[return-value]


def _decide(
    post: Post, moderator: Moderator, outcome: str, *, hour: int, audit_key: bytes, warning: str = ""
) -> Decision:
    _ensure_alone(post)
    case = cases.open_case(post=post, lane=IDENTITY_LANE, source="letter", hour=hour)
    number, wish = case.version, Wish(outcome, rule=0 if outcome in GRANTS else RULE, warning=warning)
    leases.end_lease(case.id)
    case = cases.move(case.id, "decide", number)
    wishes.ensure_fits(case, post, wish)
    decision = decisions.carry_out(
        case=case, post=post, moderator=moderator, wish=wish, number=number, audit_key=audit_key
    )
    audit.record(
        key=audit_key, action="request", actor=moderator, case=case, rule=decision.rule, reason=outcome
    )
    return decision


def _ensure_alone(post: Post) -> None:
    """Whether a life is at stake, or what readers reported, is not settled in passing."""
    case = cases.case_of(post.id)
    if case is None or not cases.is_open(case):
        return
    told = db.session.scalars(select(Flag).where(Flag.case_id == case.id)).all()
    is_about_more = case.lane < IDENTITY_LANE or case.source != "letter"
    if is_about_more or any(flags.outcome_for(one) == "received" for one in told):
        raise errors.Already(case)


def _tell(decision: Decision, post: Post) -> None:
    """A statement of reasons where the decision alone tells nobody. The caretakers' own voice is nobody's."""
    if post.participant_id is not None:
        notices.tell(decision=decision, post=post, participant_id=post.participant_id, passage="", words="")


def _end_hearing(letter: Letter, step: str) -> None:
    letter.step, letter.removes_on = step, None
    db.session.execute(delete(Timer).where(Timer.kind == TIMER, Timer.target == letter.id))
    db.session.flush()


def _last_moderator(case: Case) -> Moderator | None:
    query = (
        select(Moderator)
        .join(Decision, Decision.moderator_id == Moderator.id)
        .where(Decision.case_id == case.id)
        .order_by(Decision.number.desc())
        .limit(1)
    )
    return db.session.scalars(query).one_or_none()
