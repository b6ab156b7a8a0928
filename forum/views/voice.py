"""Moderators write in threads as 世話人: a word, its change, its taking back; and the end of a shift."""

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forum import errors, ids
from forum.extensions import begin_writing, db
from forum.forms.moderation import HandoverForm, PlainForm, VoiceForm, WhereForm
from forum.i18n import gettext as _
from forum.models import Post
from forum.moderation import handover
from forum.posting import drafts, voice
from forum.posting.drafts import Screened
from forum.queries import voice as beside
from forum.queries.letters import post_named
from forum.queries.threads import ThreadRow
from forum.runtime import runtime
from forum.views.composing import digest_of
from forum.web import desk_said, rota, voice_page, wordings
from forum.web.errors import form_message
from forum.web.limits import limited
from forum.web.staff import current_moderator, navigation, only_moderators, staff_session

bp = Blueprint("voice", __name__, url_prefix="/m")
bp.before_request(only_moderators)
bp.context_processor(navigation)

REFUSALS = (errors.Closed, errors.TooLate, errors.Stale, errors.Expired)


@bp.route("/voice", methods=["GET", "POST"])
@limited("desk")
def where() -> ResponseReturnValue:
    """From the address of a thread that was read outside of the desk to the page on which to write there."""
    form = WhereForm()
    if form.validate_on_submit():
        post_id = post_named(form.where.data or "")
        thread_id = beside.thread_of_post(post_id) if post_id else None
        if thread_id:
            return redirect(url_for(".speak", thread_id=ids.to_text(thread_id)), 303)
        form.where.errors = [_("そこには、いま読める話が見つかりません。")]
    message = form_message(form) if form.is_submitted() else None
    page = render_template("moderation/voice_where.html", form=form, message=message)
    return make_response(page, 422 if form.is_submitted() else 200)


@bp.route("/t/<thread_id>/voice", methods=["GET", "POST"])
@limited("desk")
def speak(thread_id: str) -> ResponseReturnValue:
    """Write in a thread as 世話人. ``act=fill`` only puts a template into the field."""
    place, form = voice_page.place_of(ids.from_text(thread_id)), VoiceForm()
    if not form.is_submitted():
        return voice_page.page(place, voice_page.prepare(form, place.id))
    if (status := _not_sent(form)) is not None:
        return voice_page.page(place, form, message=form_message(form), status=status)
    draft = _draft(form, place)
    begin_writing()
    try:
        voice.say(
            thread_id=place.id,
            post_id=voice_page.post_id_of(form, place.id),
            moderator=current_moderator(),
            draft=draft,
            audit_key=runtime().keys.audit,
        )
        db.session.commit()
    except errors.Already:
        db.session.rollback()  # the same form pressed twice
    except errors.Screened:
        return _asked(form, place, draft)
    except REFUSALS as refused:
        db.session.rollback()
        if isinstance(refused, errors.Expired):
            voice_page.prepare(form, place.id)
        said = voice_page.refusal_words(refused)
        return voice_page.page(voice_page.place_of(place.id), form, message=said, status=409)
    desk_said.next_time(desk_said.SPOKEN_COVERED if draft.names_covered else desk_said.SPOKEN)
    return redirect(url_for(".speak", thread_id=thread_id), 303)


@bp.route("/v/<post_id>", methods=["GET", "POST"])
@limited("desk")
def change(post_id: str) -> ResponseReturnValue:
    """Change what the house said, whoever of the moderators wrote it."""
    post, form = _word(post_id), VoiceForm()
    if not form.is_submitted():
        return voice_page.change_page(post, form)
    if (status := _not_sent(form)) is not None:
        return voice_page.change_page(post, form, message=form_message(form), status=status)
    place = voice_page.place_of(post.thread_id)
    draft = _draft(form, place)
    begin_writing()
    try:
        voice.change(
            post_id=post.id,
            seen=form.seen.data or "",
            moderator=current_moderator(),
            draft=draft,
            audit_key=runtime().keys.audit,
        )
        db.session.commit()
    except errors.Screened:
        return _asked(form, place, draft)
    except REFUSALS as refused:
        db.session.rollback()
        said = voice_page.refusal_words(refused)
        return voice_page.change_page(_word(post_id), form, message=said, status=409)
    return _back_to(place.id, desk_said.WORD_CHANGED)


