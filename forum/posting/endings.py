"""What the opener of a thread does with it as a whole: last words (〆), その後, a longer life.

Closing and prolonging are always allowed to the opener, also to one who may not write for a while: both only say what
becomes of what stands here already. Putting words here, and asking for answers again, is writing.
"""

from datetime import date

from forum import clock, errors
from forum.extensions import db
from forum.identity.seeds import Identity
from forum.models import Participant, Post, Thread
from forum.models.content import PROLONGED
from forum.moderation import lifecycle, lifetime
from forum.posting import pipeline
from forum.posting.drafts import Screened
from forum.posting.participants import find_participant

AFTERMATH, LAST = "aftermath", "last"
KINDS = (AFTERMATH, LAST)
GONE = frozenset({"withdrawn", "removed"})


def own_thread(thread_id: bytes, identity: Identity | None) -> Thread:
    """A thread this very writer opened, whatever its status. Raises NotFound for everybody else, Gone when it was
    withdrawn or removed, or is past its end."""
    thread = db.session.get(Thread, thread_id)
    if thread is None or identity is None:
        raise errors.NotFound
    _opener(thread, identity)
    return thread


def stands(status: str, ends_on: date) -> bool:
    """Whether there is still something to decide about a thread: it is neither withdrawn nor removed nor past its end."""
    return status not in GONE and ends_on >= clock.today()


def takes_words(thread: Thread) -> bool:
    """Whether its opener may add to it: it is out, and no moderator has locked it. Closed by its opener, it does."""
    return thread.status == "live" and not thread.is_locked


def tell(*, thread_id: bytes, kind: str, author: pipeline.Author, draft: Screened) -> Post:
    """その後 (``aftermath``, any number of times) or last words (``last``), which close the thread at once, also when
    the words themselves wait for a moderator. Raises Already, Screened, Closed, and what :func:`own_thread` raises."""
    thread, opener = _stand_in_line(thread_id, author.identity)
    pipeline.ensure_new(author)
    if not takes_words(thread):
        raise errors.Closed
    draft = pipeline.accepted(draft, thread=thread)
    post = pipeline.put(thread, opener, author, draft, kind=kind)
    if kind == LAST:
        lifetime.close(thread)
    return post


def close(*, thread_id: bytes, identity: Identity) -> bool:
    """No more answers, without a word. Raises what :func:`own_thread` raises."""
    return lifetime.close(_stand_in_line(thread_id, identity)[0])


def reopen(*, thread_id: bytes, identity: Identity) -> bool:
    """Answers again; last words that stand there stay. Raises what :func:`own_thread` raises."""
    return lifetime.reopen(_stand_in_line(thread_id, identity)[0])


def prolong(*, thread_id: bytes, identity: Identity, days: int) -> bool:
    """Let it stay ``days`` (one of PROLONGED) full days from today, if that is longer than it would.

    Raises Invalid, and what :func:`own_thread` raises.
    """
    if days not in PROLONGED:
        raise errors.Invalid("lifetime", "unknown")
    return lifetime.prolong(_stand_in_line(thread_id, identity)[0], clock.date_after(days))


def longer_lives(thread: Thread) -> list[int]:
    """Those of PROLONGED that would make it stay longer."""
    return [days for days in PROLONGED if clock.date_after(days) > thread.ends_on]


def _stand_in_line(thread_id: bytes, identity: Identity) -> tuple[Thread, Participant]:
    thread = lifecycle.stand_in_line(thread_id)
    return thread, _opener(thread, identity)


def _opener(thread: Thread, identity: Identity) -> Participant:
    tag = identity.tag_or_none(thread.id, thread.pepper_version)
    found = find_participant(thread.id, tag) if tag else None
    if found is None or not found.is_opener:
        raise errors.NotFound
    if not stands(thread.status, thread.ends_on):
        raise errors.Gone
    return found
