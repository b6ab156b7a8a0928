"""What each rule of screening did, counted by day: whoever leads must see which rules stop people for nothing.

Threat: a record of who was asked about what. So there is one number for each (day, rule, event) and nothing else: no
text, no post, no thread, no writer, and the name of an operator's own word is a digest.
"""

from collections.abc import Iterable

from sqlalchemy import Date, bindparam, text

from forum import clock
from forum.extensions import db
from forum.models.traces import RULE_EVENTS, RULE_LENGTH

# One statement, the same on SQLite and PostgreSQL: two writers who meet the same rule both count.
_MORE = text(
    "INSERT INTO rule_counter (day, rule, event, times) VALUES (:day, :rule, :event, 1) "
    "ON CONFLICT (day, rule, event) DO UPDATE SET times = rule_counter.times + 1"
).bindparams(bindparam("day", type_=Date))


def count(event: str, rules: Iterable[str]) -> None:
    """One more of ``event`` for each of these rules, each counted once. Raises ValueError for no such event.

    Called last in a transaction, in the order of the rules' names: two who need the same rows never wait for each
    other both.
    """
    if event not in RULE_EVENTS:
        raise ValueError(f"no such event: {event}")
    for rule in sorted({rule[:RULE_LENGTH] for rule in rules}):
        db.session.execute(_MORE, {"day": clock.today(), "rule": rule, "event": event})
