"""The English of the board: whole, in step with the Japanese, and in the board's own voice."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message

from tests.catalogues import ENGLISH, catalogue, extract

PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\{\w+\}")
JAPANESE = re.compile("[\u3000-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\uff01-\uffef]")
# The name of the board is the one Japanese letter that may stand in English.
NAME = "凪"
# Words of offices and machines; whoever reads them feels caught.
UNKIND = re.compile(
    r"\b(?:violat\w*|error\w*|prohibit\w*|forbid\w*|invalid\w*|illegal\w*|users?|submit\w*|submission\w*|denied|fail\w*"
    r"|oops|sorry for any inconvenience)\b",
    re.IGNORECASE,
)
AMERICAN = re.compile(
    r"\b\w*(?:color|favor|behavior|neighbor|honor)(?:s|ed|ing|ful)?\b"
    r"|\b(?:recogni|apologi|organi|reali)z\w*\b|\b(?:center|traveled|canceled|judgment|counseling|gray)\b",
    re.IGNORECASE,
)
# What stands on one line of a phone: the labels of buttons and of the bars above and below.
BUTTON_LETTERS = 22
BUTTON_MACRO = re.compile(r"act_(?:button|link)\(\s*_\('((?:[^'\\]|\\.)*)'\)")
BAR = (
    "出る",
    "相談先",
    "書く",
    "返事を書く",
    "話を探す",
    "自分の場所",
    "わかります",
    "そばにいます",
    "ありがとう",
)
TEMPLATES = Path(__file__).resolve().parents[2] / "forum" / "templates"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """Every sentence the sources hold now."""
    return extract(tmp_path_factory.mktemp("catalogue") / "messages.pot")


@pytest.fixture(scope="module")
def english() -> Catalog:
    """The catalogue as it is shipped."""
    return catalogue(ENGLISH)


def forms(message: Message) -> tuple[str, ...]:
    return message.string if isinstance(message.string, tuple) else (message.string,)


def first(message: Message) -> str:
    return message.id[0] if isinstance(message.id, tuple) else message.id


def said(english: Catalog) -> list[tuple[str, str]]:
    """Each English sentence beside the Japanese one it stands for; a counted one twice."""
    return [(first(message), text) for message in english if message.id for text in forms(message)]


def wrong(english: Catalog, pattern: re.Pattern[str]) -> list[str]:
    return [text for _japanese, text in said(english) if pattern.search(text.replace(NAME, ""))]


def test_every_sentence_of_the_board_has_its_english(template: Catalog, english: Catalog) -> None:
    asked = {message.id for message in template if message.id}
    assert len(asked) > 300
    answered = {message.id for message in english if message.id and all(forms(message))}
    assert not asked - answered


def test_no_english_is_a_guess(english: Catalog) -> None:
    assert not [first(message) for message in english if message.id and message.fuzzy]


def test_no_english_is_kept_for_a_sentence_that_is_gone(template: Catalog, english: Catalog) -> None:
    asked = {message.id for message in template if message.id}
    assert not [first(message) for message in english if message.id and message.id not in asked]
    assert not english.obsolete


def test_placeholders_are_the_same_in_both_languages(english: Catalog) -> None:
    differing = [
        text
        for japanese, text in said(english)
        if sorted(PLACEHOLDER.findall(japanese)) != sorted(PLACEHOLDER.findall(text))
    ]
    assert not differing


def test_open_places_of_the_ready_made_notes_stay_open(english: Catalog) -> None:
    places = re.compile(r"\[[^\]]*\]")
    assert not [
        text for japanese, text in said(english) if len(places.findall(japanese)) != len(places.findall(text))
    ]


def test_counted_sentences_have_one_form_for_one_and_another_for_more(english: Catalog) -> None:
    assert english.num_plurals == 2
    assert english.plural_expr == "(n != 1)"
    counted = [message for message in english if isinstance(message.id, tuple)]
    assert counted
    assert not [message.string for message in counted if len(set(forms(message))) != 2]


def test_no_japanese_letter_is_left_in_the_english(english: Catalog) -> None:
    assert not wrong(english, JAPANESE)


def test_the_english_blames_nobody_and_does_not_sound_like_an_office(english: Catalog) -> None:
    assert not wrong(english, UNKIND)


def test_the_english_never_raises_its_voice(english: Catalog) -> None:
    assert not wrong(english, re.compile("!|！"))


def test_the_english_is_spelt_as_in_britain(english: Catalog) -> None:
    assert not wrong(english, AMERICAN)


def test_the_english_holds_no_markup_and_cannot_end_an_attribute(english: Catalog) -> None:
    # A sentence goes into attributes, too, and is trusted as the templates are.
    assert not wrong(english, re.compile(r'[<>"&]'))


def test_what_stands_on_a_button_fits_a_phone(english: Catalog) -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in TEMPLATES.rglob("*.html"))
    labels = {*BUTTON_MACRO.findall(sources), *BAR}
    assert len(labels) > 25
    spoken = dict(said(english))
    assert not [spoken[label] for label in labels if len(spoken[label]) > BUTTON_LETTERS]
