"""One way from a form people write on to a stored post: shown, screened, put aside, stored, answered."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import astuple
from typing import Any

from flask import Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from forum import errors
from forum.extensions import begin_writing, db
from forum.forms.posts import WordsForm
from forum.i18n import gettext as _
from forum.i18n import locale
from forum.identity.receipts import new_words
from forum.identity.sealed import seal, unseal
from forum.models import Post
from forum.posting import deposits, drafts, pipeline
from forum.posting.drafts import Screened, Words
from forum.runtime import runtime
from forum.web import thanks
from forum.web.asking import ADVICE, ask_context
from forum.web.errors import form_message, refusal_for
from forum.web.guards import SAFE_METHODS
from forum.web.panel import panel_context
from forum.web.standing import is_newcomer
from forum.web.writing import (
    Hand,
    fresh_ticket,
    holds_phrase,
    phrase_words,
    same_ticket,
    staffed_hour,
    take_hand,
)

DEPOSIT = "deposit-form"
# What is kept of a form that is put aside.
PUT_ASIDE = ("body", "title", "warning", "wish", "lifetime", "publish", "kind")


class Compose(ABC):
    """One form people write on: shown, screened, stored, answered. What differs is where the words go."""

    template: str
    purpose: str

    def __init__(
        self, form: WordsForm, target: bytes, thread_id: bytes | None, place: str, address: str
    ) -> None:
        self.form = form
        self.place = place
        self.address = address
        self.target = target
        self.thread_id = thread_id

    def answer(self) -> ResponseReturnValue:
        if request.method in SAFE_METHODS:
            fresh_ticket(self.form, self.purpose, self.target)
            return self._form_page()
        if (page := self.aside()) is not None:
            return page
        is_valid = self.form.validate()
        if request.form.get("act") == "discard" and not self.form.token_is_wrong:
            return self._discarded()
        screened = self._screened()
        if not is_valid:
            return self._again(form_message(self.form), screened)
        if holds_phrase(*astuple(self.written())):
            return self._again(phrase_words(), screened)
        try:
            is_deposit = request.form.get("act") == "deposit"
            hand = take_hand(
                self.form, self.purpose, self.target, thread_id=self.thread_id, gives_identity=not is_deposit
            )
            if is_deposit:
                return self._put_aside(screened)
            return self._stored(hand, screened)
        except errors.Screened as refused:
            db.session.rollback()
            return self._look_again(refused.draft)
        except (errors.TooSoon, errors.Expired, errors.Closed, errors.TooLate, errors.Stale) as refused:
            db.session.rollback()
            if isinstance(refused, errors.Expired):
                fresh_ticket(self.form, self.purpose, self.target)
            self.look_anew()
            refusal = refusal_for(refused)
            return refusal.on(self._again(refusal.message, screened))

    @abstractmethod
    def store(self, hand: Hand, screened: Screened) -> Post:
        """Put the words where they belong, inside the write transaction."""

    @abstractmethod
    def about(self) -> dict[str, Any]:
        """What the form's page says of the place."""

    def go_on(self, deposit_id: bytes, fields: Mapping[str, str]) -> ResponseReturnValue:
        """The form with what was put aside in it."""
        for name in PUT_ASIDE:
            if name in self.form and name in fields:
                self.form[name].process_data(fields[name])
        self.form.deposit.data = seal(DEPOSIT, deposit_id, runtime().keys.seal)
        fresh_ticket(self.form, self.purpose, self.target)
        return self._form_page(address=self.address)

    def _put_aside(self, screened: Screened) -> ResponseReturnValue:
        # Nobody reads it, so nothing is asked; help comes all the same. No key is given for it.
        fields = {name: str(self.form[name].data or "") for name in PUT_ASIDE if name in self.form}
        keys, words = runtime().keys, new_words(locale())
        begin_writing()
        deposits.put_aside(fields | {"purpose": self.purpose, "place": self.place}, words, keys)
        self._forget_deposit()
        db.session.commit()
        panel = panel_context(screened.verdict.panel)
        return make_response(render_template("posts/put_aside.html", words=words, **panel))

    def _discarded(self) -> ResponseReturnValue:
        begin_writing()
        self._forget_deposit()
        db.session.commit()
        return make_response(render_template("posts/deleted.html"))

    def _forget_deposit(self) -> None:
        kept = unseal(DEPOSIT, self.form.deposit.data or "", runtime().keys.seal)
        if kept is not None:
            deposits.forget(kept)

    def look_anew(self) -> None:
        """Bring up to date what the form remembers of the place, after a refusal. A place nobody changes: nothing."""
        return

    def written(self) -> Words:
        return Words(body=self.form.body.data or "", warning=self.form.warning.data or "")

    def put_back(self, masked: Words) -> None:
        self.form.body.data, self.form.warning.data = masked.body, masked.warning

    def _screened(self) -> Screened:
        """What screening sees. With ``act=mask`` the chosen words are made unreadable first."""
        act = request.form.get("act")
        screened = self.looked_at(self.written(), insists=act == "asis")
        if act != "mask" or self.form.asked.data != digest_of(screened.typed):
            return screened
        chosen = {
            int(number) for number in request.form.getlist("m") if number.isdecimal() and len(number) < 5
        }
        self.put_back(drafts.masked(screened, chosen))
        return drafts.look_at_masked(screened, chosen)

    def looked_at(self, words: Words, *, insists: bool) -> Screened:
        """These words as screening sees them in this form."""
        return drafts.look_at(words, runtime().policy, newcomer=is_newcomer(), insists=insists)

    def aside(self) -> ResponseReturnValue | None:
        """The answer to a press that is not about sending what was typed; None for all others."""
        return None

    def pace(self, hand: Hand, screened: Screened) -> None:
        """See that this place is not written in too fast, before the write begins. Raises NotYet."""
        return

    def answered(self, post: Post, screened: Screened) -> ResponseReturnValue:
        """What follows an accepted write: the page of thanks. Help comes in the very same answer; the ticket makes a
        reload harmless, and a reload shows it again."""
        # Whoever was asked has been told on that page.
        tells_names = screened.names_covered and not screened.insists
        if not screened.verdict.is_heavy:
            return redirect(thanks.address(post, tells_names=tells_names), 303)
        return make_response(thanks.page(post, panel=screened.verdict.panel, tells_names=tells_names))

    def _stored(self, hand: Hand, screened: Screened) -> ResponseReturnValue:
        if screened.action in {"publish", "hold"} and db.session.get(Post, hand.post_id) is None:
            self.pace(hand, screened)
        begin_writing()
        try:
            post = self.store(hand, screened)
        except errors.Already as already:
            db.session.rollback()
            hand.keep(is_first_time=False)
            return self.answered(already.target, screened)
        self._forget_deposit()
        db.session.commit()
        hand.keep()
        return self.answered(post, screened)

    def _look_again(self, screened: Screened) -> ResponseReturnValue:
        begin_writing()
        pipeline.count_refused(screened)
        db.session.commit()
        if screened.action == "reject":
            message = _("この書き方のままでは、ここに置けませんでした。書いたものはここに残っています。")
            return self._again(message, screened)
        self.form.asked.data = digest_of(screened.typed)
        if "heard" in self.form and ADVICE in screened.verdict.labels:
            self.form.heard.data = "1"
        same_ticket(self.form, self.purpose, self.target)
        page = render_template(
            "threads/ask.html",
            form=self.form,
            **ask_context(screened),
            **panel_context(screened.verdict.panel),
        )
        return make_response(page, 422)

    def _again(self, message: str | None, screened: Screened) -> Response:
        """The form once more, with everything that was typed and a ticket that will do."""
        same_ticket(self.form, self.purpose, self.target)
        return self._form_page(message=message, panel=screened.verdict.panel, status=422)

    def _form_page(
        self, *, message: str | None = None, panel: str = "", status: int = 200, address: str = ""
    ) -> Response:
        page = render_template(
            self.template,
            form=self.form,
            message=message,
            address=address,
            **self.about(),
            **panel_context(panel),
        )
        return make_response(page, status)


def author_of(hand: Hand) -> pipeline.Author:
    """The hand as the verbs of a writer take it."""
    return pipeline.Author(
        identity=hand.identity,
        keys=runtime().keys,
        post_id=hand.post_id,
        receipt_words=hand.receipt_words,
        hour=staffed_hour(),
    )


def digest_of(words: Words) -> str:
    """Names the very words a question was about."""
    return hashlib.sha256("\0".join((words.title, words.warning, words.body)).encode()).hexdigest()[:16]
