"""Small phrases that stand on many pages: days, counts, wishes. Never a clock time, never a score."""

from collections.abc import Iterable
from datetime import date

from forum import clock
from forum.i18n import gettext as _
from forum.i18n import locale, ngettext


def day_words(day: date) -> str:
    """今日, きのう, 3日前, 2か月前: as coarse as it can be and still help."""
    days = max((clock.today() - day).days, 0)
    if days == 0:
        return _("今日")
    if days == 1:
        return _("きのう")
    if days < 30:
        return ngettext("%(num)d日前", "%(num)d日前", days)
    if days < 365:
        return ngettext("%(num)dか月前", "%(num)dか月前", days // 30)
    return ngettext("%(num)d年前", "%(num)d年前", days // 365)


def hours_words(spans: Iterable[tuple[int, int]]) -> str:
    """When somebody reads, as spans of minutes since midnight."""
    return ("、" if locale() == "ja" else ", ").join(
        f"{_of_day(start)}–{_of_day(end)}" for start, end in spans
    )


def _of_day(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"


def since_words(day: date) -> str:
    """Since when a story waits: 今日から, きのうから."""
    return _("%(day)sから", day=day_words(day))


def reply_words(count: int) -> str:
    """返事が7つ; from ten on Japanese counts without つ."""
    if count == 0:
        return _("まだ返事がありません")
    if count < 10:
        return ngettext("返事が%(num)dつ", "返事が%(num)dつ", count)
    return ngettext("返事が%(num)d件", "返事が%(num)d件", count)


def wish_words(wish: str) -> str:
    """What kind of answers the writer hopes for."""
    return {
        "listen": _("ただ聞いてほしい"),
        "experience": _("体験を聞きたい"),
        "advice": _("助言も歓迎"),
    }[wish]


def wish_sentence(wish: str) -> str:
    """The same as a sentence before the words of the opening post."""
    return {
        "listen": _("この人は、<wbr>ただ聞いてほしいと<wbr>書いています。"),
        "experience": _("この人は、<wbr>似た体験を<wbr>聞きたいと<wbr>書いています。"),
        "advice": _("この人は、<wbr>助言も歓迎と<wbr>書いています。"),
    }[wish]


def reaction_words(kind: str) -> str:
    """What stands on the button."""
    return {"same": _("わかります"), "with_you": _("そばにいます"), "thanks": _("ありがとう")}[kind]


def count_sentence(same: int, with_you: int, thanks: int) -> str:
    """3人が同じ気持ちです。: soft, and nothing at all for none."""
    parts = []
    if same:
        parts.append(ngettext("%(num)d人が同じ気持ちです。", "%(num)d人が同じ気持ちです。", same))
    if with_you:
        parts.append(ngettext("%(num)d人がそばにいます。", "%(num)d人がそばにいます。", with_you))
    if thanks:
        parts.append(
            ngettext("%(num)d人がありがとうと言っています。", "%(num)d人がありがとうと言っています。", thanks)
        )
    return ("" if locale() == "ja" else " ").join(parts)


def lifetime_words(days: int) -> str:
    """How long a thread stays."""
    if days == 365:
        return _("1年")
    return ngettext("%(num)d日", "%(num)d日", days)


def ends_words(days: int) -> str | None:
    """When a thread goes, told in its last month."""
    if days > 30:
        return None
    return (
        _("この話は、あと%(days)sで消えます。", days=lifetime_words(days))
        if days
        else _("この話は、今日で消えます。")
    )


def stays_words(days: int) -> str:
    """For how long a thread still stays, told to its opener."""
    return (
        _("この話は、あと%(days)s残ります。", days=lifetime_words(days))
        if days
        else _("この話は、今日で消えます。")
    )


def title_words(title: str, theme_name: str) -> str:
    """A thread without a title is called after its room."""
    return title or _("「%(theme)s」の話", theme=theme_name)


def state_words(status: str) -> str:
    """Where a post stands, told to its writer."""
    return {
        "live": _("いまは出ています。"),
        "held": _("世話人が先に読みます。消えてはいません。"),
        "scheduled": _("まだ出ていません。時間をおいて出ます。"),
        "hidden": _("世話人が読んでいるあいだ、ほかの人からは見えません。"),
        "removed": _("世話人が取り除きました。わけは下にあります。"),
        "deleted": _("もう消えています。"),
    }[status]


def flag_outcome_words(outcome: str) -> str:
    """What came of a report, told to whoever made it, without a word about anybody."""
    return {
        "received": _("受けとっています。世話人が順に読みます。"),
        "checked": _("確認しました。知らせてくださって、ありがとうございます。"),
        "acted": _("対応しました。知らせてくださって、ありがとうございます。"),
        "within_rules": _("読みました。約束の範囲だったので、そのままにしてあります。"),
        "spoken": _("読みました。きつく感じられたこと、受けとめました。書いた人に声をかけています。"),
        "softly": _(
            "読みました。きつく感じられたこと、受けとめました。知らせてくださって、ありがとうございます。"
            "この投稿は、あなたの画面では閉じたままにしてあります。"
        ),
    }[outcome]
