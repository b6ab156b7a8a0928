"""A writer's row inside one thread: found by tag, or made with two free words."""

from itertools import islice

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from forum import ids
from forum.extensions import db
from forum.identity.handles import candidates
from forum.identity.keys import Keys
from forum.identity.seeds import Identity
from forum.models import Participant, Thread

# So many threads never fill up; a stream of pairs without repeats reaches a free one long before.
MOST_TRIES = 2000


def participant_for(thread: Thread, identity: Identity, keys: Keys) -> Participant:
    """This identity's participant in ``thread``, made at its first act there."""
    tag = identity.tag(thread.id, thread.pepper_version)
    known = find_participant(thread.id, tag)
    return known or join(thread, tag, keys)


def find_participant(thread_id: bytes, tag: bytes) -> Participant | None:
    """The participant with this tag, if it ever acted in the thread."""
    query = select(Participant).where(Participant.thread_id == thread_id, Participant.tag == tag)
    return db.session.scalars(query).one_or_none()


def is_opener(thread_id: bytes, tag: bytes) -> bool:
    """Whether whoever has this tag opened the thread."""
    found = find_participant(thread_id, tag)
    return found is not None and found.is_opener


def join(thread: Thread, tag: bytes, keys: Keys, *, is_opener: bool = False) -> Participant:
    """Add a participant, with the first pair of words that nobody in the thread has."""
    stream = candidates(keys.pepper(thread.pepper_version), thread.id, tag)
    for adjective, noun in islice(stream, MOST_TRIES):
        if _is_taken(thread.id, adjective, noun):
            continue
        made = Participant(
            id=ids.new_id(), thread_id=thread.id, tag=tag, adjective=adjective, noun=noun, is_opener=is_opener
        )
        try:
            with db.session.begin_nested():
                db.session.add(made)
        except IntegrityError:
            # Somebody took the words, or this very writer came in twice at once.
            if known := find_participant(thread.id, tag):
                return known
            continue
        return made
    raise RuntimeError("no free handle in this thread")


def _is_taken(thread_id: bytes, adjective: int, noun: int) -> bool:
    query = select(Participant.id).where(
        Participant.thread_id == thread_id, Participant.adjective == adjective, Participant.noun == noun
    )
    return db.session.execute(query).first() is not None
