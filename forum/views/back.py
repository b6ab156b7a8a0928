"""Coming back with words: four open one thing, twelve everything."""

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forum import errors, markup
from forum.extensions import begin_writing, db
from forum.forms.own import BackForm
from forum.i18n import gettext as _
from forum.identity import lock
from forum.identity.phrase import seed_from
from forum.identity.receipts import PHRASE_WORDS, read_words
from forum.models import Flag, Letter, Post, Receipt
from forum.moderation import contact, flags, lifecycle, notices, receipts
from forum.posting import cutting, deposits
from forum.queries import threads
from forum.runtime import runtime
from forum.views.writing import go_on
from forum.web import house_words, letterwords, price, rows, standing, words
from forum.web.errors import cutting_words, form_message, limit_words, refusal_for
from forum.web.guards import SAFE_METHODS
from forum.web.limits import count_wrong_words, limited, may_try_words
from forum.web.statements import statements
from forum.web.viewer import come_back, wake, writer_session
from forum.web.writing import same_ticket, take_try

bp = Blueprint("back", __name__)

PURPOSE = "back"


@bp.route("/back", methods=["GET", "POST"])
@limited("back")
def enter() -> ResponseReturnValue:
    """Four words open the one thing they were given for; twelve open everything this writer has here."""
    form = BackForm()
    if request.method in SAFE_METHODS:
        return _page(form)
    if not form.validate():
        return _page(form, form_message(form))
    if not may_try_words():
        return _page(form, limit_words(), status=429)
    try:
        return _opened(form)
    except (errors.TooSoon, errors.Expired) as refused:
        refusal = refusal_for(refused)
        return refusal.on(_page(form, refusal.message))


def _opened(form: BackForm) -> ResponseReturnValue:
    words_typed = form.phrase.data
    # Tried first and always, lock or no lock: neither the answer nor its time tells whether this device goes on.
    seed = lock.opened_by(words_typed, writer_session().state.lock)
    if seed is not None:
        return _unlocked(form, seed)
    typed = read_words(words_typed)
    if typed is None:
        return _nothing_opened(form)
    if len(typed) == PHRASE_WORDS:
        return _come_back(form, typed)
    if price.tries_level():
        take_try(form, PURPOSE, b"", " ".join(typed))
    receipt = receipts.opened_by(typed, runtime().keys)
    if receipt is not None:
        return _with_receipt(receipt, form)
    kept = deposits.opened_by(typed, runtime().keys)
    return go_on(*kept) if kept else _nothing_opened(form)


def _with_receipt(receipt: Receipt, form: BackForm) -> ResponseReturnValue:
    act = request.form.get("act")
    if act == "delete":
        _delete(receipt)
        return make_response(render_template("posts/deleted.html"))
    if act == "cut":
        return _cut(receipt, form)
    return _receipt_page(receipt, form)


def _receipt_page(
    receipt: Receipt, form: BackForm, message: str | None = None, *, done: str | None = None
) -> Response:
    page = render_template("pages/receipt.html", message=message, done=done, **_found(receipt, form))
    return make_response(page, 422 if message else 200)


def _page(
    form: BackForm, message: str | None = None, *, instead: bool = False, status: int = 422
) -> Response:
    same_ticket(form, PURPOSE, b"")
    page = render_template("own/back.html", form=form, message=message, instead=instead)
    return make_response(page, status if message else 200)


def _nothing_opened(form: BackForm) -> Response:
    count_wrong_words()
    price.count_wrong_try()
    # The same sentence whatever was wrong: which word it is, or that there never was such a thing, is not told.
    return _page(
        form, _("この言葉では、何も開きませんでした。順番と、一つずつの文字を見なおしてみてください。")
    )


def _come_back(form: BackForm, typed: tuple[str, ...]) -> ResponseReturnValue:
    """Twelve words are the seed itself. Any twelve with a right checksum are one, so they cost and count like a new one,
    and a ticket is good for one of them.

    Raises TooSoon, Expired.
    """
    seed = seed_from(typed)
    if seed is None:
        return _nothing_opened(form)
    asked = _asked_first(form, seed)
    if asked is not None:
        return asked
    held = writer_session().state.seed
    is_first = take_try(form, PURPOSE, b"", " ".join(typed))
    standing.find_again(come_back(seed))
    if held != seed and is_first:
        price.count_identity()
    return redirect(url_for("own.me"), 303)


def _unlocked(form: BackForm, seed: bytes) -> ResponseReturnValue:
    asked = _asked_first(form, seed)
    if asked is None:
        standing.find_again(wake(seed))
    return asked or redirect(url_for("own.me"), 303)


def _asked_first(form: BackForm, seed: bytes) -> Response | None:
    """Whoever would lose another key by coming back is asked before."""
    if writer_session().state.seed in (None, seed) or request.form.get("act") == "instead":
        return None
    said = _("このブラウザには、別の鍵があります。取りかえると、いまの鍵では戻れなくなります。")
    return _page(form, said, instead=True)


def _delete(receipt: Receipt) -> None:
    begin_writing()
    lifecycle.erase(_post_of(receipt))
    db.session.commit()


def _cut(receipt: Receipt, form: BackForm) -> ResponseReturnValue:
    """Take words out of the post these four words lead to. What was sent stays in the form when it is refused."""
    begin_writing()
    try:
        cutting.cut_words(_post_of(receipt), form.body.data or "")
    except errors.Invalid as refused:
        db.session.rollback()
        return _receipt_page(receipt, form, cutting_words(refused.code))
    db.session.commit()
    form.body.data = ""
    return _receipt_page(receipt, form, done=_("言葉を伏せました。"))


def _post_of(receipt: Receipt) -> Post:
    post = db.session.get(Post, receipt.target_id) if receipt.kind == "post" else None
    if post is None:
        raise errors.NotFound
    return post


def _found(receipt: Receipt, form: BackForm) -> dict[str, Any]:
    finders = {"post": _found_post, "flag": _found_flag, "letter": _found_letter}
    plain: dict[str, Any] = {
        "thread": None,
        "body_html": None,
        "form_delete": None,
        "form_cut": None,
        "notices": [],
        "house_messages": [],
        "house_contacts": (),
        "answer": None,
    }
    return plain | finders[receipt.kind](receipt.target_id, form)


def _found_post(post_id: bytes, form: BackForm) -> dict[str, Any]:
    post = db.session.get(Post, post_id)
    if post is None:
        return {"state_words": words.state_words("deleted")}
    thread = threads.thread_head(post.thread_id)
    form.body.data = form.body.data or post.source
    return {
        "state_words": words.state_words(post.status),
        "thread": rows.item(thread) if thread else None,
        "body_html": markup.trusted(post.html) if post.html else None,
        "form_delete": form if post.status != "deleted" else None,
        "form_cut": form if post.status in cutting.OPEN_STATUSES else None,
        "notices": statements(notices.notices_about(post.id), by_receipt=True),
        **house_words.said(contact.messages_about(post.id)),
    }


def _found_flag(flag_id: bytes, _form: BackForm) -> dict[str, Any]:
    flag = db.session.get(Flag, flag_id)
    outcome = flags.outcome_for(flag) if flag else "checked"
    return {"state_words": words.flag_outcome_words(outcome)}


def _found_letter(letter_id: bytes, _form: BackForm) -> dict[str, Any]:
    letter = db.session.get(Letter, letter_id)
    if letter is None:
        return {"state_words": words.state_words("deleted")}
    return {
        "state_words": letterwords.state_words(letter),
        "answer": letter.answer if letter.state == "answered" else None,
    }
