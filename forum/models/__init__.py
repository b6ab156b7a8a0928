"""Tables. Rows carry a day, never a time; the one table with finer times is ``timer``."""

from forum.models.audit import AuditEntry, AuditHead
from forum.models.content import Fold, Participant, Post, Reaction, Revision, Theme, Thread
from forum.models.index_job import Alike, IndexJob
from forum.models.moderation import Case, Decision, Flag, Interim, Letter, Message, Notice, Pending, Rung
from forum.models.sanctions import Ban, BoardState
from forum.models.staff import Aside, Handover, Moderator, Passkey, Shift
from forum.models.traces import DayCounter, Deposit, Echo, MonthFigure, Receipt, RuleCounter, Timer

__all__ = [
    "Alike",
    "Aside",
    "AuditEntry",
    "AuditHead",
    "Ban",
    "BoardState",
    "Case",
    "DayCounter",
    "Decision",
    "Deposit",
    "Echo",
    "Flag",
    "Fold",
    "Handover",
    "IndexJob",
    "Interim",
    "Letter",
    "Message",
    "Moderator",
    "MonthFigure",
    "Notice",
    "Participant",
    "Passkey",
    "Pending",
    "Post",
    "Reaction",
    "Receipt",
    "Revision",
    "RuleCounter",
    "Rung",
    "Shift",
    "Theme",
    "Thread",
    "Timer",
]
