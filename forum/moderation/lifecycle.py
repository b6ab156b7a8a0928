"""The only writer of a post's or thread's status and of the counters that hang on it.

Verbs come in pairs and are idempotent: each says whether it changed anything. Each that changes what a reader could
see raises ``thread.version`` (finished pages are kept beside it) and asks the search index to look again.
What takes something from readers is noted in the journal, for the day an older backup is put back. They flush and never
commit.
"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import exists, select, update

from forum import clock, errors, journal, markup
from forum.extensions import db
from forum.models import Post, Thread
from forum.models.content import EXCERPT_LENGTH
from forum.moderation import echoes, kept, veils
from forum.moderation.activity import next_number
from forum.moderation.versions import raise_version
from forum.search import outbox

# A withdrawn opening post closes its thread; what others answered stays readable for these days.
DAYS_AFTER_WITHDRAWAL = 7


def stand_in_line(thread_id: bytes) -> Thread:
    """The thread as it stands, locked until this transaction ends: every writer to a thread waits here for the one
    before, so that numbers and counters stay in line on PostgreSQL too.

    The order of locks is thread, then case, then audit head; whoever needs several takes them in this order.
    Raises Gone when the thread was forgotten meanwhile.
    """
    # NO KEY UPDATE (key_share): rows that refer to the thread hold its key already, and two of them must not wait for
    # each other.
    query = select(Thread).where(Thread.id == thread_id).with_for_update(key_share=True)
    thread = db.session.execute(query.execution_options(populate_existing=True)).scalar_one_or_none()
    if thread is None:
        raise errors.Gone
    return thread


def place(thread: Thread, post: Post, status: str) -> None:
    """Give a new post its first status: ``live``, ``held`` or ``scheduled``."""
    post.status = status if status != "live" else "scheduled"
    if status != "live" and _opens(thread, post):
        thread.status = status
    db.session.flush()
    if status == "live":
        publish(post)


def publish(post: Post) -> bool:
    """held, scheduled or hidden → live. The number in the thread is given at the first publication."""
    thread = _locked(post)
    return post.status in {"held", "scheduled", "hidden"} and _appear(thread, post)


def hold(post: Post) -> bool:
    """scheduled → held: it waits for a moderator and not for the clock any more."""
    return _shift(post, {"scheduled"}, "held")


def hide(post: Post) -> bool:
    """live → hidden: taken from readers while it is looked at. ``show`` is the way back."""
    return _shift(post, {"live"}, "hidden")


def show(post: Post) -> bool:
    """hidden → live."""
    thread = _locked(post)
    return post.status == "hidden" and _appear(thread, post)


def remove(post: Post) -> bool:
    """Anything a reader could see or might have seen → removed by a moderator; the text stays for an appeal."""
    return _shift(post, {"live", "hidden", "held", "scheduled"}, "removed")


def restore(post: Post) -> bool:
    """removed → live, in full."""
    thread = _locked(post)
    return post.status == "removed" and _appear(thread, post)


def put_back(post: Post, status: str) -> bool:
    """Whatever a decision made of it → the status that the decision had found. What was deleted stays so."""
    thread = _locked(post)
    if post.status in (status, "deleted"):
        return False
    return _appear(thread, post) if status == "live" else _shift(post, {post.status}, status)


def move(thread: Thread, theme_code: str) -> bool:
    """Put a thread into another room. Its address carries no room and stays the same."""
    if thread.theme_code == theme_code:
        return False
    thread.theme_code = theme_code
    raise_version(thread.id)
    outbox.enqueue(*_posts_of(thread))
    return True


def fold(post: Post, warning: str) -> bool:
    """Put a warning before a post, so that it opens with a press."""
    thread = _locked(post)
    if post.warning == warning:
        return False
    post.warning = warning
    _summarise(thread, post)
    _changed(thread, post)
    journal.note("fold", post.id, version=thread.version)
    return True


def revise(
    post: Post,
    *,
    source: str,
    warning: str | None = None,
    html: str | None = None,
    gone: Sequence[tuple[int, int, int]] = (),
    mark: str = "whole",
    is_retitled: bool = False,
) -> bool:
    """Put a new text in place of the old one. The old one is kept only when an open case has a snapshot of it.

    ``html`` is the rendered source, from a caller that made it before taking the lock. ``gone`` says which spans of the
    old text the new one has not, with how many letters in place of each, and ``mark`` what those are (cut, mask, edit, or
    back: to the revision that ``gone`` names), should an older backup be put back. A caller that does not know takes away the whole.
    ``is_retitled``: its writer gives the thread another title with it, which makes a new revision of the same body, too.
    """
    thread = _locked(post)
    warning = post.warning if warning is None else warning
    if (post.source, post.warning) == (source, warning) and not is_retitled:
        return False
    if kept.is_held(post):
        kept.snapshot(post)
    earlier, had_warning = post.revision, post.warning not in ("", warning)
    shown = veils.carried_over(post, source) or html or markup.render_post(source)
    post.source, post.warning = source, warning
    post.html, post.render_version = shown, markup.RENDER_VERSION
    post.revision += 1
    if post.participant_id is not None:  # the house begins in the same words everywhere: no copy of anybody's
        echoes.keep(post.id, echoes.numbers_of(source))
    _summarise(thread, post)
    _changed(thread, post)
    journal.note(
        "text",
        post.id,
        version=thread.version,
        revision=earlier,
        gone=[list(span) for span in gone],
        mark=mark,
        warning=had_warning,
    )
    return True


def retitle(thread: Thread, title: str) -> bool:
    """Put a new title over a thread."""
    if thread.title == title:
        return False
    thread.title = title
    raise_version(thread.id)
    outbox.enqueue(thread.opening_id)
    journal.note("title", thread.id, version=thread.version)
    return True


def quieten(thread: Thread, quiet: bool) -> bool:
    """Keep a thread's words out of lists, or let them stand there: somebody's worst night is no teaser."""
    if thread.is_quiet == quiet:
        return False
    thread.is_quiet = quiet
    _summarise(thread, db.session.get_one(Post, thread.opening_id))
    raise_version(thread.id)
    journal.note("quiet", thread.id, version=thread.version, quiet=quiet)
    return True


def erase(post: Post) -> bool:
    """The writer's own delete: the words go at once from the tables; an empty row keeps the number.

    Only the revision that an open case holds stays until that case is settled. When it was the opening post the
    thread closes, and others' replies stay for DAYS_AFTER_WITHDRAWAL days.
    """
    thread, was_live = _locked(post), post.status == "live"
    if post.status == "deleted":
        return False
    post.status = "deleted"
    post.source = post.html = post.warning = ""
    kept.forget(post)
    if was_live:
        _count(thread, post, -1)
    if _opens(thread, post):
        _withdraw(thread)
    _changed(thread, post)
    journal.note("post", post.id, ends=thread.ends_on.isoformat() if _opens(thread, post) else "")
    return True


def lock(thread: Thread) -> bool:
    """No more replies. ``unlock`` is the way back."""
    return _set_locked(thread, True)


def unlock(thread: Thread) -> bool:
    """Replies again."""
    return _set_locked(thread, False)


def count_reaction(post: Post, kind: str, step: int) -> None:
    """Add ``step`` (1 or -1) to a post's count of one kind, in the database: two readers at once both count."""
    column = getattr(Post, f"{kind}_count")
    raise_version(post.thread_id)
    db.session.execute(update(Post).where(Post.id == post.id).values({column: column + step}))


