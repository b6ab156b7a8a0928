"""What stands around the desk's work for whoever sits there: the last press, how much was read today, what opens folded."""

from typing import Any

from forum import clock, ids
from forum.forms.moderation import OUTCOME_LABELS, AsideForm
from forum.i18n import gettext as _
from forum.i18n import locale, ngettext
from forum.models import Moderator
from forum.moderation import asides, pending
from forum.moderation.asides import Asides
from forum.queries import cases, threads
from forum.queries.case_file import CaseRow
from forum.web import desk

# A lease is ten minutes: so many heavy texts are most of an hour, after which a pause does good. It is offered at the
# first and again at every further so many; nothing closes.
HEAVY_BEFORE_A_BREAK = 5


def around(moderator: Moderator, case: CaseRow | None = None) -> dict[str, Any]:
    """What the list and the page of a case have in common."""
    chosen, heavy = asides.asides_of(moderator.id), cases.heavy_texts_today(moderator.id)
    is_due = heavy >= HEAVY_BEFORE_A_BREAK if case is None else _is_round(heavy) and case.lane == 1
    return {
        "uses_keys": chosen.uses_keys,
        "heavy": heavy_words(heavy),
        "offers_break": is_due,
        # The list shows all that can be taken back.
        "last_press": _last_press(moderator, but=case.id) if case else None,
        "is_folded": case is not None and opens_folded(case, chosen),
    }


def opens_folded(case: CaseRow, chosen: Asides) -> bool:
    """Whether the words of this case wait behind one more press: the first lane's always, and those of chosen rooms."""
    return case.lane == desk.HEAVY_LANE or case.theme_code in chosen.themes


def heavy_words(count: int) -> str | None:
    """How many heavy texts somebody read today; None before the first."""
    if count == 0:
        return None
    return ngettext("きょうは重い話を%(num)d件読みました", "きょうは重い話を%(num)d件読みました", count)


def unread_words() -> str | None:
    """For whoever leads: the lanes that everybody leaves to the others; None when each has a reader."""
    lanes = asides.lanes_without_reader()
    if not lanes:
        return None
    named = "、".join(desk.lane_words(lane) for lane in lanes)
    return _("いま、みんなが読まないことにしている列があります：%(lanes)s", lanes=named)


def aside_form(form: AsideForm, chosen: Asides | None = None) -> AsideForm:
    """The form with what may be chosen; with ``chosen`` filled in."""
    rooms = threads.open_themes()
    form.lanes.choices = [(lane, desk.lane_words(lane)) for lane in desk.LANES]
    form.themes.choices = [(room.code, room.name_ja if locale() == "ja" else room.name_en) for room in rooms]
    if chosen is not None:
        form.lanes.data, form.themes.data = sorted(chosen.lanes), sorted(chosen.themes)
        form.keys.data = not chosen.uses_keys
    return form


def _is_round(heavy: int) -> bool:
    return heavy > 0 and heavy % HEAVY_BEFORE_A_BREAK == 0


def _last_press(moderator: Moderator, *, but: bytes) -> dict[str, Any] | None:
    rows = [row for row in cases.pressed_by(moderator.id) if row.stage == "waits"]
    if not rows or rows[0].case_id == but or rows[0].due is None:
        return None
    left = (rows[0].due - clock.now().replace(tzinfo=None)).total_seconds()
    return {
        "id_text": ids.to_text(rows[0].case_id),
        "outcome": OUTCOME_LABELS[rows[0].outcome][1],
        "seconds": min(max(int(left) + 1, 1), pending.SECONDS),
    }
