"""Several cases on one page: each text short and with its reasons, and one form for all of them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, make_response, render_template, request

from forum import errors, ids
from forum.forms.bulk import BulkForm
from forum.forms.moderation import PlainForm
from forum.i18n import gettext as _
from forum.i18n import locale, ngettext
from forum.models import Moderator
from forum.models.moderation import GIVEN_BACK
from forum.moderation import pending, together
from forum.moderation.together import ALONE, UNFIT, Seen
from forum.moderation.wishes import Wish
from forum.queries import case_file
from forum.queries.case_file import CaseRow
from forum.web import (
    case_page,
    desk,
    desk_said,
    wordings,
    words,
)
from forum.web.staff import current_moderator

# A text that is longer opens with a press: twenty of them are read on a phone.
SHORT_LETTERS, SHORT_LINES = 160, 5
EXCERPT_LETTERS = 80
# A box as it is sent: the case and, from the page itself, the version and the text that stood there.
_BOX = re.compile(r"([\w-]{22})(?:\.(\d{1,9})\.(\d{1,9}))?")


@dataclass(frozen=True)
class Box:
    """A ticked box; without numbers it is one of the list."""

    case_id: bytes
    version: int
    revision: int


def ticked() -> list[Box]:
    """The boxes that were ticked, each once; what is none is left out."""
    found = (_BOX.fullmatch(sent) for sent in request.form.getlist("case"))
    boxes = [Box(ids.from_text(box[1]), int(box[2] or 0), int(box[3] or 0)) for box in found if box]
    return list({box.case_id: box for box in boxes}.values())


def shown() -> list[bytes]:
    """The cases that stood on the page, ticked or not."""
    sent = [*request.form.getlist("shown"), *request.args.getlist("c")]
    return list(dict.fromkeys(ids.from_text(text) for text in sent if _BOX.fullmatch(text)))[: together.MOST]


def seen_of(boxes: Sequence[Box]) -> list[Seen]:
    """What was before the moderator's eyes, as the domain takes it."""
    rows = [(box, case_file.case_row(box.case_id)) for box in boxes]
    return [
        Seen(box.case_id, box.version, box.revision, row is not None and desk.is_in_time(row))
        for box, row in rows
    ]


def wish_of(form: BulkForm) -> Wish:
    """What the form says, for all of them."""
    return Wish(
        outcome=form.outcome.data,
        rule=form.rule.data,
        note_author=form.note_author.data or "",
        note_team=form.note_team.data or "",
        warning=form.warning.data or "",
        sanction=form.sanction.data or "",
    )


def page(
    case_ids: Sequence[bytes],
    *,
    form: BulkForm | None = None,
    chosen: Sequence[Box] | None = None,
    left: Mapping[bytes, str] | None = None,
    undone: Sequence[bytes] = (),
    message: str | None = None,
    status: int = 200,
) -> Response:
    """These cases with the form below.

    ``chosen`` are the boxes that were ticked (None: all); ``left`` those that were just not decided, and why;
    ``undone`` those that were, which can be taken back here.
    """
    moderator = current_moderator()
    rows = [row for case_id in case_ids if (row := case_file.case_row(case_id)) is not None]
    boxes = None if chosen is None else {box.case_id: box for box in chosen}
    items = [_item(row, moderator, boxes, left or {}) for row in rows]
    choosable = [row for row, item in zip(rows, items, strict=True) if item["box"]]
    form_shown = form or _first_form(rows, moderator)
    form_shown.template.choices = wordings.choices("note")
    rendered = render_template(
        "moderation/bulk.html",
        items=items,
        title_words=_count_words(len(items)),
        outcomes=_outcomes(choosable),
        is_mixed=len(choosable) > 1,
        form=form_shown,
        plain=PlainForm(formdata=None),
        typed=form is not None,
        lot=[ids.to_text(case_id) for case_id in undone],
        message=message or desk_said.once(),
    )
    return make_response(rendered, status)


def left_words(done: int, left: int) -> str:
    """What became of a press that could not reach all."""
    stayed = ngettext(
        "%(num)d件は、そのあいだに様子が変わったので、決めずに残しました。下を見てから、もう一度どうぞ。書いたものはそのままです。",
        "%(num)d件は、そのあいだに様子が変わったので、決めずに残しました。下を見てから、もう一度どうぞ。書いたものはそのままです。",
        left,
    )
    if not done:
        return stayed
    said = ngettext(
        "%(num)d件を決めました。15秒たつと効きます。",
        "%(num)d件を決めました。15秒たつと効きます。",
        done,
    )
    return f"{said} {stayed}" if locale() == "en" else said + stayed


