"""An answer in a thread: written, begun with a sentence of the house, or that sentence itself where somebody is in danger."""

from functools import cached_property
from typing import Any

from flask import make_response, request, url_for
from flask.typing import ResponseReturnValue

from forum import ids
from forum.forms.posts import ReplyForm
from forum.i18n import gettext as _
from forum.models import Post
from forum.moderation import care, heat
from forum.posting import drafts, pipeline
from forum.posting.drafts import Screened, Words
from forum.posting.participants import is_opener
from forum.queries.threads import ThreadRow
from forum.runtime import runtime
from forum.views.composing import Compose, author_of
from forum.web import openings, pacing, rows, thanks, words
from forum.web.standing import is_newcomer
from forum.web.viewer import viewer
from forum.web.writing import Hand, fresh_ticket, same_ticket


class Reply(Compose):
    """An answer in a thread. ``sentence`` is the reviewed one that was chosen instead of writing."""

    template, purpose = "threads/reply.html", "reply"

    def __init__(self, form: ReplyForm, thread: ThreadRow) -> None:
        name = ids.to_text(thread.id)
        super().__init__(form, thread.id, thread.id, name, url_for("writing.reply", thread_id=name))
        self.thread = thread
        self.said_at = ""
        self.heats = False
        self.sentence = _chosen_sentence()
        if self.sentence:
            form.body.validators = ()  # what was typed beside it is not what is sent

    def aside(self) -> ResponseReturnValue | None:
        """A press on an opening: the form once more with the sentence before what was typed. Nothing is written."""
        sentence = openings.opening(request.form.get("o", ""))
        if sentence is None or (not self.form.validate() and self.form.token_is_wrong):
            return None
        panel = self.looked_at(self.written(), insists=True).verdict.panel
        self.form.body.errors = ()
        self.form.body.data = openings.begun(sentence, self.form.body.data or "")
        same_ticket(self.form, self.purpose, self.target)
        return self._form_page(panel=panel)

    def written(self) -> Words:
        return Words(self.sentence) if self.sentence else super().written()

    def looked_at(self, words: Words, *, insists: bool) -> Screened:
        policy = runtime().policy
        if self.sentence:
            return drafts.reviewed(self.sentence, policy)
        # Asked about once: whoever wrote it anew was asked already. Sent as it is, it counts for what it was asked about.
        was_heard = bool(self.form.heard.data) and request.form.get("act") not in {"mask", "asis"}
        listens = self.thread.wish == "listen" and not was_heard and not self._is_openers
        return drafts.look_at(words, policy, newcomer=is_newcomer(), insists=insists, for_listening=listens)

    def about(self) -> dict[str, Any]:
        thread = self.thread
        in_care = care.is_in_care(thread.opening_id)
        return {
            "thread": rows.item(thread),
            "wish_words": words.wish_sentence(thread.wish),
            "tones": openings.tones_for(thread.wish),
            "heated_words": pacing.heated_words() if thread.is_heated else None,
            "reviewed": openings.reviewed_sentences() if in_care else {},
            "opening_post": ids.to_text(thread.opening_id),
            "waits": in_care and not self._is_openers and is_newcomer(),
            "first_look_words": thanks.first_look_words() if in_care else None,
            "said_at": self.said_at,
        }

    def pace(self, hand: Hand, screened: Screened) -> None:
        pacing.ensure_room_calm(self.thread.theme_code)
        if self.thread.is_heated and not self.sentence:
            pacing.ensure_slow(self.thread.id, hand.identity)
        self.heats = pacing.count_reply(self.thread.id, is_sore="threat_or_abuse" in screened.verdict.labels)

    def store(self, hand: Hand, screened: Screened) -> Post:
        post = pipeline.reply(thread_id=self.thread.id, author=author_of(hand), draft=screened)
        if self.heats:
            heat.slow_down(self.thread.id)
        return post

    def answered(self, post: Post, screened: Screened) -> ResponseReturnValue:
        if not (self.sentence and (self.form.body.data or "").strip()):
            return super().answered(post, screened)
        # Something was being written when the sentence was chosen: it stays, to be gone on with.
        self.said_at = thanks.address(post)
        fresh_ticket(self.form, self.purpose, self.target)
        return make_response(self._form_page(message=_("届けました。書きかけの言葉は、ここに残っています。")))

    @cached_property
    def _is_openers(self) -> bool:
        """Whether the opener answers in their own thread."""
        identity = viewer().identity
        tag = identity.tag_or_none(self.thread.id, self.thread.pepper_version) if identity else None
        return tag is not None and is_opener(self.thread.id, tag)


def begun_with(to: str, opening: str) -> str:
    """What a fresh form holds: >>12 for ``?to=12``, the sentence for ``?o=3``."""
    quoted = f">>{int(to)}\n" if to.isascii() and to.isdigit() and len(to) < 6 else ""
    sentence = openings.opening(opening)
    return openings.begun(sentence, quoted) if sentence else quoted


def _chosen_sentence() -> str:
    number = request.form.get("said", "")
    return (
        openings.reviewed_sentences().get(int(number), "") if number in {"1", "2", "3", "4", "5", "6"} else ""
    )
