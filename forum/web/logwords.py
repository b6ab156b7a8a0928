"""The public log's codes and figures as words."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for

from forum import clock, errors
from forum.i18n import date_words, month_words, ngettext
from forum.i18n import gettext as _
from forum.queries import public_log
from forum.queries.public_log import Figures, LogRow, RareRow

_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")


@dataclass(frozen=True)
class Line:
    """One line of the public log; what was done seldom has neither day nor promise nor role."""

    action_words: str
    lane_words: str | None
    day_words: str | None = None
    rule_words: str | None = None
    role_words: str | None = None


def month_page(text: str | None) -> dict[str, Any]:
    """What the page of a month shows; without one, of this month.

    Raises NotFound for what is no month, or one in which this place did not keep a log yet.
    """
    first, this = public_log.first_month(), clock.today().replace(day=1)
    month = _month(text) if text else this
    if not min(first, this) <= month <= this:
        raise errors.NotFound
    found = public_log.month_log(month)
    return {
        "month_words": month_words(month),
        "rows": [_line(row) for row in found.rows],
        "rare": [_rare(row) for row in found.rare],
        "figures": _figures(public_log.figures(month)),
        "months": [(month_words(one), _address(one, this), one == month) for one in _months(first, this)],
    }


def _month(text: str) -> date:
    found = _MONTH.fullmatch(text)
    if found is None:
        raise errors.NotFound
    return date(int(found[1]), int(found[2]), 1)


def _months(first: date, last: date) -> list[date]:
    """Every month from ``last`` back to ``first``."""
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    ends = [last.year * 12 + last.month - 1 - back for back in range(count)]
    return [date(end // 12, end % 12 + 1, 1) for end in ends]


def _address(month: date, this: date) -> str:
    if month == this:
        return url_for("pages.log")
    return url_for("pages.log", month=month.strftime("%Y-%m"))


def _line(row: LogRow) -> Line:
    return Line(
        action_words=action_words(row.action),
        lane_words=lane_words(row.lane),
        day_words=date_words(row.day),
        rule_words=_("約束の%(number)dつめ", number=row.rule) if row.rule else None,
        role_words=role_words(row.role),
    )


def _rare(row: RareRow) -> Line:
    return Line(action_words=action_words(row.action), lane_words=lane_words(row.lane))


def _figures(found: Figures) -> list[tuple[str, str]]:
    few = _("数が少ないので、載せません")
    return [
        (
            _("はじめに読むまで"),
            few
            if found.first_look is None
            else ngettext(
                "半分は、当番の時間で%(num)d時間のうち",
                "半分は、当番の時間で%(num)d時間のうち",
                found.first_look,
            ),
        ),
        (_("約束の時間のうちに決めた"), few if found.in_time is None else _share(found.in_time)),
        (_("「違うと思う」で、元にもどした"), few if found.granted is None else _share(found.granted)),
    ]


def _share(percent: int) -> str:
    return _("%(percent)dパーセント", percent=percent)


def lane_words(lane: int) -> str | None:
    """The five lanes; 0 is none of them."""
    return {
        1: _("命の心配"),
        2: _("身元につながる"),
        3: _("責める言葉"),
        4: _("勧誘や宣伝"),
        5: _("その他・迷い"),
    }.get(lane)


def role_words(role: str) -> str:
    """In which role somebody acted; there are no names."""
    return {"lead": _("世話人のまとめ役"), "operator": _("この場所をあずかる人")}.get(role, _("世話人"))


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
        "edit_request": _("書きなおしをお願いしました"),
        "move": _("話の部屋を移しました"),
        "sanction": _("書いた人に、書くことを控えてもらいました"),
        "answer": _("手紙に返事をしました"),
    }.get(action, _("そのほかのことをしました"))
