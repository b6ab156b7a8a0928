"""The program does not start with a key that is no secret, and never prints one."""

import hashlib
import multiprocessing
import secrets
import stat
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from forum import errors
from forum.identity.keys import ensure_keys, load_keys
from forum.identity.sealed import encode_text

NAMES = ("cookie", "seal", "form", "audit", "pepper_1")


def environment(**changed: str) -> dict[str, str]:
    """A full set of keys in the environment, some of them exchanged."""
    fresh = {name: encode_text(secrets.token_bytes(32)) for name in NAMES}
    return {f"FORUM_KEY_{name.upper()}": text for name, text in (fresh | changed).items()}


def make_at_once(folder: str, start: Barrier, made: str) -> None:
    start.wait(60)
    if ensure_keys(Path(folder)):
        Path(made).touch()


def test_keys_are_made_once_for_their_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "instance"
    assert ensure_keys(folder) is True
    before = (folder / "keys.toml").read_bytes()
    assert ensure_keys(folder) is False
    assert (folder / "keys.toml").read_bytes() == before
    assert stat.S_IMODE((folder / "keys.toml").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.name for path in folder.iterdir()] == ["keys.toml"]


def test_an_existing_folder_is_closed_to_others(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    ensure_keys(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


def test_fresh_keys_are_five_different_secrets(tmp_path: Path) -> None:
    ensure_keys(tmp_path)
    keys = load_keys(tmp_path, {})
    made = [keys.cookie, keys.seal, keys.form, keys.audit, keys.pepper(1)]
    assert len(set(made)) == 5
    assert {len(key) for key in made} == {32}
    assert keys.pepper_version == 1
    assert keys.cookie_before is None


def test_two_processes_that_start_together_agree(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(2)
    made = [str(tmp_path / f"made{number}") for number in range(2)]
    folder = tmp_path / "instance"
    racers = [context.Process(target=make_at_once, args=(str(folder), start, mark)) for mark in made]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(120)
    assert [racer.exitcode for racer in racers] == [0, 0]
    assert sum(Path(mark).exists() for mark in made) == 1
    assert [path.name for path in folder.iterdir()] == ["keys.toml"]
    assert load_keys(folder, {}).pepper_version == 1


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(errors.ConfigError, match="cannot write"):
        ensure_keys(tmp_path / "file" / "instance")


def test_the_environment_stands_over_the_file(tmp_path: Path) -> None:
    ensure_keys(tmp_path)
    other = secrets.token_bytes(32)
    keys = load_keys(tmp_path, {"FORUM_KEY_COOKIE": encode_text(other), "FORUM_HOST": "x"})
    assert keys.cookie == other
    assert keys.seal == load_keys(tmp_path, {}).seal


def test_the_environment_alone_is_enough(tmp_path: Path) -> None:
    second = secrets.token_bytes(32)
    keys = load_keys(tmp_path, environment(pepper_2=encode_text(second)))
    assert keys.pepper_version == 2
    assert keys.pepper(2) == second


def test_the_cookie_key_of_before_a_rotation_is_kept(tmp_path: Path) -> None:
    before = secrets.token_bytes(32)
    assert load_keys(tmp_path, environment(cookie_before=encode_text(before))).cookie_before == before


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_key_is_refused_by_name(tmp_path: Path, name: str) -> None:
    environ = environment()
    del environ[f"FORUM_KEY_{name.upper()}"]
    with pytest.raises(errors.ConfigError, match=name):
        load_keys(tmp_path, environ)


@pytest.mark.parametrize(
    "weak",
    [
        "",
        "short",
        "not base64url!",
        encode_text(secrets.token_bytes(31)),
        encode_text(secrets.token_bytes(33)),
        encode_text(bytes(32)),
        encode_text(b"\xff" * 32),
        encode_text(b"\x5a" * 32),
        encode_text(bytes(range(32))),
        encode_text(bytes(range(96, 128))),
        encode_text(bytes(range(255, 191, -2))),
        encode_text(b"\x01\xfe" * 16),
        encode_text(secrets.token_bytes(8) * 4),
        encode_text(b"change-me-change-me-change-me-00"),
        encode_text(b"kT9#vLq2!xWz7@mNb4$rYc8%eUj3^oPa"),
        encode_text(hashlib.sha256(b"secret").digest()),
        encode_text(hashlib.sha256(b"").digest()),
    ],
    ids=range(17),
)
@pytest.mark.parametrize("name", ["cookie", "pepper_1"])
def test_a_key_that_is_no_secret_is_refused_without_being_shown(tmp_path: Path, name: str, weak: str) -> None:
    with pytest.raises(errors.ConfigError, match=name) as caught:
        load_keys(tmp_path, environment(**{name: weak}))
    line = str(caught.value)
    assert "\n" not in line
    assert not weak or weak not in line


def test_the_keys_of_the_frozen_vectors_are_refused(tmp_path: Path) -> None:
    known = {
        name: encode_text(bytes(range(start, start + 32)))
        for name, start in zip(NAMES, range(0, 160, 32), strict=True)
    }
    with pytest.raises(errors.ConfigError, match="well known"):
        load_keys(tmp_path, environment(**known))


@pytest.mark.parametrize(
    ("first", "second"), [("cookie", "seal"), ("form", "pepper_1"), ("pepper_1", "pepper_2")]
)
def test_two_equal_keys_are_refused(tmp_path: Path, first: str, second: str) -> None:
    same = encode_text(secrets.token_bytes(32))
    with pytest.raises(errors.ConfigError, match="equal") as caught:
        load_keys(tmp_path, environment(**{first: same, second: same}))
    assert same not in str(caught.value)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    ensure_keys(tmp_path)
    (tmp_path / "keys.toml").chmod(mode)
    with pytest.raises(errors.ConfigError, match="chmod 600"):
        load_keys(tmp_path, {})


@pytest.mark.parametrize(
    "name", ["FORUM_KEY_COKIE", "FORUM_KEY_PEPPER", "FORUM_KEY_PEPPER_0", "FORUM_KEY_PEPPER_01"]
)
def test_a_misspelt_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(errors.ConfigError, match="not the name of a key"):
        load_keys(tmp_path, environment() | {name: encode_text(secrets.token_bytes(32))})


@pytest.mark.parametrize("content", [b"cookie = \xff", b"cookie = [[", b'pepper = "x"', b"cookie = 5"])
def test_a_broken_file_is_one_clear_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "keys.toml").write_bytes(content)
    (tmp_path / "keys.toml").chmod(0o600)
    with pytest.raises(errors.ConfigError) as caught:
        load_keys(tmp_path, {})
    assert "\n" not in str(caught.value)


def test_no_key_file_and_no_environment_is_refused(tmp_path: Path) -> None:
    with pytest.raises(errors.ConfigError, match="cookie, seal, form, audit, pepper_1"):
        load_keys(tmp_path, {})
