"""What search needs of the database: the present words of candidates, and the threads a handle stands in."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, or_, select

from forum import markup
from forum.extensions import db
from forum.models import Participant, Post, Thread
from forum.queries.visibility import listed_threads, visible_posts

HANDLE_THREADS = 30


@dataclass(frozen=True, slots=True)
class FoundPost:
    """A post that may be shown in search. ``title`` stands with the opening post only; of a quiet thread lists show no
    words."""

    id: bytes
    thread_id: bytes
    number: int
    warning: str
    is_quiet: bool
    title: str
    html: str

    @property
    def body(self) -> str:
        """Its words without markup."""
        return markup.text_of(self.html)

    @property
    def text(self) -> str:
        """Its words as the index read them."""
        return f"{self.title}\n{self.body}" if self.title else self.body


def found_posts(post_ids: Sequence[bytes]) -> dict[bytes, FoundPost]:
    """Those of these posts that may be shown now, in listed threads.

    The thread is looked up from inside: joined, SQLite takes the index of all live threads for the shorter way.
    """
    its_thread = select(Thread.title).where(Thread.id == Post.thread_id, listed_threads())
    query = select(
        Post.id,
        Post.thread_id,
        Post.number,
        Post.warning,
        its_thread.with_only_columns(Thread.is_quiet).scalar_subquery().label("is_quiet"),
        its_thread.where(Thread.opening_id == Post.id).scalar_subquery().label("title"),
        Post.html,
    ).where(Post.id.in_(post_ids), visible_posts(), Post.number.is_not(None), its_thread.exists())
    return {
        row.id: FoundPost(
            id=row.id,
            thread_id=row.thread_id,
            number=row.number or 0,
            warning=row.warning,
            is_quiet=row.is_quiet,
            title=row.title or "",
            html=row.html,
        )
        for row in db.session.execute(query)
    }


class Reading:
    """Gives search the posts that may be shown, and keeps what it gave: pages show pieces of them."""

    def __init__(self) -> None:
        self.posts: dict[bytes, FoundPost] = {}

    def __call__(self, post_ids: Sequence[bytes]) -> dict[bytes, FoundPost]:
        """:func:`found_posts` of these."""
        posts = found_posts(post_ids)
        self.posts |= posts
        return posts


def threads_with_handle(pairs: Sequence[tuple[int, int]], *, theme: str | None) -> list[bytes]:
    """Listed threads in which a writer of one of these names has a post that may be shown: those that they opened first,
    then the newest.

    Who only reacted or whose posts are gone is not found: their name stands nowhere a reader could have
    seen it.
    """
    if not pairs:
        return []
    query = (
        select(Thread.id)
        .join(Participant, Participant.thread_id == Thread.id)
        .where(
            or_(
                *(
                    and_(Participant.adjective == adjective, Participant.noun == noun)
                    for adjective, noun in pairs
                )
            ),
            listed_threads(),
            select(Post.id).where(Post.participant_id == Participant.id, visible_posts()).exists(),
        )
        .order_by(Participant.is_opener.desc(), Thread.bumped_day.desc(), Thread.bumped_no.desc())
        .limit(HANDLE_THREADS)
    )
    if theme is not None:
        query = query.where(Thread.theme_code == theme)
    return list(dict.fromkeys(db.session.scalars(query)))
