"""What is typed is understood, whatever it is."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forum.search import analysis, readings
from forum.search.query import QUERY_LENGTH, WORDS, Spelt, parse
from forum.search.snippets import snippet


def words(text: str) -> list[str]:
    return [word.text for word in parse(text).words]


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("静か", ["静か"]),
        ("静か 夜", ["静か", "夜"]),
        ("静か　夜", ["静か", "夜"]),
        ("静か、夜。", ["静か", "夜"]),
        ('"静かな 夜" 海', ["静かな 夜", "海"]),
        ("「静かな、夜」", ["静かな、夜"]),
        ("LINE交換", ["line交換"]),
        ("ＬＩＮＥ", ["line"]),
        ("静か 静か", ["静か"]),
        ('"閉じない', ["閉じない"]),
        ("title:静か body:*", ["title", "静か", "body"]),
        ("静か OR 夜", ["静か", "or", "夜"]),
        ("海* 山? [a TO b]", ["海", "山", "a", "to", "b"]),
    ],
)
def test_words_between_spaces_and_punctuation_are_asked_for(typed: str, understood: list[str]) -> None:
    assert words(typed) == understood


@pytest.mark.parametrize(
    "typed", ["", " ", "　", "。、！？", "-", '""', "「」", "\x00", "-夜", "…", "()", "\n\t"]
)
def test_what_asks_for_nothing_is_an_empty_query(typed: str) -> None:
    query = parse(typed)
    assert query.is_empty
    assert not query.matches("静かな夜")


@pytest.mark.parametrize("minus", ["-", "－", "−"])
def test_a_minus_keeps_a_word_out(minus: str) -> None:
    query = parse(f"夜 {minus}海")
    assert query.matches("静かな夜")
    assert not query.matches("夜の海")
    assert parse("夜-海").matches("夜の海"), "inside a word it is punctuation"


def test_a_quoted_phrase_can_be_kept_out() -> None:
    query = parse('夜 -"夜の海"')
    assert query.matches("夜と海")
    assert not query.matches("夜の海")


@pytest.mark.parametrize("written", ["コドク", "こどく", "ｺﾄﾞｸ", "コどク"])
@pytest.mark.parametrize("typed", ["コドク", "こどく", "ｺﾄﾞｸ"])
def test_kana_of_every_kind_meet(written: str, typed: str) -> None:
    assert parse(typed).matches(f"これは{written}です")


@pytest.mark.parametrize(
    ("typed", "written", "meets"),
    [
        ("feeling", "My feelings tonight", True),
        ("Feelings", "a feeling", True),
        ("story", "old stories", True),
        ("boxes", "a box", True),
        ("art", "the heart", False),
        ("worries", "a worrying night", True),
        ("married", "We marry once", True),
        ("marry", "the market", False),
        ("class", "the class", True),
        ("２０１５年", "2015年の夏", True),
        ("15年", "2015年の夏", False),
        ("静かな夜", "静かな、夜", False),
        ('"静かな、夜"', "静かな、夜", True),
        ('"quiet night"', "a quiet\nnight", True),
        ('"quiet night"', "night, quiet", False),
        ("🌙", "今夜は🌙がきれい", True),
        ("♡", "ありがとう♡", True),
        ("ありがとう", "ありがとう\N{COMBINING ACUTE ACCENT}", True),
        ("夜", "夜", True),
        ("メール", "はじめる", False),
    ],
)
def test_a_text_is_found_or_not(typed: str, written: str, meets: bool) -> None:
    query = parse(typed)
    assert query.matches(written) is meets
    if meets:
        assert query.terms <= analysis.text_terms(written), "or the index would never offer it"


@pytest.mark.parametrize(
    ("typed", "terms"),
    [
        ("といった", {"といつ", "いつた"}),
        ("笑いません", {"笑いま", "いませ", "ません"}),
        ("夫婦喧嘩", {"夫婦", "婦喧", "喧嘩"}),
        ("夜の海", {"夜の", "の海"}),
        ("コーヒー", {"こーひ", "ーひー"}),
        ("いま", {"いま"}),
    ],
)
def test_kana_are_asked_for_in_threes(typed: str, terms: set[str]) -> None:
    assert parse(typed).terms == terms


def test_ten_thousand_letters_are_cut_and_cost_nothing() -> None:
    begun = time.process_time()
    query = parse("静 " * 5000)
    assert [word.text for word in query.words] == ["静"]
    assert len(parse("あ" * 10_000).words[0].text) == QUERY_LENGTH
    assert len(parse(" ".join(f"語{n}" for n in range(30))).words) == WORDS
    assert time.process_time() - begun < 0.5


@given(st.text(max_size=300))
@settings(max_examples=400, deadline=None)
def test_any_input_is_a_query(typed: str) -> None:
    query = parse(typed)
    query.matches(typed)
    assert len(query.words) + len(query.without) <= WORDS
    assert all(word.terms for word in query.words)


@given(
    st.text(alphabet=st.sampled_from("静かな夜ＬINELineがガ。 っッー1２"), min_size=1, max_size=60), st.data()
)
@settings(max_examples=400, deadline=None)
def test_every_word_of_a_text_leads_to_it(text: str, data: st.DataObject) -> None:
    stretches = analysis.stretches(analysis.fold(text))
    if not stretches:
        return
    piece = data.draw(st.sampled_from(stretches))
    query = parse(piece)
    assert query.matches(text)
    assert query.terms <= analysis.text_terms(text)


@given(
    st.text(alphabet=st.sampled_from("つっッやゃャ笑い夫おっとガが々孤独こどくｺ。A　\u200b"), max_size=30),
    st.text(alphabet=st.sampled_from("つっッやゃャ笑い夫おっとガが々孤独こどくA"), min_size=1, max_size=4),
)
@settings(max_examples=600, deadline=None)
def test_the_quick_looks_at_a_text_say_what_the_whole_look_says(text: str, typed: str) -> None:
    query = parse(typed)
    assert query.matches(text) is all(word.is_in(Spelt(text)) for word in query.words)


@pytest.mark.parametrize("behind", ["", "。", "、", "ばかり", "について", "\n", "」", "で", "ね"])
def test_every_spelling_of_the_table_is_found_where_it_was_typed(behind: str) -> None:
    for spelling in readings.SPELLINGS:
        text = f"夜に、{spelling.plain}{behind}"
        query = parse(spelling.plain)
        assert query.matches(text), spelling.plain
        assert query.terms <= analysis.text_terms(text), spelling.plain
        assert "".join(piece for piece, is_hit in snippet(text, query) if is_hit), spelling.plain


@pytest.mark.parametrize(
    ("typed", "written", "meets"),
    [
        ("孤独", "こどくな夜", True),
        ("ｺﾄﾞｸ", "孤独な夜", True),
        ("こどくな夜", "孤独な夜", True),
        ("淋しい", "さみしいです", True),
        ("離婚", "荷物をとりこんで", False),
        ("離婚", "りこん。そればかり考えます", True),
        ("嘘", "うそ、でした", True),
        ("夫", "おっと、びっくり", True),
        ("夫", "おっとっと", False),
        ("妻", "つまらない", False),
        ("夜 -嘘", "夜、うそ。", False),
        ("1人", "一人の夜", True),
        ("一人", "21人の夜", False),
    ],
)
def test_words_of_the_table_are_one_in_all_their_spellings(typed: str, written: str, meets: bool) -> None:
    assert parse(typed).matches(written) is meets


def test_a_word_that_was_respelt_is_marked_as_it_stands_there() -> None:
    parts = snippet("こどくな夜と、孤独な朝", parse("孤独"))
    assert [piece for piece, is_hit in parts if is_hit] == ["こどく", "孤独"]


@given(
    st.text(alphabet=st.sampled_from("さみしいうそこどくりんでばかり。、孤独寂夫おっと"), max_size=40),
    st.data(),
)
@settings(max_examples=400, deadline=None)
def test_a_piece_with_words_of_the_table_is_offered_and_found(text: str, data: st.DataObject) -> None:
    spellings = [spelling.plain for spelling in readings.SPELLINGS if spelling.plain in analysis.fold(text)]
    if not spellings:
        return
    query = parse(data.draw(st.sampled_from(spellings)))
    assert query.matches(text)
    assert query.terms <= analysis.text_terms(text)


def test_a_sound_mark_of_its_own_makes_another_letter() -> None:
    assert not parse("か").matches("か゛")
    assert parse("が").matches("か゛")
