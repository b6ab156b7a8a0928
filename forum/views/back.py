"""Coming back with words: four open one thing, twelve everything."""

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from forum import errors, markup
from forum.extensions import begin_writing, db
from forum.forms.own import BackForm
from forum.i18n import gettext as _
from forum.identity.phrase import seed_from
from forum.identity.receipts import PHRASE_WORDS, read_words
from forum.models import Flag, Letter, Post, Receipt
from forum.moderation import flags, lifecycle, notices, receipts
from forum.posting import deposits
from forum.queries import threads
from forum.runtime import runtime
from forum.views.writing import go_on
from forum.web import price, rows, standing, words
from forum.web.errors import form_message, refusal_for
from forum.web.guards import SAFE_METHODS
from forum.web.limits import limited
from forum.web.statements import statements
from forum.web.viewer import come_back
from forum.web.writing import same_ticket, take_hand, take_try

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
    typed = read_words(form.phrase.data)
    if typed is None:
        return _page(form, _nothing_opened())
    try:
        if len(typed) == PHRASE_WORDS:
            return _come_back(form, seed_from(typed))
        if price.tries_level():
            take_try(form, PURPOSE, b"", " ".join(typed))
    except (errors.TooSoon, errors.Expired) as refused:
        refusal = refusal_for(refused)
        return refusal.on(_page(form, refusal.message))
    return _open(form, typed)


def _open(form: BackForm, typed: tuple[str, ...]) -> ResponseReturnValue:
    receipt = receipts.opened_by(typed, runtime().keys)
    if receipt is None:
        kept = deposits.opened_by(typed, runtime().keys)
        return go_on(*kept) if kept else _wrong(form)
    if request.form.get("act") == "delete":
        _delete(receipt)
        return make_response(render_template("posts/deleted.html"))
    return make_response(render_template("pages/receipt.html", **_found(receipt, form)))


def _page(form: BackForm, message: str | None = None, *, instead: bool = False) -> Response:
    same_ticket(form, PURPOSE, b"")
    page = render_template("own/back.html", form=form, message=message, instead=instead)
    return make_response(page, 422 if message else 200)


def _wrong(form: BackForm) -> Response:
    price.count_wrong_try()
    return _page(form, _nothing_opened())


def _nothing_opened() -> str:
    # The same sentence whatever was wrong: which word it is, or that there never was such a thing, is not told.
    return _("この言葉では、何も開きませんでした。順番と、一つずつの文字を見なおしてみてください。")


def _come_back(form: BackForm, seed: bytes | None) -> ResponseReturnValue:
    """Twelve words are the seed itself. Any twelve with a right checksum are one, so they cost and count like a new one.

    Raises TooSoon, Expired.
    """
    if seed is None:
        return _wrong(form)
    held = session.state.seed  # type: ignore[attr-defined]
    if held not in (None, seed) and request.form.get("act") != "instead":
        return _page(
            form,
            _("このブラウザには、別の鍵があります。取りかえると、いまの鍵では戻れなくなります。"),
            instead=True,
        )
    take_hand(form, PURPOSE, b"")
    standing.find_again(come_back(seed))
    if held != seed:
        price.count_identity()
    return redirect(url_for("own.me"), 303)


def _delete(receipt: Receipt) -> None:
    if receipt.kind != "post":
        raise errors.NotFound
    begin_writing()
    lifecycle.erase(db.session.get_one(Post, receipt.target_id))
    db.session.commit()


def _found(receipt: Receipt, form: BackForm) -> dict[str, Any]:
    finders = {"post": _found_post, "flag": _found_flag, "letter": _found_letter}
    plain: dict[str, Any] = {
        "thread": None,
        "body_html": None,
        "form_delete": None,
        "notices": [],
        "answer": None,
    }
    return plain | finders[receipt.kind](receipt.target_id, form)


def _found_post(post_id: bytes, form: BackForm) -> dict[str, Any]:
    post = db.session.get(Post, post_id)
    if post is None:
        return {"state_words": words.state_words("deleted")}
    thread = threads.thread_head(post.thread_id)
    return {
        "state_words": words.state_words(post.status),
        "thread": rows.item(thread) if thread else None,
        "body_html": markup.trusted(post.html) if post.html else None,
        "form_delete": form if post.status != "deleted" else None,
        "notices": statements(notices.notices_about(post.id)),
    }


def _found_flag(flag_id: bytes, _form: BackForm) -> dict[str, Any]:
    flag = db.session.get(Flag, flag_id)
    outcome = flags.outcome_for(flag) if flag else "checked"
    return {"state_words": outcome_words(outcome)}


def outcome_words(outcome: str) -> str:
    """What came of a flag, without a word about anybody."""
    return {
        "received": _("受けとっています。世話人が順に読みます。"),
        "checked": _("確認しました。知らせてくださって、ありがとうございます。"),
        "acted": _("対応しました。知らせてくださって、ありがとうございます。"),
        "within_rules": _("読みました。約束の範囲だったので、そのままにしてあります。"),
        "spoken": _("読みました。きつく感じられたこと、受けとめました。書いた人に声をかけています。"),
    }[outcome]


def _found_letter(letter_id: bytes, _form: BackForm) -> dict[str, Any]:
    letter = db.session.get(Letter, letter_id)
    if letter is None:
        return {"state_words": words.state_words("deleted")}
    answered = letter.state == "answered"
    return {
        "state_words": _("お返事があります。")
        if answered
        else _("受けとっています。お返事は、まだ書いているところです。"),
        "answer": letter.answer if answered else None,
    }
