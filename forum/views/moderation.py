"""The desk: the list of what waits, one case, its decision, letters and their answers."""

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forum import errors, ids
from forum.extensions import begin_writing, db
from forum.forms.moderation import (
    AnswerForm,
    DecideForm,
    PlainForm,
    RequestForm,
)
from forum.moderation import asides, leases, pending, takedowns
from forum.moderation import cases as case_moves
from forum.queries import letters
from forum.queries import rules as rule_figures
from forum.queries.case_file import CaseRow
from forum.queries.letters import LetterRow
from forum.runtime import runtime
from forum.views import confirming, onward
from forum.web import (
    case_page,
    desk,
    desk_case,
    desk_letters,
    desk_list,
    desk_room,
    desk_said,
    live,
    rota,
    voice_page,
    wordings,
)
from forum.web.errors import form_message
from forum.web.limits import limited
from forum.web.staff import (
    current_moderator,
    ensure_lead,
    is_lead,
    navigation,
    only_moderators,
)
from forum.web.writing import staffed_hour

bp = Blueprint("moderation", __name__, url_prefix="/m")
bp.before_request(only_moderators)
bp.context_processor(navigation)


@bp.get("/")
def queue() -> str:
    """What was just pressed, second looks, five lanes, letters, stories without an answer, something kind at the end."""
    moderator = current_moderator()
    left = asides.asides_of(moderator.id).lanes
    return render_template(
        "moderation/queue.html",
        form=PlainForm(),
        **desk_list.pressed(moderator),
        seconds=desk_list.seconds(moderator, left),
        escalated=desk_list.escalated(moderator),
        lanes=desk_list.lanes(moderator, left),
        ticked=set(request.args.getlist("t")),
        unread=desk_room.unread_words() if is_lead() else None,
        live=url_for("live.desk", v=live.list_seen()),
        letters=[desk_letters.item(row) for row in letters.open_letters()],
        unanswered=voice_page.waiting(),
        name=moderator.name,
        closing=voice_page.closing_words(),
        message=desk_said.once(),
        **rota.top_of_desk(),
        **desk_room.around(moderator),
    )


@bp.post("/c/<case_id>/open")
@limited("desk")
def open_case(case_id: str) -> ResponseReturnValue:
    """Take a case to read: the view is recorded, and for ten minutes the others see who reads."""
    identifier, moderator = ids.from_text(case_id), current_moderator()
    form, typed = PlainForm(), DecideForm()
    kept = typed if typed.was_typed_in else None  # a note somebody thought about is never lost
    if not form.validate():
        return desk_case.page(
            desk_case.case_of(identifier), form=kept, message=form_message(form), status=422
        )
    begin_writing()
    try:
        takedowns.look(
            case_id=identifier, moderator=moderator, hour=staffed_hour(), audit_key=runtime().keys.audit
        )
    except errors.Stale:
        db.session.rollback()
        return _changed(desk_case.case_of(identifier), kept) if kept else _to_case(case_id)
    db.session.commit()
    return desk_case.page(desk_case.case_of(identifier), form=kept) if kept else _to_case(case_id)


@bp.get("/c/<case_id>")
def case(case_id: str) -> Response:
    """One case. Without the lease there is only the button that takes it."""
    return desk_case.page(desk_case.case_of(ids.from_text(case_id)))


@bp.post("/c/<case_id>")
@limited("desk")
def decide(case_id: str) -> ResponseReturnValue:
    """Decide, and go on: ``act=next`` to the next case, else to the list. ``act=fill`` only puts a half-written note into the form, ``stay`` nothing."""
    identifier, form = ids.from_text(case_id), DecideForm()
    found = desk_case.case_of(identifier)
    if request.form.get("act") in {"fill", "stay"} and PlainForm().validate():
        return _filled(found, form)
    if not form.validate():
        return _again(found, form, message=form_message(form), status=422)
    asked = confirming.before_sanction(form.sanction.data, lambda said: _again(found, form, message=said))
    if asked is not None:
        return asked
    if found.version != form.version.data or found.revision != form.revision.data:
        return _changed(found, form)
    try:
        _decide(found, form)
    except errors.Invalid as refused:
        db.session.rollback()
        case_page.say_at_field(form, refused)
        return _again(desk_case.case_of(identifier), form, status=422)
    except errors.Stale:
        db.session.rollback()
        return _changed(desk_case.case_of(identifier), form)
    if request.form.get("act") == "next":
        return onward.to_next(last_message=desk_said.LAST_DECIDED)
    desk_said.next_time(desk_said.DECIDED)
    return redirect(url_for(".queue"), 303)


