"""Changing the keys of a board that has been used: a new cookie key with a window, a new pepper, an old one destroyed.

Threat: whoever copied the keys once must not be able to use them for ever. The file is exchanged whole, so a process that
dies meanwhile leaves the old or the new one. A process that runs keeps the keys it started with until it is started again.
"""

import os
import secrets
import tomllib
from pathlib import Path
from typing import Any

from forum import errors
from forum.identity.keys import EARLIER_COOKIE, KEY_BYTES, KEY_FILE, PLAIN_KEYS
from forum.identity.sealed import encode_text

HEAD = "# The secrets of this board. Keep them apart from its database and its backups."


def rotate_cookie(folder: Path) -> None:
    """A new cookie key; the present one still opens cookies until the next rotation, then they are readers' cookies."""
    table = _read(folder)
    table[EARLIER_COOKIE] = table["cookie"]
    table["cookie"] = _fresh()
    _replace(folder, table)


def add_pepper(folder: Path) -> int:
    """A new pepper, which threads opened from now on take; returns its version."""
    table = _read(folder)
    version = max(map(int, table["pepper"])) + 1
    table["pepper"][str(version)] = _fresh()
    _replace(folder, table)
    return version


def burn_pepper(folder: Path, version: int) -> None:
    """Destroy a pepper: in its threads nobody can be matched with what they wrote any more, their writers neither.

    Raises ConfigError for the newest one, which new threads need, and for one that is not there.
    """
    table = _read(folder)
    if str(version) not in table["pepper"]:
        raise errors.ConfigError(f"keys: there is no pepper {version}")
    if version == max(map(int, table["pepper"])):
        raise errors.ConfigError(f"keys: pepper {version} is the newest; `forum keys new-pepper` first")
    del table["pepper"][str(version)]
    _replace(folder, table)


def names(folder: Path) -> list[str]:
    """The names of the keys in the file, never a key."""
    table = _read(folder)
    return [name for name in table if name != "pepper"] + [f"pepper_{version}" for version in table["pepper"]]


def _fresh() -> str:
    return encode_text(secrets.token_bytes(KEY_BYTES))


def _read(folder: Path) -> dict[str, Any]:
    path = folder / KEY_FILE
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        # TOML's own message may quote a key.
        raise errors.ConfigError(f"keys: cannot read {path}") from None
    if any(name not in table for name in (*PLAIN_KEYS, "pepper")):
        raise errors.ConfigError(f"keys: {path} does not hold every key; are they in the environment?")
    return table


def _replace(folder: Path, table: dict[str, Any]) -> None:
    """Write the new file beside the old one, overwrite the old one's bytes, and put the new one in its place."""
    target, draft = folder / KEY_FILE, folder / f".{KEY_FILE}.{secrets.token_hex(8)}"
    lines = [HEAD, "", *(f'{name} = "{table[name]}"' for name in table if name != "pepper"), "", "[pepper]"]
    lines += [f'{version} = "{key}"' for version, key in table["pepper"].items()]
    old = os.open(target, os.O_RDWR)
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(("\n".join(lines) + "\n").encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
        # Only now: had the power gone before, the old bytes were still needed. What the disk itself keeps is beyond us.
        os.pwrite(old, secrets.token_bytes(os.fstat(old).st_size), 0)
        os.fsync(old)
    except OSError as broken:
        raise errors.ConfigError(f"keys: cannot write {target}: {broken.strerror}") from None
    finally:
        draft.unlink(missing_ok=True)
        os.close(old)
