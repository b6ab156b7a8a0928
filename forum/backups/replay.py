"""Taking away again, from a backup that was put back, what was taken away since it was made.

The journal (forum/journal.py) says what; the verbs that did it then do it again. The order of its lines means nothing:
which of two acts came last, and whether a backup is older than an act, is told by the thread's version and the text's
revision. Nothing is given back but what a moderator had shown again.

A moderator's decision cannot be made again without its words and reasons. What one took from readers is hidden, with an
open case: somebody decides anew, and the writer is told anew.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date

from sqlalchemy import delete, func, select, update

from forum import errors, worker
from forum.backups import texts
from forum.extensions import db
from forum.journal import Entry
from forum.models import Case, Moderator, Passkey, Post, Revision, Thread
from forum.moderation import bans, cases, lifecycle, notices
from forum.posting import cutting, deposits, erasing

OTHER_LANE = 5
IDS_A_STEP = 500
TAKEN_AWAY = frozenset({"held", "hidden", "removed"})
# Whose ids are threads', and whose are posts', among the entries that tell a version.
OF_THREADS, OF_POSTS = ("title", "lock", "quiet"), ("text", "status", "fold", "kept")

Entries = Sequence[Entry]
Versions = Mapping[bytes, int]


def replay(entries: Iterable[Entry], *, hour: int) -> None:
    """Do again what these entries tell, in this session's transaction. Twice does no harm.

    ``hour`` is the staffed clock's, for the cases that are opened.
    """
    by_kind: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_kind[entry.kind].append(entry)
    newer = _newer(by_kind, _versions(by_kind))
    _threads(by_kind["thread"])
    _texts(newer["text"])
    for kind in OF_THREADS:
        _thread_again(kind, newer[kind])
    # Before anything is erased: a thread that was taken from readers stays shut when its opening post goes.
    _statuses(newer["status"], newer["fold"], _to_be_erased(by_kind), hour)
    for kind, verb in STEPS:
        verb(by_kind[kind])
    _kept(newer["kept"])


def _versions(by_kind: Mapping[str, Entries]) -> Versions:
    """The version of every thread an entry speaks of, as the backup has it, by the entry's own id."""
    threads = [entry.id for kind in OF_THREADS for entry in by_kind.get(kind, ())]
    posts = [entry.id for kind in OF_POSTS for entry in by_kind.get(kind, ())]
    found: dict[bytes, int] = {}
    for some in _in_steps(threads):
        query = select(Thread.id, Thread.version).where(Thread.id.in_(some))
        found |= {row.id: row.version for row in db.session.execute(query)}
    for some in _in_steps(posts):
        query = (
            select(Post.id, Thread.version).join(Thread, Thread.id == Post.thread_id).where(Post.id.in_(some))
        )
        found |= {row.id: row.version for row in db.session.execute(query)}
    return found


def _newer(by_kind: Mapping[str, Entries], versions: Versions) -> dict[str, list[Entry]]:
    """The entries that tell a version and are no older than the backup, the oldest first.

    Every act raises the version but for settling a case, which tells the one it found.
    """
    return {
        kind: sorted(
            (
                entry
                for entry in by_kind.get(kind, ())
                if entry.id in versions and entry.more["version"] > versions[entry.id] - (kind == "kept")
            ),
            key=lambda entry: entry.more["version"],
        )
        for kind in (*OF_THREADS, *OF_POSTS)
    }


def _threads(found: Entries) -> None:
    for some in _in_steps([entry.id for entry in found]):
        worker.delete_threads(list(some))


def _writers(found: Entries) -> None:
    for entry in found:
        with suppress(errors.Gone):
            erasing.erase_participant(entry.id)


def _posts(found: Entries) -> None:
    for entry in found:
        if post := db.session.get(Post, entry.id):
            lifecycle.erase(post)
            if entry.more["ends"]:
                thread = db.session.get_one(Thread, post.thread_id)
                thread.ends_on = min(thread.ends_on, date.fromisoformat(entry.more["ends"]))


def _blanks(found: Entries) -> None:
    for some in _in_steps([entry.id for entry in found]):
        worker.blank(list(db.session.scalars(select(Post.id).where(Post.id.in_(some)))))


def _texts(newer: Entries) -> None:
    by_post: dict[bytes, list[Entry]] = defaultdict(list)
    for entry in newer:
        by_post[entry.id].append(entry)
    for post_id, steps in by_post.items():
        post = db.session.get(Post, post_id)
        if post is not None and post.source:
            _revise_again(post, steps)


