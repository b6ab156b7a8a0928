"""The pages on which moderators write as 世話人, the list of stories that wait for it, and the end of a shift."""

from datetime import date, timedelta
from typing import Any

from flask import Response, make_response, render_template, url_for

from forum import clock, errors, ids
from forum.forms.moderation import PlainForm, VoiceForm
from forum.i18n import gettext as _
from forum.i18n import locale, ngettext
from forum.identity.sealed import seal, unseal
from forum.models import Post
from forum.moderation import duty
from forum.posting import voice
from forum.posting.drafts import Screened
from forum.posting.pipeline import look_of
from forum.queries import cases, threads
from forum.queries import voice as beside
from forum.queries.threads import ThreadRow
from forum.runtime import runtime
from forum.web import desk_said, wordings, words
from forum.web.asking import ask_context
from forum.web.writing import staffed_hours

WAITING_SHOWN = 10
ANSWERS_SHOWN = 5


def waiting() -> list[dict[str, Any]]:
    """Stories without an answer, the oldest day first, each with its goal in words."""
    return [_waiting_item(row) for row in cases.unanswered(WAITING_SHOWN)]


def goal_words(created_day: date) -> str:
    """By when a story should have found an answer: by the end of the next staffed day."""
    due, now = duty.answer_by(staffed_hours(), created_day), clock.now()
    if due <= now:
        return _("過ぎています")
    # A shift that ends at midnight ends with the day before it.
    last = (due - timedelta.resolution).astimezone(clock.BOARD_ZONE).date()
    return _("今日のうちに") if last == clock.today() else _("あすの当番のうちに")


def closing_words() -> str:
    """Something kind at the end: how many stories found an answer this week, whoever gave it."""
    count = cases.answered_this_week()
    if count == 0:
        return _("ここまで読んでくださって、ありがとうございます。")
    return ngettext(
        "今週は%(num)d件の話に返事が届きました。", "今週は%(num)d件の話に返事が届きました。", count
    )


def place_of(thread_id: bytes) -> ThreadRow:
    """The thread a moderator writes in. Raises NotFound for one that readers do not see."""
    found = threads.thread_head(thread_id)
    if found is None:
        raise errors.NotFound
    return found


def prepare(form: VoiceForm, thread_id: bytes) -> VoiceForm:
    """Let the form stand for one word, however often it is sent."""
    form.once.data = seal(_purpose(thread_id), ids.new_id(), runtime().keys.form)
    return form


def post_id_of(form: VoiceForm, thread_id: bytes) -> bytes:
    """What this form stands for. Raises Expired for one of somewhere else."""
    found = unseal(_purpose(thread_id), form.once.data or "", runtime().keys.form)
    if found is None:
        raise errors.Expired
    return found


def page(place: ThreadRow, form: VoiceForm, *, message: str | None = None, status: int = 200) -> Response:
    """A thread's page of the house's voice: what is said there, the field, and what can still be changed."""
    form.template.choices = wordings.choices("voice")
    shown = render_template(
        "moderation/voice.html",
        form=form,
        press=PlainForm(formdata=None),
        message=message,
        done=desk_said.once(),
        place=_place_item(place),
        may_speak=voice.may_speak(place),
        listens=words.wish_sentence(place.wish) if place.wish == "listen" else None,
        is_locked=place.is_locked,
        opening=_lines(beside.opening_text(place.opening_id)),
        answers=_items(beside.newest_answers(place.id, place.opening_id, ANSWERS_SHOWN)),
        own=_items(beside.changeable(place.id)),
    )
    return make_response(shown, status)


def change_page(post: Post, form: VoiceForm, *, message: str | None = None, status: int = 200) -> Response:
    """A word of the house, to be changed."""
    place = place_of(post.thread_id)
    if not form.is_submitted():
        form.body.data, form.seen.data = post.source, look_of(post)
    shown = render_template(
        "moderation/voice_change.html",
        form=form,
        message=message,
        place=_place_item(place),
        number=post.number,
    )
    return make_response(shown, status)


def ask_page(place: ThreadRow, form: VoiceForm, draft: Screened) -> Response:
    """The words once more with marks, as everybody's are asked about."""
    shown = render_template(
        "moderation/voice_ask.html",
        form=form,
        place=_place_item(place),
        **(ask_context(draft) | {"may_keep": voice.may_keep(draft)}),
    )
    return make_response(shown, 422)


def refusal_words(refused: errors.ForumError) -> str:
    """Why it was not said, with what was typed still there."""
    if isinstance(refused, errors.Closed):
        return _("この話は、書いた人が返事を閉じています。書いたものは下に残っています。")
    if isinstance(refused, errors.TooLate):
        return _("直せる時間が過ぎています。書いたものは下に残っています。")
    if isinstance(refused, errors.Stale):
        return _("ほかの世話人が先に変えました。書いたものは下に残っています。")
    return _("もう一度送ってください。書いたものは下に残っています。")


def _waiting_item(row: cases.WaitingRow) -> dict[str, Any]:
    theme = row.theme_ja if locale() == "ja" else row.theme_en
    return {
        "id_text": ids.to_text(row.id),
        "title": words.title_words(row.title, theme),
        "theme": theme,
        "day_words": words.day_words(row.created_day),
        "goal_words": goal_words(row.created_day),
    }


def _place_item(row: ThreadRow) -> dict[str, Any]:
    theme = row.theme_ja if locale() == "ja" else row.theme_en
    name = ids.to_text(row.id)
    return {
        "id_text": name,
        "title": words.title_words(row.title, theme),
        "theme": theme,
        "day_words": words.day_words(row.created_day),
        "url": url_for("threads.show", thread_id=name),
    }


def _items(rows: list[beside.PlainRow]) -> list[dict[str, Any]]:
    return [{"id_text": ids.to_text(row.id), "number": row.number, "lines": _lines(row.body)} for row in rows]


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def _purpose(thread_id: bytes) -> str:
    return f"voice-{thread_id.hex()}"