@bp.get("/l/<letter_id>")
def letter(letter_id: str) -> Response:
    """One letter with its answer or the field for one."""
    return _letter_page(_letter(ids.from_text(letter_id)))


@bp.post("/l/<letter_id>")
@limited("desk")
def answer(letter_id: str) -> ResponseReturnValue:
    """Answer a letter; with ``act`` do something about a request of somebody written about, with or without words."""
    found, act = _letter(ids.from_text(letter_id)), request.form.get("act", "answer")
    form: AnswerForm = AnswerForm() if act == "answer" else RequestForm()
    if act == "fill" and PlainForm().validate():
        form.words.data = wordings.begun("answer", form.template.data, form.words.data or "")
        return _letter_page(found, form)
    if not form.validate():
        return _letter_page(found, form, message=form_message(form), status=422)
    said = desk_letters.missing(found, act, form)
    if said:
        return _letter_page(found, form, message=said, status=422)
    begin_writing()
    try:
        desk_letters.do(found, act, form, current_moderator())
    except errors.Invalid as refused:
        db.session.rollback()
        if (refused.field, refused.code) not in desk_letters.FOR_ANOTHER:
            raise
        return _letter_page(_letter(found.id), form, message=desk_letters.refusal_words(refused), status=409)
    except (errors.Stale, errors.Gone, errors.TooLate, errors.TooSoon, errors.Already) as refused:
        db.session.rollback()
        words_for = desk_letters.refusal_words(refused)
        return _letter_page(_letter(found.id), form, message=words_for, status=409)
    db.session.commit()
    desk_said.next_time(desk_said.ANSWERED if act == "answer" else desk_said.DONE)
    return redirect(url_for(".queue") if act == "answer" else url_for(".letter", letter_id=letter_id), 303)


@bp.get("/rules")
def rules() -> str:
    """What each rule of screening did in the last thirty days, for whoever leads."""
    ensure_lead()
    items = [desk.rule_item(row) for row in rule_figures.lately()]
    return render_template("moderation/rules.html", items=items, days=rule_figures.DAYS_SHOWN)


def _decide(found: CaseRow, form: DecideForm) -> None:
    wish = case_page.wish_of(found, form)
    begin_writing()
    pending.decide(
        case_id=found.id,
        version=form.version.data,
        revision=form.revision.data,
        moderator=current_moderator(),
        wish=wish,
        in_time=desk.is_in_time(found),
        audit_key=runtime().keys.audit,
    )
    db.session.commit()


def _to_case(case_id: str) -> ResponseReturnValue:
    return redirect(url_for(".case", case_id=case_id), 303)


def _filled(found: CaseRow, form: DecideForm) -> Response:
    if request.form.get("act") == "fill":
        wordings.put_note(form)
    return _again(found, form)


def _changed(found: CaseRow, form: DecideForm) -> Response:
    said = case_page.what_changed(found, form.revision.data, current_moderator())
    return _again(found, form, message=said, status=409)


def _again(found: CaseRow, form: DecideForm, *, message: str | None = None, status: int = 200) -> Response:
    """The case once more with everything that was typed; a press shows that somebody still reads."""
    if case_page.is_reading(found, current_moderator()):
        begin_writing()
        leases.renew(case_moves.case_by_id(found.id), current_moderator())
        db.session.commit()
        found = desk_case.case_of(found.id)
    return desk_case.page(found, form=form, message=message, status=status)


def _letter(letter_id: bytes) -> LetterRow:
    found = letters.letter(letter_id)
    if found is None:
        raise errors.NotFound
    return found


def _letter_page(
    found: LetterRow, form: AnswerForm | None = None, *, message: str | None = None, status: int = 200
) -> Response:
    form = form or RequestForm(formdata=None)
    form.seen.data = len(found.answer)
    form.template.choices = wordings.choices("answer")
    page = render_template(
        "moderation/letter.html",
        letter=desk_letters.item(found) | {"body": found.body, "answer": found.answer, "state": found.state},
        request_item=desk_letters.request_item(found),
        case_id=ids.to_text(found.case_id) if found.case_id else None,
        form=form,
        message=message,
        done=desk_said.once(),
    )
    return make_response(page, status)
