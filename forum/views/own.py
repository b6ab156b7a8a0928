"""One's own place: computed for one answer, kept nowhere. The recovery phrase, and erasing everything."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from forum import errors, ids
from forum.extensions import begin_writing, db
from forum.forms.own import EraseForm, KeyForm, StayForm
from forum.i18n import gettext as _
from forum.i18n import locale
from forum.identity import lock
from forum.identity.handles import handle_text
from forum.identity.phrase import phrase_for
from forum.identity.sealed import seal, unseal
from forum.identity.seeds import Identity
from forum.moderation import contact, flags, notices
from forum.posting import erasing
from forum.queries import own, posts, threads
from forum.queries.own import OwnPlace
from forum.queries.threads import ThreadRow
from forum.runtime import runtime
from forum.web import house_words, rows, words
from forum.web.errors import form_message
from forum.web.guards import SAFE_METHODS
from forum.web.limits import limited
from forum.web.statements import statements
from forum.web.viewer import viewer, writer_session

bp = Blueprint("own", __name__)

ERASING = "erasing"
CLEARED = '"cache", "cookies", "storage"'


@bp.get("/me")
def me() -> str:
    """The threads this writer acted in: computed now from tags, kept nowhere."""
    identity = viewer().identity
    places = everywhere = _places(identity) if identity else []
    known = threads.any_by_ids(place.thread_id for place in places)
    # A thread that was taken away is its opener's to see, with the reason; for others who acted there it is gone.
    places = [place for place in places if place.is_opener or is_listed_place(known[place.thread_id])]
    titles = {place.thread_id: rows.item(known[place.thread_id]).title for place in places}
    return render_template(
        "own/me.html",
        rows=[_row(place, known[place.thread_id]) for place in places],
        notices=statements(notices.notices_for([place.participant_id for place in places]), titles),
        **house_words.said(contact.messages_for([place.participant_id for place in places]), titles),
        waiting=[
            item for place in places if place.waiting for item in _waiting(place, known[place.thread_id])
        ],
        told=_told(everywhere, titles),
        is_writer=identity is not None,
    )


def _told(places: list[OwnPlace], titles: Mapping[bytes, str]) -> list[dict[str, Any]]:
    """What this writer told the caretakers, and what came of it: never anything about the person, nor the title of a
    thread that was taken away."""
    by_participant = {place.participant_id: place.thread_id for place in places}
    return [
        {
            "title": titles.get(by_participant[flag.participant_id]),
            "day_words": words.day_words(flag.day),
            "outcome_words": words.flag_outcome_words(flags.outcome_for(flag)),
        }
        for flag in flags.flags_of(list(by_participant))
    ]


@bp.route("/me/key", methods=["GET", "POST"])
@limited("back")
def key() -> ResponseReturnValue:
    """The recovery phrase, only when it is asked for: the twelve words are the seed itself and stand nowhere else."""
    form = KeyForm()
    seed = writer_session().state.seed
    if request.method in SAFE_METHODS or seed is None:
        return make_response(render_template("own/key.html", form=form, words=None, has_key=seed is not None))
    if not form.validate():
        page = render_template(
            "own/key.html", form=form, words=None, has_key=True, message=form_message(form)
        )
        return make_response(page, 422)
    page = render_template("own/key.html", form=form, words=phrase_for(seed, locale()), has_key=True)
    return make_response(page)


@bp.route("/me/stay", methods=["GET", "POST"])
@limited("back")
def stay() -> ResponseReturnValue:
    """この端末で続ける: thirty days under a lock word; asleep, this browser looks like any reader's."""
    form = StayForm()
    if request.method in SAFE_METHODS or not viewer().is_writer:
        return _stay_page(form)
    if not form.validate():
        return _stay_page(form, message=form_message(form))
    if request.form.get("act") == "stop":
        writer_session().forget_lock()
        return _stay_page(
            form, done=_("この端末で続けるのを、やめました。鍵は、ブラウザを閉じるとなくなります。")
        )
    try:
        writer_session().remember(lock.close_under(form.word.data or "", writer_session().state.seed or b""))
    except errors.Invalid as refused:
        return _stay_page(form, message=_word_words(refused.code))
    form.word.data = ""
    return _stay_page(form, done=_("合い言葉を受けとりました。この端末で、三十日のあいだ続けられます。"))


def _stay_page(form: StayForm, *, message: str | None = None, done: str | None = None) -> Response:
    page = render_template("own/stay.html", form=form, message=message, done=done)
    return make_response(page, 422 if message else 200)


def _word_words(code: str) -> str:
    if code == "too_long":
        return _("少し長いようです。六十文字までの言葉にしてください。")
    return _("四文字以上の言葉にしてください。")


@bp.route("/me/erase", methods=["GET", "POST"])
@limited("write")
def erase() -> ResponseReturnValue:
    """Erase everything of mine: every thread there is, so many a press, then what this browser keeps."""
    form, identity = EraseForm(), viewer().identity
    if request.method in SAFE_METHODS:
        return make_response(render_template("own/erase.html", form=form, done=None, total=None))
    if not form.validate():
        page = render_template("own/erase.html", form=form, done=None, total=None, message=form_message(form))
        return make_response(page, 422)
    keys = runtime().keys
    step = own.threads_after(unseal(ERASING, form.place.data or "", keys.seal) or b"")
    if identity is not None and step:
        _erase_in(step, identity)
        done, total = own.count_threads(step[-1][0])
        if done < total:
            form.place.data = seal(ERASING, step[-1][0], keys.seal)
            return make_response(render_template("own/erase.html", form=form, done=done, total=total))
    return _gone()


def _erase_in(step: list[tuple[bytes, int]], identity: Identity) -> None:
    """One short transaction a thread: nobody waits for somebody's whole past."""
    tags = _tags(identity, step)
    for participant_id in [row.id for row in own.participants_with(tags)]:
        begin_writing()
        try:
            erasing.erase_participant(participant_id)
        except errors.Gone:
            db.session.rollback()
        else:
            db.session.commit()


def _gone() -> Response:
    """The last page: the browser is told to drop what it holds of this place, the identity with it."""
    writer_session().drop()
    response = make_response(render_template("own/erased.html"))
    response.headers["Clear-Site-Data"] = CLEARED
    return response


def _places(identity: Identity) -> list[OwnPlace]:
    found: list[OwnPlace] = []
    for step in own.candidate_threads():
        tags = _tags(identity, step)
        found += own.places_of(own.participants_with(tags))
    return found


def _tags(identity: Identity, step: list[tuple[bytes, int]]) -> dict[bytes, bytes]:
    """This writer's tag in each of these threads; none where the pepper was destroyed."""
    return {thread: tag for (thread, _version), tag in identity.tags(step).items() if tag}


def is_listed_place(thread: ThreadRow) -> bool:
    """Whether others still see this thread (a withdrawn one shows its replies)."""
    return thread.status in {"live", "withdrawn"}


def _row(place: OwnPlace, thread: ThreadRow) -> dict[str, Any]:
    item = rows.item(thread)
    return {
        **{name: getattr(item, name) for name in item.__dataclass_fields__},
        "new_count": place.new_count,
        "handle": handle_text((place.adjective, place.noun), locale()),
    }


def _waiting(place: OwnPlace, thread: ThreadRow) -> list[dict[str, Any]]:
    return [
        {
            "post_id": ids.to_text(post.id),
            "title": rows.item(thread).title,
            "excerpt": "",
            "state_words": words.state_words(post.status),
        }
        for post in posts.unpublished_of(runtime().onlooker, place.thread_id, place.participant_id)
    ]
