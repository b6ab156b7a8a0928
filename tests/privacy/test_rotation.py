"""Keys can be changed, and an old pepper destroyed: what must go on goes on, and what must end ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from forum import clock
from forum.cli import cli
from forum.identity.keys import load_keys
from tests.actors import Writer

WORDS = "夜の台所で、ひとり白湯を飲んでいます。"
MakeApp = Callable[..., Flask]


@pytest.fixture
def forum(instance: Path) -> Callable[..., Result]:
    def run(*words: str) -> Result:
        environ = {"FORUM_INSTANCE": str(instance), "FORUM_SEARCH": "memory"}
        return CliRunner(env=environ).invoke(cli, list(words), prog_name="forum")

    return run


def again(make_app: MakeApp, writer: Writer) -> Writer:
    """The same browser at the board started again."""
    later = Writer(make_app())
    cookie = writer.browser.get_cookie("s")
    assert cookie
    later.browser.set_cookie("s", cookie.value)
    return later


def test_a_cookie_lives_through_one_rotation_and_ends_with_the_second(
    make_app: MakeApp, writer: Writer, forum: Callable[..., Result]
) -> None:
    writer.vents(WORDS)
    assert forum("keys", "rotate-cookie").exit_code == 0
    assert writer.thread_id in again(make_app, writer).opens("/me").text
    assert forum("keys", "rotate-cookie").exit_code == 0
    assert writer.thread_id not in again(make_app, writer).opens("/me").text


def test_who_writes_in_the_window_carries_the_new_key(
    make_app: MakeApp, writer: Writer, forum: Callable[..., Result]
) -> None:
    writer.vents(WORDS)
    forum("keys", "rotate-cookie")
    between = again(make_app, writer)
    between.vents("つぎの夜の話です。")
    forum("keys", "rotate-cookie")
    assert writer.thread_id in again(make_app, between).opens("/me").text


def test_new_threads_take_the_new_pepper_and_old_ones_keep_theirs(
    make_app: MakeApp, writer: Writer, forum: Callable[..., Result]
) -> None:
    writer.vents(WORDS)
    assert forum("keys", "new-pepper").exit_code == 0
    later = again(make_app, writer)
    later.vents("新しい話です。")
    mine = later.opens("/me").text
    assert writer.thread_id in mine
    assert later.thread_id in mine


def test_after_burning_nobody_is_matched_and_everybody_can_read(
    make_app: MakeApp, writer: Writer, forum: Callable[..., Result]
) -> None:
    with clock.frozen(clock.now() - timedelta(days=366)):
        writer.vents(WORDS, lifetime="365")
    forum("keys", "new-pepper")
    with clock.frozen(clock.now() - timedelta(days=366) + timedelta(days=300)):
        forum("keys", "burn-pepper", "1", "--yes", "--force")
        later = again(make_app, writer)
        assert writer.thread_id not in later.opens("/me").text
        page = later.opens(f"/t/{writer.thread_id}")
        assert page.status_code == 200
        assert ">あなた</span>" not in page.text


def test_burning_asks_first(forum: Callable[..., Result], writer: Writer, instance: Path) -> None:
    assert "newest" in forum("keys", "burn-pepper", "1", "--yes").output
    writer.vents(WORDS)
    forum("keys", "new-pepper")
    refused = forum("keys", "burn-pepper", "1", "--yes")
    assert refused.exit_code == 1
    assert "1 threads" in refused.output
    assert "--yes" in forum("keys", "burn-pepper", "1", "--force").output
    assert set(load_keys(instance, {}).peppers) == {1, 2}
    assert forum("keys", "burn-pepper", "1", "--force", "--yes").exit_code == 0
    assert set(load_keys(instance, {}).peppers) == {2}


def test_no_command_prints_a_key_and_the_file_stays_shut(
    forum: Callable[..., Result], instance: Path
) -> None:
    before = load_keys(instance, {})
    said = "".join(forum("keys", *words).output for words in (["rotate-cookie"], ["new-pepper"], ["show"]))
    text = (instance / "keys.toml").read_text(encoding="utf-8")
    for line in text.splitlines():
        if '"' in line:
            assert line.split('"')[1] not in said
    assert (instance / "keys.toml").stat().st_mode & 0o777 == 0o600
    after = load_keys(instance, {})
    assert after.cookie_before == before.cookie
    assert (after.seal, after.form, after.audit) == (before.seal, before.form, before.audit)
    assert not list(instance.glob(".keys*"))


def test_a_rotation_killed_at_any_moment_leaves_whole_keys(instance: Path) -> None:
    before, file = load_keys(instance, {}), instance / "keys.toml"
    code = "while True: rotation.rotate_cookie(Path(sys.argv[1]))"
    code = f"import sys; from pathlib import Path; from forum.identity import rotation\n{code}"
    for pause in (0.0, 0.011, 0.023, 0.037):
        text = file.read_text(encoding="utf-8")
        process = subprocess.Popen([sys.executable, "-c", code, str(instance)], cwd=Path(__file__).parents[2])
        ends = time.monotonic() + 60
        while file.read_text(encoding="utf-8") == text and time.monotonic() < ends:
            time.sleep(0.001)
        time.sleep(pause)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert file.read_text(encoding="utf-8") != text
        assert load_keys(instance, {}).seal == before.seal
