"""`forum pause`: reading goes on, writing rests, and no text is lost meanwhile."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from forum.cli import cli
from tests.actors import Reader, Writer

Forum = Callable[..., Result]


@pytest.fixture
def forum(instance: Path) -> Forum:
    def run(*words: str) -> Result:
        environ = {"FORUM_INSTANCE": str(instance), "FORUM_SEARCH": "memory"}
        return CliRunner(env=environ).invoke(cli, list(words), prog_name="forum")

    return run


def test_writing_rests_until_it_goes_on(forum: Forum, writer: Writer, reader: Reader) -> None:
    writer.vents("夜の話です。")
    assert "rests" in forum("pause").output
    assert "already" in forum("pause").output
    answer = writer.vents("今夜のことを書きました。")
    assert answer.status_code == 503
    assert "今夜のことを書きました。" in answer.text
    assert "お休みしています" in answer.text
    assert writer.reacts(writer.post_id, "same").status_code == 503
    assert reader.opens(f"/t/{writer.thread_id}").status_code == 200
    assert reader.sends("/c", body="いつまでお休みですか。").status_code == 200
    assert "goes on" in forum("resume").output
    assert writer.vents("今夜のことを書きました。").status_code == 303


def test_help_stands_on_the_page_of_a_pause_when_the_words_ask_for_it(forum: Forum, writer: Writer) -> None:
    forum("pause")
    answer = writer.vents("今夜、もう死のうと思います。薬は用意しました。")
    assert answer.status_code == 503
    assert 'class="hand"' in answer.text


def test_deleting_goes_on_while_writing_rests(forum: Forum, writer: Writer) -> None:
    writer.vents("夜の話です。")
    forum("pause")
    assert writer.sends(f"/p/{writer.post_id}/d").status_code == 200


def test_a_legal_request_is_answered_for_a_post_and_for_a_thread(forum: Forum, writer: Writer) -> None:
    writer.vents("夜の話です。")
    for name in (writer.post_id, writer.thread_id):
        printed = json.loads(forum("legal-export", name).output)
        assert [post["text"] for post in printed["posts"]] == ["夜の話です。"]
    refused = forum("legal-export", "A" * 22)
    assert refused.exit_code == 1
    assert "no such" in refused.output
    assert forum("legal-export", "rubbish").exit_code == 1
