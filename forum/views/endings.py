"""この話について: what the opener of a thread may say and decide about it as a whole, on one small page."""

import functools
from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from forum import clock, errors, ids
from forum.extensions import begin_writing, db
from forum.forms.base import BaseForm
from forum.forms.posts import EndForm, ProlongForm, StoryForm
from forum.identity.seeds import Identity
from forum.models import Post, Thread
from forum.posting import endings
from forum.posting.drafts import Screened
from forum.queries import threads
from forum.views.composing import Compose, author_of
from forum.web import rows, words
from forum.web.errors import form_message
from forum.web.limits import limited
from forum.web.viewer import viewer
from forum.web.writing import Hand, known_hand, same_ticket

bp = Blueprint("endings", __name__)


@bp.route("/t/<thread_id>/l", methods=["GET", "POST"])
@limited("write")
def story(thread_id: str) -> ResponseReturnValue:
    """その後, last words (〆), a longer life: for the opener alone."""
    thread = endings.own_thread(ids.from_text(thread_id), viewer().identity)
    act = ACTS.get(request.form.get("act", ""))
    return act(thread) if act else Telling(StoryForm(), thread).answer()


class Telling(Compose):
    """Words of the opener about the thread as a whole."""

    template, purpose = "threads/story.html", "story"

    def __init__(self, form: StoryForm, thread: Thread) -> None:
        name = ids.to_text(thread.id)
        super().__init__(form, thread.id, thread.id, name, url_for("endings.story", thread_id=name))
        self.thread = thread

    def about(self) -> dict[str, Any]:
        thread, row = self.thread, threads.any_thread(self.thread.id)
        if row is None:
            raise errors.NotFound
        return {
            "thread": rows.item(row),
            "takes_words": endings.takes_words(thread),
            "is_locked": thread.is_locked,
            "stays_words": words.stays_words((thread.ends_on - clock.today()).days),
            "form_end": EndForm(formdata=None),
            "form_prolong": _longer(thread),
        }

    def store(self, hand: Hand, screened: Screened) -> Post:
        kind = self.form.kind.data
        return endings.tell(thread_id=self.target, kind=kind, author=author_of(hand), draft=screened)

    def beside(self, message: str | None, *, status: int) -> ResponseReturnValue:
        """The page again behind a decision that was made, or was not taken, with the words that were typed beside it."""
        same_ticket(self.form, self.purpose, self.target)
        panel = self.looked_at(self.written(), insists=True).verdict.panel
        return self._form_page(message=message, panel=panel, status=status)


def unfinished(place: str) -> Telling | None:
    """Where words go on that were put aside here; None when this browser's writer may not add any (any more)."""
    try:
        thread = endings.own_thread(ids.from_text(place), viewer().identity)
    except errors.ForumError:
        return None
    return Telling(StoryForm(formdata=None), thread) if endings.takes_words(thread) else None


def _close(thread: Thread) -> ResponseReturnValue:
    return _decided(thread, EndForm(), endings.close)


def _reopen(thread: Thread) -> ResponseReturnValue:
    # Asking for answers is writing: bans and the pause hold here, and not for closing.
    known_hand(_opener(), "reopen", thread.id, thread_id=thread.id)
    return _decided(thread, EndForm(), endings.reopen)


def _prolong(thread: Thread) -> ResponseReturnValue:
    form = ProlongForm()
    return _decided(thread, form, functools.partial(endings.prolong, days=form.lifetime.data))


def _decided(thread: Thread, form: BaseForm, verb: Callable[..., bool]) -> ResponseReturnValue:
    name, thread_id = ids.to_text(thread.id), thread.id
    if not form.validate():
        return Telling(StoryForm(), thread).beside(form_message(form), status=422)
    begin_writing()
    verb(thread_id=thread_id, identity=_opener())
    db.session.commit()
    if request.form.get("body", "").strip():
        return Telling(StoryForm(), thread).beside(None, status=200)
    return redirect(url_for("endings.story", thread_id=name), 303)


def _opener() -> Identity:
    identity = viewer().identity
    if identity is None:
        raise errors.NotFound
    return identity


def _longer(thread: Thread) -> ProlongForm:
    """The form with those choices only that make it stay longer."""
    form = ProlongForm(formdata=None)
    longer = endings.longer_lives(thread)
    form.lifetime.choices = [choice for choice in form.lifetime.choices if choice[0] in longer]
    return form


ACTS: dict[str, Callable[[Thread], ResponseReturnValue]] = {
    "close": _close,
    "open": _reopen,
    "prolong": _prolong,
}
