"""Letters, requests of people written about and appeals in words: how far they are, and by when something happens."""

from datetime import date, timedelta

from forum import clock
from forum.i18n import date_words
from forum.i18n import gettext as _
from forum.models import Letter
from forum.moderation.takedowns import ANSWERED_IN_DAYS, DECIDED_IN_DAYS
from forum.queries.letters import LetterRow


def due_days(day: date) -> tuple[date, date]:
    """By when a request that came on ``day`` is answered, and by when it is decided."""
    return day + timedelta(days=ANSWERED_IN_DAYS), day + timedelta(days=DECIDED_IN_DAYS)


def promise_words() -> str:
    """What somebody is told who sent a request just now."""
    answer, decision = due_days(clock.today())
    return _(
        "はじめのお返事は%(answer)sまでに、どうするかは%(decision)sまでにお知らせします。",
        answer=date_words(answer),
        decision=date_words(decision),
    )


def state_words(letter: Letter) -> str:
    """How far a letter is, told to whoever wrote it."""
    if letter.kind == "takedown":
        return _request_words(letter)
    if letter.kind == "appeal" and letter.step:
        return {
            "restored": _(
                "読みなおしました。こちらの判断が間違っていました。元にもどしました。申し訳ありません。"
            ),
            "kept": _(
                "読みなおしましたが、元にはもどしませんでした。わけは「自分の場所」か、書いたものの控えの言葉で読めます。"
            ),
        }[letter.step]
    if letter.state == "answered":
        return _("お返事があります。")
    return _("受けとっています。お返事は、まだ書いているところです。")


def _request_words(letter: Letter) -> str:
    if letter.step == "hearing" and letter.removes_on:
        return _(
            "書いた人に知らせて、声を待っています。%(day)sまでに声が届かなければ、取り除きます。",
            day=date_words(letter.removes_on),
        )
    if letter.step:
        return {
            "objected": _("書いた人から、残したいという声が届きました。世話人が、両方を読んで決めます。"),
            "removed": _("取り除きました。十四日のあいだは、まちがいがあれば元にもどせます。"),
            "eased": _("言葉を伏せるなど、だれのことか分かりにくいように、手を入れました。"),
            "kept": _("読んで、そのまま残すことにしました。"),
            "restored": _("もう一度読んで、元のままに残すことにしました。"),
            "hearing": _("書いた人に知らせて、声を待っています。"),
        }[letter.step]
    answer, decision = due_days(letter.day)
    if letter.state == "answered":
        return _("お返事があります。どうするかは、%(day)sまでにお知らせします。", day=date_words(decision))
    return _(
        "受けとっています。はじめのお返事は%(answer)sまでに、どうするかは%(decision)sまでにお知らせします。",
        answer=date_words(answer),
        decision=date_words(decision),
    )


def desk_words(row: LetterRow) -> str | None:
    """What the desk has to do next, and by when; None where nothing is left to do."""
    answer, decision = due_days(row.day)
    if row.state == "open":
        return _due(_("返事は%(day)sまで", day=date_words(answer)), answer)
    if row.kind != "takedown":
        return None
    if row.step == "hearing" and row.removes_on:
        return _("書いた人の声を%(day)sまで待っています", day=date_words(row.removes_on))
    if row.step in {"", "objected"}:
        return _due(_("決めるのは%(day)sまで", day=date_words(decision)), decision)
    return None


def step_words(row: LetterRow) -> str | None:
    """How far a request is, told to the desk."""
    return {
        "hearing": _("書いた人に聞いています。声がなければ、ひとりでに取り除かれます。"),
        "objected": _("書いた人から、残したいという声が届きました。案件で読めます。"),
        "removed": _("取り除いてあります。"),
        "eased": _("言葉を伏せるなど、手を入れてあります。"),
        "kept": _("そのまま残しました。"),
        "restored": _("元にもどしました。"),
    }.get(row.step)


def plea_words(plea: str) -> str | None:
    """Why somebody asks, told to the desk."""
    return {"about": _("自分のことが書かれている"), "mine": _("自分の投稿だが、控えがない")}.get(plea)


def asked_words(letter: Letter) -> str:
    """What the author of the post is told, who is heard before it goes. Nothing about who asked."""
    day = date_words(letter.removes_on or clock.today())
    if letter.plea == "mine":
        return _(
            "この投稿を書いた本人だという方から、控えの言葉がないので取り下げたい、と相談がありました。"
            "あなたなら、そのままでかまいません。ちがうときや残したいときは、下から伝えてください。"
            "%(day)sまでに声が届かなければ、取り除きます。",
            day=day,
        )
    return _(
        "この投稿に自分のことが書かれている、という方から相談がありました。あなたを責めているのではありません。"
        "残したいときは、下から伝えてください。言葉だけを伏せることもできます。%(day)sまでに声が届かなければ、取り除きます。",
        day=day,
    )


def _due(said: str, day: date) -> str:
    return _("先に見てください・%(said)s", said=said) if day < clock.today() else said
