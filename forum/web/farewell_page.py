"""A case in which a life may be in danger, as steps and not as a form: what was done, what can be said, where it ends."""

from typing import Any

from flask import request

from forum import clock
from forum.contacts import for_panel
from forum.extensions import db
from forum.forms.farewell import ContactForm, LineForm
from forum.forms.moderation import DecideForm
from forum.i18n import gettext as _
from forum.i18n import locale
from forum.models import Message, Moderator
from forum.moderation import care, cases, contact
from forum.queries import case_file
from forum.queries.case_file import CaseRow
from forum.runtime import runtime
from forum.web import desk, words
from forum.web.house_words import lines_of, panel_of

# ?form=1 asks for the ordinary form.
FORM = "form"
SENT = "sent"


def opens_as_steps(case: CaseRow) -> bool:
    """Whether a case is answered step by step: screening saw a farewell, or somebody told that a life may be in danger."""
    if case.lane != care.LANE:
        return False
    return care.is_farewell(case.findings) or any(
        flag.reason == "life" for flag in case_file.flags_of(case.id)
    )


def wants_steps(case: CaseRow) -> bool:
    """Whether to show them now: the case can be decided, and nobody asked for the ordinary form."""
    return cases.may(case.state, "contact") and FORM not in request.args and opens_as_steps(case)


def steps_of(
    case: CaseRow, *, contact_form: ContactForm | None = None, line_form: LineForm | None = None
) -> dict[str, Any]:
    """Everything the steps show beside the text. A form that was refused keeps what was typed."""
    messages = contact.messages_of(case.id)
    return {
        "shown": _shown(case),
        "held_words": _held_words(case),
        "is_waiting": case.status in {"held", "hidden"},
        "messages": [_message(message) for message in messages],
        "reviewed": [(one.code, one.words(locale())) for one in contact.reviewed()],
        "may_speak": case.participant_id is not None,
        "contact_form": contact_form or ContactForm(formdata=None),
        "line_form": line_form or _line_form(),
        "mask_form": DecideForm(formdata=None),
        "crisis_marks": crisis_marks(case),
        "was_sent": SENT in request.args,
    }


def crisis_marks(case: CaseRow) -> set[int]:
    """The numbers of the marks that show what should not show others the way."""
    places = [
        (str(found.get("field")), start, end)
        for found in care.crises(case.findings)
        for start, end in found.get("spans", ())
    ]
    return {
        number
        for number, mark in enumerate(desk.marks_of(case), start=1)
        if any(field == mark.field and start < mark.end and mark.start < end for field, start, end in places)
    }


def refusal_words(field: str, code: str) -> str:
    """What the domain refuses about a word to the writer, or a line to the next shift."""
    return {
        ("sentence", "unknown"): _("この言葉は見つかりませんでした。下から選びなおしてください。"),
        ("sentence", "nobody"): _("世話人が書いたものなので、声をかける相手がいません。"),
        ("note_author", "empty"): _("まだ何も書かれていません。"),
        ("words", "too_long"): _(
            "引きつぎがいっぱいです。「次の当番へ書き残す」で、前の言葉を短くしてからどうぞ。"
        ),
    }.get((field, code), _("もう一度見てください。"))


def _shown(case: CaseRow) -> dict[str, Any]:
    panel = panel_of(case.findings)
    found = for_panel(runtime().contacts, panel, clock.now()) if panel else ()
    return {
        "panel": bool(panel),
        "is_quiet": panel == "c0",
        "contacts": [(entry.name(locale()), entry.number or "") for entry in found],
    }


def _held_words(case: CaseRow) -> str:
    day = words.day_words(case.opened_day)
    if case.status == "held":
        return _(
            "%(day)s、出る前に預かりました。ほかの人には見えていません。書いた人の頁には「消えてはいません。世話人が先に読みます」と出ています。",
            day=day,
        )
    if case.status == "hidden":
        return _("ほかの人からは見えません。書いた人の頁には「世話人が読みなおしています」と出ています。")
    if case.status == "live":
        return _("%(day)sの投稿で、いまもみんなから読めます。", day=words.day_words(case.day))
    return desk.status_words(case.status)


def _message(message: Message) -> dict[str, Any]:
    return {
        "lines": lines_of(message),
        "name": db.session.get_one(Moderator, message.moderator_id).name,
        "day_words": words.day_words(message.day),
    }


def _line_form() -> LineForm:
    form = LineForm(formdata=None)
    form.words.data = _("命の心配の話が一つ、つづきを待っています。")
    return form
