"""What stands beside a case that is not simply open: a press that can be taken back, a second look, other moves."""

from typing import Any

from forum import errors
from forum.extensions import db
from forum.forms.moderation import MOVE_LABELS, OUTCOME_LABELS, RULE_LABELS, SANCTION_LABELS
from forum.i18n import gettext as _
from forum.models import Moderator, Pending, Post
from forum.moderation import cases, passing, pending, second, wishes
from forum.queries.case_file import CaseRow


def undo_of(case: CaseRow, pressed: Pending | None, moderator: Moderator) -> bool:
    """Whether this moderator pressed, and can still take it back."""
    return case.state == "decided" and pressed is not None and pressed.moderator_id == moderator.id


def second_of(case: CaseRow, pressed: Pending, moderator: Moderator) -> dict[str, Any] | None:
    """What was decided and why a second person looks; None for a case that waits for nobody."""
    if case.state != "waiting_second":
        return None
    wish = pending.wish_of(pressed)
    author = db.session.get_one(Moderator, pressed.moderator_id)
    return {
        "name": author.name,
        "why": why_words(pressed.why),
        "stands": pressed.stage == "stands",
        "outcome": OUTCOME_LABELS[wish.outcome][1],
        "rule": dict(RULE_LABELS)[wish.rule] if wish.rule else None,
        "sanction": dict(SANCTION_LABELS)[wish.sanction] if wish.sanction else None,
        "warning": wish.warning,
        "passage": _passage(case, pressed, wish),
        "note_author": wish.note_author,
        "note_team": wish.note_team,
        "is_own": not second.may_look(pressed, moderator),
    }


def moves_of(case: CaseRow, pressed: Pending | None, moderator: Moderator) -> list[tuple[str, Any]]:
    """The buttons beside the decision: (act, words)."""
    acts: list[str] = []
    if cases.may(case.state, "snooze"):
        acts += passing.choices(case.lane)
    if cases.may(case.state, "escalate"):
        acts.append("escalate")
    if cases.may(case.state, "hand_back"):
        acts.append("hand_back")
    if case.state == "waiting_second" and pressed and second.may_look(pressed, moderator):
        acts += ("confirm", "send_back")
    return [(act, MOVE_LABELS[act]) for act in acts]


def came_back_words(pressed: Pending | None, moderator: Moderator) -> str | None:
    """Why a decision of one's own has no effect."""
    if pressed is None or pressed.moderator_id != moderator.id:
        return None
    return {
        "undone": _("取り消しました。選んだことと書いたことは、下に残っています。"),
        "changed": _(
            "決めたあと、効く前に、文か案件が変わりました。まだ何もしていません。書いたものは下に残っています。"
        ),
        "returned": _("二人めの人が、もう一度考えたいと戻しました。書いたものは下に残っています。"),
    }.get(pressed.stage)


def why_words(why: str) -> str:
    """Why a second person looks."""
    return {
        "many": _("一時間のうちに取り除いた数が多いので、いったん止めています。"),
        "board": _("どの話にも書けなくする決定です。"),
        "sanction": _("七日より長く続く決定です。"),
        "evidence": _("あとで必要になるかもしれない文を取り除く決定です。"),
        "no_contact": _("命が心配な話を、書いた人に声をかけないまま閉じる決定です。"),
    }[why]


def _passage(case: CaseRow, pressed: Pending, wish: wishes.Wish) -> str:
    # The places are those of the text it was made upon.
    if case.revision != pressed.revision or not wish.mask_spans:
        return ""
    post = db.session.get(Post, case.post_id)
    if post is None:
        raise errors.NotFound
    return wishes.passage_of(post, wish.mask_spans)
