"""The server's long-lived secrets: made once, kept outside the database, refused when they are not secret.

Threat: a key that is missing, short, shared between two meanings or known to everybody empties every other
promise without anything looking wrong. So the program does not start with such a key.
"""

import hashlib
import os
import re
import secrets
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType

from forum import errors
from forum.identity.day import DayKey, MemoryDayKey, RedisDayKey
from forum.identity.sealed import decode_text, encode_text

__all__ = ["DayKey", "Keys", "MemoryDayKey", "PepperGone", "RedisDayKey", "ensure_keys", "load_keys"]

KEY_BYTES = 32
KEY_FILE = "keys.toml"
PLAIN_KEYS = ("cookie", "seal", "form", "audit")
#: The cookie key of before a rotation: still opens, never seals.
EARLIER_COOKIE = "cookie_before"
ENVIRONMENT_PREFIX = "FORUM_KEY_"

_PEPPER_NAME = re.compile(r"pepper_([1-9][0-9]{0,3})")
# Thirty-two random bytes hold about thirty different ones; fewer than this means a pattern.
_LEAST_DIFFERENT = 16
_KNOWN_PHRASES = ("", "secret", "changeme", "change-me", "password", "test", "dev", "key", "nagi", "forum")


class PepperGone(errors.NotFound):
    """The pepper of this version was destroyed on purpose: tags made with it can never be matched again."""


@dataclass(frozen=True, repr=False, eq=False)
class Keys:
    """All keys of one installation, 32 bytes each. Its text form shows nothing."""

    cookie: bytes
    peppers: Mapping[int, bytes]
    seal: bytes
    form: bytes
    audit: bytes
    cookie_before: bytes | None = None

    @property
    def pepper_version(self) -> int:
        """The newest pepper, which new threads take."""
        return max(self.peppers)

    def pepper(self, version: int) -> bytes:
        """The pepper of one version. Raises PepperGone when it is no longer kept."""
        try:
            return self.peppers[version]
        except KeyError:
            raise PepperGone from None

    def __repr__(self) -> str:
        return "Keys(…)"


def ensure_keys(folder: Path) -> bool:
    """Make ``folder/keys.toml`` with fresh keys when there is none; say whether this call made it.

    Two processes that start together agree: the file appears whole, by a link that only one of them can make.
    Raises ConfigError when the folder cannot be written.
    """
    target = folder / KEY_FILE
    if target.exists():
        return False
    try:
        _close_folder(folder)
        return _publish(target, _fresh_file())
    except OSError as broken:
        raise errors.ConfigError(f"keys: cannot write {target}: {broken.strerror}") from None


def load_keys(folder: Path, environ: Mapping[str, str]) -> Keys:
    """Read the keys of ``folder/keys.toml``, and over them ``FORUM_KEY_COOKIE``, ``FORUM_KEY_PEPPER_1`` … .

    Raises ConfigError (one line, never the key) when one is missing, not 32 bytes of base64url, equal to
    another, well known or patterned, and when the file can be read by others.
    """
    texts = _from_file(folder / KEY_FILE) | _from_environment(environ)
    raw = {name: _decoded(name, text) for name, text in sorted(texts.items())}
    _refuse_equal(raw)
    peppers = {int(found[1]): key for name, key in raw.items() if (found := _PEPPER_NAME.fullmatch(name))}
    missing = [name for name in PLAIN_KEYS if name not in raw] + ([] if peppers else ["pepper_1"])
    if missing:
        raise errors.ConfigError(f"keys: {', '.join(missing)} neither in {folder / KEY_FILE} nor environment")
    return Keys(
        cookie=raw["cookie"],
        peppers=MappingProxyType(peppers),
        seal=raw["seal"],
        form=raw["form"],
        audit=raw["audit"],
        cookie_before=raw.get(EARLIER_COOKIE),
    )


def _close_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    state = folder.stat()
    # A shared folder such as /tmp is not ours to close; the file's own mode protects it there.
    if state.st_uid == os.geteuid() and not state.st_mode & stat.S_ISVTX:
        folder.chmod(0o700)


def _fresh_file() -> str:
    lines = ["# The secrets of this board. Keep them apart from its database and its backups.", ""]
    lines += [f'{name} = "{encode_text(secrets.token_bytes(KEY_BYTES))}"' for name in PLAIN_KEYS]
    lines += ["", "[pepper]", f'1 = "{encode_text(secrets.token_bytes(KEY_BYTES))}"', ""]
    return "\n".join(lines)


def _publish(target: Path, text: str) -> bool:
    draft = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, target)
    except FileExistsError:
        return False
    finally:
        draft.unlink(missing_ok=True)
    return True


def _from_file(path: Path) -> dict[str, str]:
    try:
        with path.open("rb") as file:
            # Asked of the open file: a name could be exchanged between the question and the reading.
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise errors.ConfigError(f"keys: {path} can be read by others; chmod 600 {path}")
            table = tomllib.loads(file.read().decode("utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as broken:
        raise errors.ConfigError(f"keys: cannot read {path}: {broken.strerror}") from None
    except ValueError:
        # TOML's own message quotes what it stumbled over, and that may be a key.
        raise errors.ConfigError(f"keys: {path} is not readable as TOML") from None
    return _flattened(table, path)


def _flattened(table: dict[str, object], path: Path) -> dict[str, str]:
    peppers = table.pop("pepper", {})
    if not isinstance(peppers, dict):
        raise errors.ConfigError(f"keys: [pepper] in {path} must be a table of versions")
    names = table | {f"pepper_{version}": text for version, text in peppers.items()}
    return {_known_name(name): str(text) for name, text in names.items()}


def _from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    found = {name: text for name, text in environ.items() if name.startswith(ENVIRONMENT_PREFIX)}
    return {_known_name(name.removeprefix(ENVIRONMENT_PREFIX).lower()): text for name, text in found.items()}


def _known_name(name: str) -> str:
    # A misspelt name would leave the older key in force and nobody would notice.
    if name not in (*PLAIN_KEYS, EARLIER_COOKIE) and not _PEPPER_NAME.fullmatch(name):
        raise errors.ConfigError(f"keys: {name[:40]!r} is not the name of a key")
    return name


def _decoded(name: str, text: str) -> bytes:
    key = decode_text(text.strip().rstrip("="))
    if key is None or len(key) != KEY_BYTES:
        raise errors.ConfigError(f"keys: {name} must be {KEY_BYTES} bytes written as base64url")
    if _is_guessable(key):
        raise errors.ConfigError(f"keys: {name} is well known or follows a pattern; it must be random")
    return key


def _is_guessable(key: bytes) -> bool:
    steps = {(after - before) % 256 for before, after in pairwise(key)}
    typed = all(0x20 <= byte < 0x7F for byte in key)
    known = any(key == hashlib.sha256(phrase.encode("ascii")).digest() for phrase in _KNOWN_PHRASES)
    return len(set(key)) < _LEAST_DIFFERENT or len(steps) == 1 or typed or known


def _refuse_equal(keys: Mapping[str, bytes]) -> None:
    seen: dict[bytes, str] = {}
    for name, key in keys.items():
        if key in seen:
            raise errors.ConfigError(f"keys: {seen[key]} and {name} are equal; one key has one meaning")
        seen[key] = name
