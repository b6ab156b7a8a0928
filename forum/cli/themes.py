"""`forum themes sync`: the themes file is the operator's, the table is a copy of it that threads can refer
to.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from forum.config import Settings
from forum.errors import ConfigError
from forum.extensions import begin_writing, db
from forum.models import Theme, Thread
from forum.runtime import runtime

SHIPPED = Path(__file__).resolve().parent.parent / "themes.toml"
TEXTS = ("code", "name_ja", "name_en", "about_ja", "about_en")
LISTS = ("questions_ja", "questions_en")
SWITCHES = ("expects_answers",)
NAME_LENGTH = 40
CODE_LENGTH = 24


@dataclass(frozen=True)
class Changes:
    """What a sync did, in numbers of themes."""

    added: int
    changed: int
    closed: int
    deleted: int


@click.group()
def themes() -> None:
    """Themes: the boards of the board."""


@themes.command()
@with_appcontext
def sync() -> None:
    """Bring the themes file into the database.

    A theme that is no longer in the file is deleted when nothing was ever written there, and closed
    otherwise.
    """
    begin_writing()
    done = sync_themes(runtime().settings)
    db.session.commit()
    click.echo(f"{done.added} added, {done.changed} changed, {done.closed} closed, {done.deleted} deleted")


def sync_themes(settings: Settings) -> Changes:
    """Make the table like the file. The caller commits. Raises ConfigError for a file that is no good."""
    wanted = read_themes(Path(settings.themes_file) if settings.themes_file else SHIPPED)
    present = {theme.code: theme for theme in db.session.scalars(select(Theme))}
    added = [Theme(**fields) for code, fields in wanted.items() if code not in present]
    db.session.add_all(added)
    changed = sum(_differs(theme, wanted[code]) for code, theme in present.items() if code in wanted)
    gone = [theme for code, theme in present.items() if code not in wanted]
    closed = sum(_close(theme) for theme in gone if _has_threads(theme))
    unused = [theme for theme in gone if not _has_threads(theme)]
    for theme in unused:
        db.session.delete(theme)
    db.session.flush()
    return Changes(added=len(added), changed=changed, closed=closed, deleted=len(unused))


def read_themes(path: Path) -> dict[str, dict[str, Any]]:
    """The themes of a file by their code, as columns. Raises ConfigError, one line."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8")).get("theme", [])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as broken:
        raise ConfigError(f"{path.name}: {' '.join(str(broken).split())}") from broken
    if not isinstance(tables, list) or not tables:
        raise ConfigError(f"{path.name}: it must hold at least one [[theme]]")
    rows = [_columns(table, position, path.name) for position, table in enumerate(tables, start=1)]
    found = {row["code"]: row for row in rows}
    if len(found) != len(rows):
        raise ConfigError(f"{path.name}: two themes have the same code")
    return found


def _columns(table: Any, position: int, name: str) -> dict[str, Any]:
    where = f"{name}: theme {position}"
    if not isinstance(table, dict) or set(table) - {*TEXTS, *LISTS, *SWITCHES}:
        raise ConfigError(f"{where} has keys that no theme has")
    for key in TEXTS:
        if not isinstance(table.get(key), str) or not table[key].strip():
            raise ConfigError(f"{where}: {key} is missing")
    code = table["code"]
    if not (code.isascii() and code.isalnum()) or len(code) > CODE_LENGTH:
        raise ConfigError(f"{where}: code must be a few ASCII letters and digits")
    if max(len(table["name_ja"]), len(table["name_en"])) > NAME_LENGTH:
        raise ConfigError(f"{where}: a name has at most {NAME_LENGTH} letters")
    questions = {key: "\n".join(str(line) for line in table.get(key, [])) for key in LISTS}
    switches = {key: bool(table.get(key, True)) for key in SWITCHES}
    texts = {key: table[key].strip() for key in TEXTS}
    return texts | questions | switches | {"position": position, "is_open": True}


def _differs(theme: Theme, fields: dict[str, Any]) -> bool:
    changed = {name: value for name, value in fields.items() if getattr(theme, name) != value}
    for name, value in changed.items():
        setattr(theme, name, value)
    return bool(changed)


def _close(theme: Theme) -> bool:
    was_open = theme.is_open
    theme.is_open = False
    return was_open


def _has_threads(theme: Theme) -> bool:
    some = select(Thread.id).where(Thread.theme_code == theme.code).limit(1)
    return db.session.execute(some).first() is not None
