"""What flags alone do while nobody is on duty: something small, which the next decision or the clock undoes.

Threat: flags used as a weapon at night. So it takes several networks or somebody with standing, who may do so once a
day; only flags of this day count, since tomorrow nobody can tell which of them came from one network; a life in danger
is never answered by hiding it; and what was shown again by the clock is not hidden again without a moderator.
"""

from collections import Counter
from collections.abc import Iterable

from sqlalchemy import delete, select

from forum import clock, journal, markup
from forum.extensions import db
from forum.models import Case, Flag, Interim, Post, Thread, Timer
from forum.models.content import EXCERPT_LENGTH
from forum.moderation import audit, cases, duty, lifecycle, veils
from forum.moderation.flags import LANE_BY_REASON
from forum.moderation.timers import set_timer
from forum.moderation.versions import raise_version
from forum.search import outbox

VEIL, HIDDEN, RETURNED = "veil", "hidden", "returned"
TIMER = "return"
LANE_OF_LIVES, LANE_OF_NAMES = 1, 2
HIDING_LANES = (3, 4)
#: So many networks mark the same words before they are covered, or report a post before it is hidden.
MARKED_BY, HIDDEN_BY = 2, 3
#: In staffed hours: what nobody decided on by then is shown again.
RETURN_HOURS = 24
BOARD = "board"  # the role in the record: nobody pressed a button


def after_flag(
    flag: Flag, *, hours: duty.StaffedHours, is_trusted: bool, audit_key: bytes
) -> tuple[str, bool]:
    """What this flag brings about, behind the thread's lock: ``veil``, ``hidden`` or nothing, and whether it did so by
    the standing of its flagger alone (``is_trusted``), who has then used that up for the day."""
    case, post = db.session.get_one(Case, flag.case_id), db.session.get_one(Post, flag.post_id)
    lane = LANE_BY_REASON[flag.reason]
    if duty.is_staffed(hours, clock.now()) or flag.is_repeat or post.status != "live":
        return "", False
    if not cases.is_open(case) or case.lane == LANE_OF_LIVES:
        return "", False
    done, alone = "", False
    if lane == LANE_OF_NAMES:
        done, alone = _cover(post, flag, is_trusted=is_trusted)
    elif lane in HIDING_LANES and _hide(post, hours):
        done = HIDDEN
    if done:
        audit.record(key=audit_key, action=f"flags_{done}", role=BOARD, case=case)
    return done, alone


def end(post: Post) -> Post:
    """The post without any of it, behind the thread's lock: its text is whole and before readers again.

    Every decision begins with this, so that it is made about the post as its writer left it.
    """
    kinds = veils.forget(post.id)
    db.session.execute(delete(Timer).where(Timer.kind == TIMER, Timer.target == post.id))
    if VEIL in kinds:
        _draw(post, "live")
    if HIDDEN in kinds:
        lifecycle.show(post)
    return post


def give_back(post: Post) -> bool:
    """Show again what nobody decided on in time. Words under a veil stay there: they are somebody's name."""
    if HIDDEN not in veils.forget(post.id, HIDDEN):
        return False
    _keep(post.id, RETURNED)
    return lifecycle.show(post)


def wait_for_reader(post: Post) -> bool:
    """What flags had hidden has a new text that needs a reader first: the clock does not show it again."""
    db.session.execute(delete(Timer).where(Timer.kind == TIMER, Timer.target == post.id))
    return HIDDEN in veils.forget(post.id, HIDDEN)


def kinds_of(post_id: bytes) -> set[str]:
    """What was done to a post by flags alone and is not decided yet."""
    return set(db.session.scalars(select(Interim.kind).where(Interim.post_id == post_id)))


def status_without(post_id: bytes, status: str) -> str:
    """The status a decision finds: what flags alone hid is before readers again when it takes effect."""
    return "live" if status == "hidden" and HIDDEN in kinds_of(post_id) else status


