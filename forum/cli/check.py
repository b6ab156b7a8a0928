"""`forum check`: what is wrong with this installation, one line each, before a person is harmed by it."""

import os
import shlex
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import create_engine, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from forum import clock, schema
from forum.backups import folder
from forum.cli.themes import SHIPPED as SHIPPED_THEMES
from forum.cli.themes import read_themes
from forum.cli.work import MEMORY
from forum.config import Settings, load_config
from forum.contacts import load_contacts, stale
from forum.errors import ConfigError, Unwell
from forum.identity.keys import load_keys
from forum.journal import BACKUP_DAYS
from forum.models import IndexJob, Moderator, Theme
from forum.moderation import duty, rules, wordings
from forum.search.backends import make_backend

WRONG = "wrong"
NOTE = "note"
JOBS_WAITING = 5000

Finding = tuple[str, str]


@click.command()
def check() -> None:
    """Say what is wrong with this installation; ends with 1 when something is."""
    findings = list(findings_of(os.environ))
    for level, text in findings:
        click.echo(f"{level}: {text}")
    if any(level == WRONG for level, _ in findings):
        raise click.exceptions.Exit(1)
    click.echo("Nothing is wrong.")


def findings_of(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Everything that is wrong, and what is worth knowing."""
    try:
        settings = load_config(environ)
    except ConfigError as wrong:
        yield WRONG, str(wrong)
        return
    yield from _files(settings)
    yield from _parsed(settings, environ)
    yield from ((WRONG, line) for line in wordings.faults_of(settings.instance / wordings.OWN))
    yield from _contacts(settings)
    yield from _network(settings)
    yield from _redis(settings)
    yield from _database(settings)
    yield from _search(settings)
    yield from _backups(settings)
    yield from _bell(settings)


def _files(settings: Settings) -> Iterator[Finding]:
    folder = settings.instance
    if not folder.is_dir():
        yield WRONG, f"instance: there is no folder {folder} (forum serve or forum upgrade makes it)"
    elif _is_open_to_others(folder):
        # The folder's own mode closes the database, its write-ahead log and the index as well.
        yield WRONG, f"instance: others can look into {folder}; chmod 700 {folder}"


def _parsed(settings: Settings, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Files and settings that are only read here to see whether they can be."""
    steps: tuple[Callable[[], object], ...] = (
        lambda: load_keys(settings.instance, environ),
        lambda: read_themes(_path(settings.themes_file) or SHIPPED_THEMES),
        lambda: duty.parse(settings.staffed_hours),
        schema.folder,
    )
    for step in steps:
        try:
            step()
        except ConfigError as wrong:
            yield WRONG, str(wrong)


def _contacts(settings: Settings) -> Iterator[Finding]:
    try:
        contacts = load_contacts(_path(settings.contacts_file))
    except ConfigError as wrong:
        yield WRONG, str(wrong)
        return
    for line in rules.faults_of(settings, contacts):
        yield WRONG, line
    for entry in stale(contacts, clock.today()):
        yield WRONG, f"contacts: {entry.id} was last checked on {entry.checked_on}; call it, look at its page"


def _network(settings: Settings) -> Iterator[Finding]:
    if settings.is_local and not settings.public_hosts:
        yield NOTE, "network: served for this machine only, cookies travel without TLS"
        return
    if settings.proxy_hops == 0:
        yield (
            WRONG,
            "network: proxy_hops is 0: without TLS in front cookies are not sent, and behind a proxy "
            "everybody would share one limit; set it to the number of proxies in front",
        )
    if not settings.public_hosts:
        yield WRONG, "network: public_hosts is empty: any host name would be answered to"


def _redis(settings: Settings) -> Iterator[Finding]:
    if not settings.redis_url:
        return
    try:
        client = Redis.from_url(settings.redis_url, socket_connect_timeout=3, decode_responses=True)
        told = {name: _told(client, name) for name in ("save", "appendonly")}
    except (RedisError, ValueError) as away:
        yield WRONG, f"redis: it does not answer ({type(away).__name__})"
        return
    if told["save"] or told["appendonly"] != "no":
        yield WRONG, "redis: it writes to disk; set save to nothing and appendonly to no"


def _told(client: Redis, name: str) -> str:
    found: Any = client.config_get(name)
    return str(found.get(name, ""))


def _database(settings: Settings) -> Iterator[Finding]:
    try:
        engine = create_engine(settings.database)
        with engine.connect() as connection:
            current = schema.is_current(connection)
            if current:
                yield from _content(Session(connection))
    except (SQLAlchemyError, ImportError, ValueError) as away:
        yield WRONG, f"database: it does not answer ({type(away).__name__})"
        return
    if not current:
        yield WRONG, "database: it is not in its newest form; run forum upgrade"


def _content(session: Session) -> Iterator[Finding]:
    if not session.scalar(select(func.count()).select_from(Theme).where(Theme.is_open)):
        yield WRONG, "themes: there is none to write in; run forum themes sync"
    able = select(Moderator.id).where(~Moderator.is_disabled, Moderator.password_hash != "")
    if session.scalar(able.limit(1)) is None:
        yield NOTE, "moderators: nobody can sign in yet; run forum moderators add"
    waiting = session.scalar(select(func.count()).select_from(IndexJob)) or 0
    if waiting > JOBS_WAITING:
        yield WRONG, f"search: {waiting} posts wait; is forum serve or forum background running?"


def _search(settings: Settings) -> Iterator[Finding]:
    if settings.search == MEMORY:
        yield NOTE, "search: kept in memory, filled anew at every start"
        return
    try:
        engine = create_engine(settings.database)
        usable = make_backend(settings.search, settings.instance / "index", engine).is_usable()
        engine.dispose()
    except (ConfigError, Unwell, OSError, SQLAlchemyError, ImportError, ValueError):
        usable = False
    if not usable:
        yield WRONG, "search: the index cannot be read; run forum search rebuild"


def _backups(settings: Settings) -> Iterator[Finding]:
    place = settings.instance / folder.FOLDER
    for path in folder.old_ones(place):
        yield WRONG, f"backups: {path} is {BACKUP_DAYS} days old or older; forum purge deletes it"
    for path in folder.open_to_others(place):
        yield WRONG, f"backups: others can read {path}; chmod 600 {path}"


def _bell(settings: Settings) -> Iterator[Finding]:
    words = shlex.split(settings.bell_command)
    if not words:
        yield NOTE, "bell: bell_command is not set: at night nobody is called when a life may be in danger"
    elif shutil.which(words[0]) is None:
        yield WRONG, f"bell: there is no command {words[0]}; try it with forum moderators bell --try"


def _is_open_to_others(folder: Path) -> bool:
    return bool(stat.S_IMODE(folder.stat().st_mode) & 0o077)


def _path(text: str) -> Path | None:
    return Path(text) if text else None
