"""What every write needs besides its form: a paid ticket, an identity, and the words that lead back."""

import math
from dataclasses import dataclass
from datetime import timedelta

from forum import clock, errors
from forum.extensions import db
from forum.forms.base import TicketForm
from forum.i18n import gettext as _
from forum.i18n import locale
from forum.identity import phrase
from forum.identity.receipts import words_for
from forum.identity.seeds import Identity, derive
from forum.identity.tickets import Ticket, ensure_ripe, issue_ticket, open_ticket
from forum.models import Post
from forum.moderation import duty
from forum.moderation.bans import Outcome
from forum.moderation.state import ensure_awake
from forum.runtime import runtime
from forum.web import limits, price, standing, welcome
from forum.web.viewer import adopt, viewer, writer_session

# Open to everybody and always: who is kept from writing must be able to say that this is wrong, and to come back.
FREE = frozenset({"letter", "takedown", "back"})


@dataclass(frozen=True)
class Hand:
    """Who is about to write, and the id their form stands for. The seed is given to the browser only on success."""

    identity: Identity
    post_id: bytes
    new_seed: bytes | None
    purpose: str
    bans: Outcome | None

    @property
    def receipt_words(self) -> tuple[str, ...]:
        return own_words(self.identity, self.post_id)

    def keep(self, *, is_first_time: bool = True) -> None:
        """The write was accepted: a first writer's browser gets its key, and remembers which bans were tried.

        ``is_first_time``: not so when the same form had been accepted before; then nothing is counted once more.
        """
        if self.new_seed is not None:
            adopt(self.new_seed)
            standing.begin()
        else:
            standing.remember()
        writer_session().stay_awake()
        if self.bans is not None:
            is_new = self.new_seed is not None
            welcome.remember(self.bans, self.identity, purpose=self.purpose, is_new=is_new)
        if is_first_time:
            self._count()

    def _count(self) -> None:
        if self.new_seed is not None:
            price.count_identity()
        if self.purpose in welcome.POSTS and standing.is_newcomer():
            limits.count_newcomer(self.identity)


def fresh_ticket(form: TicketForm, purpose: str, target: bytes) -> None:
    """Put a ticket into a form that is shown for the first time, at the price of this moment."""
    level, moment = price.level_for(purpose), clock.now().timestamp()
    form.proof.data = ""
    form.ticket.data = issue_ticket(runtime().keys.form, purpose, _bound(target), moment, level=level)
    _show_price(form, purpose, level, age=0)


def same_ticket(form: TicketForm, purpose: str, target: bytes) -> None:
    """Keep the ticket of a form that is shown again: its wait goes on from where it was. A fresh one where it is none."""
    try:
        ticket = _opened(form, purpose, target)
    except errors.Expired:
        fresh_ticket(form, purpose, target)
    else:
        _show_price(form, purpose, ticket.level, age=ticket.age)


def take_hand(
    form: TicketForm,
    purpose: str,
    target: bytes,
    *,
    thread_id: bytes | None = None,
    gives_identity: bool = True,
) -> Hand:
    """Open the form's ticket and see that it is paid for.

    Raises TooSoon; NotYet and Expired after putting a fresh ticket into the form where the old one is worth nothing any
    more; Sanctioned; Resting while writing is paused.

    Who writes already carries a seed that was paid for: no further wait. A form filled in by a machine waits for ever.
    """
    _ensure_awake(purpose)
    rt, known = runtime(), viewer().identity
    try:
        ticket = _opened(form, purpose, target)
    except errors.Expired:
        fresh_ticket(form, purpose, target)
        raise
    if form.is_from_a_machine:
        raise errors.TooSoon(rt.settings.ticket_seconds)
    if gives_identity and price.pays_for(purpose):
        _ensure_paid(form, purpose, target, ticket)
    elif known is None:
        ensure_ripe(ticket, rt.settings.ticket_seconds)
    if known:
        return known_hand(known, purpose, ticket.post_id, thread_id=thread_id)
    return _first_hand(ticket, purpose, thread_id=thread_id)


