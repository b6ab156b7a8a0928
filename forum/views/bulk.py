"""Several cases at once: ticked in the list or gathered because their texts are nearly the same, decided with one press."""

from collections.abc import Sequence

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from forum import errors, ids
from forum.extensions import begin_writing, db
from forum.forms.bulk import BulkForm
from forum.forms.moderation import PlainForm
from forum.i18n import gettext as _
from forum.moderation import cases, leases, together
from forum.runtime import runtime
from forum.views import confirming
from forum.web import bulk_page, desk_case, desk_said, wordings
from forum.web.bulk_page import Box
from forum.web.errors import form_message
from forum.web.limits import limited
from forum.web.staff import current_moderator, navigation, only_moderators
from forum.web.writing import staffed_hour

bp = Blueprint("bulk", __name__, url_prefix="/m")
bp.before_request(only_moderators)
bp.context_processor(navigation)


@bp.post("/bulk/open")
@limited("desk")
def take() -> ResponseReturnValue:
    """Take what was ticked to read, each view on record; from the page itself, read on with everything that was typed."""
    plain, form, boxes, shown = PlainForm(), BulkForm(), bulk_page.ticked(), bulk_page.shown()
    case_ids = shown or [box.case_id for box in boxes]
    kept = form if shown and form.was_typed_in else None
    if not plain.validate():
        return bulk_page.page(
            case_ids[: together.MOST], form=kept, chosen=boxes, message=form_message(plain), status=422
        )
    if not 0 < len(case_ids) <= together.MOST:
        return _back_to_list(desk_said.TOO_MANY if case_ids else desk_said.NONE_TICKED, case_ids)
    _look(case_ids)
    if shown:
        return bulk_page.page(case_ids, form=kept, chosen=boxes)
    return _to_page(case_ids)


@bp.post("/c/<case_id>/echoes")
@limited("desk")
def gather(case_id: str) -> ResponseReturnValue:
    """Read the cases of nearly the same texts together with this one; texts that nobody looked at get a case."""
    identifier, form = ids.from_text(case_id), PlainForm()
    if not form.validate():
        return desk_case.page(desk_case.case_of(identifier), message=form_message(form), status=422)
    begin_writing()
    try:
        case_ids = together.gather(case_id=identifier, hour=staffed_hour())
    except errors.Invalid:
        db.session.rollback()
        return desk_case.page(desk_case.case_of(identifier), message=bulk_page.alone_words(), status=422)
    _take(case_ids)
    db.session.commit()
    return _to_page(case_ids)


@bp.get("/bulk")
def page() -> Response:
    """The chosen cases; words of people only of those that one is reading."""
    return bulk_page.page(bulk_page.shown())


@bp.post("/bulk")
@limited("desk")
def decide() -> ResponseReturnValue:
    """Decide about all that are ticked. ``act=fill`` only puts a half-written note into the form, ``narrow`` leaves only the
    ticked ones on the page, ``stay`` does nothing."""
    form, boxes, shown = BulkForm(), bulk_page.ticked(), bulk_page.shown()
    act = request.form.get("act")
    if act in {"fill", "stay", "narrow"} and PlainForm().validate():
        if act == "fill":
            wordings.put_note(form)
        return _again([box.case_id for box in boxes] if act == "narrow" and boxes else shown, form, boxes)
    if not form.validate():
        return _again(shown, form, boxes, message=form_message(form), status=422)
    if not boxes:
        return _again(shown, form, boxes, message=_("どれにも印が付いていません。"), status=422)
    asked = confirming.before_sanction(
        form.sanction.data, lambda said: _again(shown, form, boxes, message=said)
    )
    return asked if asked is not None else _decided(form, boxes, shown)


@bp.post("/bulk/undo")
@limited("desk")
def undo() -> ResponseReturnValue:
    """Take back what was pressed together, as long as it has no effect."""
    case_ids, form = [box.case_id for box in bulk_page.ticked()], PlainForm()
    if not form.validate():
        return bulk_page.page(case_ids[: together.MOST], message=form_message(form), status=422)
    if len(case_ids) > together.MOST:
        return _back_to_list(desk_said.TOO_MANY, ())
    begin_writing()
    undone = together.undo_all(
        case_ids=case_ids, moderator=current_moderator(), audit_key=runtime().keys.audit
    )
    db.session.commit()
    if not undone:
        return _back_to_list(desk_said.TOO_LATE, ())
    desk_said.next_time(desk_said.ALL_UNDONE if len(undone) == len(case_ids) else desk_said.SOME_UNDONE)
    return _to_page(undone)


def _decided(form: BulkForm, boxes: Sequence[Box], shown: Sequence[bytes]) -> ResponseReturnValue:
    seen = bulk_page.seen_of(boxes)
    begin_writing()
    try:
        left = together.decide_all(
            seen=seen,
            moderator=current_moderator(),
            wish=bulk_page.wish_of(form),
            audit_key=runtime().keys.audit,
        )
    except errors.Invalid as refused:
        db.session.rollback()
        return _again(shown, form, boxes, message=bulk_page.say_refusal(form, refused), status=422)
    db.session.commit()
    if not left:
        desk_said.next_time(desk_said.DECIDED)
        return redirect(url_for("moderation.queue"), 303)
    done = [one.case_id for one in seen if one.case_id not in left]
    rest = [case_id for case_id in shown if case_id not in done]
    said = bulk_page.left_words(len(done), len(left))
    _renew(rest)
    return bulk_page.page(rest, form=form, chosen=boxes, left=left, undone=done, message=said, status=409)


def _again(
    case_ids: Sequence[bytes],
    form: BulkForm,
    boxes: Sequence[Box],
    *,
    message: str | None = None,
    status: int = 200,
) -> Response:
    """The page once more with everything that was typed; a press shows that somebody still reads."""
    _renew(case_ids)
    return bulk_page.page(case_ids, form=form, chosen=boxes, message=message, status=status)


def _renew(case_ids: Sequence[bytes]) -> None:
    begin_writing()
    for case in cases.locked_all(case_ids):
        leases.renew(case, current_moderator())
    db.session.commit()


def _look(case_ids: Sequence[bytes]) -> None:
    begin_writing()
    _take(case_ids)
    db.session.commit()


def _take(case_ids: Sequence[bytes]) -> None:
    together.look_at_all(
        case_ids=case_ids,
        moderator=current_moderator(),
        hour=staffed_hour(),
        audit_key=runtime().keys.audit,
    )


def _to_page(case_ids: Sequence[bytes]) -> ResponseReturnValue:
    return redirect(url_for(".page", c=[ids.to_text(case_id) for case_id in case_ids]), 303)


def _back_to_list(message: int, case_ids: Sequence[bytes]) -> ResponseReturnValue:
    """The list once more, with what was ticked."""
    desk_said.next_time(message)
    ticked = [ids.to_text(case_id) for case_id in case_ids]
    return redirect(url_for("moderation.queue", t=ticked), 303)
