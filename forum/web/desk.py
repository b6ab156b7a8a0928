"""The desk in words: lanes, findings, leases, who flagged. Plain and short, and careful with heavy texts."""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from forum import clock, ids
from forum.i18n import gettext as _
from forum.i18n import locale, ngettext
from forum.identity.handles import handle_text
from forum.moderation import duty, figures, together
from forum.moderation.detectors import labels_of_rules
from forum.moderation.watched import PREFIX
from forum.queries.case_file import CaseRow, FlagRow, NeighbourRow
from forum.queries.cases import QueueRow
from forum.queries.rules import RuleRow
from forum.runtime import runtime
from forum.web import words
from forum.web.marking import Line, marked_lines, reason_words, words_of_rule
from forum.web.writing import staffed_hour, staffed_hours

LANES = (1, 2, 3, 4, 5)
HEAVY_LANE = 1


@dataclass(frozen=True, order=True)
class Mark:
    """A passage screening pointed at, numbered in reading order from 1 by its place in the list."""

    field: str
    start: int
    end: int
    reason: str


@dataclass(frozen=True)
class QueueItem:
    """A line of the list, without a word of the text it is about."""

    id_text: str
    what: str
    theme: str
    day_words: str
    origin: str
    lease: str | None
    act: str
    is_escalated: bool
    may_be_ticked: bool


def lane_words(lane: int) -> str:
    """The name of a lane."""
    return {
        1: _("① 命の心配"),
        2: _("② 身元につながる"),
        3: _("③ 攻撃・責め"),
        4: _("④ 勧誘・宣伝・荒らし"),
        5: _("⑤ その他・迷い"),
    }[lane]


def allowance_words(lane: int) -> str:
    """How long a case of this lane may wait."""
    if lane == HEAVY_LANE:
        return _("いつでもすぐに")
    if lane == LANES[-1]:
        return _("当番の時間で1日のうち")
    hours = duty.allowed_hours(staffed_hours(), lane)
    return ngettext("当番の時間で%(num)d時間のうち", "当番の時間で%(num)d時間のうち", hours)


def left_words(case: CaseRow) -> str:
    """How much of that is left."""
    if case.lane == HEAVY_LANE:
        return _("いつでもすぐに")
    left = duty.due_hour(staffed_hours(), lane=case.lane, opened_hour=case.opened_hour) - staffed_hour()
    if left <= 0:
        return _("先に見てください")
    return ngettext("当番の時間であと%(num)d時間", "当番の時間であと%(num)d時間", left)


def is_in_time(case: CaseRow) -> bool:
    """Whether a case is within the staffed hours that its lane may wait."""
    hours, hour = staffed_hours(), staffed_hour()
    return figures.is_in_time(lane=case.lane, opened_hour=case.opened_hour, hours=hours, hour=hour)


def queue_item(row: QueueRow, moderator_id: bytes) -> QueueItem:
    """One open case as a line."""
    lease = lease_words(row.reader_id, row.reader_name, row.leased_until, moderator_id)
    mine = row.leased_until is not None and row.reader_id == moderator_id
    act = _("続ける") if mine else _("引き継ぐ") if lease else _("開く")
    return QueueItem(
        id_text=ids.to_text(row.id),
        what=_what(row),
        theme=row.theme_ja if locale() == "ja" else row.theme_en,
        day_words=words.day_words(row.opened_day),
        origin=_origin(row),
        lease=lease,
        act=act,
        is_escalated=row.state == "escalated",
        # What somebody else is reading is taken over by a press meant for it alone.
        may_be_ticked=row.state in together.STATES and (lease is None or mine),
    )


