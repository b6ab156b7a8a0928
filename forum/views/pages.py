"""Pages of the house: help, promises, privacy, letters, the public log, and the way out."""

from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, send_from_directory, session
from flask.typing import ResponseReturnValue

from forum import clock, errors
from forum.contacts import help_page
from forum.extensions import begin_writing, db
from forum.forms.letters import LetterForm, TakedownForm
from forum.i18n import gettext as _
from forum.identity.sealed import unseal
from forum.models import Letter, Post
from forum.moderation import letters, receipts
from forum.queries.letters import post_named
from forum.runtime import runtime
from forum.web import leaving, letterwords, words
from forum.web.errors import form_message, refusal_for
from forum.web.guards import SAFE_METHODS
from forum.web.limits import limited
from forum.web.logwords import month_page
from forum.web.panel import panel_for
from forum.web.staff import leave_desk
from forum.web.statements import APPEAL
from forum.web.templating import STATIC
from forum.web.writing import (
    Hand,
    fresh_ticket,
    holds_phrase,
    phrase_words,
    staffed_hour,
    staffed_hours,
    take_hand,
)

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
    return render_template("pages/about.html", hours_words=words.hours_words(staffed_hours().spans))


@bp.get("/log")
@bp.get("/log/<month>")
def log(month: str | None = None) -> str:
    """What the caretakers did in a month, and its numbers: day, lane, act, promise, role. Never a quotation or a name."""
    return render_template("pages/log.html", **month_page(month))


@bp.get("/x")
def exit() -> ResponseReturnValue:
    """Quick exit: to the neutral site. From one of our own pages it also drops or locks the identity, and shuts the door
    behind: for a minute Back leads to the neutral site too."""
    settings = runtime().settings
    response = make_response(redirect(settings.exit_url, 303))
    site = request.headers.get("Sec-Fetch-Site")
    # A browser that does not say sends the Strict cookie from our own pages only.
    if site == "same-origin" or (site is None and session.had_cookie):  # type: ignore[attr-defined]
        session.leave()  # type: ignore[attr-defined]
        leaving.remember(response, settings)
        leave_desk(response)
    return response


@bp.route("/c", methods=["GET", "POST"])
@limited("letter")
def letter() -> ResponseReturnValue:
    """A letter to the caretakers; with ``?post=`` it says that a decision on that post seems wrong."""
    return _letter(LetterForm(), "letter", _named_post(request.args.get("post")))


@bp.route("/takedown", methods=["GET", "POST"])
@limited("letter")
def takedown() -> ResponseReturnValue:
    """For people written about, and for writers who have lost their words."""
    return _letter(TakedownForm(), "takedown", b"")


def _letter(form: LetterForm, purpose: str, about: bytes) -> ResponseReturnValue:
    template = f"pages/{purpose}.html"
    if request.method in SAFE_METHODS:
        fresh_ticket(form, purpose, about)
        return make_response(render_template(template, form=form, message=None))
    panel = panel_for(form.body.data or "", form.about.data or "")
    if not form.validate():
        return _letter_again(template, form, form_message(form), panel)
    if holds_phrase(form.body.data or "", form.about.data or ""):
        return _letter_again(template, form, phrase_words(), panel)
    try:
        hand = take_hand(form, purpose, about)
    except (errors.TooSoon, errors.Expired) as refused:
        return _letter_again(template, form, refusal_for(refused).message, panel)
    _store_letter(hand, purpose, form, about)
    due = letterwords.promise_words() if purpose == "takedown" else None
    page = render_template("pages/letter_sent.html", words=hand.receipt_words, due=due, **panel)
    return make_response(page)


def _letter_again(
    template: str, form: LetterForm, message: str | None, panel: dict[str, Any]
) -> ResponseReturnValue:
    page = render_template(template, form=form, message=message, **panel)
    return make_response(page, 422)


def _store_letter(hand: Hand, purpose: str, form: LetterForm, about: bytes) -> None:
    """Keep the letter under the words that open its answer; the same form sent twice is one letter."""
    body = form.body.data
    if form.about.data:
        body = f"{body}\n\n{_('どの話のことか')}：{form.about.data}"
    begin_writing()
    if db.session.get(Letter, hand.post_id) is not None:
        db.session.rollback()
        return
    post = db.session.get(Post, about) if about and letters.may_appeal(about) else None
    kind, plea = "appeal" if post else purpose, ""
    if isinstance(form, TakedownForm):
        # Nothing happens to a post because of this alone; a moderator says which one it is where we cannot tell.
        named = post_named(form.about.data or "")
        post, plea = db.session.get(Post, named) if named else None, form.plea.data
    letters.write_letter(
        kind=kind, body=body, hour=staffed_hour(), about_post=post, letter_id=hand.post_id, plea=plea
    )
    receipts.keep(kind="letter", target_id=hand.post_id, words=hand.receipt_words, keys=runtime().keys)
    db.session.commit()


def _named_post(text: str | None) -> bytes:
    """The post whose statement of reasons led here; empty for an address that no statement gave."""
    return unseal(APPEAL, text or "", runtime().keys.seal) or b""
