"""A second pair of eyes: what one person alone does not decide, and who may be the other one.

Threat: the gravest acts, done in haste, in anger or by whoever holds a stolen session. When nobody else is there most of
them take effect all the same, since somebody may be in need now, and stand at the head of the list until another person
has looked. Many removals in an hour do not: that is what a stolen session would do.
"""

from datetime import timedelta

from sqlalchemy import exists, func, select

from forum import clock, errors
from forum.extensions import db
from forum.models import AuditEntry, Case, Decision, Letter, Moderator, Notice, Pending, Post, Timer
from forum.models.moderation import LETTER_UNDECIDED
from forum.moderation import bans, contact
from forum.moderation.timers import set_timer
from forum.moderation.wishes import Wish

LONGEST_ALONE = 7  # days somebody may be kept out or slowed down by one person's decision
MANY_REMOVALS = 20  # in an hour, by one person
# A row of its own for each removal of the last hour: the one table with such times, and it goes when the hour is over.
REMOVAL = "removal"
REMOVAL_MINUTES = 60
ACTIVE_DAYS = 1  # who did something at the desk yesterday or today is about
LIFE = 1
MANY = "many"


def reason_for(case: Case, post: Post, wish: Wish, moderator: Moderator) -> str:
    """Why a second person has to look at this decision: a code, or nothing.

    ``many`` (removals within the hour), ``board`` (somebody is kept from writing anywhere), ``sanction`` (a step of more
    than LONGEST_ALONE days; a warning keeps nobody from anything), ``evidence`` (a text taken away that speaks of a
    life, or that a letter is open about), ``no_contact`` (a life may be in danger, and its writer was told nothing, neither now nor before).
    """
    if takes_away(post, wish) and removes_too_many(moderator):
        return MANY
    scope, days = bans.STEPS.get(wish.sanction, ("", 0))
    if scope == "board":
        return "board"
    if scope in {"slow", "thread"} and days > LONGEST_ALONE:
        return "sanction"
    if wish.outcome == "remove" and (case.lane == LIFE or _has_open_letter(post)):
        return "evidence"
    is_silent = not wish.note_author.strip() and not contact.was_made(case)
    return "no_contact" if case.lane == LIFE and is_silent else ""


def takes_away(post: Post, wish: Wish) -> bool:
    """Whether a decision takes a text away for good: removes it, or masks more of it than it leaves. A mask is erased for good
    after as many days as a removal."""
    if wish.outcome != "mask":
        return wish.outcome == "remove"
    masked = {n for span in wish.mask_spans if span.field == "body" for n in range(span.start, span.end)}
    return len(masked) * 2 > len(post.source)


def removes_too_many(moderator: Moderator) -> bool:
    """Whether this moderator took MANY_REMOVALS texts away for good in the last hour, no second person having looked."""
    now = clock.now().replace(tzinfo=None)
    lately = (Timer.kind == REMOVAL, Timer.due > now, Decision.moderator_id == moderator.id)
    query = select(func.count()).select_from(Timer).join(Decision, Decision.id == Timer.target).where(*lately)
    return int(db.session.scalar(query) or 0) >= MANY_REMOVALS


def remember_removal(decision: Decision) -> None:
    """Let a removal count for an hour."""
    set_timer(REMOVAL, decision.id, clock.now() + timedelta(minutes=REMOVAL_MINUTES))


def ensure_another_for_appeal(case: Case, post: Post, moderator: Moderator) -> None:
    """An appeal is for somebody else than who decided, when somebody else is about. Raises Invalid (``outcome``: appeal)."""
    appealed = exists().where(
        Letter.about_post == post.id, Letter.kind == "appeal", Letter.step.in_(LETTER_UNDECIDED)
    )
    if db.session.scalar(select(appealed)) and decided_last(post.id, moderator):
        raise errors.Invalid("outcome", "appeal")


def decided_last(post_id: bytes, moderator: Moderator) -> bool:
    """Whether this moderator made the decision that an appeal about this post is against, while others are about."""
    query = (
        select(Decision.moderator_id)
        .join(Case, Case.id == Decision.case_id)
        .join(Notice, Notice.decision_id == Decision.id)
        .where(Notice.post_id == post_id)
        .order_by(Decision.day.desc(), Decision.number.desc())
        .limit(1)
    )
    return db.session.scalar(query) == moderator.id and others_are_active(moderator)


def is_for_another(letter: Letter, moderator: Moderator) -> bool:
    """Whether an appeal's answer is for somebody else: than who decided before it, also once it is decided.

    Whoever decided about the appeal answers it; that their decision is the last one now is no reason against them.
    """
    if letter.about_post is None or letter.step in LETTER_UNDECIDED:
        return letter.about_post is not None and decided_last(letter.about_post, moderator)
    told = (
        select(Decision.case_id)
        .join(Notice, Notice.decision_id == Decision.id)
        .where(Notice.post_id == letter.about_post)
    )
    made = select(Decision.moderator_id).where(Decision.case_id.in_(told))
    by = list(db.session.scalars(made.order_by(Decision.day.desc(), Decision.number.desc())))
    return by[:1] != [moderator.id] and moderator.id in by and others_are_active(moderator)


def may_stand(why: str, moderator: Moderator) -> bool:
    """Whether the effect stands until a second person has looked, because nobody else is about now."""
    return why != MANY and not others_are_active(moderator)


def may_look(pending: Pending, moderator: Moderator) -> bool:
    """Whether this moderator may be the second person: not the one who decided.

    On a board that has nobody else it is the same one, on another day.
    """
    if pending.moderator_id != moderator.id:
        return True
    return pending.day < clock.today() and not _has_others(moderator)


def others_are_active(moderator: Moderator) -> bool:
    """Whether another moderator did something at the desk within ACTIVE_DAYS."""
    since = clock.today() - timedelta(days=ACTIVE_DAYS)
    acted = select(AuditEntry.actor_id).where(AuditEntry.day >= since, AuditEntry.actor_id.is_not(None))
    other = exists().where(
        Moderator.id != moderator.id, Moderator.is_disabled.is_(False), Moderator.id.in_(acted)
    )
    return bool(db.session.scalar(select(other)))


def _has_others(moderator: Moderator) -> bool:
    other = exists().where(
        Moderator.id != moderator.id, Moderator.is_disabled.is_(False), Moderator.password_hash != ""
    )
    return bool(db.session.scalar(select(other)))


def _has_open_letter(post: Post) -> bool:
    return bool(
        db.session.scalar(select(exists().where(Letter.about_post == post.id, Letter.state == "open")))
    )
