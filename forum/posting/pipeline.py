"""Start a thread, reply, edit, delete: the verbs of a writer.

Each takes words that were screened already, and flushes; the caller commits once. The post's id comes from the wait
ticket, so that the same form sent twice is one post.
"""

import hashlib
from dataclasses import asdict, dataclass
from typing import Any

from forum import clock, errors, ids, markup
from forum.extensions import db
from forum.identity.keys import Keys
from forum.identity.seeds import Identity
from forum.models import Participant, Post, Theme, Thread
from forum.moderation import cases, counters, decisions, echoes, interim, lifecycle, receipts
from forum.moderation.names import COVERED
from forum.moderation.screening import Finding, Verdict
from forum.moderation.timers import end_timer, set_timer
from forum.posting import answers, cutting, pace
from forum.posting.drafts import Screened, Words
from forum.posting.participants import find_participant, is_opener, join, participant_for
from forum.posting.surroundings import seen_in_place


@dataclass(frozen=True)
class Author:
    """Who writes, with which ticket, and at which hour of the staffed clock (for the case, should one be opened)."""

    identity: Identity
    keys: Keys
    post_id: bytes
    receipt_words: tuple[str, ...]
    hour: int


@dataclass(frozen=True)
class Choices:
    """What the writer chose for a new thread."""

    wish: str
    lifetime_days: int
    publish: str


def start_thread(*, theme: Theme, author: Author, draft: Screened, choices: Choices) -> Post:
    """A new thread with its opening post. Raises Already when this ticket's post exists, Screened when refused."""
    ensure_new(author)
    draft = accepted(draft)
    day = clock.today()
    thread = Thread(
        id=ids.new_id(),
        theme_code=theme.code,
        opening_id=author.post_id,
        title=draft.words.title,
        warning=draft.words.warning,
        wish=choices.wish,
        lifetime_days=choices.lifetime_days,
        created_day=day,
        ends_on=clock.date_after(choices.lifetime_days),
        status="scheduled",
        is_quiet=draft.verdict.is_heavy,
        bumped_day=day,
        pepper_version=author.keys.pepper_version,
    )
    db.session.add(thread)
    db.session.flush()
    tag = author.identity.tag(thread.id, thread.pepper_version)
    opener = join(thread, tag, author.keys, is_opener=True)
    return put(thread, opener, author, draft, publish=choices.publish)


def reply(*, thread_id: bytes, author: Author, draft: Screened) -> Post:
    """A reply. Raises NotFound, Closed when the thread takes none, Already, Screened."""
    # In line before anything is looked at: the same form arriving twice at once finds its own post.
    lifecycle.stand_in_line(thread_id)
    ensure_new(author)
    thread = ensure_open(thread_id)
    tag = author.identity.tag(thread.id, thread.pepper_version)
    draft = accepted(draft, thread=thread, by_opener=is_opener(thread.id, tag))
    participant = participant_for(thread, author.identity, author.keys)
    post = put(thread, participant, author, draft)
    if draft.newcomer and draft.names_covered:
        answers.note_if_asked(thread, post, hour=author.hour)
    return post


def edit(*, post: Post, seen: str, draft: Screened, hour: int) -> bool:
    """New words in the edit window. A post that needs a reader first is hidden until then.

    Raises TooLate after the window; Stale when the post is no longer as the writer had it before their eyes (``seen``,
    from :func:`look_of`): a moderator acted, and an old form must not undo that; Screened.
    """
    thread = lifecycle.stand_in_line(post.thread_id)
    db.session.refresh(post)
    if not pace.may_edit(post):
        raise errors.TooLate
    if look_of(post) != seen:
        raise errors.Stale(post)
    draft = accepted(draft, thread=thread, by_opener=_is_openers(post))
    opens = thread.opening_id == post.id
    changed = lifecycle.revise(
        post,
        source=draft.words.body,
        warning=draft.words.warning,
        html=draft.html,
        gone=cutting.replaced(post.source, draft.words.body),
        mark="edit",
        # What was decided or reported before is about another title: a text of its own, as a new body would be.
        is_retitled=opens and thread.title != draft.words.title,
    )
    if opens:
        lifecycle.retitle(thread, draft.words.title)
        lifecycle.quieten(thread, draft.verdict.is_heavy)
    if draft.action == "hold":
        # Live, or still waiting for the clock, which must neither publish it nor show it again.
        lifecycle.hide(post) or lifecycle.hold(post) or interim.wait_for_reader(post)
    asked_for = decisions.waits_for_edit(post)
    _open_case(post, draft, hour)
    if asked_for is not None and changed:
        end_timer("edit", post.id)
        decisions.back_to_list(asked_for, post, hour=hour)
    _count_stored(draft)
    return changed


