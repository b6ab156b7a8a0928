"""Pages of the house: help, promises, privacy, letters, the public log, and the way out."""

from flask import Blueprint, make_response, redirect, render_template, request, send_from_directory, session
from flask.typing import ResponseReturnValue

from forum import clock, errors, ids
from forum.contacts import help_page
from forum.extensions import begin_writing, db
from forum.forms.letters import LetterForm
from forum.i18n import gettext as _
from forum.identity.receipts import new_words
from forum.models import Letter, Post
from forum.moderation import letters, receipts
from forum.moderation.screening import Draft, screen
from forum.queries import cases
from forum.runtime import runtime
from forum.web.errors import form_message, refusal_for
from forum.web.limits import limited
from forum.web.logwords import log_row
from forum.web.panel import panel_context
from forum.web.templating import STATIC
from forum.web.viewer import locale
from forum.web.writing import fresh_ticket, staffed_hour, take_hand

bp = Blueprint("pages", __name__)


@bp.get("/favicon.ico")
def favicon() -> ResponseReturnValue:
    """The icon browsers ask for by habit; it says nothing."""
    return send_from_directory(STATIC, "favicon.ico")


@bp.get("/help")
def help() -> str:
    """Where help is, what is open at this moment first."""
    page = help_page(runtime().contacts, clock.now())
    return render_template(
        "pages/help.html",
        emergency=page.emergency,
        open_now=page.open_now,
        later=page.later,
        elsewhere=page.elsewhere,
        checked_on=page.checked_on,
    )


@bp.get("/rules")
def rules() -> str:
    """The five promises."""
    return render_template("pages/rules.html")


@bp.get("/privacy")
def privacy() -> str:
    """What stays here of a person, in plain words."""
    return render_template("pages/privacy.html")


@bp.get("/about")
def about() -> str:
    """What this place is and is not."""
    return render_template("pages/about.html")


@bp.get("/log")
def log() -> str:
    """What the caretakers did: day, lane, act, promise, role. Never a quotation or a name."""
    return render_template("pages/log.html", rows=[log_row(row) for row in cases.public_log()])


@bp.get("/x")
def exit() -> ResponseReturnValue:
    """Quick exit: to the neutral site. From one of our own pages it also drops the identity."""
    if request.headers.get("Sec-Fetch-Site") == "same-origin":
        session.drop()  # type: ignore[attr-defined]
    return redirect(runtime().settings.exit_url, 303)


@bp.route("/c", methods=["GET", "POST"])
@limited("letter")
def letter() -> ResponseReturnValue:
    """A letter to the caretakers; with ``?post=`` it says that a decision on that post seems wrong."""
    about = _decided_post(request.args.get("post"))
    return _letter("appeal" if about else "letter", "pages/letter.html", about)


@bp.route("/takedown", methods=["GET", "POST"])
@limited("letter")
def takedown() -> ResponseReturnValue:
    """For people written about, and for writers who have lost their words."""
    return _letter("takedown", "pages/takedown.html", None)


def _letter(kind: str, template: str, about: bytes | None) -> ResponseReturnValue:
    form = LetterForm()
    if request.method == "GET":
        fresh_ticket(form, kind, about or b"")
        return make_response(render_template(template, form=form, message=None))
    panel = screen(Draft(body=form.body.data or ""), runtime().policy).panel
    if not form.validate():
        return _letter_again(template, form, form_message(form), panel)
    try:
        hand = take_hand(form, kind, about or b"")
    except (errors.TooSoon, errors.Expired) as refused:
        return _letter_again(template, form, refusal_for(refused).message, panel)
    words = _store_letter(hand.post_id, kind, form, about)
    return make_response(render_template("pages/letter_sent.html", words=words, **panel_context(panel)))


def _letter_again(template: str, form: LetterForm, message: str | None, panel: str) -> ResponseReturnValue:
    page = render_template(template, form=form, message=message, **panel_context(panel))
    return make_response(page, 422)


def _store_letter(
    letter_id: bytes, kind: str, form: LetterForm, about: bytes | None
) -> tuple[str, ...] | None:
    """Keep the letter and return the words that open its answer; None when this very form came before."""
    begin_writing()
    if db.session.get(Letter, letter_id) is not None:
        return None
    body = form.body.data
    if form.about.data:
        body = f"{body}\n\n{_('どの話のことか')}：{form.about.data}"
    words = new_words(locale())
    post = db.session.get(Post, about) if about else None
    letters.write_letter(kind=kind, body=body, hour=staffed_hour(), about_post=post, letter_id=letter_id)
    receipts.keep(kind="letter", target_id=letter_id, words=words, keys=runtime().keys)
    db.session.commit()
    return words


def _decided_post(text: str | None) -> bytes | None:
    """The post a decision was told about; None for anything else, without saying whether such a post exists."""
    try:
        post_id = ids.from_text(text or "")
    except errors.NotFound:
        return None
    return post_id if letters.may_appeal(post_id) else None
