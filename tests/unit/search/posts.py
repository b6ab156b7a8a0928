"""Posts to search in, invented for the tests."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from forum.search.base import Document

FIRST_DAY = date(2026, 4, 1)


def post_id(name: object) -> bytes:
    return hashlib.blake2b(str(name).encode(), digest_size=16).digest()


def post(
    name: object,
    body: str,
    *,
    title: str = "",
    day: int = 0,
    number: int = 1,
    theme: str = "r1",
    thread: object = None,
) -> Document:
    return Document(
        post_id=post_id(name),
        thread_id=post_id(f"thread of {name if thread is None else thread}"),
        theme=theme,
        number=number,
        day=FIRST_DAY + timedelta(days=day),
        title=title,
        body=body,
    )


def many(count: int) -> list[Document]:
    """Posts that all hold 静か, and each its own number; one a day."""
    return [post(n, f"静かな夜の {n} 番目", day=n) for n in range(count)]


class Shelf:
    """The texts behind an index, as the database would give them."""

    def __init__(self, *documents: Document) -> None:
        self.posts = {document.post_id: document for document in documents}
        self.asked = 0

    def load(self, post_ids: Sequence[bytes]) -> Mapping[bytes, Document]:
        self.asked += len(post_ids)
        return {post_id: self.posts[post_id] for post_id in post_ids if post_id in self.posts}
