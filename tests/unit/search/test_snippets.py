"""The piece of text under a hit."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forum.search.query import parse
from forum.search.snippets import SNIPPET_LENGTH, snippet


def marked(text: str, typed: str, length: int = SNIPPET_LENGTH) -> str:
    return "".join(f"[{piece}]" if is_hit else piece for piece, is_hit in snippet(text, parse(typed), length))


@pytest.mark.parametrize(
    ("text", "typed", "expected"),
    [
        ("静かな夜のツバメ", "つばめ", "静かな夜の[ツバメ]"),
        ("静かな夜", "静か 夜", "[静か]な[夜]"),
        ("静かな夜", "静かな かな夜", "[静かな夜]"),
        ("My feelings, a feeling", "feeling", "My [feelings], a [feeling]"),
        ("ｺﾄﾞｸでした", "孤独 こどく", "[ｺﾄﾞｸ]でした"),
        ("一行目\n\n二行目", "二行", "一行目 [二行]目"),
        ("見つからない", "雪", "見つからない"),
        ("", "雪", ""),
        ("<b>夜</b>", "夜", "<b>[夜]</b>"),
    ],
)
def test_the_words_are_marked_where_they_stand(text: str, typed: str, expected: str) -> None:
    assert marked(text, typed) == expected


def test_a_long_text_is_cut_around_the_first_hit() -> None:
    piece = marked("あ" * 300 + "ツバメ" + "い" * 300, "つばめ")
    assert piece.startswith("…ああ")
    assert "[ツバメ]" in piece
    assert piece.endswith("いい…")
    assert len(piece) == SNIPPET_LENGTH + 4


@given(st.text(max_size=200), st.text(max_size=30))
@settings(max_examples=300, deadline=None)
def test_no_letter_is_made_up(text: str, typed: str) -> None:
    pieces = "".join(piece for piece, _ in snippet(text, parse(typed)))
    whole = " ".join(text.split())
    assert pieces.removeprefix("…").removesuffix("…") in whole or pieces in whole
