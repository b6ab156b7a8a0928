"""The list of the desk: what was just pressed, what waits for a second person or a lead, and the five lanes."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from forum import ids
from forum.forms.moderation import OUTCOME_LABELS
from forum.i18n import gettext as _
from forum.i18n import locale, ngettext
from forum.models import Moderator
from forum.moderation import asides, roles, together
from forum.queries import cases
from forum.queries.cases import PressedRow, QueueRow
from forum.web import desk, words


def pressed(moderator: Moderator) -> dict[str, list[dict[str, Any]]]:
    """One's own decisions that can be taken back, and those that came back; ``lots`` are those pressed together."""
    rows = cases.pressed_by(moderator.id)
    last = next((row.case_id for row in rows if row.stage == "waits"), None)
    by_moment: dict[datetime, list[PressedRow]] = {}
    for row in rows:
        if row.stage == "waits" and row.due is not None:
            by_moment.setdefault(row.due, []).append(row)
    lots = [lot for lot in by_moment.values() if len(lot) > 1]
    in_lots = {row.case_id for lot in lots for row in lot}
    alone = [row for row in rows if row.case_id not in in_lots]
    return {
        "lots": [_lot(lot, last) for lot in lots],
        "pressed": [_pressed_item(row, last) for row in alone],
    }


def seconds(moderator: Moderator, left: Collection[int] = ()) -> list[dict[str, Any]]:
    """Decisions that wait for a second person, those that stand already first; none of the lanes left to others."""
    return [
        {
            "line": desk.queue_item(row.case, moderator.id),
            "lane": desk.lane_words(row.case.lane),
            "stands": row.stage == "stands",
            "is_own": row.moderator_id == moderator.id,
        }
        for row in cases.for_second()
        if row.case.lane not in left
    ]


def escalated(moderator: Moderator) -> list[dict[str, Any]]:
    """For whoever leads: what was left to them, first of all, of every lane, since nobody else may decide it. The others
    see it in its lane."""
    if not roles.may(moderator, "lead"):
        return []
    return [
        {"line": desk.queue_item(row, moderator.id), "lane": desk.lane_words(row.lane)}
        for row in cases.escalated()
    ]


def lanes(moderator: Moderator, left: Collection[int] = ()) -> list[Mapping[str, Any]]:
    """The five lanes with their cases; those that this moderator leaves to others (``left``) by name alone."""
    leads = roles.may(moderator, "lead")
    rows = [row for row in cases.queue() if row.lane not in left and not (leads and row.state == "escalated")]
    return [
        _lane(lane, [row for row in rows if row.lane == lane], moderator.id) | {"is_left": lane in left}
        for lane in desk.LANES
    ]


def waiting_for(moderator: Moderator) -> list[bytes]:
    """What this moderator may read next, in the order of the list: nothing that another reads, nothing of the lanes they
    leave to others, nothing that only a lead or a second person may settle unless they are one."""
    left, leads = asides.asides_of(moderator.id).lanes, roles.may(moderator, "lead")
    rows = cases.escalated() if leads else []
    rows += [row.case for row in cases.for_second() if row.moderator_id != moderator.id]
    rows += [row for row in cases.queue() if row.state != "escalated"]
    return [row.id for row in rows if row.lane not in left and _is_free(row, moderator)]


def _is_free(row: QueueRow, moderator: Moderator) -> bool:
    return row.leased_until is None or row.reader_id == moderator.id


def _lane(lane: int, rows: list[QueueRow], moderator_id: bytes) -> dict[str, Any]:
    return {
        "number": lane,
        "words": desk.lane_words(lane),
        "allowance": desk.allowance_words(lane),
        "is_for_many": lane in together.LANES,
        "items": [desk.queue_item(row, moderator_id) for row in rows],
    }


def _lot(rows: list[PressedRow], last: bytes | None) -> dict[str, Any]:
    count = ngettext("%(num)d件をまとめて", "%(num)d件をまとめて", len(rows))
    return {
        "outcome": OUTCOME_LABELS[rows[0].outcome][1],
        "count_words": count,
        "is_last": last in {row.case_id for row in rows},
        # The key takes the whole lot back.
        "items": [_pressed_item(row, None) for row in rows],
    }


def _pressed_item(row: PressedRow, last: bytes | None) -> dict[str, Any]:
    return {
        "id_text": ids.to_text(row.case_id),
        "outcome": OUTCOME_LABELS[row.outcome][1],
        "theme": row.theme_ja if locale() == "ja" else row.theme_en,
        "day_words": words.day_words(row.opened_day),
        "waits": row.stage == "waits",
        "is_last": row.case_id == last,
        "said": {
            "waits": _("15秒たつと効きます"),
            "changed": _("文か案件が変わったので、まだ何もしていません"),
            "returned": _("二人めの人から戻ってきました"),
        }[row.stage],
    }