def _revise_again(post: Post, steps: Entries) -> None:
    """Take out of the text what went since this revision of it.

    Where a moderator put words back that the backup still has covered, it is begun from those: it keeps them for that.
    """
    source, revision = post.source, post.revision
    for entry in steps:
        if entry.more["mark"] == "back" and entry.more["revision"] >= post.revision:
            covered = db.session.get(Revision, (post.id, entry.more["gone"][0][0]))
            if covered is not None and covered.number < revision:
                source, revision = covered.source, covered.number
    left = texts.left_of(source, revision, [entry.more for entry in steps])
    # Without its warning the text would stand open; the words of the warning are what went.
    warned = bool(post.warning) and any(entry.more["warning"] for entry in steps)
    reached = 1 + max(entry.more["revision"] for entry in steps)
    lifecycle.revise(post, source=left.text, warning=cutting.MARK if warned else None)
    # One is left out when letters stand elsewhere than they stood: what is cut from now on does not lead on from a
    # backup that is older still.
    post.revision = reached if left.is_exact else reached + 1
    db.session.flush()


def _to_be_erased(by_kind: Mapping[str, Entries]) -> set[bytes]:
    found = {entry.id for entry in by_kind.get("post", ())}
    for some in _in_steps([entry.id for entry in by_kind.get("writer", ())]):
        found |= set(db.session.scalars(select(Post.id).where(Post.participant_id.in_(some))))
    return found


def _statuses(statuses: Entries, folds: Entries, to_be_erased: set[bytes], hour: int) -> None:
    """What was taken from readers and not shown again is hidden; so is what stood behind a moderator's warning.

    About a text that is erased next nobody has to decide, and a case would hold it.
    """
    last = {entry.id: str(entry.more["status"]) for entry in statuses}
    folded = {entry.id for entry in folds}
    for post_id in last.keys() | folded:
        post = db.session.get(Post, post_id)
        if post is None:
            continue
        if last.get(post_id) in TAKEN_AWAY or post_id in folded:
            if (lifecycle.hide(post) or lifecycle.hold(post)) and post_id not in to_be_erased:
                cases.open_case(post=post, lane=_lane(post_id), source="screening", hour=hour)
        else:
            lifecycle.show(post) or lifecycle.restore(post)


def _lane(post_id: bytes) -> int:
    known = select(func.min(Case.lane)).where(Case.target_id == post_id)
    return db.session.scalar(known) or OTHER_LANE


def _thread_again(kind: str, newer: Entries) -> None:
    for entry in newer:
        thread = db.session.get(Thread, entry.id)
        if thread is None:
            continue
        if kind == "title":
            lifecycle.retitle(thread, "")
        elif kind == "quiet":
            lifecycle.quieten(thread, bool(entry.more["quiet"]))
        elif entry.more["locked"]:
            lifecycle.lock(thread)
        else:
            lifecycle.unlock(thread)


def _kept(found: Entries) -> None:
    """Texts that a settled case held no more. The text that stands is not one of them, unless it was deleted."""
    for entry in found:
        post = db.session.get(Post, entry.id)
        if post is None:
            continue
        is_deleted = post.status == "deleted"
        # A line of before has one number here, and 0 when nothing is kept for an appeal.
        but = entry.more["but"] if isinstance(entry.more["but"], list) else [entry.more["but"]]
        last = entry.more["upto"] if is_deleted else min(entry.more["upto"], post.revision - 1)
        past = Revision.number <= last, Revision.number.not_in(but)
        db.session.execute(delete(Revision).where(Revision.post_id == post.id, *past))
        if is_deleted:
            notices.forget_words(post.id)
            db.session.execute(update(Case).where(Case.target_id == post.id).values(findings=""))


def _deposits(found: Entries) -> None:
    for entry in found:
        deposits.forget(entry.id)


def _bans(found: Entries) -> None:
    bans.lift([entry.id for entry in found])


def _logins(found: Entries) -> None:
    """Whoever was disabled, or given another link because somebody may have had their password, stays out until reset."""
    for some in _in_steps([entry.id for entry in found]):
        changed = {"is_disabled": True, "enrol_hash": None, "enrol_until": None}
        db.session.execute(update(Moderator).where(Moderator.id.in_(some)).values(changed))


def _passkeys(found: Entries) -> None:
    for some in _in_steps([entry.id for entry in found]):
        db.session.execute(delete(Passkey).where(Passkey.id.in_(some)))


def _in_steps(ids: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    return (ids[start : start + IDS_A_STEP] for start in range(0, len(ids), IDS_A_STEP))


# What goes whatever the backup's version, once for ever.
STEPS: tuple[tuple[str, Callable[[Entries], None]], ...] = (
    ("writer", _writers),
    ("post", _posts),
    ("blank", _blanks),
    ("deposit", _deposits),
    ("ban", _bans),
    ("login", _logins),
    ("passkey", _passkeys),
)
