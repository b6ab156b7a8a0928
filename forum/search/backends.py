"""Which search backend an installation has."""

from pathlib import Path

from forum.errors import ConfigError
from forum.search.base import SearchBackend
from forum.search.memory_backend import MemoryBackend
from forum.search.whoosh_backend import WhooshBackend


def make_backend(kind: str, folder: Path) -> SearchBackend:
    """The backend named ``whoosh`` (files under ``folder``) or ``memory``. Raises ConfigError for others."""
    if kind == "memory":
        return MemoryBackend()
    if kind == "whoosh":
        return WhooshBackend(folder)
    raise ConfigError(f"search: there is no backend named {kind!r}")
