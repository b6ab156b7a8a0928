"""`forum import` and `forum export`: one JSON object per thread and line, the same shape both ways."""

import itertools
import json
import multiprocessing
import os
import sys
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from typing import IO, BinaryIO

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from forum import errors, ids
from forum.cli.search import catch_up, rebuild_index
from forum.cli.work import MEMORY
from forum.extensions import begin_writing, db
from forum.models import Theme
from forum.posting.bulk import Put, put_threads
from forum.posting.transfer import BadRow, ReadThread, read_line
from forum.queries.export import exported_threads
from forum.runtime import runtime
from forum.search import outbox

THREADS_A_BATCH = 100
# From this size on, rendering is shared between processes, and the index is built anew instead of post by
# post.
LARGE_FILE = 4 * 1024 * 1024
BATCHES_AHEAD = 4
MOST_PROCESSES = 4

NumberedLine = tuple[int, bytes]
Batch = list[NumberedLine]


class BadLine(ValueError):
    """A line of the file that cannot be taken, by its number."""


@click.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--json", "as_json", is_flag=True, help='Print {"id", "thread"} for each thread.')
@with_appcontext
def import_threads(file: BinaryIO, as_json: bool) -> None:
    """Put the threads of FILE (JSON Lines, - for standard input) onto the board, as published.

    One object a line: {"id","theme","title","body","wish","replies":[{"body"}]}. A line that cannot be taken
    ends the import; nothing of its batch is kept, what stood before is.
    """
    size = _size_of(file)
    is_large = (size or 0) > LARGE_FILE
    total = 0
    with _bar(size) as told, _reader(is_large) as read:
        for batch, threads in _read_ahead(_batches(file), read):
            for put in _put(batch, threads, so_far=total):
                total += 1
                if as_json:
                    click.echo(json.dumps({"id": put.given_id, "thread": ids.to_text(put.thread_id)}))
            told(sum(len(line) for _, line in batch))
    _index(total, is_large=is_large)
    if not as_json:
        click.echo(f"{total} threads imported")


@click.command("export")
@click.option("--samples", is_flag=True, help="With the sample threads.")
@click.option("--output", type=click.File("w", encoding="utf-8"), default="-", help="A file instead.")
@with_appcontext
def export_threads(samples: bool, output: IO[str]) -> None:
    """Print every listed thread with what readers may see of it, one JSON object a line."""
    for row in exported_threads(with_samples=samples):
        output.write(json.dumps(row, ensure_ascii=False) + "\n")


def read_batch(batch: Batch, themes: frozenset[str]) -> list[ReadThread]:
    """Read the lines of a batch. Runs in other processes too. Raises BadLine with the first bad line's
    number.
    """
    return [_read(number, line, themes) for number, line in batch]


def _read(number: int, line: bytes, themes: frozenset[str]) -> ReadThread:
    try:
        return read_line(line.decode("utf-8"), themes)
    except UnicodeDecodeError:
        raise BadLine(f"line {number}: this is not UTF-8") from None
    except BadRow as bad:
        raise BadLine(f"line {number}: {bad}") from None


def _batches(file: BinaryIO) -> Iterator[Batch]:
    lines = ((number, line) for number, line in enumerate(file, start=1) if line.strip())
    while batch := list(itertools.islice(lines, THREADS_A_BATCH)):
        yield batch


def _put(batch: Batch, threads: "Future[list[ReadThread]]", *, so_far: int) -> list[Put]:
    """One batch in one transaction, or nothing of it."""
    try:
        read = threads.result()
    except BadLine as bad:
        raise click.ClickException(
            f"{bad} ({so_far} threads were imported, none from line {batch[0][0]} on)"
        ) from None
    begin_writing()
    made = put_threads(read, runtime().keys)
    outbox.enqueue(*(post_id for put in made for post_id in put.post_ids))
    db.session.commit()
    db.session.remove()
    return made


Reader = Callable[[Batch], "Future[list[ReadThread]]"]


@contextmanager
def _reader(is_large: bool) -> Iterator[Reader]:
    """How batches are read: here, or in other processes that know nothing of the database."""
    themes = frozenset(db.session.scalars(select(Theme.code)))
    db.session.remove()
    processes = min(os.cpu_count() or 1, MOST_PROCESSES)
    if not is_large or processes == 1:
        yield lambda batch: _read_now(batch, themes)
        return
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        try:
            yield lambda batch: pool.submit(read_batch, batch, themes)
        finally:
            pool.shutdown(cancel_futures=True)


def _read_now(batch: Batch, themes: frozenset[str]) -> "Future[list[ReadThread]]":
    done: Future[list[ReadThread]] = Future()
    try:
        done.set_result(read_batch(batch, themes))
    except BadLine as bad:
        done.set_exception(bad)
    return done


def _read_ahead(batches: Iterator[Batch], read: Reader) -> Iterator[tuple[Batch, "Future[list[ReadThread]]"]]:
    """A few batches are read ahead while one is written: no more, or memory would grow with the file."""
    waiting: deque[tuple[Batch, Future[list[ReadThread]]]] = deque()
    for batch in batches:
        waiting.append((batch, read(batch)))
        if len(waiting) > BATCHES_AHEAD:
            yield waiting.popleft()
    yield from waiting


def _index(total: int, *, is_large: bool) -> None:
    if not total or runtime().settings.search == MEMORY:
        return
    try:
        if is_large:  # a whole board's worth is quicker built anew
            rebuild_index(runtime().search)
        else:
            catch_up()
    except errors.Unwell:
        click.echo("The index is busy; `forum search rebuild` brings it up to date.", err=True)


def _size_of(file: BinaryIO) -> int | None:
    try:
        return os.fstat(file.fileno()).st_size if file.seekable() else None
    except (OSError, ValueError):
        return None


@contextmanager
def _bar(size: int | None) -> Iterator[Callable[[int], None]]:
    if size is None or not sys.stderr.isatty():
        yield lambda _bytes: None
        return
    with click.progressbar(length=size, label="import", file=sys.stderr) as bar:
        yield bar.update
