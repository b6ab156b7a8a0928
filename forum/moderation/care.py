"""Threads whose opener may be thinking of dying, while somebody of the house has not yet looked after it.

Threat: the first answer comes from a stranger of this evening, and it is the wrong one. So free words of somebody new
here wait for a reader there, and sentences that were looked over go at once. It ends when the case is decided.
"""

import json
from typing import Any

from sqlalchemy import select

from forum.extensions import db
from forum.models import Case
from forum.models.moderation import OPEN_STATES
from forum.moderation.cases import TARGET

LANE = 1
KINDS = frozenset({"suicide", "self_harm"})
LEVELS = frozenset({1, 2})
GRAVE = 2  # a plan, a farewell, a harm of this moment: a person looks at any hour
# What is a farewell, or may become one, and is answered step by step. Who tells of a child in danger is not the one in it.
FAREWELLS = frozenset({("suicide", 2), ("suicide", 3), ("self_harm", 2), ("violence_victim", 2)})


def is_in_care(opening_id: bytes) -> bool:
    """Whether an open case says that the opening post speaks of dying or of hurting oneself now."""
    query = select(Case.findings).where(
        Case.target_kind == TARGET,
        Case.target_id == opening_id,
        Case.lane == LANE,
        Case.state.in_(OPEN_STATES),
    )
    return any(_speaks_of_it(findings) for findings in db.session.scalars(query))


def is_grave(findings: str) -> bool:
    """Whether what screening found cannot wait for the morning."""
    return any(found.get("severity", 0) >= GRAVE for found in crises(findings))


def is_farewell(findings: str) -> bool:
    """Whether whoever wrote this may be about to die."""
    return any((found.get("sub"), found.get("severity")) in FAREWELLS for found in crises(findings))


def crises(findings: str) -> list[dict[str, Any]]:
    """What a case carries of dying, of hurting oneself, of being hurt."""
    return [found for found in (json.loads(findings) if findings else ()) if found.get("label") == "crisis"]


def _speaks_of_it(findings: str) -> bool:
    return any(found.get("sub") in KINDS and found.get("severity") in LEVELS for found in crises(findings))
