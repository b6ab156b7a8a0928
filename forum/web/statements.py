"""Statements of reasons in words: the promise, the passage, what was done, and how to say that it was wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from flask import url_for

from forum import clock, ids
from forum.i18n import date_words
from forum.i18n import gettext as _
from forum.identity.sealed import seal
from forum.models import Ban, Letter, Notice
from forum.moderation import bans, letters, notices, undoing
from forum.moderation.timers import due_of
from forum.runtime import runtime
from forum.web import letterwords

QUIET = ("fine", "publish", "move")
APPEAL = "appeal"


@dataclass(frozen=True)
class Statement:
    """One notice for its writer's eyes; fields without words are None."""

    note: str | None
    asked_words: str | None
    done_words: str
    promise_words: str | None
    passage: str | None
    sanction_words: str | None
    edit_url: str | None
    appeal_url: str | None
    thread_title: str | None


def statements(
    told: list[Notice], titles: Mapping[bytes, str] | None = None, *, by_receipt: bool = False
) -> list[Statement]:
    """Notices for a template, in their order; with ``titles`` (by thread) each says which thread it is about."""
    decision_ids = [notice.decision_id for notice in told]
    placed, undone = bans.of_decisions(decision_ids), undoing.undone_by(decision_ids)
    noted, to_authors = undoing.steps_without_row(decision_ids), notices.to_authors(told)
    heard = letters.hearing_about(notice.post_id for notice in told)
    found = []
    for notice in told:
        # The newest statement about a post is the one that asks; they come newest first.
        asked = heard.pop(notice.post_id, None)
        title = (titles or {}).get(notice.thread_id)
        # A step is against whoever wrote the post, and told to nobody else.
        step = ""
        if notice.id in to_authors:
            step = _step_words(placed.get(notice.decision_id), noted.get(notice.decision_id))
        found.append(_statement(notice, title, step, asked, undone))
    # With four words and no key nothing can be rewritten: the link would lead nowhere.
    return [replace(one, edit_url=None) for one in found] if by_receipt else found


def _statement(
    notice: Notice,
    title: str | None,
    step: str,
    asked: Letter | None,
    undone: Mapping[bytes, str],
) -> Statement:
    how = undone.get(notice.decision_id) if notice.outcome == "publish" else None
    acted = notice.outcome not in QUIET or asked is not None
    return Statement(
        note=notice.words or None,
        asked_words=letterwords.asked_words(asked) if asked else None,
        done_words=undone_words(how) if how else done_words(notice.outcome),
        promise_words=promise_words(notice.rule) if notice.rule or acted else None,
        passage=notice.passage or None,
        sanction_words=step or None,
        edit_url=_edit_url(notice) if notice.outcome == "edit_request" else None,
        appeal_url=_appeal_url(notice) if acted else None,
        thread_title=title,
    )


def _edit_url(notice: Notice) -> str | None:
    due = due_of("edit", notice.post_id)
    return url_for("writing.edit", post_id=ids.to_text(notice.post_id)) if due and due > clock.now() else None


def _step_words(ban: Ban | None, noted: str | None) -> str:
    if ban and ban.until_day >= clock.today():
        return sanction_words(ban.scope, ban.until_day)
    return note_words() if noted else ""


def _appeal_url(notice: Notice) -> str:
    # Sealed: a post's id stands on every page of its thread, and an appeal is one person's, once.
    return url_for("pages.letter", post=seal(APPEAL, notice.post_id, runtime().keys.seal))


def done_words(outcome: str) -> str:
    """What was done, as a sentence to the writer."""
    return {
        "fine": _("読みました。そのままにしてあります。"),
        "publish": _("読みました。いまは出ています。"),
        "edit_request": _(
            "読みました。少しだけ、言葉を直してもらえますか。三日のあいだ、直すことができます。"
            "直すと、世話人がもう一度読みます。"
        ),
        "fold": _("注意書きを付けて、開くまでたたみました。"),
        "mask": _("印のところだけを伏せました。話はそのまま残っています。"),
        "hide": _("ほかの人からは見えないようにしました。"),
        "remove": _("取り除きました。十四日のあいだは、元にもどせます。"),
        "lock": _("この話への返事を、ここまでにしました。"),
        "move": _("話の部屋を移しました。話のアドレスは変わりません。"),
    }[outcome]


def undone_words(how: str) -> str:
    """That something was put back, and what could not be."""
    return {
        undoing.ALL: _("こちらの判断が間違っていました。元にもどしました。申し訳ありません。"),
        undoing.EDITED: _(
            "こちらの判断が間違っていました。申し訳ありません。"
            "あとからあなたが直した文は、そのままにしてあります。ほかは元にもどしました。"
        ),
        undoing.ERASED: _(
            "こちらの判断が間違っていました。申し訳ありません。"
            "十四日が過ぎて、元の言葉はもう消えています。ほかは元にもどしました。"
        ),
        undoing.AGAIN: _("ほかの世話人がもう一度読むことにしました。それまで、元にもどしてあります。"),
    }[how]


def note_words() -> str:
    """What a word that counts nothing means for its writer."""
    return _("今回のことは、数えません。書くことは、これまでどおりできます。")


def sanction_words(scope: str, until: date) -> str:
    """What a step of the ladder means for its writer, and until which day."""
    day = date_words(until)
    return {
        "warning": _("%(day)sまでおぼえておきます。書くことは、これまでどおりできます。", day=day),
        "slow": _("%(day)sまで、置けるのは一日に一つです。", day=day),
        "thread": _("%(day)sまで、この話には書けません。ほかの話には書けます。", day=day),
        "board": _("%(day)sまで、書くのをお休みしていただいています。読むことはできます。", day=day),
    }[scope]


def promise_words(rule: int) -> str:
    """The promise by its number; 0 is none of the five."""
    return {
        0: _("約束のどれかではなく、世話人の判断です"),
        1: _("一つめ「自分やだれかが分かることは書かない」"),
        2: _("二つめ「連絡先を交わさない、会う約束をしない」"),
        3: _("三つめ「責めない、決めつけない、教えようとしない」"),
        4: _("四つめ「宣伝、勧誘、お金の話を持ちこまない」"),
        5: _("五つめ「苦しい人を見たら、ひとりで抱えず、知らせる」"),
    }[rule]
