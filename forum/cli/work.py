"""The board's own work, once a second: feed the search index, let timers fire, and once a day forget.

Runs in a process of its own beside the web workers (`forum serve` starts it). A fault is noted by type and
place, and tried again a little later; what is left undone stands in the database, so a restart loses nothing.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from types import FrameType

from flask import Flask

from forum import clock, errors, firing, journal, logs, worker
from forum.backups import exchange, folder
from forum.cli import bell
from forum.cli.faults import PAUSE_SECONDS, Told, attempt, pause_after
from forum.cli.rewriting import Nightly
from forum.extensions import begin_writing, db
from forum.moderation import door
from forum.runtime import runtime
from forum.search import documents, outbox, relations
from forum.search.base import Progress, SearchBackend

NAP_SECONDS = 0.2
ALIKE_SECONDS = 0.3
LOG_WAIT_MILLISECONDS = 50
MEMORY = "memory"


class Stop:
    """Whether to stop. A flag and no event: a signal that arrives while an event is being set hangs for ever."""

    def __init__(self) -> None:
        self.is_set = False

    def set(self) -> None:
        """Ask to stop."""
        self.is_set = True

    def wait(self, seconds: float) -> bool:
        """Sleep, waking early when asked to stop; says whether that was so."""
        ends = time.monotonic() + seconds
        while not self.is_set and (left := ends - time.monotonic()) > 0:
            time.sleep(min(left, NAP_SECONDS))
        return self.is_set

    def on(self, *signals: signal.Signals) -> None:
        """Take these signals as the wish to stop."""
        for name in signals:
            signal.signal(name, self._told)

    def _told(self, _signal: int, _frame: FrameType | None) -> None:
        self.is_set = True


def run(app: Flask, stop: Stop, *, parent: int | None = None) -> None:
    """Work until told to ``stop``, or until the process ``parent`` is gone."""
    pause, purged, rewriting = PAUSE_SECONDS, None, Nightly()
    ringing = bell.keep_ringing(app, stop)
    with app.app_context():
        attempt(watch_door)
        # An index may have been built anew, and its builder killed.
        attempt(lambda: ask_for_alike(relations.ask_for_unknown))
        while not stop.wait(pause) and parent in (None, os.getppid()):
            healthy = all([attempt(fire_timers), attempt(feed), attempt(find_alike), attempt(empty_log)])
            if purged != clock.today():
                purged = _purged_today(attempt(purge))
            if purged:
                attempt(rewriting.step)
            pause = pause_after(pause, healthy=healthy)
    if ringing is not None:
        stop.set()
        ringing.join(PAUSE_SECONDS * 2)


def feed(tell: Told = logs.fault, progress: Progress | None = None) -> None:
    """Feed the index. A busy one is told of and is no fault, so that nothing is asked less often for it: its writer was
    waited for, and what is left stands in the database.
    """
    try:
        drain(progress)
    except errors.Busy as busy:
        tell(busy)


def drain(progress: Progress | None = None) -> int:
    """Feed the index with everything that waits; returns how many posts that was."""
    if runtime().settings.search == MEMORY:
        return 0  # each web process does this for itself
    return drain_into_index(progress)


def drain_into_index(progress: Progress | None = None) -> int:
    """Work off the outbox of this process's index, in batches with a commit each; says how many posts that was."""
    total = 0
    while True:
        done = outbox.drain(runtime().search, progress=progress)
        db.session.commit()
        total += done
        if not done:
            return total


def ask_for_alike(ask: Callable[[], None]) -> None:
    """Ask for threads to be looked at for what is like them."""
    begin_writing()
    ask()
    db.session.commit()


def find_alike() -> int:
    """Look for threads that tell of the same as some of the new ones; returns of how many."""
    if runtime().settings.search == MEMORY:
        return 0  # as for :func:`drain`
    return find_alike_in_index()


