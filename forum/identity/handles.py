"""The name a writer has inside one thread: two words from nature, picked by the pepper and not by the writer.

Threat: chosen names get used again, and a name used twice is what gives people away. The words were read
one by one for what they mean around marriage, gender, pity, death and class; so was what two of them say
together.
"""

import hmac
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

Pair = tuple[int, int]

LANGUAGES = ("ja", "en")
_SECTIONS = ("[first]", "[second]")
_DRAW_BYTES = 4
_DRAW_SPACE = 1 << (8 * _DRAW_BYTES)
_KATAKANA_TO_HIRAGANA = {code: code - 0x60 for code in range(ord("ァ"), ord("ヶ") + 1)}
_BETWEEN = re.compile(r"[\s・･_'\"「」『』-]+")
_COURTESY = re.compile("(?:さん|さま|様)$")


@dataclass(frozen=True)
class Words:
    """The two word lists of one language; a word's number is its place and never changes. ``readings`` are other ways to
    write a first word, each with the word."""

    first: tuple[str, ...]
    second: tuple[str, ...]
    joint: str
    readings: tuple[tuple[str, str], ...] = ()


@cache
def words_of(language: str) -> Words:
    """The word lists of "ja" or "en". Raises ValueError when the file is not two sections."""
    text = files("forum.identity").joinpath("words", f"{language}.txt").read_text(encoding="utf-8")
    sections: dict[str, list[str]] = {}
    readings: list[tuple[str, str]] = []
    for line in (line.strip() for line in text.splitlines()):
        if line in _SECTIONS:
            sections[line] = []
        elif line and not line.startswith("#"):
            if not sections:
                raise ValueError(f"words/{language}.txt: {line!r} stands before any section")
            word, *others = line.split()
            list(sections.values())[-1].append(word)
            readings += [(other, word) for other in others]
    if tuple(sections) != _SECTIONS:
        raise ValueError(f"words/{language}.txt needs the sections {' and '.join(_SECTIONS)}")
    first, second = (tuple(sections[name]) for name in _SECTIONS)
    joint = "" if language == "ja" else " "
    return Words(first=first, second=second, joint=joint, readings=tuple(readings))


def word_counts() -> Pair:
    """How many first and second words there are now."""
    words = words_of("ja")
    return len(words.first), len(words.second)


def candidates(pepper: bytes, thread_id: bytes, tag: bytes, counts: Pair | None = None) -> Iterator[Pair]:
    """Every pair of word numbers, once each, in an order that only this writer in this thread has.

    The caller takes the first that is free in the thread and stores it: when words are added, ``counts`` grows
    and the order changes for writers to come. Without the pepper the order cannot be computed.
    """
    first_count, second_count = counts or word_counts()
    pairs = first_count * second_count
    fair = _DRAW_SPACE - _DRAW_SPACE % pairs  # draws above it would make the first pairs likelier
    seen: set[int] = set()
    for draw in _draws(pepper, b"handle" + thread_id + tag):
        number = draw % pairs
        if draw < fair and number not in seen:
            seen.add(number)
            yield divmod(number, second_count)
            if len(seen) == pairs:
                return


def handle_text(pair: Pair, locale: str) -> str:
    """The handle in the language of ``locale`` ("en…" is English, anything else Japanese)."""
    words = words_of("en" if locale.startswith("en") else "ja")
    return words.first[pair[0]] + words.joint + words.second[pair[1]]


def parse_handle(text: str) -> tuple[Pair, ...]:
    """The pairs somebody may mean by a handle in either language; mostly one, and none for other words.

    Forgives width, case, spaces and quotes, hiragana for katakana, kana for kanji and a courteous さん at the end.
    """
    plain = _folded(text)
    meant = (
        pair
        for candidate in (plain, _COURTESY.sub("", plain))
        for language in LANGUAGES
        for pair in _parsed(candidate, language)
    )
    return tuple(dict.fromkeys(meant))


def _draws(pepper: bytes, message: bytes) -> Iterator[int]:
    block, counter = hmac.digest(pepper, message, "sha256"), 0
    while True:
        for start in range(0, len(block), _DRAW_BYTES):
            yield int.from_bytes(block[start : start + _DRAW_BYTES], "big")
        counter += 1
        block = hmac.digest(pepper, message + counter.to_bytes(4, "big"), "sha256")


@cache
def _numbers(language: str) -> tuple[Mapping[str, tuple[int, ...]], Mapping[str, int]]:
    words = words_of(language)
    # 朝の and 麻の are one word in kana.
    first: dict[str, tuple[int, ...]] = {}
    for text, word in (*zip(words.first, words.first, strict=True), *words.readings):
        first[_folded(text)] = (*first.get(_folded(text), ()), words.first.index(word))
    second = {_folded(word): number for number, word in enumerate(words.second)}
    return MappingProxyType(first), MappingProxyType(second)


def _parsed(plain: str, language: str) -> Iterator[Pair]:
    first, second = _numbers(language)
    for cut in range(1, len(plain)):
        if plain[cut:] in second:
            yield from ((number, second[plain[cut:]]) for number in first.get(plain[:cut], ()))


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold()
    return _BETWEEN.sub("", plain.translate(_KATAKANA_TO_HIRAGANA))