def say_refusal(form: BulkForm, refused: errors.Invalid) -> str | None:
    """Say what the domain refused beside its field, or as a sentence where it is about no field."""
    if refused.field == "case":
        return desk_said.words_of(desk_said.TOO_MANY)
    case_page.say_at_field(form, refused)
    return None


def _count_words(count: int) -> str:
    return ngettext("%(num)d件をまとめて読む", "%(num)d件をまとめて読む", count)


def _outcomes(rows: Sequence[CaseRow]) -> list[tuple[str, int, Any]]:
    """What every one of these allows, and means the same for all."""
    if not rows:
        return []
    offered = [case_page.outcomes_of(row) for row in rows]
    common = set.intersection(*({one[0] for one in some} for some in offered))
    return [one for one in offered[0] if one[0] in common and one[0] in together.OUTCOMES]


def _first_form(rows: Sequence[CaseRow], moderator: Moderator) -> BulkForm:
    """An empty form, or the one that came back with what this moderator chose and wrote before."""
    form = BulkForm(formdata=None)
    for row in rows:
        pressed = pending.of_case(row.id)
        if pressed and pressed.stage in GIVEN_BACK and pressed.moderator_id == moderator.id:
            for name in case_page.CHOSEN:
                form[name].data = getattr(pending.wish_of(pressed), name)
            return form
    return form


def _item(
    row: CaseRow, moderator: Moderator, boxes: Mapping[bytes, Box] | None, left: Mapping[bytes, str]
) -> dict[str, Any]:
    why = left.get(row.id)
    is_for_many = together.may_be_read(row.lane, row.state)
    may_read = is_for_many and case_page.is_reading(row, moderator)
    return {
        "id_text": ids.to_text(row.id),
        "box": _box(row, None if why else (boxes or {}).get(row.id), may_read) if is_for_many else None,
        # What changed is read again before it is ticked again.
        "is_ticked": not why and (boxes is None or row.id in boxes),
        "lane_words": desk.lane_words(row.lane),
        "theme": row.theme_ja if locale() == "ja" else row.theme_en,
        "day_words": words.day_words(row.day),
        "status": desk.status_words(row.status),
        "left": _why_left(row, why, boxes, moderator) if why else None,
        "text": _text(row) if may_read else None,
        "aside": None if may_read or why else _aside_words(row, moderator),
    }


def _box(row: CaseRow, sent: Box | None, may_read: bool) -> str | None:
    """What a box sends: what stands on this page; or, when the lease ended while somebody typed, what stood there before."""
    seen = (row.version, row.revision) if may_read else (sent.version, sent.revision) if sent else None
    return f"{ids.to_text(row.id)}.{seen[0]}.{seen[1]}" if seen else None


def _text(row: CaseRow) -> dict[str, Any]:
    marks = desk.marks_of(row)
    title = desk.marked_text(row.title, marks, "title") if row.is_opening else []
    body = desk.marked_text(row.body, marks, "body")
    is_short = len(row.body) <= SHORT_LETTERS and len(title) + len(body) <= SHORT_LINES
    return {
        "lines": [*title, *body],
        "excerpt": None if is_short else " ".join(row.body.split())[:EXCERPT_LETTERS],
        "reasons": [f"{number}　{mark.reason}" for number, mark in enumerate(marks, start=1)]
        + desk.unmarked_reasons(row, marks),
        "people": desk.people_sentence(case_file.flags_of(row.id)),
    }


def _why_left(row: CaseRow, why: str, boxes: Mapping[bytes, Box] | None, moderator: Moderator) -> str:
    if why == ALONE:
        return alone_words()
    if why == UNFIT:
        return _("この投稿の今の様子では、選んだようにはできません。")
    box = (boxes or {}).get(row.id)
    return case_page.what_changed(row, box.revision if box else None, moderator)


def _aside_words(row: CaseRow, moderator: Moderator) -> str:
    if row.lane not in together.LANES:
        return alone_words()
    lease = desk.lease_words(row.reader_id, row.reader_name, row.leased_until, moderator.id)
    return case_page.state_words(row.state) or lease or _("いまは、だれも読んでいません。開くと読めます。")


def alone_words() -> str:
    """Why a case is not decided beside others."""
    return _("ひとつずつ読む案件です。まとめては決められません。")
