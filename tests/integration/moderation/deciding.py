"""What one process of several does at the desk: press on every case it finds open, and carry out what is due."""

import os
import random
import signal
import sys
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from forum import clock, create_app, errors, firing
from forum.extensions import begin_writing, db
from forum.models import Case, Moderator
from forum.moderation import pending, together
from forum.moderation.wishes import Wish
from forum.runtime import runtime

CARRY_OUT_EVERY = 10
LOT = 15
OUTCOMES = ("fine", "hide", "lock")
LIVES_FOR = 5  # presses, before one dies within the next; until then the others wait


def main(name: str, start: str, how: str) -> None:
    """Decide as the moderator ``name``, once the file ``start`` is there.

    Prints how many presses were accepted and how many came too late. ``how``: ``working``; ``many`` decides a
    lot at a time; ``pressing`` carries nothing out; ``killed``, too, and dies within a press, before it is kept, while the others go on.
    """
    app = create_app(os.environ)
    with app.app_context():
        case_ids = list(db.session.scalars(select(Case.id)))
        db.session.rollback()
        random.Random(name).shuffle(case_ids)
        Path(f"{start}.{name}").touch()
        begins = Path(f"{start}.going") if how == "pressing" else Path(start)
        while not begins.exists():
            pass
        won = 0
        if how == "many":
            print(*press_many(name, case_ids), flush=True)
            return
        for number, case_id in enumerate(case_ids, start=1):
            won += press(name, case_id, number, dies=how == "killed" and won == LIVES_FOR)
            if how == "killed" and won == LIVES_FOR:
                Path(f"{start}.going").touch()
            if how == "working" and number % CARRY_OUT_EVERY == 0:
                carry_out()
        print(won, len(case_ids) - won, flush=True)


def begin() -> None:
    """Begin to write, again and again: SQLite lets nobody stand in line, and among eight who never pause one may find
    no gap in its ten seconds. People then press again, and the board's work tries again.
    """
    while True:
        try:
            begin_writing()
        except OperationalError as busy:
            if "database is locked" not in str(busy):
                raise
        else:
            return


def press(name: str, case_id: bytes, number: int, *, dies: bool) -> bool:
    """Press upon the first version of a case, whatever became of it; says whether the press was accepted."""
    begin()
    try:
        pending.decide(
            case_id=case_id,
            version=1,
            revision=1,
            moderator=db.session.scalars(select(Moderator).where(Moderator.name == name)).one(),
            wish=Wish(outcome=OUTCOMES[number % len(OUTCOMES)], note_team=name),
            in_time=True,
            audit_key=runtime().keys.audit,
        )
        if dies:
            os.kill(os.getpid(), signal.SIGKILL)
        db.session.commit()
    except errors.Stale:
        db.session.rollback()
        return False
    return True


def press_many(name: str, case_ids: list[bytes]) -> tuple[int, int]:
    """Press upon all of them, a lot at a time, one after the other; how many presses were accepted, and how many not."""
    won = 0
    for number, first in enumerate(range(0, len(case_ids), LOT)):
        lot = case_ids[first : first + LOT]
        begin()
        moderator = db.session.scalars(select(Moderator).where(Moderator.name == name)).one()
        left = together.decide_all(
            seen=[together.Seen(case_id, 1, 1, True) for case_id in lot],
            moderator=moderator,
            wish=Wish(outcome=OUTCOMES[number % len(OUTCOMES)], note_team=name),
            audit_key=runtime().keys.audit,
        )
        db.session.commit()
        won += len(lot) - len(left)
        carry_out()
    return won, len(case_ids) - won


def carry_out() -> None:
    """What the board's own work does when the seconds are over, here by several processes at once."""
    with clock.frozen(clock.now() + timedelta(seconds=pending.SECONDS)):
        due = firing.due_timers()
        db.session.rollback()
        for kind, target in due:
            begin()
            firing.fire(kind, target)
            db.session.commit()


if __name__ == "__main__":
    main(*sys.argv[1:])