def find_alike_in_index() -> int:
    """The same in this process's index, and anew for those that were found: they may have a better neighbour now.

    Stops after ALIKE_SECONDS, as new posts are waiting for the index, too; and keeps all of it with one commit, as every
    commit makes the web forget the pages it has made.
    """
    backend, ends = runtime().search, time.monotonic() + ALIKE_SECONDS
    looks: list[relations.Look] = []
    done = 0
    for thread_id in relations.asked_for():
        done += attempt(lambda thread_id=thread_id: looks.extend(_looks(backend, thread_id)))  # type: ignore[misc]
        if time.monotonic() > ends:
            break
    if looks:
        relations.keep(looks)
        db.session.commit()
    return done


def _looks(backend: SearchBackend, thread_id: bytes) -> list[relations.Look]:
    look = relations.look_at(backend, thread_id)
    return [look, *(relations.look_at(backend, other) for other in relations.to_look_at_again(look.found))]


def watch_door() -> bool:
    """Let the hours begin after which writing rests for want of moderators, on a board where they do not run."""
    begin_writing()
    begun = door.watch(hours=runtime().settings.door_hours)
    db.session.commit()
    return begun


def fire_timers() -> int:
    """Let every due timer take effect, each in a transaction of its own; returns how many could not."""
    due = firing.due_timers()
    db.session.rollback()
    return sum(not attempt(lambda timer=timer: _fire(*timer)) for timer in due)  # type: ignore[misc]


def purge() -> int:
    """Forget everything whose time has come; returns how many rows that touched.

    Raises Busy when another writer of the index does not end: its files are then written anew at the next purge.
    """
    ended = forget()
    forget_files()
    drain()
    ask_for_alike(relations.ask_for_ended_days)
    # Terms of a deleted post stand in the index's files until their segment is written anew.
    runtime().search.optimize()
    return ended


def forget() -> int:
    """Forget in the database everything whose time has come; returns how many rows that touched."""
    return sum(_until_nothing(step) for step in _forgetting())


def forget_files() -> None:
    """Forget what lies beside the database: old lines of the journal, old backups, what killed commands left."""
    settings = runtime().settings
    journal.expire(settings.instance / journal.FILE)
    folder.forget_old(settings.instance / folder.FOLDER)
    if database := exchange.file_of(settings.database):
        # Nobody restores now: this process holds a share of the board.
        exchange.clear(exchange.draft_of(database))


def empty_log() -> bool:
    """Bring SQLite's write-ahead log into the database and cut it: erased words stand in it until then.

    Says whether there was anything in it. Readers in the way are left alone; the next round tries again.
    """
    log = Path(f"{db.engine.url.database}-wal")
    if db.engine.dialect.name != "sqlite" or not log.is_file() or not log.stat().st_size:
        return False
    with closing(db.engine.raw_connection()) as connection:
        cursor = connection.cursor()
        # Writers wait meanwhile, so it must be over at once or not happen.
        cursor.execute(f"PRAGMA busy_timeout = {LOG_WAIT_MILLISECONDS}")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.detach()  # the waiting time was changed: this connection is not given to anybody else
    return True


def keep_memory_index(app: Flask) -> None:
    """Fill the memory index of this process and keep it fed. Does nothing for an index that processes share."""
    with app.app_context():
        if runtime().settings.search != MEMORY:
            return
        attempt(lambda: runtime().search.rebuild(documents.all_documents()))
    threading.Thread(target=_feed, args=(app,), daemon=True).start()


def _feed(app: Flask) -> None:
    never = threading.Event()
    with app.app_context():
        while not never.wait(PAUSE_SECONDS):
            attempt(drain_into_index)
            attempt(find_alike_in_index)


def _fire(kind: str, target: bytes) -> None:
    begin_writing()
    firing.fire(kind, target)
    db.session.commit()


def _purged_today(succeeded: bool) -> date | None:
    return clock.today() if succeeded else None


def _forgetting() -> Iterator[tuple[Callable[[], int], bool]]:
    """The steps of a purge, and whether a step is to be repeated until nothing is left."""
    yield worker.end_threads, True
    yield worker.blank_removed, False
    yield worker.erase_masked, False
    yield worker.end_small_rows, False
    yield worker.end_echoes, False
    yield worker.shuffle_ended_days, False


def _until_nothing(step: tuple[Callable[[], int], bool]) -> int:
    verb, repeated = step
    total = 0
    while True:
        begin_writing()
        done = verb()
        db.session.commit()
        total += done
        if not (done and repeated):
            return total
