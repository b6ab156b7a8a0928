"""`forum serve`: everything between an empty folder and an open board, and the server itself.

The parent process never opens the database: it is set up by a child that ends before the server starts,
because an SQLite connection must not be carried over a fork.
"""

import multiprocessing
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import click
from flask import Flask
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from forum import create_app, in_use, schema
from forum.cli import work
from forum.cli.samples import load_samples
from forum.cli.themes import sync_themes
from forum.config import PREFIX, Settings, load_config
from forum.errors import ConfigError
from forum.extensions import begin_writing, db
from forum.identity.keys import ensure_keys
from forum.moderation import staff
from forum.runtime import runtime

STOP_SECONDS = 5


@click.command()
@click.option("--host", help="Address to listen on.  [FORUM_HOST, default 127.0.0.1]")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on.  [FORUM_PORT, default 8000]")
@click.option("--workers", type=click.IntRange(1), help="Web processes.  [FORUM_WORKERS, default 1]")
def serve(host: str | None, port: int | None, workers: int | None) -> None:
    """Bring the database up to date and serve the board."""
    _put_over({"HOST": host, "PORT": port, "WORKERS": workers})
    settings = load_config(os.environ)
    _ensure_free(settings)
    ensure_keys(settings.instance)
    # Held by this process and every copy of it, from now to the end of the last.
    in_use.share(settings.instance)
    schema.head()  # read once, before the processes that all need it come out of this one
    if _child(prepare, settings).wait_for_end() != 0:
        raise click.exceptions.Exit(1)
    with _background():
        _serve(settings)


def prepare(settings: Settings) -> None:
    """Migrate, put the themes in, and on a fresh board of one's own machine the samples; say how to begin."""
    app = create_app()
    with app.app_context():
        schema.upgrade(db.engine)
        begin_writing()
        sync_themes(settings)
        if settings.is_local and settings.samples == "auto":
            load_samples(only_if_empty=True)
        path = staff.first_enrolment(keys=runtime().keys) if settings.is_local else None
        db.session.commit()
        db.engine.dispose()
    _greet(settings, path)


def _greet(settings: Settings, enrolment: str | None) -> None:
    address = f"http://{_shown_host(settings.host)}:{settings.port}"
    click.echo(f"{settings.site_name} is at {address}/   (Ctrl+C ends it)")
    if enrolment:
        click.echo(f"First moderator, open this link once: {address}{enrolment}")


def _shown_host(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _put_over(given: dict[str, object]) -> None:
    """Options stand over the environment, for this process and for the web workers it starts."""
    for name, value in given.items():
        if value is not None:
            os.environ[PREFIX + name] = str(value)


def _ensure_free(settings: Settings) -> None:
    try:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)
    except OSError as unknown:
        raise ConfigError(f"host: {settings.host} is no address of this machine") from unknown
    family, kind, _, _, address = found[0]
    with closing(socket.socket(family, kind)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as taken:
            raise ConfigError(
                f"cannot listen on {settings.host}:{settings.port}: {taken.strerror}"
            ) from taken


def _numeric(settings: Settings) -> str:
    """The address as the server wants it: it takes no names."""
    return str(socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0][4][0])


def _serve(settings: Settings) -> None:
    # One blocking thread a worker: more made the slowest answers several times slower where SQLite is
    # touched.
    Server(
        "forum.wsgi:app",
        address=_numeric(settings),
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=1,
        websockets=False,
        log_level=LogLevels.error,
        log_access=False,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
    ).serve(target_loader=_load_app)


def _load_app(_target: str) -> Flask:
    """The app of a web worker; runs inside that worker. An index in memory is its own and must be filled."""
    # Ctrl+C reaches the whole group, then the parent ends each worker: two signals at once make a worker hang.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    app = create_app()
    in_use.share(Path(app.instance_path))
    work.keep_memory_index(app)
    return app


class _Child:
    """A process that does one thing in a clean copy of this one."""

    def __init__(self, target: Callable[..., None], *args: object) -> None:
        context = multiprocessing.get_context("fork")
        self._process = context.Process(target=_quietly, args=(target, *args))
        self._process.start()

    def wait_for_end(self) -> int:
        self._process.join()
        return self._process.exitcode or 0

    def stop(self) -> None:
        self._process.terminate()
        self._process.join(STOP_SECONDS)
        if self._process.is_alive():
            self._process.kill()


def _child(target: Callable[..., None], *args: object) -> _Child:
    return _Child(target, *args)


def _quietly(target: Callable[..., None], *args: object) -> None:
    """Run ``target``; what the operator can mend is one line and not a traceback."""
    try:
        target(*args)
    except ConfigError as wrong:
        click.echo(f"Error: {wrong}", err=True)
        sys.exit(1)


@contextmanager
def _background() -> Iterator[None]:
    worker = _child(_work, os.getpid())
    try:
        yield
    finally:
        worker.stop()


def _work(parent: int) -> None:
    stop = work.Stop()
    stop.on(signal.SIGTERM)
    # Ctrl+C reaches the whole group; the parent ends this process when the web workers are done.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    work.run(create_app(), stop, parent=parent)