def _first_hand(ticket: Ticket, purpose: str, *, thread_id: bytes | None) -> Hand:
    identity = derive(ticket.seed, runtime().keys)
    if purpose in FREE:
        return Hand(identity, ticket.post_id, ticket.seed, purpose, None)
    born = (clock.now() - timedelta(seconds=ticket.age)).date()
    outcome = welcome.ensure_young_welcome(identity, born=born, purpose=purpose, thread_id=thread_id)
    return Hand(identity, ticket.post_id, ticket.seed, purpose, outcome)


def take_try(form: TicketForm, purpose: str, target: bytes, words: str) -> bool:
    """One ticket for one try of words: what twelve always cost, and four while many were wrong, whoever tries. Says
    whether these words were not sent with it before.

    Raises TooSoon, NotYet, Expired as :func:`take_hand` does.
    """
    try:
        ticket = _opened(form, purpose, target)
        if form.is_from_a_machine:
            raise errors.TooSoon(runtime().settings.ticket_seconds)
        _ensure_paid(form, purpose, target, ticket)
        return price.ensure_one_try(ticket, words)
    except errors.Expired:
        fresh_ticket(form, purpose, target)
        raise


def known_hand(identity: Identity, purpose: str, post_id: bytes, *, thread_id: bytes | None) -> Hand:
    """The hand of somebody who has a key already. Raises Sanctioned, Resting, NotYet for somebody new here who has
    written much."""
    _ensure_awake(purpose)
    if purpose in FREE:
        return Hand(identity, post_id, None, purpose, None)
    outcome = welcome.ensure_welcome(identity, purpose=purpose, thread_id=thread_id)
    if standing.is_newcomer() and purpose in welcome.POSTS and not _is_stored(post_id):
        limits.ensure_newcomer_may(identity)
    return Hand(identity, post_id, None, purpose, outcome)


def _opened(form: TicketForm, purpose: str, target: bytes) -> Ticket:
    return open_ticket(
        runtime().keys.form, purpose, _bound(target), form.ticket.data or "", clock.now().timestamp()
    )


def _ensure_paid(form: TicketForm, purpose: str, target: bytes, ticket: Ticket) -> None:
    level = price.level_for(purpose)
    try:
        price.ensure_paid(ticket, text=form.ticket.data or "", proof=form.proof.data or "", level=level)
    except errors.NotYet:
        if _is_stored(ticket.post_id):
            return  # the same form pressed twice: it was paid for the first time
        if price.is_worthless(ticket, level):
            fresh_ticket(form, purpose, target)
        raise


def _is_stored(post_id: bytes) -> bool:
    return db.session.get(Post, post_id) is not None


def _show_price(form: TicketForm, purpose: str, level: int, *, age: float) -> None:
    """Tell the page's script what is asked: seconds still to wait with and without a proof, and the bits of it."""
    form.ticket.render_kw = {}
    asked = price.price_now(level)
    if asked.wait and (price.pays_for(purpose) or level):
        form.ticket.render_kw = {
            "data-wait": max(0, math.ceil(asked.wait - age)),
            "data-unproven": max(0, math.ceil(asked.wait_unproven - age)),
            "data-bits": asked.bits,
        }


def _ensure_awake(purpose: str) -> None:
    if purpose not in FREE:
        ensure_awake()


def _bound(target: bytes) -> bytes:
    # A ticket holds for the cookie it was given with: whoever dropped that cookie does not become its writer again by
    # sending an old form once more.
    return target + writer_session().state.csrf


def own_words(identity: Identity, target: bytes) -> tuple[str, ...]:
    """The four receipt words of this writer for one thing, in the page's language; the same whenever they are shown."""
    return words_for(identity.receipt_key(target), locale())


def holds_phrase(*texts: str) -> bool:
    """Whether this writer's own twelve words stand in what they are about to send: whoever reads them has the key."""
    seed = writer_session().state.seed
    return seed is not None and any(phrase.stands_in(seed, text) for text in texts)


def phrase_words() -> str:
    """What they are told then."""
    return _(
        "ここに、あなたの十二の言葉が入っています。読んだ人が、あなたとして戻れてしまいます。消してから置いてください。"
    )


def staffed_hour() -> int:
    """The hour of the staffed clock, for a case that this write may open."""
    return duty.staffed_hour(staffed_hours(), clock.now())


def staffed_hours() -> duty.StaffedHours:
    """When somebody is on duty here."""
    return duty.parse(runtime().settings.staffed_hours)
