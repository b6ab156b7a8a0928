"""Somebody's worst night is no teaser: lists show no words of a story for which help came first."""

from flask import Flask

from tests.actors import Reader, Writer, fields_of

HEAVY = "もう死にたい。今夜は眠れません。"
PLAIN = "夜の台所で、白湯を飲んでいます。"


def on_lists(app: Flask, words: str) -> bool:
    return any(words in Reader(app).opens(path).text for path in ("/", "/b/r2"))


def test_lists_show_no_words_of_a_story_for_which_help_came_first(app: Flask, writer: Writer) -> None:
    assert writer.vents(HEAVY).status_code == 200
    assert "死にたい" in Reader(app).opens(f"/t/{writer.thread_id}").text
    assert not on_lists(app, "死にたい")
    writer.vents(PLAIN)
    assert on_lists(app, "白湯")


def test_new_words_bring_it_back_or_take_it_away(app: Flask, writer: Writer) -> None:
    writer.vents(PLAIN)
    page = f"/p/{writer.post_id}/e"
    writer.browser.post(page, data=fields_of(writer.opens(page).text, page) | {"body": HEAVY})
    assert not on_lists(app, "死にたい")
    writer.browser.post(page, data=fields_of(writer.opens(page).text, page) | {"body": PLAIN})
    assert on_lists(app, "白湯")
