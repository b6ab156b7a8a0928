"""Settings: a pure function from a mapping of words to a checked value object, every fault with a name and a reason."""

import ipaddress
import shlex
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from limits import parse_many

from forum.errors import ConfigError

PREFIX = "FORUM_"
CONFIG_FILE = "config.toml"
SEARCH_BACKENDS = ("whoosh", "postgres", "memory")
WHOLE_NUMBERS = frozenset(
    {
        "port",
        "workers",
        "proxy_hops",
        "ticket_seconds",
        "identities_per_bucket",
        "identities_on_board",
        "door_hours",
        "bell_minutes",
    }
)
FACTORS = frozenset({"bucket_factor", "calm_factor"})


@dataclass(frozen=True)
class Limits:
    """How often one identity, and one network bucket, may do a thing (Flask-Limiter's notation)."""

    write: str = "5 per minute; 40 per hour"
    newcomer: str = "3 per minute; 10 per hour; 20 per day"
    react: str = "30 per minute; 300 per hour"
    flag: str = "10 per minute; 30 per hour"
    theme: str = "60 per minute; 900 per hour"
    letter: str = "3 per minute; 10 per hour"
    search: str = "30 per minute"
    look: str = "10 per minute; 60 per hour"
    back: str = "10 per minute; 60 per hour"
    login: str = "10 per minute; 60 per hour"
    desk: str = "240 per minute"
    # Mobile networks put thousands of people behind one address: a bucket gets many times what one identity does.
    bucket_factor: int = 20
    # On calm days everybody writes so many times less.
    calm_factor: int = 3


@dataclass(frozen=True)
class Settings:
    """Everything an operator may change. Times are in seconds, sizes in bytes, hours in the board's zone."""

    instance: Path
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    database_url: str = ""
    redis_url: str = ""
    search: str = "whoosh"
    proxy_hops: int = 0
    ticket_seconds: int = 2
    identities_per_bucket: int = 50
    identities_on_board: int = 1000
    site_name: str = "凪"
    exit_url: str = "https://www.jma.go.jp/bosai/forecast/"
    public_hosts: tuple[str, ...] = ()
    staffed_hours: str = "09:00-12:00,20:00-24:00"
    door_hours: int = 72
    bell_command: str = ""
    bell_minutes: int = 30
    samples: str = "auto"
    policy_file: str = ""
    themes_file: str = ""
    contacts_file: str = ""
    limits: Limits = field(default_factory=Limits)

    @property
    def database(self) -> str:
        """The database's address; without one, a SQLite file in the instance folder."""
        return self.database_url or f"sqlite:///{self.instance.resolve() / 'nagi.sqlite3'}"

    @property
    def is_local(self) -> bool:
        """Served on loopback without a proxy in front: the only case in which cookies may travel without TLS."""
        return self.proxy_hops == 0 and _is_loopback(self.host)


def load_config(environ: Mapping[str, str]) -> Settings:
    """Settings from ``<instance>/config.toml`` and, over it, the environment. Raises ConfigError, one line each."""
    instance = Path(environ.get(PREFIX + "INSTANCE", "instance"))
    raw = _read_file(instance / CONFIG_FILE)
    tables = raw.pop("limits", {})
    if not isinstance(tables, dict):
        raise ConfigError("config.toml: limits must be a table")
    known = {f.name for f in fields(Settings)} - {"instance", "limits"}
    _refuse_unknown(raw, known, CONFIG_FILE)
    for name in known:
        if PREFIX + name.upper() in environ:
            raw[name] = environ[PREFIX + name.upper()]
    values: dict[str, Any] = {name: _typed(name, value) for name, value in raw.items()}
    settings = Settings(instance=instance, limits=_limits(tables, environ), **values)
    _check(settings)
    return settings


def _read_file(path: Path) -> dict[str, object]:
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as broken:
        raise ConfigError(f"{path.name}: {broken}") from broken


def _refuse_unknown(given: Mapping[str, object], known: set[str], where: str) -> None:
    for name in given:
        if name not in known:
            raise ConfigError(f"{where}: unknown setting {name!r}")


def _limits(table: Mapping[str, object], environ: Mapping[str, str]) -> Limits:
    known = {f.name for f in fields(Limits)}
    _refuse_unknown(table, known, f"{CONFIG_FILE} [limits]")
    values: dict[str, object] = dict(table)
    for name in known:
        if PREFIX + "LIMIT_" + name.upper() in environ:
            values[name] = environ[PREFIX + "LIMIT_" + name.upper()]
    for name, value in values.items():
        if name in FACTORS:
            values[name] = _factor(name, value)
        else:
            _check_limit(name, value)
    return Limits(**values)  # type: ignore[arg-type]


def _factor(name: str, value: object) -> int:
    factor = _whole(name, value)
    if factor < 1:
        raise ConfigError(f"limits: {name} must be at least 1")
    return factor


def _check_limit(name: str, value: object) -> None:
    try:
        parse_many(str(value))
    except ValueError as broken:
        raise ConfigError(f"limits: {name} must read like '5 per minute; 40 per hour'") from broken


def _typed(name: str, value: object) -> object:
    if name in WHOLE_NUMBERS:
        return _whole(name, value)
    if name == "public_hosts":
        parts = value.split(",") if isinstance(value, str) else value
        if not isinstance(parts, list):
            raise ConfigError("public_hosts must be a list of host names")
        return tuple(str(part).strip() for part in parts if str(part).strip())
    if not isinstance(value, str):
        raise ConfigError(f"{name} must be text")
    return value


def _whole(name: str, value: object) -> int:
    try:
        return int(str(value))
    except ValueError as broken:
        raise ConfigError(f"{name} must be a whole number") from broken


def _check(settings: Settings) -> None:
    if settings.search not in SEARCH_BACKENDS:
        raise ConfigError(f"search must be one of {', '.join(SEARCH_BACKENDS)}")
    if not 0 < settings.port < 65536:
        raise ConfigError("port must lie between 1 and 65535")
    if settings.workers < 1 or settings.proxy_hops < 0 or settings.ticket_seconds < 0:
        raise ConfigError("workers, proxy_hops and ticket_seconds must not be negative")
    if settings.identities_per_bucket < 1 or settings.identities_on_board < 1:
        raise ConfigError("identities_per_bucket and identities_on_board must be at least 1")
    if settings.door_hours < 1:
        raise ConfigError("door_hours must be at least 1")
    _check_bell(settings)
    if settings.workers > 1 and not settings.redis_url:
        raise ConfigError("more than one worker needs redis_url: buckets and limits must be shared in memory")
    if settings.workers > 1 and settings.search == "memory":
        raise ConfigError(
            "search = memory is for one worker: what one has indexed, another would never hear of"
        )
    if settings.database_url.startswith("postgresql://"):
        raise ConfigError("database_url: write postgresql+psycopg://")
    if settings.search == "postgres" and not settings.database_url.startswith("postgresql+"):
        raise ConfigError("search = postgres needs a PostgreSQL database (database_url)")
    if not settings.exit_url.startswith("https://"):
        raise ConfigError("exit_url must be an https address")
    if settings.samples not in {"auto", "never"}:
        raise ConfigError("samples must be auto or never")
    if not settings.site_name.strip():
        raise ConfigError("site_name must not be empty")


def _check_bell(settings: Settings) -> None:
    if settings.bell_minutes < 1:
        raise ConfigError("bell_minutes must be at least 1")
    try:
        shlex.split(settings.bell_command)
    except ValueError as broken:
        raise ConfigError(f"bell_command: {broken}") from broken


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
