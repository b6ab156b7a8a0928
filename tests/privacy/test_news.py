"""What the caretakers write to somebody is found by trying the seed, told once, and leads nobody else to anybody."""

from flask import Flask

from tests.actors import Staff, Writer
from tests.privacy.test_bans import sanctioned

NEWS = "世話人からのお知らせが"


def thanks_after(writer: Writer, words: str) -> str:
    assert writer.vents(words).status_code == 303
    return writer.opens(f"/p/{writer.post_id}/ok").text


def test_the_next_thanks_in_any_thread_tells_once_that_there_is_a_statement(
    app: Flask, writer: Writer, other: Writer
) -> None:
    sanctioned(app, writer, other, "warning")
    assert NEWS not in thanks_after(other, "世話人を待っていた人の話です。")
    assert NEWS in thanks_after(writer, "べつの部屋で、べつの話です。")
    assert NEWS not in thanks_after(writer, "そのつぎの話です。")


def test_whoever_comes_new_hears_nothing_of_others(app: Flask, writer: Writer, other: Writer) -> None:
    sanctioned(app, writer, other, "warning")
    assert NEWS not in thanks_after(Writer(app), "はじめて書きます。")


def test_a_second_statement_is_told_again(app: Flask, writer: Writer, other: Writer) -> None:
    sanctioned(app, writer, other, "warning")
    assert NEWS in thanks_after(writer, "べつの話です。")
    other.flags(writer.post_id, "identity")
    moderator = Staff(app, name="世話人Z")
    (case_id,) = moderator.cases()
    moderator.takes(case_id)
    assert moderator.decides(case_id, "hide", rule="1").status_code == 303
    assert NEWS in thanks_after(writer, "さらにべつの話です。")
