"""Undoing what decisions did, completely: for an appeal that is granted, a second person who does not agree, a second
thought. Every decision keeps what it found, so that each thing goes back to that and to nothing else.

Threat: undoing must not bring back words that their writer has taken out since, nor keep words a day longer than a
decision may be appealed. What a decision found is places and names of states, never words; the words stay in the kept
revision, which is erased after its days (``decisions.erase_masked_texts``). The rest can be undone then, too.
"""

import json
import zlib
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import select

from forum.extensions import db
from forum.models import Case, Decision, Post, Revision, Thread, Timer
from forum.moderation import bans, kept, lifecycle
from forum.moderation.timers import end_timer

# What leaves something behind that can be undone.
ACTS = ("edit_request", "fold", "mask", "hide", "remove", "lock", "move")
_OF_TEXTS = ("fold", "mask", "hide", "remove")
# How complete an undoing was, the least complete first.
ERASED, EDITED, ALL = "erased", "edited", "all"
# Where a decision says that it came with a step that leaves no row (``bans.NOTE``).
STEP = "step"
AGAIN = "again"  # undone, and somebody decides anew
_COMPLETE = (ERASED, EDITED, ALL)


def found_by(outcome: str, post: Post, *, warning: str = "") -> dict[str, Any]:
    """What a decision finds, before it acts; the words that it will cover are kept beside it. Behind the thread's lock."""
    thread = db.session.get_one(Thread, post.thread_id)
    found: dict[str, Any] = {"at": post.revision, "status": post.status}
    if outcome == "mask" or (outcome == "fold" and post.warning):
        found["kept"] = kept.snapshot(post)
    if outcome == "fold":
        # A sign of the warning that is put there, to know it again; it cannot be read back.
        found["sign"] = _sign(warning)
    elif outcome == "lock":
        found["locked"] = thread.is_locked
    elif outcome == "move":
        found["theme"] = thread.theme_code
    return found


def remember(decision: Decision, found: Mapping[str, Any]) -> None:
    """Keep with a decision what it found."""
    decision.before = json.dumps(found)
    db.session.flush()


def can_undo(case_id: bytes) -> bool:
    """Whether something that was decided about this case is in force and can be undone."""
    return any(_in_force(decision, _read(decision)) for decision in _decisions(case_id))


def undo(case_id: bytes, post: Post, *, only: Collection[bytes] | None = None) -> str:
    """Undo what decisions on this case did (``only`` these ids, or all), the newest first, and the steps they brought.

    Behind the locks of thread and case. Returns how complete it is: ``all``; ``edited``, when the writer changed the
    text since, which then stays as they left it; ``erased``, when words were erased after their days, and the rest was
    undone; nothing when nothing was in force.
    """
    results, undone = [], []
    expected, is_untouched = post.revision, True
    for decision in _decisions(case_id):
        found = _read(decision)
        if found is None:
            continue
        is_untouched = is_untouched and found.get("undone", decision.revision) == expected
        expected = found["at"]
        if _in_force(decision, found) and (only is None or decision.id in only):
            results.append(_undo_one(decision, found, post, is_untouched=is_untouched))
            undone.append((decision, found))
    for decision, found in undone:
        remember(decision, found | {"undone": post.revision})
    bans.lift([decision.id for decision, _found in undone])
    return min(results, key=_COMPLETE.index, default="")


def kept_for(post_id: bytes) -> list[int]:
    """The revisions of a post that decisions in force would need to be undone."""
    query = select(Decision).join(Case, Case.id == Decision.case_id).where(Case.target_id == post_id)
    found = [(decision, _read(decision)) for decision in db.session.scalars(query)]
    return sorted(
        {one["kept"] for decision, one in found if _in_force(decision, one) and one and "kept" in one}
    )


