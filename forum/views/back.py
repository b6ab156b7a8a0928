"""Coming back with words: what four of them opened."""

from typing import Any

from flask import Blueprint, Response, make_response, render_template, request

from forum import errors, markup
from forum.extensions import begin_writing, db
from forum.forms.own import BackForm
from forum.i18n import gettext as _
from forum.identity.receipts import read_words
from forum.models import Flag, Letter, Post, Receipt
from forum.moderation import flags, lifecycle, notices, receipts
from forum.queries import threads
from forum.runtime import runtime
from forum.web import rows, words
from forum.web.errors import form_message
from forum.web.guards import SAFE_METHODS
from forum.web.limits import limited
from forum.web.statements import statements

bp = Blueprint("back", __name__)

FOUR = 4


@bp.route("/back", methods=["GET", "POST"])
@limited("back")
def enter() -> Response:
    """Four words open the one thing they were given for: its state, its reasons, an answer, its end."""
    form = BackForm()
    if request.method in SAFE_METHODS:
        return make_response(render_template("own/back.html", form=form, message=None))
    if not form.validate():
        return make_response(render_template("own/back.html", form=form, message=form_message(form)), 422)
    receipt = _opened(form.phrase.data)
    if receipt is None:
        message = _("この言葉では、何も開きませんでした。順番と、一つずつの文字を見なおしてみてください。")
        return make_response(render_template("own/back.html", form=form, message=message), 422)
    if request.form.get("act") == "delete":
        _delete(receipt)
        return make_response(render_template("posts/deleted.html"))
    return make_response(render_template("pages/receipt.html", **_found(receipt, form)))


def _opened(phrase: str) -> Receipt | None:
    typed = read_words(phrase)
    return receipts.opened_by(typed, runtime().keys) if typed and len(typed) == FOUR else None


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