def set_timers_again(hours: duty.StaffedHours) -> None:
    """After a restore, which brings no times: what is hidden by flags waits as long as it would from now on."""
    for post_id in db.session.scalars(select(Interim.post_id).where(Interim.kind == HIDDEN)).all():
        _wait(post_id, hours)


def _cover(post: Post, flag: Flag, *, is_trusted: bool) -> tuple[str, bool]:
    before = set(veils.over(post.id))
    shared = _shared(_marks(post))
    alone = (
        is_trusted
        and _is_small_part(veils.decoded(flag.marks), post)
        and not _within(veils.decoded(flag.marks), before | set(shared))
    )
    spans = before | set(shared) | (set(veils.decoded(flag.marks)) if alone else set())
    if _within(spans, before):
        return "", False
    _keep(post.id, VEIL, veils.encoded(spans))
    _draw(post, "hidden")
    return VEIL, alone


def _hide(post: Post, hours: duty.StaffedHours) -> bool:
    reasons = [reason for reason, lane in LANE_BY_REASON.items() if lane in HIDING_LANES]
    if len(_counted(post, reasons)) < HIDDEN_BY or RETURNED in kinds_of(post.id):
        return False
    _keep(post.id, HIDDEN)
    _wait(post.id, hours)
    return lifecycle.hide(post)


def _counted(post: Post, reasons: Iterable[str]) -> list[str]:
    """The marks of today's flags on this text, one flag a network."""
    return list(
        db.session.scalars(
            select(Flag.marks).where(
                Flag.post_id == post.id,
                Flag.revision == post.revision,
                Flag.reason.in_(list(reasons)),
                Flag.day == clock.today(),
                ~Flag.is_repeat,
            )
        )
    )


def _marks(post: Post) -> list[veils.Spans]:
    reasons = [reason for reason, lane in LANE_BY_REASON.items() if lane == LANE_OF_NAMES]
    return [veils.decoded(marks) for marks in _counted(post, reasons)]


def _shared(marks: list[veils.Spans]) -> veils.Spans:
    """The letters that several networks marked, as passages."""
    times = Counter(
        letter for spans in marks for letter in {n for start, end in spans for n in range(start, end)}
    )
    letters = sorted(letter for letter, count in times.items() if count >= MARKED_BY)
    starts = [letter for letter in letters if letter - 1 not in times or times[letter - 1] < MARKED_BY]
    ends = [letter + 1 for letter in letters if letter + 1 not in times or times[letter + 1] < MARKED_BY]
    return list(zip(starts, ends, strict=True))


def _is_small_part(spans: veils.Spans, post: Post) -> bool:
    """Whether so much is left of a text that covering these does not hide it: nobody does that alone."""
    covered = {letter for start, end in spans for letter in range(start, end)}
    return len(covered) * 2 <= len(post.source)


def _within(spans: Iterable[tuple[int, int]], others: Iterable[tuple[int, int]]) -> bool:
    covered = {letter for start, end in others for letter in range(start, end)}
    return all(letter in covered for start, end in spans for letter in range(start, end))


def _keep(post_id: bytes, kind: str, spans: str = "") -> None:
    db.session.merge(Interim(post_id=post_id, kind=kind, spans=spans))
    db.session.flush()


def _wait(post_id: bytes, hours: duty.StaffedHours) -> None:
    set_timer(TIMER, post_id, duty.moment_after(hours, clock.now(), RETURN_HOURS * 60))


def _draw(post: Post, status: str) -> None:
    """Put what readers see of this post's text in place. The journal takes a veil for a hidden post: should an older
    backup be put back, without the flags, a moderator looks at it again."""
    thread = db.session.get_one(Thread, post.thread_id)
    post.html = veils.rendered(post)
    if thread.opening_id == post.id and not (post.warning or thread.is_quiet):
        thread.excerpt = markup.excerpt(post.html, EXCERPT_LENGTH)
    raise_version(thread.id)
    outbox.enqueue(post.id)
    journal.note("status", post.id, version=thread.version, status=status)