def undone_by(decision_ids: Iterable[bytes]) -> dict[bytes, str]:
    """How complete the undoing was that these decisions brought about, or met themselves; by decision."""
    query = select(Decision).where(Decision.id.in_(list(decision_ids)))
    found = {decision.id: _read(decision) or {} for decision in db.session.scalars(query)}
    return {key: str(one["undid"]) for key, one in found.items() if one.get("undid")}


def steps_without_row(decision_ids: Iterable[bytes]) -> dict[bytes, str]:
    """The steps that came with these decisions and count nothing; by decision."""
    query = select(Decision).where(Decision.id.in_(list(decision_ids)))
    found = {decision.id: _read(decision) or {} for decision in db.session.scalars(query)}
    return {key: str(one[STEP]) for key, one in found.items() if STEP in one}


def note_taken_back(decision: Decision) -> None:
    """This decision was undone because a second person wants to think again."""
    remember(decision, (_read(decision) or {}) | {"undid": AGAIN})


def _decisions(case_id: bytes) -> list[Decision]:
    query = select(Decision).where(Decision.case_id == case_id).order_by(Decision.number.desc())
    return list(db.session.scalars(query))


def _read(decision: Decision) -> dict[str, Any] | None:
    return dict(json.loads(decision.before)) if decision.before else None


def _in_force(decision: Decision, found: Mapping[str, Any] | None) -> bool:
    return found is not None and decision.outcome in ACTS and "undone" not in found


def _undo_one(decision: Decision, found: Mapping[str, Any], post: Post, *, is_untouched: bool) -> str:
    thread, result = db.session.get_one(Thread, post.thread_id), ALL
    match decision.outcome:
        case "fold":
            result = _unfold(post, found)
        case "mask":
            result = _unmask(thread, post, found, is_untouched=is_untouched)
        case "lock":
            if (
                not found["locked"]
                and thread.status != "withdrawn"
                and not _locked_otherwise(decision, thread)
            ):
                lifecycle.unlock(thread)
        case "move":
            lifecycle.move(thread, found["theme"])
        case "edit_request":
            end_timer("edit", post.id)
    if decision.outcome in _OF_TEXTS and not _put_back(post, found["status"]):
        return ERASED
    return result


def _put_back(post: Post, status: str) -> bool:
    """The status a decision found; False when nothing but an empty row is left of the post."""
    if post.status == "removed" and not post.source:
        return False
    if status == "scheduled" and db.session.get(Timer, ("publish", post.id)) is None:
        status = "live"  # its moment has passed meanwhile
    lifecycle.put_back(post, status)
    return True


def _unfold(post: Post, found: Mapping[str, Any]) -> str:
    if post.status == "deleted" or _sign(post.warning) != found["sign"]:
        return EDITED
    if "kept" not in found:
        lifecycle.fold(post, "")
        return ALL
    kept = db.session.get(Revision, (post.id, found["kept"]))
    if kept is None:
        return ERASED
    lifecycle.fold(post, kept.warning)
    return ALL


def _unmask(thread: Thread, post: Post, found: Mapping[str, Any], *, is_untouched: bool) -> str:
    if post.status == "deleted" or not is_untouched:
        return EDITED
    kept = db.session.get(Revision, (post.id, found["kept"]))
    if kept is None:
        return ERASED
    lifecycle.revise(post, source=kept.source, gone=[(found["at"], found["at"], 0)], mark="back")
    if thread.opening_id == post.id and kept.title:
        lifecycle.retitle(thread, kept.title)
    return ALL


def _locked_otherwise(decision: Decision, thread: Thread) -> bool:
    """Whether another decision keeps this thread shut."""
    query = (
        select(Decision)
        .join(Case, Case.id == Decision.case_id)
        .where(Case.thread_id == thread.id, Decision.outcome == "lock", Decision.id != decision.id)
    )
    return any(_in_force(one, _read(one)) for one in db.session.scalars(query))


def _sign(warning: str) -> int:
    return zlib.crc32(warning.strip().encode())
