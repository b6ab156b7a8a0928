"""What each rule of screening did lately, for whoever leads: numbers alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from forum import clock
from forum.extensions import db
from forum.models import RuleCounter

DAYS_SHOWN = 30


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule and how often each thing happened because of it."""

    rule: str
    times: Mapping[str, int]

    def of(self, event: str) -> int:
        """How often this happened."""
        return self.times.get(event, 0)


def lately() -> list[RuleRow]:
    """The rules that somebody met within DAYS_SHOWN days, those first that moderators overruled most often."""
    first = clock.today() - timedelta(days=DAYS_SHOWN - 1)
    query = (
        select(RuleCounter.rule, RuleCounter.event, func.sum(RuleCounter.times))
        .where(RuleCounter.day >= first)
        .group_by(RuleCounter.rule, RuleCounter.event)
    )
    found: dict[str, dict[str, int]] = {}
    for rule, event, times in db.session.execute(query):
        found.setdefault(rule, {})[event] = int(times)
    rows = [RuleRow(rule, times) for rule, times in found.items()]
    return sorted(
        rows, key=lambda row: (-row.of("overruled"), -row.of("held"), -sum(row.times.values()), row.rule)
    )
