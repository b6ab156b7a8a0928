"""Fixtures: a real instance folder, a real migrated database, and actors who use the board as people do."""

import contextlib
import logging
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from forum import create_app, logs, schema
from forum.cli.themes import sync_themes
from forum.extensions import db, limiter
from forum.runtime import runtime
from tests.actors import Reader, Staff, Writer
from tests.databases import SETTING, postgres_schema

REDIS = os.environ.get("FORUM_TEST_REDIS_URL", "redis://127.0.0.1:6379/15")

# Wide limits: what is tested here is not how fast somebody may write (tests of the limits set their own).
WIDE = {
    f"FORUM_LIMIT_{name}": "100000 per minute"
    for name in ("WRITE", "NEWCOMER", "REACT", "FLAG", "THEME", "LETTER", "SEARCH", "BACK", "LOGIN", "DESK")
}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """With CI=true a skip is a failure: a promise that nobody checked is not kept."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true" and not hasattr(report, "wasxfail"):
        report.outcome, report.longrepr = "failed", f"skipped where nothing may be: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance folder with keys and a migrated database with the themes in it; tests work on copies."""
    folder = tmp_path_factory.mktemp("template")
    app = create_app({"FORUM_INSTANCE": str(folder), "FORUM_SEARCH": "memory"})
    with app.app_context():
        schema.upgrade(db.engine)
        sync_themes(runtime().settings)
        db.session.commit()
        db.session.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        db.session.remove()
        db.engine.dispose()
    return folder


@pytest.fixture
def instance(template: Path, tmp_path: Path) -> Path:
    """A copy of the template for one test."""
    folder = tmp_path / "instance"
    shutil.copytree(template, folder)
    folder.chmod(0o700)
    return folder


@pytest.fixture
def make_app(instance: Path) -> Iterator[Callable[..., Flask]]:
    """Apps on this test's instance, with other settings where a test needs them."""
    made: list[Flask] = []

    def make(**settings: str) -> Flask:
        environ = {
            "FORUM_INSTANCE": str(instance),
            "FORUM_SEARCH": "memory",
            "FORUM_TICKET_SECONDS": "0",
            **WIDE,
        }
        app = create_app(environ | {f"FORUM_{name.upper()}": value for name, value in settings.items()})
        app.testing = False
        limiter._storage_dead = (
            False  # one limiter serves all apps, and an earlier test's Redis may have been away
        )
        made.append(app)
        return app

    yield make
    for app in made:
        with app.app_context():
            runtime().onlooker.close()
            db.session.remove()
            db.engine.dispose()


@pytest.fixture(autouse=True)
def no_faults(caplog: pytest.LogCaptureFixture, request: pytest.FixtureRequest) -> Iterator[None]:
    """An unforeseen fault inside a request fails the test, unless the test says that it makes one on purpose."""
    logger = logging.getLogger(logs.LOGGER)
    logger.addHandler(caplog.handler)
    yield
    logger.removeHandler(caplog.handler)
    if "makes_faults" not in request.keywords:
        faults = [vars(record) for record in caplog.records if getattr(record, "event", "") == "fault"]
        assert not faults, [(fault["kind"], fault["place"]) for fault in faults]


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """The app with the test settings."""
    return make_app()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without cookies."""
    return app.test_client()


@pytest.fixture
def reader(app: Flask) -> Reader:
    """Somebody who only looks."""
    return Reader(app)


@pytest.fixture
def writer(app: Flask) -> Writer:
    """Somebody who writes."""
    return Writer(app)


@pytest.fixture
def other(app: Flask) -> Writer:
    """Somebody else who writes."""
    return Writer(app)


@pytest.fixture
def moderator(app: Flask) -> Staff:
    """A moderator who is signed in."""
    return Staff(app)


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """A fresh schema on the PostgreSQL server, dropped afterwards."""
    with contextlib.ExitStack() as stack:
        try:
            url = stack.enter_context(postgres_schema())
        except psycopg.OperationalError:
            _unavailable("PostgreSQL", SETTING)
        yield url


@pytest.fixture
def postgres_app(postgres_url: str, make_app: Callable[..., Flask]) -> Flask:
    """The app on PostgreSQL, migrated, with the themes."""
    app = make_app(database_url=postgres_url)
    with app.app_context():
        schema.upgrade(db.engine)
        sync_themes(runtime().settings)
        db.session.commit()
    return app


@pytest.fixture
def redis_url() -> Iterator[str]:
    """A database of the Redis server, emptied before and after."""
    client = redis.Redis.from_url(REDIS)
    try:
        client.flushdb()
    except redis.exceptions.ConnectionError:
        _unavailable("Redis", "FORUM_TEST_REDIS_URL")
    yield REDIS
    client.flushdb()
    client.close()


def _unavailable(what: str, setting: str) -> None:
    reason = f"no {what} server here: start one or name it in {setting}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
