"""Letters on the desk: a line of the list, and what may be done about a request of somebody written about."""

from typing import Any

from forum import errors, ids
from forum.extensions import db
from forum.forms.moderation import EMPTY, AnswerForm, RequestForm
from forum.i18n import gettext as _
from forum.models import Moderator, Post
from forum.moderation import letters, takedowns
from forum.queries.letters import LetterRow, post_named
from forum.runtime import runtime
from forum.web import desk, letterwords, words
from forum.web.writing import staffed_hour

EXCERPT = 40
# What ends a request needs a word to whoever asked, unless they had one already.
NEED_WORDS = ("remove", "keep")
# What is refused to whoever decided before, while others are about.
FOR_ANOTHER = (("words", "own"), ("act", "appeal"))


def item(row: LetterRow) -> dict[str, Any]:
    """A letter as a line of the list."""
    first = row.body.strip().splitlines()[0] if row.body.strip() else ""
    return {
        "id_text": ids.to_text(row.id),
        "kind": desk.kind_words(row.kind),
        "excerpt": first[:EXCERPT] + ("…" if len(first) > EXCERPT else ""),
        "day_words": words.day_words(row.day),
        "due_words": letterwords.desk_words(row),
    }


def request_item(row: LetterRow) -> dict[str, Any] | None:
    """What stands beside a request: why it was made, how far it is, and what may be done now. None for other letters."""
    if row.kind != "takedown":
        return None
    return {
        "plea_words": letterwords.plea_words(row.plea),
        "step_words": letterwords.step_words(row),
        "needs_place": row.about_post is None and row.step == "",
        "acts": _acts(row),
    }


def _acts(row: LetterRow) -> list[tuple[str, str]]:
    fold = ("fold", _("たたんで、聞く"))
    ask = ("ask", _("たたまずに、聞く"))
    remove = ("remove", _("いま取り除く"))
    undo = ("keep", _("元にもどす"))
    decline = ("keep", _("そのまま残す"))
    if row.about_post is None:
        return [decline] if row.step == "" else []
    return {
        "": [fold, ask, remove, decline],
        "hearing": [remove, undo],
        "objected": [undo, remove],
        "removed": [undo],
    }.get(row.step, [])


def missing(row: LetterRow, act: str, form: AnswerForm) -> str | None:
    """What is still to be written before this can be done, or None. A field says it itself where there is one."""
    if act in NEED_WORDS and row.state != "answered" and not form.words.data:
        form.words.errors = [EMPTY]
        return _("どうしてそうするのかを、相談した人へ一言書いてください。")
    if act == "point" and isinstance(form, RequestForm) and post_named(form.where.data or "") is None:
        form.where.errors = [_("そこには、いま読める投稿が見つかりません。")]
        return _("投稿のアドレスを、もう一度見なおしてください。")
    return None


def do(row: LetterRow, act: str, form: AnswerForm, moderator: Moderator) -> None:
    """Do what was pressed, then send the words that came with it.

    Raises Invalid for what cannot be pressed, Stale, Gone, TooLate, TooSoon, Already as the verbs do.
    """
    key, hour = runtime().keys.audit, staffed_hour()
    if act == "point" and isinstance(form, RequestForm):
        post = db.session.get(Post, post_named(form.where.data or "") or b"")
        if post is None:
            raise errors.Gone
        takedowns.point_at(letter_id=row.id, post=post, hour=hour)
    elif act in {"fold", "ask"}:
        takedowns.hear(letter_id=row.id, moderator=moderator, fold=act == "fold", hour=hour, audit_key=key)
    elif act in NEED_WORDS:
        verb = takedowns.remove if act == "remove" else takedowns.keep
        verb(letter_id=row.id, moderator=moderator, hour=hour, audit_key=key)
    elif act != "answer":
        raise errors.Invalid("act", "unknown")
    if act == "answer" or form.words.data:
        letters.answer_letter(
            letter_id=row.id,
            moderator=moderator,
            words=form.words.data or "",
            audit_key=key,
            seen=form.seen_length,
        )


def refusal_words(refused: errors.ForumError) -> str:
    """Why it could not be done, with what was typed still there."""
    if isinstance(refused, errors.TooSoon):
        return _("この一時間にたくさん取り除いたので、少し待つか、ほかの世話人に頼んでください。")
    if isinstance(refused, errors.TooLate):
        return _("十四日が過ぎて、元の言葉はもう消えています。元にはもどせません。")
    if isinstance(refused, errors.Invalid) and refused.field == "act":
        return _(
            "書いた人から、残したいという声が届いています。前に決めた人とは別の世話人が、読んで決めます。"
            "書いたものは下に残っています。"
        )
    if isinstance(refused, errors.Invalid):
        return _("この声は、決めた人とは別の世話人が返事をします。書いたものは下に残っています。")
    if isinstance(refused, errors.Already):
        return _("この投稿には、ほかの知らせも届いています。案件を開いて、そちらで決めてください。")
    if isinstance(refused, errors.Gone):
        return _("その投稿は、もう出ていません。書いたものは下に残っています。")
    return _("ほかの世話人が先に変えました。書いたものは下に残っています。")
