"""Which search backend an installation has."""

from pathlib import Path

from sqlalchemy import Engine

from forum.errors import ConfigError
from forum.search.base import SearchBackend
from forum.search.memory_backend import MemoryBackend
from forum.search.postgres_backend import PostgresBackend
from forum.search.whoosh_backend import WhooshBackend


def make_backend(kind: str, folder: Path, engine: Engine | None = None) -> SearchBackend:
    """The backend named ``whoosh`` (files under ``folder``), ``postgres`` (tables in the database of ``engine``) or
    ``memory``. Raises ConfigError for others.
    """
    if kind == "memory":
        return MemoryBackend()
    if kind == "whoosh":
        return WhooshBackend(folder)
    if kind == "postgres" and engine is not None:
        return PostgresBackend(engine)
    raise ConfigError(f"search: there is no backend named {kind!r}")
