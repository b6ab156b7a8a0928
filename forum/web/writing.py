"""What every write needs besides its form: a ripe ticket, an identity, and the words that lead back."""

from dataclasses import dataclass

from flask import session

from forum import clock, errors
from forum.forms.base import TicketForm
from forum.i18n import gettext as _
from forum.i18n import locale
from forum.identity import phrase
from forum.identity.receipts import words_for
from forum.identity.seeds import Identity, derive
from forum.identity.tickets import issue_ticket, redeem_ticket
from forum.moderation import duty
from forum.moderation.bans import Outcome, nothing_yet
from forum.moderation.state import ensure_awake
from forum.runtime import runtime
from forum.web import welcome
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

    def keep(self) -> None:
        """The write was accepted: a first writer's browser gets its key, and remembers which bans were tried."""
        if self.new_seed is not None:
            adopt(self.new_seed)
        writer_session().stay_awake()
        if self.bans is not None:
            is_new = self.new_seed is not None
            welcome.remember(self.bans, self.identity, purpose=self.purpose, is_new=is_new)


def fresh_ticket(form: TicketForm, purpose: str, target: bytes) -> None:
    """Put a ticket into a form that is shown for the first time."""
    form.ticket.data = issue_ticket(runtime().keys.form, purpose, _bound(target), clock.now().timestamp())


def take_hand(form: TicketForm, purpose: str, target: bytes, *, thread_id: bytes | None = None) -> Hand:
    """Redeem the form's ticket.

    Raises TooSoon, Expired after putting a fresh ticket into the form, Sanctioned, Resting while writing is paused.

    Who writes already carries a seed that was paid for: no further wait. A form filled in by a machine waits for ever.
    """
    _ensure_awake(purpose)
    rt, known = runtime(), viewer().identity
    moment = clock.now().timestamp()
    wait = 0 if known else rt.settings.ticket_seconds
    try:
        ticket = redeem_ticket(rt.keys.form, purpose, _bound(target), form.ticket.data or "", moment, wait)
    except errors.Expired:
        fresh_ticket(form, purpose, target)
        raise
    if form.is_from_a_machine:
        raise errors.TooSoon(rt.settings.ticket_seconds)
    if known:
        return known_hand(known, purpose, ticket.post_id, thread_id=thread_id)
    return Hand(derive(ticket.seed, rt.keys), ticket.post_id, ticket.seed, purpose, nothing_yet())


def known_hand(identity: Identity, purpose: str, post_id: bytes, *, thread_id: bytes | None) -> Hand:
    """The hand of somebody who has a key already. Raises Sanctioned, Resting."""
    _ensure_awake(purpose)
    outcome = (
        None if purpose in FREE else welcome.ensure_welcome(identity, purpose=purpose, thread_id=thread_id)
    )
    return Hand(identity, post_id, None, purpose, outcome)


def _ensure_awake(purpose: str) -> None:
    if purpose not in FREE:
        ensure_awake()


def _bound(target: bytes) -> bytes:
    # A ticket holds for the cookie it was given with: whoever dropped that cookie does not become its writer again by
    # sending an old form once more.
    return target + bytes(session.state.csrf)  # type: ignore[attr-defined]


def own_words(identity: Identity, target: bytes) -> tuple[str, ...]:
    """The four receipt words of this writer for one thing, in the page's language; the same whenever they are shown."""
    return words_for(identity.receipt_key(target), locale())


def holds_phrase(*texts: str) -> bool:
    """Whether this writer's own twelve words stand in what they are about to send: whoever reads them has the key."""
    seed = session.state.seed  # type: ignore[attr-defined]
    return seed is not None and any(phrase.stands_in(seed, text) for text in texts)


def phrase_words() -> str:
    """What they are told then."""
    return _(
        "ここに、あなたの十二の言葉が入っています。読んだ人が、あなたとして戻れてしまいます。消してから置いてください。"
    )


def staffed_hour() -> int:
    """The hour of the staffed clock, for a case that this write may open."""
    return duty.staffed_hour(duty.parse(runtime().settings.staffed_hours), clock.now())
