"""Other processes at one index: they write, rebuild or hold it, and are killed for real."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path

from sqlalchemy import create_engine

from forum.search.base import SearchBackend
from forum.search.postgres_backend import PostgresBackend
from forum.search.query import parse
from forum.search.whoosh_backend import WhooshBackend
from tests.unit.search.posts import many, post

SPAWN = multiprocessing.get_context("spawn")

Make = Callable[[str], SearchBackend]


def in_files(folder: str) -> SearchBackend:
    return WhooshBackend(Path(folder))


def in_postgres(url: str) -> SearchBackend:
    return PostgresBackend(create_engine(url))


def found(backend: SearchBackend, typed: str, theme: str | None = None) -> list[bytes]:
    return list(backend.candidates(parse(typed).terms, theme=theme))


def write_for_ever(make: Make, where: str, ready: Connection) -> None:
    backend = make(where)
    for place in range(1_000_000):
        backend.put(
            [post(f"{place} {n}", f"静かな夜の {place} {n} 番目の言葉", day=place) for n in range(20)]
        )
        ready.send(place)


def rebuild_for_ever(make: Make, where: str, ready: Connection) -> None:
    backend = make(where)
    while True:
        ready.send(0)
        backend.rebuild(many(2000))


def hold(make: Make, where: str, ready: Connection) -> None:
    with make(where).alone():
        ready.send(0)
        time.sleep(60)


def write_on_request(make: Make, where: str, orders: Connection) -> None:
    backend = make(where)
    while (name := orders.recv()) is not None:
        backend.put([post(name, f"静かな夜の {name}")])
        orders.send(name)


def begin(target: object, make: Make, where: object) -> tuple[SpawnProcess, Connection]:
    ours, theirs = SPAWN.Pipe()
    process = SPAWN.Process(target=target, args=(make, str(where), theirs), daemon=True)  # type: ignore[arg-type]
    process.start()
    return process, ours


def kill(process: SpawnProcess) -> None:
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join()