@bp.post("/v/<post_id>/back")
@limited("desk")
def take_back(post_id: str) -> ResponseReturnValue:
    """Erase what the house said."""
    post, form = _word(post_id), PlainForm()
    place = voice_page.place_of(post.thread_id)
    fresh = voice_page.prepare(VoiceForm(formdata=None), place.id)
    if not form.validate():
        return voice_page.page(place, fresh, message=form_message(form), status=422)
    begin_writing()
    try:
        voice.take_back(post_id=post.id, moderator=current_moderator(), audit_key=runtime().keys.audit)
        db.session.commit()
    except errors.TooLate:
        db.session.rollback()
        return voice_page.page(place, fresh, message=_("直せる時間が過ぎています。"), status=409)
    return _back_to(place.id, desk_said.WORD_TAKEN_BACK)


@bp.route("/end", methods=["GET", "POST"])
@limited("desk")
def end() -> ResponseReturnValue:
    """The end of a shift: something kind, a note for the next one if there is something to say, and out."""
    form = HandoverForm()
    if not form.is_submitted() or not form.validate():
        page = render_template(
            "moderation/end.html",
            form=form,
            message=form_message(form) if form.is_submitted() else None,
            closing=voice_page.closing_words(),
            handover=rota.top_of_desk()["handover"],
        )
        return make_response(page, 422 if form.is_submitted() else 200)
    if form.words.data:  # an empty field leaves what stands there
        begin_writing()
        handover.leave_note(moderator=current_moderator(), words=form.words.data)
        db.session.commit()
    staff_session().sign_out()
    return redirect(url_for("staff.login"), 303)


def _not_sent(form: VoiceForm) -> int | None:
    """None when the words are to be sent; otherwise how the page answers, which has them still."""
    if request.form.get("act") == "fill" and PlainForm().validate():
        form.body.data = wordings.begun("voice", form.template.data, form.body.data or "")
        return 200
    return None if form.validate() else 422


def _draft(form: VoiceForm, place: ThreadRow) -> Screened:
    """The words as screening sees them; with ``act=mask`` the chosen ones are made unreadable first."""
    act, listens = request.form.get("act"), place.wish == "listen"
    draft = voice.look_at(
        form.body.data or "", runtime().policy, listens=listens, insists=_was_asked(form, act)
    )
    if act != "mask" or form.asked.data != digest_of(draft.typed):
        return draft
    chosen = {int(one) for one in request.form.getlist("m") if one.isdecimal() and len(one) < 5}
    form.body.data = drafts.masked(draft, chosen).body
    return drafts.look_at_masked(draft, chosen)


def _was_asked(form: VoiceForm, act: str | None) -> bool:
    return act == "asis" and form.asked.data == digest_of(drafts.Words(form.body.data or ""))


def _asked(form: VoiceForm, place: ThreadRow, draft: Screened) -> Response:
    db.session.rollback()
    form.asked.data = digest_of(draft.typed)
    return voice_page.ask_page(place, form, draft)


def _word(post_id: str) -> Post:
    """What the house said. Raises NotFound for everybody else's posts."""
    post = db.session.get(Post, ids.from_text(post_id))
    if post is None or post.participant_id is not None or post.status == "deleted":
        raise errors.NotFound
    return post


def _back_to(thread_id: bytes, said: int) -> ResponseReturnValue:
    desk_said.next_time(said)
    return redirect(url_for(".speak", thread_id=ids.to_text(thread_id)), 303)