def look_of(post: Post) -> str:
    """A short digest of how a post stands: it changes with the text, its warning and its status."""
    standing = f"{post.revision}\0{post.status}\0{post.warning}"
    return hashlib.sha256(standing.encode()).hexdigest()[:16]


def delete(*, post: Post) -> bool:
    """The writer's own delete: the words are gone at once and for ever."""
    return lifecycle.erase(post)


def own_post(post_id: bytes, identity: Identity | None) -> Post:
    """A post of this very writer. Raises NotFound for everybody else: whether it exists is not told."""
    post = db.session.get(Post, post_id)
    if post is None or identity is None or post.participant_id is None:
        raise errors.NotFound
    if participant_of(post, identity) is None:
        raise errors.NotFound
    return post


def participant_of(post: Post, identity: Identity) -> Participant | None:
    """The writer's participant when it is this post's author, else None."""
    thread = db.session.get_one(Thread, post.thread_id)
    found = find_participant(thread.id, identity.tag(thread.id, thread.pepper_version))
    return found if found is not None and found.id == post.participant_id else None


def ensure_open(thread_id: bytes) -> Thread:
    """The thread, locked, if it takes replies. Raises NotFound, Gone or Closed."""
    thread = lifecycle.stand_in_line(thread_id)
    if thread.ends_on < clock.today() or thread.status not in {"live", "withdrawn"}:
        raise errors.NotFound
    if thread.is_locked or thread.is_closed or thread.status == "withdrawn":
        raise errors.Closed
    return thread


def ensure_new(author: Author) -> None:
    """Raises Already with the post when this ticket was used by this writer; Expired when by somebody else."""
    post = db.session.get(Post, author.post_id)
    if post is None:
        return
    if participant_of(post, author.identity) is None:
        raise errors.Expired
    raise errors.Already(post)


def accepted(draft: Screened, *, thread: Thread | None = None, by_opener: bool = True) -> Screened:
    """The draft as it stands in its place. Raises Screened, with it, when the writer must look again or the board does
    not take the words."""
    draft = seen_in_place(draft, thread=thread, by_opener=by_opener)
    if draft.action in {"ask", "reject"}:
        raise errors.Screened(draft)
    return draft


def put(
    thread: Thread,
    participant: Participant,
    author: Author,
    draft: Screened,
    *,
    kind: str = "post",
    publish: str = "now",
) -> Post:
    """A new post of this participant, with its timers, its receipt and, where screening says so, its case."""
    words: Words = draft.words
    post = Post(
        id=author.post_id,
        thread_id=thread.id,
        participant_id=participant.id,
        status="scheduled",
        kind=kind,
        source=words.body,
        html=draft.html,
        render_version=markup.RENDER_VERSION,
        warning=words.warning,
        day=clock.today(),
        revision=1,
    )
    db.session.add(post)
    db.session.flush()
    echoes.keep(post.id, draft.numbers)
    due = pace.publish_time(publish) if draft.status == "live" else None
    lifecycle.place(thread, post, "scheduled" if due else draft.status)
    if due:
        set_timer("publish", post.id, due)
    set_timer("edit", post.id, pace.edit_end(clock.now()))
    receipts.keep(
        kind="post", target_id=post.id, words=author.receipt_words, keys=author.keys, ends_on=thread.ends_on
    )
    _open_case(post, draft, author.hour)
    _count_stored(draft)
    return post


def _open_case(post: Post, draft: Screened, hour: int) -> None:
    verdict: Verdict = draft.verdict
    if verdict.lane is None:
        return
    asked_and_kept = draft.insists and verdict.action == "ask"
    cases.open_case(
        post=post,
        lane=verdict.lane,
        source="unchanged" if asked_and_kept else "screening",
        hour=hour,
        findings=[_noted(found, draft) for found in verdict.findings],
    )


def _noted(found: Finding, draft: Screened) -> dict[str, Any]:
    """A finding as a case keeps it: with whether it was what held the text."""
    held = draft.action == "hold" and found.rule in draft.verdict.rules_that("hold")
    kept = {name: value for name, value in asdict(found).items() if value is not None}
    return kept | ({"held": True} if held else {})


def count_refused(draft: Screened) -> None:
    """Count what was asked about, or not taken: the words themselves are stored nowhere."""
    if draft.action == "reject":
        counters.count("rejected", draft.verdict.rules_that("reject"))
    else:
        counters.count("asked", draft.verdict.rules_that("ask"))


def _count_stored(draft: Screened) -> None:
    verdict = draft.verdict
    counters.count("covered", (found.rule for found in verdict.findings if found.rule in COVERED))
    counters.count("masked", draft.masked)
    if draft.insists and verdict.action == "ask":
        counters.count("unchanged", verdict.rules_that("ask"))
    if draft.action == "hold":
        counters.count("held", verdict.rules_that("hold"))


def _is_openers(post: Post) -> bool:
    return db.session.get_one(Participant, post.participant_id).is_opener
