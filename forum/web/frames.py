"""Pages of the house with holes in them: a template is rendered once, and from then on its holes are filled.

What a template says is the same for everybody; what differs from page to page is a title, a number, an address, and
what was made already. Jinja renders the template with a mark in each hole's place, the text is cut at the marks, and
a page is the pieces put together. So a kept frame must not depend on the request, and holds nobody's words.
"""

import re
import secrets
from collections.abc import Callable, Hashable, Mapping

from markupsafe import escape

# Nobody can write a mark into a text of theirs: it is another one in every process.
_MARK = secrets.token_hex(12)
_CUT = re.compile(f"{_MARK}([a-z_]+){_MARK}")
MOST_KEPT = 512


def hole(name: str) -> str:
    """What to give a template in place of a value that is not known yet; letters and digits only, as in an address."""
    return f"{_MARK}{name}{_MARK}"


class Frame:
    """One rendered text, cut at its holes."""

    def __init__(self, text: str) -> None:
        pieces = _CUT.split(text)
        self._house = [piece.encode() for piece in pieces[::2]]
        self._holes = pieces[1::2]

    def filled(self, values: Mapping[str, str | bytes]) -> bytes:
        """The page. Text is escaped unless it is markup; bytes are finished HTML."""
        parts = [b""] * (len(self._house) + len(self._holes))
        parts[::2] = self._house
        parts[1::2] = [_finished(values[name]) for name in self._holes]
        return b"".join(parts)


def _finished(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else escape(value).encode()


class Frames:
    """The frames of one app, kept as long as it runs."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, Frame] = {}

    def frame(self, key: Hashable, render: Callable[[], str]) -> Frame:
        """The frame under ``key``: everything its text depends on."""
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            found = self._kept[key] = Frame(render())
        return found
