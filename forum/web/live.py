"""What changed on an open page of the desk, asked by its script every few seconds and answered at once.

An answer that waits for news would hold a worker for as long as somebody reads. A question renews nothing: not the lease,
not the session, since an open page does not show that anybody is there. No answer holds a word of a writer or reader.
"""

import hashlib
from dataclasses import dataclass

from forum.i18n import gettext as _
from forum.i18n import ngettext
from forum.models import Moderator
from forum.queries import case_file, cases
from forum.queries.case_file import CaseRow
from forum.web import case_page

_NOBODY, _ME, _ANOTHER = range(3)
_DIGITS = 16
_ENDED = ("decided", "waiting_second", "settled", "snoozed")


@dataclass(frozen=True)
class Seen:
    """How a case stood when it was last looked at."""

    version: int
    revision: int
    flags: int
    reader: int

    def __str__(self) -> str:
        return f"{self.version}.{self.revision}.{self.flags}.{self.reader}"


def seen_of(case: CaseRow, moderator: Moderator) -> Seen:
    """How a case stands now."""
    reader = _NOBODY
    if case.leased_until is not None:
        reader = _ME if case.reader_id == moderator.id else _ANOTHER
    return Seen(case.version, case.revision, case_file.count_of_flags(case.id), reader)


def seen_from(text: str) -> Seen | None:
    """What a page says it has seen; None for anything else."""
    parts = text.split(".")
    if len(parts) != 4 or not all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts):
        return None
    return Seen(*map(int, parts))


def news(case: CaseRow, before: Seen | None, now: Seen, moderator: Moderator) -> str:
    """What became of a case since, in one sentence: the gravest first."""
    if before is None:
        return _("この案件に、新しいことが加わりました。")
    if now.version != before.version and case.state in _ENDED:
        return case_page.what_changed(case, None, moderator)
    if now.reader == _ANOTHER and before != now and before.reader != _ANOTHER:
        return _("%(name)sさんが引き継いで読んでいます。", name=case.reader_name or "")
    if now.revision != before.revision:
        return _("書いた人が文を直しました。")
    if now.flags > before.flags:
        count = now.flags - before.flags
        return ngettext("新しい知らせが%(num)d件届きました。", "新しい知らせが%(num)d件届きました。", count)
    if now.reader == _NOBODY and before.reader == _ME:
        return _("十分たったので、仲間には、だれも読んでいないように見えます。決めることはできます。")
    if now.reader == _NOBODY and before.reader == _ANOTHER:
        return _("いまは、だれも読んでいません。")
    return _("この案件に、新しいことが加わりました。")


def list_seen() -> str:
    """How the list stands now, as a few letters that tell nothing else."""
    told = repr(cases.standing()).encode()
    return hashlib.sha256(told).hexdigest()[:_DIGITS]
