"""The page of one case, whoever answers with it: a view that shows it, or one that refused a press."""

from flask import Response, make_response, render_template

from forum import errors
from forum.forms.moderation import DecideForm
from forum.models import Pending
from forum.models.moderation import GIVEN_BACK
from forum.moderation import cases, pending
from forum.queries import case_file
from forum.queries.case_file import CaseRow
from forum.web import case_page, second_page
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
    typed = form is not None
    may_decide = (reads or typed) and cases.may(found.state, "decide")
    form = form or _first_form(found, pressed if reads else None)
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
        form=form,
        may_decide=may_decide and (found.state != "escalated" or is_lead() or typed),
        typed=typed,
        message=message,
    )
    return make_response(shown, status)


def _first_form(found: CaseRow, pressed: Pending | None) -> DecideForm:
    """An empty form, or the one that came back with what this moderator chose and wrote before."""
    form = DecideForm(formdata=None)
    if pressed and pressed.stage in GIVEN_BACK and pressed.moderator_id == current_moderator().id:
        case_page.fill_again(form, found, pressed)
    return form
