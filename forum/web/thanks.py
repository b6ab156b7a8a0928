"""The page after posting: thanks, what happens now, the name in this thread, the ways back."""

from datetime import timedelta

from flask import render_template, url_for

from forum import clock, errors, ids
from forum.extensions import db
from forum.i18n import gettext as _
from forum.i18n import locale, ngettext
from forum.identity.handles import handle_text
from forum.identity.marks import mark_path
from forum.models import Participant, Post
from forum.moderation import contact, duty
from forum.posting import pace
from forum.queries import threads
from forum.runtime import runtime
from forum.web import house_words, rows, welcome
from forum.web.panel import panel_context
from forum.web.viewer import viewer
from forum.web.writing import own_words

NEAR_SHOWN = 2


def address(post: Post, *, tells_names: bool = False) -> str:
    """Where the page stands; ``tells_names``: it says that a name was covered."""
    return url_for("writing.ok", post_id=ids.to_text(post.id), n=1 if tells_names else None)


def page(post: Post, *, panel: str, tells_names: bool = False) -> str:
    """The page, with a help panel before anything else when ``panel`` names one."""
    identity, thread = viewer().identity, threads.any_thread(post.thread_id)
    participant = db.session.get(Participant, post.participant_id) if post.participant_id else None
    if identity is None or thread is None or participant is None:
        raise errors.NotFound
    pair = (participant.adjective, participant.noun)
    return render_template(
        "posts/ok.html",
        state=post.status if post.status in {"held", "scheduled", "deleted", "removed", "hidden"} else "live",
        handle=handle_text(pair, locale()),
        mark_path=mark_path(pair),
        words=own_words(identity, post.id),
        thread=rows.item(thread),
        post={"id_text": ids.to_text(post.id)},
        tells_names=tells_names,
        related=rows.items(threads.beside(runtime().onlooker, thread, NEAR_SHOWN)),
        may_edit=pace.may_edit(post),
        has_news=welcome.has_news(),
        first_look_words=first_look_words() if post.status == "held" else None,
        **house_words.said(contact.messages_about(post.id)),
        **panel_context(panel),
    )


def first_look_words() -> str:
    """By when a caretaker reads what was held: 世話人が先に読みます。あすの10時までにお知らせします。"""
    moment = clock.now()
    due = duty.next_reading(duty.parse(runtime().settings.staffed_hours), moment)
    if due.date() == moment.date():
        return _("きょうの%(hour)d時までに、世話人が読みます。", hour=due.hour)
    if due.date() == moment.date() + timedelta(days=1):
        return _("あすの%(hour)d時までに、世話人が読みます。", hour=due.hour)
    days = (due.date() - moment.date()).days
    return ngettext("%(num)d日のうちに、世話人が読みます。", "%(num)d日のうちに、世話人が読みます。", days)
