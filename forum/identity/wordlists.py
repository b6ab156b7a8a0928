"""The BIP-39 words in Japanese and English, and reading them back however a tired hand wrote them.

Sole importer of the library that carries the lists. Inside, words are NFKD as in the standard; shown, NFC.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from mnemonic import Mnemonic

LANGUAGES = {"ja": "japanese", "en": "english"}
# Whatever is no letter parts two words: spaces of all widths, ・, commas, line ends, numbers of a list.
# The sound marks of kana are no letters to the regular expression, but they belong to theirs.
_BETWEEN = re.compile("(?:(?![\u3099\u309a])[\\W\\d_])+")
_KATAKANA_TO_HIRAGANA = {code: code - 0x60 for code in range(ord("ァ"), ord("ヶ") + 1)}
# Stand-alone sound marks; NFKD would put a space before them and part the word.
_LOOSE_MARKS = {ord("゛"): "\u3099", ord("゜"): "\u309a", ord("ﾞ"): "\u3099", ord("ﾟ"): "\u309a"}


@cache
def standard_list(locale: str) -> Mnemonic:
    """The 2,048 words of one language ("en…" is English, else Japanese) with the standard's arithmetic."""
    return Mnemonic(LANGUAGES["en" if locale.startswith("en") else "ja"])


@cache
def _numbers(locale: str) -> Mapping[str, int]:
    return MappingProxyType({word: number for number, word in enumerate(standard_list(locale).wordlist)})


def shown(words: list[str]) -> tuple[str, ...]:
    """Words as a page shows them (NFC)."""
    return tuple(unicodedata.normalize("NFC", word) for word in words)


def split_words(text: str) -> list[str]:
    """The words of a text in the lists' own form (NFKD, hiragana, small letters), either language."""
    plain = unicodedata.normalize("NFKD", text.translate(_LOOSE_MARKS)).casefold()
    return [word for word in _BETWEEN.split(plain.translate(_KATAKANA_TO_HIRAGANA)) if word]


def language_of(words: list[str]) -> str | None:
    """The locale whose list knows every one of the words (as :func:`split_words` gives them), or None."""
    return next((locale for locale in LANGUAGES if all(word in _numbers(locale) for word in words)), None)


def places_of(words: list[str]) -> list[int] | None:
    """The words' numbers in the one list that knows them all (as :func:`split_words` gives them), or None."""
    locale = language_of(words)
    return None if locale is None else [_numbers(locale)[word] for word in words]