def lease_words(
    reader_id: bytes | None, reader_name: str | None, until: datetime | None, moderator_id: bytes
) -> str | None:
    """Who is reading and for how long yet; None when nobody is."""
    if until is None or reader_id is None:
        return None
    seconds = (until - clock.now().replace(tzinfo=None)).total_seconds()
    minutes = max(int(seconds + 59) // 60, 1)
    if reader_id == moderator_id:
        return _("あなたが読んでいます・残り%(minutes)d分", minutes=minutes)
    return _("%(name)sさんが読んでいます・残り%(minutes)d分", name=reader_name or "", minutes=minutes)


def people_sentence(flags: list[FlagRow]) -> str:
    """One sentence about how many flagged; several of one network and day count as one."""
    counted = [flag for flag in flags if not flag.is_repeat]
    if not flags:
        return _("知らせは届いていません。")
    said = ngettext("%(num)d人が知らせました。", "%(num)d人が知らせました。", max(len(counted), 1))
    if len(counted) == len(flags):
        return said
    again = ngettext(
        "同じ回線から、ほかに%(num)d件届いています。人数には入れていません。",
        "同じ回線から、ほかに%(num)d件届いています。人数には入れていません。",
        len(flags) - max(len(counted), 1),
    )
    return f"{said} {again}" if locale() == "en" else said + again


def flag_words(reason: str) -> str:
    """Why somebody flagged, for the desk."""
    return {
        "life": _("命が心配"),
        "identity": _("身元が分かる"),
        "attack": _("責めている"),
        "harsh": _("きつく感じた"),
        "solicitation": _("誘い・宣伝・お金"),
        "other": _("そのほか"),
    }[reason]


def flag_groups(flags: list[FlagRow]) -> list[dict[str, Any]]:
    """Flags by reason: how many, and the notes."""
    counts = Counter(flag.reason for flag in flags)
    return [
        {
            "words": flag_words(reason),
            "count": ngettext("%(num)d件", "%(num)d件", count),
            "notes": [flag.note for flag in flags if flag.reason == reason and flag.note],
        }
        for reason, count in counts.most_common()
    ]


def findings_of(text: str) -> list[dict[str, Any]]:
    """The findings a case carries; a list that cannot be read counts as none."""
    try:
        found = json.loads(text) if text else []
    except ValueError:
        return []
    return [entry for entry in found if isinstance(entry, dict)]


def finding_words(finding: dict[str, Any]) -> str:
    """What one finding saw; of an operator's own word the note, and of a whole thread the numbers of its posts."""
    rule = str(finding.get("rule", ""))
    if rule.startswith(PREFIX):
        return rule_words(rule) or _("もう見張っていない言葉")
    said = reason_words(str(finding.get("label", "")), rule)
    numbers = [f">>{number}" for number in finding.get("posts", ())]
    return f"{said} {' '.join(numbers)}" if numbers else said


def rule_words(rule: str) -> str | None:
    """What one rule looks for, when it has words of its own."""
    policy = runtime().policy
    if rule in policy.own_rows:
        note = policy.notes.get(rule)
        return _("見張っている言葉：%(note)s", note=note) if note else _("見張っている言葉")
    label = labels_of_rules().get(rule)
    return words_of_rule(rule) or (reason_words(label, rule) if label else None)


def marks_of(case: CaseRow) -> list[Mark]:
    """The passages to point at, in reading order, overlapping ones once; none when the text has changed."""
    if case.case_revision != case.revision:
        return []
    texts = {"title": case.title if case.is_opening else "", "body": case.body}
    found = [
        Mark(field, start, end, finding_words(entry))
        for entry in findings_of(case.findings)
        for start, end in entry.get("spans", ())
        if (field := str(entry.get("field"))) in texts and 0 <= start < end <= len(texts[field])
    ]
    found.sort(key=lambda mark: (mark.field != "title", mark))  # a title is read before its text
    kept: list[Mark] = []
    for mark in found:
        last = kept[-1] if kept else None
        if last and last.field == mark.field and mark.start < last.end:
            reason = (
                last.reason if mark.reason in last.reason.split("・") else f"{last.reason}・{mark.reason}"
            )
            kept[-1] = Mark(last.field, last.start, max(last.end, mark.end), reason)
        else:
            kept.append(mark)
    return kept


def unmarked_reasons(case: CaseRow, marks: list[Mark]) -> list[str]:
    """What was found without a place in the text, or in a text that has changed since."""
    shown = {part for mark in marks for part in mark.reason.split("・")}
    return list(
        dict.fromkeys(
            said for entry in findings_of(case.findings) if (said := finding_words(entry)) not in shown
        )
    )


def marked_text(text: str, marks: list[Mark], field: str) -> list[Line]:
    """One field of a case with its marks, as lines."""
    numbered = enumerate(marks, start=1)
    return marked_lines(
        text, [(mark.start, mark.end, number) for number, mark in numbered if mark.field == field]
    )


def handle_of(row: CaseRow | NeighbourRow) -> str:
    """The name a post's writer has in this thread; the caretakers' own otherwise."""
    if row.adjective is None or row.noun is None:
        return _("世話人")
    return handle_text((row.adjective, row.noun), locale())


def status_words(status: str) -> str:
    """Where a post stands now."""
    return {
        "live": _("出ています"),
        "held": _("出る前に止めてあります"),
        "scheduled": _("時間をおいて出ます"),
        "hidden": _("見えなくしてあります"),
        "removed": _("取り除いてあります"),
        "deleted": _("書いた人が消しました"),
    }[status]


def kind_words(kind: str) -> str:
    """What sort of letter it is."""
    return {"letter": _("手紙"), "takedown": _("書かれた人から"), "appeal": _("違うと思う、という声")}[kind]


def rule_item(row: RuleRow) -> dict[str, Any]:
    """A rule as a line: what it looks for, its name, and what came of it, the overruled first."""
    known = rule_words(row.rule)
    return {
        "words": known or row.rule,
        "code": row.rule if known else None,
        "times": [(said, row.of(event)) for event, said in _event_words().items() if row.of(event)],
    }


def _event_words() -> dict[str, str]:
    return {
        "overruled": _("世話人が出した"),
        "held": _("止めた"),
        "asked": _("たずねた"),
        "masked": _("書いた人が伏せた"),
        "unchanged": _("そのまま置かれた"),
        "covered": _("いつも伏せている"),
        "rejected": _("受けとらなかった"),
    }


def _what(row: QueueRow) -> str:
    # Lane 1 shows no words at all, the others what was found or felt, never the text itself.
    if row.lane == HEAVY_LANE:
        return _("たたんであります。心の準備ができたら。")
    said = list(dict.fromkeys(finding_words(entry) for entry in findings_of(row.findings)))
    if said:
        return "、".join(said[:3])
    return {
        2: _("だれのことか分かってしまうかもしれない投稿"),
        3: _("責められたと感じた人のいる投稿"),
        4: _("誘いや宣伝かもしれない投稿"),
    }.get(row.lane, _("見てほしい投稿"))


def _origin(row: QueueRow) -> str:
    if row.flags:
        return ngettext("%(num)d人が知らせました", "%(num)d人が知らせました", row.flags)
    if row.post_status == "held":
        return _("出る前に止めました")
    return {
        "unchanged": _("書いた人がそのまま置いた"),
        "letter": _("手紙が届きました"),
    }.get(row.source, _("自動の下読みで見つかりました"))
