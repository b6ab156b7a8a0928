"""Cleaning on the way in, and folding that never loses the place of a letter."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forum.text import (
    Folded,
    clean_input,
    fold_for_matching,
    fold_words,
    kana_pattern,
    normalise,
    rewrite,
)

ANY = st.text(
    alphabet=st.one_of(
        st.sampled_from("あアｱぁァガが゛ﾞー 　\n０0①Ａａé\u0301\u200b\u200d\ufe0f⃣㍿ﷺ🌙👩🇯🇵●〇"),
        st.characters(exclude_categories=[]),
    ),
    max_size=60,
)


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [
        ("あ\x00い", "あい"),
        ("あ\r\nい\rう", "あ\nい\nう"),
        ("あ\u202eい\u2069う\u200f", "あいう"),
        ("あ\u200bい\ufeff\u00adう", "あいう"),
        ("あ\ud800い", "あい"),
        ("  \u3000あ \n", "あ"),
        ("あ\n\n\n\n\n\n\nい", "あ\n\n\n\nい"),
        ("あ\n \n\u3000\n\n\n\nい", "あ\n\n\n\nい"),
        ("あ\n\n\nい", "あ\n\n\nい"),
        ("か\u3099", "が"),
        ("あ\tい", "あ い"),
        ("あ\u2028い", "あ\nい"),
        ("あ\u200dい", "あい"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("🏴\U000e0067\U000e0062\U000e007f", "🏴\U000e0067\U000e0062\U000e007f"),
        ("あ\U000e0067い", "あい"),
        ("葛\U000e0100飾", "葛\U000e0100飾"),
        ("", ""),
    ],
)
def test_what_nobody_sees_goes_and_what_has_a_meaning_stays(given_text: str, kept: str) -> None:
    assert clean_input(given_text) == kept


def test_a_pile_of_marks_is_cut_down() -> None:
    assert len(clean_input("あ" + "\u0301" * 5000)) < 20


@settings(max_examples=300, deadline=None)
@given(ANY)
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = clean_input(text)
    assert clean_input(once) == once


@settings(max_examples=300, deadline=None)
@given(ANY)
def test_clean_text_can_be_stored_anywhere(text: str) -> None:
    once = clean_input(text)
    once.encode("utf-8")
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]", once)
    assert once == once.strip()
    assert "\n\n\n\n\n" not in once


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("ＬＩＮＥ", "line"),
        ("ⓛⓘⓝⓔ", "line"),
        ("🇱🇮🇳🇪", "line"),
        ("ﾗｲﾝ", "らいん"),
        ("らぃん", "らいん"),
        ("ｶﾞｷﾞ", "がぎ"),
        ("か゛", "が"),
        ("メール", "めーる"),
        ("０９０―００", "090-00"),
        ("1️⃣2️⃣", "12"),
        ("①⓪❶", "101"),
        ("٠٩", "09"),
        ("𝟎𝟕𝟎", "070"),
        ("іnstа", "insta"),
        ("café", "cafe"),
        ("あ\u200bい", "あい"),
        ("あ　 い", "あ い"),
        ("㍿", "株式会社"),
        ("L●NE", "l○ne"),
    ],
)
def test_ways_of_writing_the_same_fold_to_the_same(written: str, folded: str) -> None:
    assert fold_for_matching(written).text == folded


def test_a_match_points_at_the_letters_it_was_written_in() -> None:
    text = "はい、ｶﾞﾝ\u200bﾊﾞ1️⃣ね"
    folded = fold_for_matching(text)
    at = folded.text.index("がんば1")
    start, end = folded.span(at, at + 4)
    assert text[start:end] == "ｶﾞﾝ\u200bﾊﾞ1️⃣"


@settings(max_examples=400, deadline=None)
@given(ANY, st.data())
def test_every_span_lies_in_the_original_and_folds_to_what_was_matched(
    text: str, data: st.DataObject
) -> None:
    folded = fold_for_matching(text)
    assert len(folded.text) == len(folded.offsets) == len(folded.ends)
    assert list(folded.offsets) == sorted(folded.offsets)
    assert list(folded.ends) == sorted(folded.ends)
    if folded.text:
        low = data.draw(st.integers(0, len(folded.text) - 1))
        high = data.draw(st.integers(low + 1, len(folded.text)))
        start, end = folded.span(low, high)
        assert 0 <= start < end <= len(text)
        assert folded.text[low:high] in fold_for_matching(text[start:end]).text


def test_an_empty_span_is_refused() -> None:
    with pytest.raises(ValueError):
        fold_for_matching("あ").span(0, 0)


def test_rewriting_keeps_the_place_of_the_rest() -> None:
    folded = fold_for_matching("し☆に☆たい")
    joined = rewrite(folded, re.compile("☆"), lambda found: "")
    assert joined.text == "しにたい"
    assert joined.span(0, 4) == (0, 6)
    assert rewrite(folded, re.compile("x"), lambda found: "") is folded


@pytest.mark.parametrize("unit", ["か\u3099", "あ", "\u0301", " ", "ﷺ", "1️⃣", "a\u0301\u0302", "ー", "\u200b"])
def test_hostile_letters_fold_in_a_moment_and_never_swell(unit: str) -> None:
    text = (unit * 50_000)[:50_000]
    started = time.process_time()
    folded = fold_for_matching(text)
    # Linear code needs some 0.05 s; a quadratic step would need minutes.
    assert time.process_time() - started < 2
    assert len(folded.text) <= 18 * len(text)


def test_normalise_is_one_spelling_for_comparing() -> None:
    assert normalise("  ＡＢＣ　ｶﾞ\u200b\n い ") == "abc ガ い"


def test_folded_is_a_value() -> None:
    assert Folded("あ", (0,), (1,)) == Folded("あ", (0,), (1,))


@given(st.text(alphabet=st.sampled_from("つっッヶけがガ笑.*A"), max_size=20), st.text(max_size=3))
def test_the_pattern_of_kana_finds_what_folding_finds(text: str, other: str) -> None:
    for sought in (fold_words(text[2:5]), fold_words(other)):
        found = re.search(kana_pattern(sought), text) is not None
        assert found is (sought in fold_words(text))
