"""「どこで？」 and an answer with a name: how two who came together advertise without either saying anything wrong.

Who asked may have standing or not: that is stored nowhere. Who answers is new. One case is opened for the whole thread,
whatever their number; neither of the two is told, for it may be a coincidence, and a person looks.
"""

from sqlalchemy import func, select

from forum.extensions import db
from forum.models import Post, Thread
from forum.moderation import cases
from forum.moderation.names import ASKED_AND_NAMED, LABEL, asks_for_name

LANE = 4
POSTS_LOOKED_AT = 30  # questions are short and near: nobody waits for a whole thread to be read
LONGEST_QUESTION = 400


def note_if_asked(thread: Thread, post: Post, *, hour: int) -> bool:
    """Open the thread's case when somebody else asked for a name before this post that gives one."""
    asked = [number for number, text in _others(thread, post) if asks_for_name(text)]
    if not asked:
        return False
    numbers = sorted(number for number in (*asked, post.number) if number)
    finding = {
        "label": LABEL,
        "sub": "",
        "severity": 1,
        "field": "",
        "spans": [],
        "rule": ASKED_AND_NAMED,
        "posts": numbers,
    }
    cases.open_thread_case(thread=thread, lane=LANE, source="screening", hour=hour, findings=[finding])
    return True


def _others(thread: Thread, post: Post) -> list[tuple[int | None, str]]:
    rows = db.session.execute(
        select(Post.number, Post.source)
        .where(
            Post.thread_id == thread.id,
            Post.participant_id.is_not(None),
            Post.participant_id != post.participant_id,
            Post.status.in_(("live", "held")),
            func.length(Post.source) <= LONGEST_QUESTION,
        )
        .order_by(Post.number.desc())
        .limit(POSTS_LOOKED_AT)
    )
    return [(number, text) for number, text in rows]