def _locked(post: Post) -> Thread:
    thread = stand_in_line(post.thread_id)
    # What was true of the post before the lock may not be true any more.
    db.session.refresh(post)
    return thread


def _appear(thread: Thread, post: Post) -> bool:
    was_taken_away, post.status = post.status in {"hidden", "removed"}, "live"
    if _opens(thread, post):
        thread.status = "live"
    if post.number is None:
        _number(thread, post)
    _count(thread, post, 1)
    _status_changed(thread, post)
    if was_taken_away:
        journal.note("status", post.id, version=thread.version, status="live")
    return True


def _opens(thread: Thread, post: Post) -> bool:
    return thread.opening_id == post.id


def _number(thread: Thread, post: Post) -> None:
    day = clock.today()
    thread.last_no += 1
    post.number, post.day = thread.last_no, day
    if _opens(thread, post):
        thread.created_day = day
    thread.bumped_day, thread.bumped_no = day, next_number(day)
    _summarise(thread, post)


def _summarise(thread: Thread, post: Post) -> None:
    if _opens(thread, post):
        thread.warning = post.warning
        is_shown = not (post.warning or thread.is_quiet)
        thread.excerpt = markup.excerpt(post.html, EXCERPT_LENGTH) if is_shown else ""


def _shift(post: Post, origins: set[str], status: str) -> bool:
    thread, was_live = _locked(post), post.status == "live"
    if post.status not in origins:
        return False
    post.status = status
    if _opens(thread, post):
        thread.status = status
    if was_live:
        _count(thread, post, -1)
    _status_changed(thread, post)
    journal.note("status", post.id, version=thread.version, status=status)
    return True


def _withdraw(thread: Thread) -> None:
    last_day: date = clock.date_after(DAYS_AFTER_WITHDRAWAL)
    if thread.status == "live":  # one that was taken away, or never shown, stays shut
        thread.status = "withdrawn"
    thread.is_locked = True
    thread.title = thread.excerpt = thread.warning = ""
    thread.ends_on = min(thread.ends_on, last_day)


def _set_locked(thread: Thread, locked: bool) -> bool:
    if thread.is_locked == locked:
        return False
    thread.is_locked = locked
    raise_version(thread.id)
    journal.note("lock", thread.id, version=thread.version, locked=locked)
    return True


def _count(thread: Thread, post: Post, step: int) -> None:
    thread.live_posts += step
    if post.kind == "aftermath":
        told = exists().where(
            Post.thread_id == thread.id, Post.kind == "aftermath", Post.status == "live", Post.id != post.id
        )
        thread.has_aftermath = step > 0 or bool(db.session.scalar(select(told)))


def _changed(thread: Thread, post: Post) -> None:
    raise_version(thread.id)
    outbox.enqueue(post.id)


def _status_changed(thread: Thread, post: Post) -> None:
    # The opening post's status is the thread's: every post of it appears or disappears with it.
    _changed(thread, post)
    if _opens(thread, post):
        outbox.enqueue(*_posts_of(thread))


def _posts_of(thread: Thread) -> list[bytes]:
    return list(db.session.scalars(select(Post.id).where(Post.thread_id == thread.id)))
