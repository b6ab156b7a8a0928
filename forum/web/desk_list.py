"""The list of the desk: what was just pressed, what waits for a second person or a lead, and the five lanes."""

from collections.abc import Collection, Mapping
from typing import Any

from forum import ids
from forum.forms.moderation import OUTCOME_LABELS
from forum.i18n import gettext as _
from forum.i18n import locale
from forum.models import Moderator
from forum.moderation import asides, roles
from forum.queries import cases
from forum.queries.cases import PressedRow, QueueRow
from forum.web import desk, words
from forum.web.staff import staff_session

# What the list says once after a press, kept as one byte in the session.
DECIDED, ANSWERED, SNOOZED, ESCALATED, HANDED_BACK, CONFIRMED, SENT_BACK, CHANGED, DONE = range(1, 10)
NOTHING_LEFT, LAST_DECIDED, SET_ASIDE = range(41, 44)


def pressed(moderator: Moderator) -> list[dict[str, Any]]:
    """One's own decisions that can be taken back, and those that came back."""
    rows = cases.pressed_by(moderator.id)
    last = next((row.case_id for row in rows if row.stage == "waits"), None)
    return [_pressed_item(row) | {"is_last": row.case_id == last} for row in rows]


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


def message_once() -> str | None:
    """What came of the last press, said once."""
    held = staff_session()
    said = {
        DECIDED: _("決めました。15秒たつと効きます。それまでは、下から取り消せます。"),
        ANSWERED: _("返事を送りました。"),
        SNOOZED: _("あとに回しました。時間が来ると、一覧に戻ります。"),
        ESCALATED: _("まとめ役に回しました。"),
        HANDED_BACK: _("みんなの一覧に戻しました。"),
        CONFIRMED: _("二人で決めました。"),
        SENT_BACK: _("案件を開きなおしました。決めた人にも伝わります。"),
        DONE: _("そうしました。"),
        NOTHING_LEFT: _("いま、あなたを待つ案件はありません。来てくださって、ありがとうございます。"),
        LAST_DECIDED: _(
            "決めました。15秒たつと効きます。それまでは、下から取り消せます。いま待つ案件は、これで終わりです。ひと息ついてください。"
        ),
        SET_ASIDE: _("あなたの机を整えました。"),
        CHANGED: _("そのあいだに文が変わっていました。案件を開きなおしました。"),
    }.get(held.staff.message)
    if held.staff.message:
        held.change(message=0)
    return said


def _is_free(row: QueueRow, moderator: Moderator) -> bool:
    return row.leased_until is None or row.reader_id == moderator.id


def _lane(lane: int, rows: list[QueueRow], moderator_id: bytes) -> dict[str, Any]:
    return {
        "number": lane,
        "words": desk.lane_words(lane),
        "allowance": desk.allowance_words(lane),
        "items": [desk.queue_item(row, moderator_id) for row in rows],
    }


def _pressed_item(row: PressedRow) -> dict[str, Any]:
    return {
        "id_text": ids.to_text(row.case_id),
        "outcome": OUTCOME_LABELS[row.outcome][1],
        "theme": row.theme_ja if locale() == "ja" else row.theme_en,
        "day_words": words.day_words(row.opened_day),
        "waits": row.stage == "waits",
        "said": {
            "waits": _("15秒たつと効きます"),
            "changed": _("文か案件が変わったので、まだ何もしていません"),
            "returned": _("二人めの人から戻ってきました"),
        }[row.stage],
    }
