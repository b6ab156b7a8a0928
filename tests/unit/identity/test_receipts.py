"""Four words open one thing, however a tired hand writes them; twelve words are the seed."""

import secrets
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as some

from forum.identity.phrase import phrase_for, seed_from
from forum.identity.receipts import new_words, read_words, receipt_id, words_for
from forum.identity.seeds import new_seed
from forum.identity.wordlists import standard_list

PEPPER = secrets.token_bytes(32)
JAPANESE = ("がっこう", "あいさつ", "ぱそこん", "きょうりゅう")
ENGLISH = ("abandon", "ability", "zoo", "zone")


def katakana(word: str) -> str:
    return "".join(chr(ord(letter) + 0x60) if "ぁ" <= letter <= "ん" else letter for letter in word)


HALF_WIDTH = {
    unicodedata.normalize("NFKC", chr(code)): chr(code) for code in range(0xFF66, 0xFF9E) if code != 0xFF70
} | {"\u3099": "\uff9e", "\u309a": "\uff9f"}


def half_width(word: str) -> str:
    return "".join(HALF_WIDTH[letter] for letter in unicodedata.normalize("NFD", katakana(word)))


@pytest.mark.parametrize("locale", ["ja", "en"])
def test_fresh_words_are_four_and_can_be_read_back(locale: str) -> None:
    drawn = {new_words(locale) for _ in range(200)}
    assert len(drawn) == 200
    for words in drawn:
        assert len(words) == 4
        assert read_words("\u3000".join(words)) == words


def test_every_word_of_both_lists_survives_being_shown_and_typed() -> None:
    for locale in ("ja", "en"):
        words = [unicodedata.normalize("NFC", word) for word in standard_list(locale).wordlist]
        for start in range(0, 2_048, 4):
            four = tuple(words[start : start + 4])
            typed = "・".join(half_width(word) if locale == "ja" else word.upper() for word in four)
            assert read_words(typed) == four


@pytest.mark.parametrize(
    "typed",
    [
        " ".join(JAPANESE),
        "\u3000".join(JAPANESE),
        "・".join(JAPANESE),
        "、".join(JAPANESE),
        "，".join(JAPANESE),
        "\n\t".join(JAPANESE) + "\r\n",
        "  \u3000 ".join(katakana(word) for word in JAPANESE),
        "･".join(half_width(word) for word in JAPANESE),
        unicodedata.normalize("NFKD", " ".join(JAPANESE)),
        unicodedata.normalize("NFD", "\u3000".join(katakana(word) for word in JAPANESE)),
        "1. がっこう 2. あいさつ 3. ぱそこん 4. きょうりゅう",
        "か゛っこう あいさつ は゜そこん きょうりゅう",
        "「がっこう」「あいさつ」「ぱそこん」「きょうりゅう」",
    ],
)
def test_japanese_words_are_read_in_every_usual_writing(typed: str) -> None:
    assert read_words(typed) == JAPANESE


@pytest.mark.parametrize(
    "typed",
    [
        "abandon ability zoo zone",
        "ABANDON, Ability, zoo, ZONE",
        "ａｂａｎｄｏｎ　ability zoo-zone",
        "1)abandon\n2)ability\n3)zoo 4)zone.",
    ],
)
def test_english_words_are_read_in_every_usual_writing(typed: str) -> None:
    assert read_words(typed) == ENGLISH


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "\u3000",
        "がっこう",
        "がっこう あいさつ ぱそこん",
        "がっこう あいさつ ぱそこん きょうりゅう がっこう",
        "がっこう あいさつ ぱそこん zoo",
        "がっこう あいさつ ぱそこん ぬるぽ",
        "がっこう あいさつ ぱそこん 学校",
        "abandon ability zoo zonee",
        " ".join(["zoo"] * 11),
        " ".join(["zoo"] * 13),
    ],
)
def test_anything_but_four_or_twelve_words_of_one_list_is_nothing(typed: str) -> None:
    assert read_words(typed) is None


@given(some.text())
def test_reading_never_raises(typed: str) -> None:
    assert read_words(typed) is None or len(read_words(typed) or ()) in (4, 12)


def test_one_receipt_has_one_name_however_it_is_written_and_in_both_languages() -> None:
    places = [standard_list("ja").wordlist.index(unicodedata.normalize("NFKD", word)) for word in JAPANESE]
    english = [standard_list("en").wordlist[place] for place in places]
    spellings = [
        JAPANESE,
        [katakana(word) for word in JAPANESE],
        [unicodedata.normalize("NFKD", word) for word in JAPANESE],
        english,
    ]
    assert len({receipt_id(PEPPER, words) for words in spellings}) == 1
    assert len(receipt_id(PEPPER, JAPANESE)) == 32


def test_order_words_and_pepper_all_count() -> None:
    names = {
        receipt_id(PEPPER, JAPANESE),
        receipt_id(PEPPER, JAPANESE[::-1]),
        receipt_id(secrets.token_bytes(32), JAPANESE),
        receipt_id(PEPPER, ENGLISH),
    }
    assert len(names) == 4


def test_words_of_no_list_have_no_name() -> None:
    with pytest.raises(ValueError, match="no words of a list"):
        receipt_id(PEPPER, ["ぬるぽ"] * 4)


def test_words_of_one_key_are_the_same_receipt_in_both_languages() -> None:
    key = secrets.token_bytes(32)
    assert words_for(key, "ja") == words_for(key, "ja")
    assert receipt_id(PEPPER, words_for(key, "ja")) == receipt_id(PEPPER, words_for(key, "en"))
    assert words_for(key, "ja") != words_for(secrets.token_bytes(32), "ja")


@given(some.binary(min_size=16, max_size=16), some.sampled_from(["ja", "en"]))
def test_twelve_words_are_the_seed(seed: bytes, locale: str) -> None:
    words = phrase_for(seed, locale)
    assert len(words) == 12
    assert seed_from(words) == seed
    assert read_words(" ".join(words)) == words


def test_a_phrase_may_be_typed_in_half_width_kana() -> None:
    seed = new_seed()
    typed = read_words("　".join(half_width(word) for word in phrase_for(seed, "ja")))
    assert typed is not None
    assert seed_from(typed) == seed


def test_a_wrong_checksum_an_unknown_word_and_another_length_are_no_seed() -> None:
    words = list(phrase_for(bytes(range(16)), "en"))
    assert seed_from(["zoo"] * 12) is None
    assert seed_from([*words[:11], "zzz"]) is None
    assert seed_from(words[:4]) is None
    assert seed_from([*words, *words]) is None
    assert seed_from([]) is None


def test_a_seed_of_another_length_has_no_phrase() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        phrase_for(bytes(15), "ja")
