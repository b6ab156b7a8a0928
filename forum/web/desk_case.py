"""The page of one case, whoever answers with it: a view that shows it, or one that refused a press."""

from typing import Any

from flask import Response, make_response, render_template, url_for

from forum import errors, ids
from forum.forms.farewell import ContactForm, LineForm
from forum.forms.moderation import DecideForm, PlainForm
from forum.models import Moderator, Pending
from forum.models.moderation import GIVEN_BACK
from forum.moderation import cases, pending
from forum.queries import case_file
from forum.queries.case_file import CaseRow
from forum.web import case_page, desk_room, farewell_page, live, second_page, wordings
from forum.web.staff import current_moderator, is_lead


def case_of(case_id: bytes) -> CaseRow:
    """The case with its post and thread as they stand. Raises NotFound."""
    found = case_file.case_row(case_id)
    if found is None:
        raise errors.NotFound
    return found


def page(
    found: CaseRow, *, form: DecideForm | None = None, message: str | None = None, status: int = 200
) -> Response:
    """One case: words of people only for whoever reads it, and the form for whoever reads or has typed in it."""
    moderator = current_moderator()
    pressed = pending.of_case(found.id)
    reads = case_page.is_reading(found, moderator)
    if reads and form is None and farewell_page.wants_steps(found):
        return make_response(steps_page(found, message=message), status)
    typed = form is not None
    may_decide = (reads or typed) and cases.may(found.state, "decide")
    form = form or _first_form(found, pressed if reads else None)
    form.template.choices = wordings.choices("note")
    case_page.fill_rooms(form)
    shown = render_template(
        "moderation/case.html",
        case=case_page.head_of(found, moderator),
        reading=case_page.reading_of(found) if reads else None,
        undo=second_page.undo_of(found, pressed, moderator),
        second=second_page.second_of(found, pressed, moderator) if reads and pressed else None,
        moves=second_page.moves_of(found, pressed, moderator) if reads or may_decide else [],
        came_back=second_page.came_back_words(pressed, moderator) if reads else None,
        outcomes=case_page.outcomes_of(found),
        has_steps=reads and farewell_page.opens_as_steps(found),
        form=form,
        may_decide=may_decide and (found.state != "escalated" or is_lead() or typed),
        typed=typed,
        message=message,
        **_around(found, moderator),
    )
    return make_response(shown, status)


def steps_page(
    found: CaseRow,
    *,
    message: str | None = None,
    contact_form: ContactForm | None = None,
    line_form: LineForm | None = None,
) -> str:
    """The same case as steps. Words of people stand there only for whoever reads it; what was typed stands there anyway."""
    moderator = current_moderator()
    pressed = pending.of_case(found.id)
    reads = case_page.is_reading(found, moderator)
    return render_template(
        "moderation/farewell.html",
        case=case_page.head_of(found, moderator),
        reading=case_page.reading_of(found) if reads else None,
        came_back=second_page.came_back_words(pressed, moderator) if reads else None,
        moves=dict(second_page.moves_of(found, pressed, moderator)),
        may_decide=reads and (found.state != "escalated" or is_lead()),
        may_mask="mask" in {code for code, _key, _words in case_page.outcomes_of(found)},
        steps=farewell_page.steps_of(found, contact_form=contact_form, line_form=line_form),
        form=PlainForm(formdata=None),
        message=message,
        **_around(found, moderator),
    )


def _around(found: CaseRow, moderator: Moderator) -> dict[str, Any]:
    seen = live.seen_of(found, moderator)
    return {
        "live": url_for("live.case", case_id=ids.to_text(found.id), v=seen),
        **desk_room.around(moderator, found),
    }


def _first_form(found: CaseRow, pressed: Pending | None) -> DecideForm:
    """An empty form, or the one that came back with what this moderator chose and wrote before."""
    form = DecideForm(formdata=None)
    if pressed and pressed.stage in GIVEN_BACK and pressed.moderator_id == current_moderator().id:
        case_page.fill_again(form, found, pressed)
    return form
