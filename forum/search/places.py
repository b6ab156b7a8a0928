"""The record an index keeps of a post besides its terms: its place, in 28 bytes that sort as hits do."""

import hashlib

from forum.search.base import Document, newest_first

DAY = slice(0, 4)
POST_ID = slice(8, 24)
PLACE_BYTES = 28


def place(document: Document) -> bytes:
    """Day, number in the thread, post id, and a mark of its theme."""
    day, number, post_id = newest_first(document)
    return day.to_bytes(4, "big") + number.to_bytes(4, "big") + post_id + theme_mark(document.theme)


def theme_mark(theme: str) -> bytes:
    """The end of every record of a theme."""
    return hashlib.blake2b(theme.encode("utf-8"), digest_size=PLACE_BYTES - POST_ID.stop).digest()
