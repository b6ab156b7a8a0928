"""The rota and the top of the desk in words."""

from datetime import date, timedelta
from itertools import groupby
from typing import Any

from forum import clock, ids
from forum.forms.moderation import HandoverForm, RotaForm
from forum.i18n import gettext as _
from forum.models import Moderator
from forum.moderation import duty, rota
from forum.queries import staff
from forum.queries.staff import ShiftRow
from forum.web import board, words
from forum.web.writing import staffed_hours

GAPS_SHOWN = 2

Hours = tuple[int, ...]


def top_of_desk() -> dict[str, Any]:
    """What whoever comes to the desk sees first: the last shift's note, and hours for which nobody is entered."""
    note = staff.handover()
    return {
        "handover": note and {"words": note.words, "name": note.name, "day_words": words.day_words(note.day)},
        "handover_form": HandoverForm(),
        "gaps": gap_words(),
        "is_calm": board.is_calm(),
    }


def gap_words() -> list[str]:
    """The staffed hours of the next seven days that nobody has taken, the first few."""
    found = rota.gaps(staffed_hours(), clock.now())
    lines = [
        f"{words_of_day(day)} {span_words(hours)}"
        for day, some in groupby(found, key=lambda gap: gap[0])
        for hours in runs([hour for _day, hour in some])
    ]
    more = len(lines) - GAPS_SHOWN
    return lines if more <= 0 else [*lines[:GAPS_SHOWN], _("ほかに%(num)dか所", num=more)]


def lines_of_rota() -> list[dict[str, Any]]:
    """Who is entered, a line for each stretch of hours."""
    rows = staff.shifts(days=rota.DAYS_AHEAD)
    return [
        {
            "words": f"{words_of_day(day)} {span_words(hours)}",
            "name": name,
            "who": ids.to_text(who),
            "day": day.isoformat(),
            "hours": ",".join(map(str, hours)),
        }
        for (day, name, who), some in groupby(rows, key=_line)
        for hours in runs([row.hour for row in some])
    ]


def with_choices(form: RotaForm, people: list[Moderator]) -> RotaForm:
    """The form with what may be chosen: who is at the desk, the days to come, and the staffed hours."""
    days = [clock.date_after(ahead) for ahead in range(rota.DAYS_AHEAD)]
    hours = duty.hours_of_day(staffed_hours())
    form.who.choices = [(ids.to_text(person.id), person.name) for person in people if not person.is_disabled]
    form.day.choices = [(day.isoformat(), words_of_day(day)) for day in days]
    form.first.choices = [(hour, _hour_words(hour)) for hour in hours]
    form.until.choices = [(hour + 1, _hour_words(hour + 1)) for hour in hours]
    return form


def chosen_days(form: RotaForm) -> list[date]:
    """The days a form means, as far as the rota goes."""
    first = date.fromisoformat(form.day.data)
    last = clock.date_after(rota.DAYS_AHEAD - 1)
    return [day for week in range(form.weeks.data) if (day := first + timedelta(weeks=week)) <= last]


def runs(hours: list[int]) -> list[Hours]:
    """Hours in order, cut where one is missing."""
    found: list[Hours] = []
    for hour in hours:
        if found and found[-1][-1] == hour - 1:
            found[-1] = (*found[-1], hour)
        else:
            found.append((hour,))
    return found


def span_words(hours: Hours) -> str:
    """A stretch of hours."""
    return _("%(first)d時から%(until)d時", first=hours[0], until=hours[-1] + 1)


def words_of_day(day: date) -> str:
    """A day to come, with its day of the week."""
    names = (_("月曜"), _("火曜"), _("水曜"), _("木曜"), _("金曜"), _("土曜"), _("日曜"))
    return _("%(month)d月%(day)d日（%(name)s）", month=day.month, day=day.day, name=names[day.weekday()])


def _hour_words(hour: int) -> str:
    return _("%(hour)d時", hour=hour)


def _line(row: ShiftRow) -> tuple[date, str, bytes]:
    return row.day, row.name, row.moderator_id
