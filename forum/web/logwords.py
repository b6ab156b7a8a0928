"""The public log's codes as words."""

from dataclasses import dataclass

from forum.i18n import gettext as _
from forum.queries.cases import LogRow
from forum.web import words


@dataclass(frozen=True)
class Line:
    """One line of the public log."""

    day_words: str
    lane_words: str
    action_words: str
    rule_words: str | None
    role_words: str


def log_row(row: LogRow) -> Line:
    """A row in the reader's language."""
    return Line(
        day_words=words.day_words(row.day),
        lane_words=lane_words(row.lane),
        action_words=action_words(row.action),
        rule_words=_("約束の%(number)dつめ", number=row.rule) if row.rule else None,
        role_words=_("世話人"),
    )


def lane_words(lane: int) -> str:
    """The five lanes."""
    return {
        1: _("命の心配"),
        2: _("身元につながる"),
        3: _("責める言葉"),
        4: _("勧誘や宣伝"),
        5: _("その他・迷い"),
    }.get(lane, _("その他・迷い"))


def action_words(action: str) -> str:
    """What was done."""
    return {
        "fine": _("読んで、そのままにしました"),
        "publish": _("読んで、出しました"),
        "fold": _("注意書きを付けてたたみました"),
        "mask": _("言葉を伏せました"),
        "hide": _("見えないようにしました"),
        "remove": _("取り除きました"),
        "lock": _("返事を閉じました"),
        "sanction": _("書いた人に、書くことを控えてもらいました"),
    }.get(action, _("そのほかのことをしました"))
