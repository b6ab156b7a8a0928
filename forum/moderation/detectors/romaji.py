"""Reads romaji out as kana: some write whole posts in it, others hide a single syllable (shiにたい)."""

import re

from forum.text import Folded, fold_words, rewrite

SHARE_AT_LEAST = 0.8  # of all Latin words, before a text counts as written in romaji
WORDS_AT_LEAST = 3

_ROWS = {
    "": "あいうえお", "k": "かきくけこ", "s": "さしすせそ", "t": "たちつてと", "n": "なにぬねの", "h": "はひふへほ",
    "m": "まみむめも", "r": "らりるれろ", "g": "がぎぐげご", "z": "ざじずぜぞ", "d": "だぢづでど", "b": "ばびぶべぼ",
    "p": "ぱぴぷぺぽ",
}  # fmt: skip
_GLIDES = {
    "ky": "き", "sh": "し", "sy": "し", "ch": "ち", "ty": "ち", "ny": "に", "hy": "ひ", "my": "み", "ry": "り",
    "gy": "ぎ", "j": "じ", "jy": "じ", "zy": "じ", "by": "び", "py": "ぴ",
}  # fmt: skip
# Words that stand in Japanese sentences as they are and only look like romaji.
_NOT_ROMAJI = frozenset(
    (
        "line",
        "game",
        "home",
        "time",
        "date",
        "one",
        "note",
        "site",
        "name",
        "same",
        "made",
        "are",
        "he",
        "me",
        "so",
        "go",
        "do",
        "on",
    )
)
_PARTICLES = {"wa": "は", "o": "を", "wo": "を", "e": "へ"}


def _syllables() -> dict[str, str]:
    table = {row + vowel: kana[n] for row, kana in _ROWS.items() for n, vowel in enumerate("aiueo")}
    for row, kana in _GLIDES.items():
        table |= {row + "a": kana + "や", row + "u": kana + "ゆ", row + "o": kana + "よ"}
    table |= {
        "shi": "し",
        "chi": "ち",
        "tsu": "つ",
        "fu": "ふ",
        "ji": "じ",
        "ya": "や",
        "yu": "ゆ",
        "yo": "よ",
    }
    return table | {"wa": "わ", "wo": "を", "n": "ん", "nn": "ん"}


_SYLLABLE = _syllables()
_LATIN = re.compile("[a-z]+")
_OF_A_NAME = tuple("0123456789@._-/'")
_SPACE = re.compile(" ")


def kana_view(compact: Folded) -> Folded:
    """The view with romaji read out, or ``compact`` itself where nothing is romaji."""
    words = _LATIN.findall(compact.text)
    if not words:
        return compact
    readable = sum(read(word) is not None for word in words)
    if readable >= WORDS_AT_LEAST and readable >= SHARE_AT_LEAST * len(words):
        return rewrite(rewrite(compact, _LATIN, _reading), _SPACE, lambda found: "")
    return rewrite(compact, _LATIN, _reading_beside_kana)


def _reading(found: re.Match[str]) -> str:
    before, after = (
        found.string[max(found.start() - 1, 0) : found.start()],
        found.string[found.end() : found.end() + 1],
    )
    if before in _OF_A_NAME or after in _OF_A_NAME:
        return found.group()  # part of an account name or an address
    return read(found.group()) or found.group()


def _reading_beside_kana(found: re.Match[str]) -> str:
    before, after = (
        found.string[max(found.start() - 1, 0) : found.start()],
        found.string[found.end() : found.end() + 1],
    )
    beside = "\u3041" <= before <= "\u3096" or "\u3041" <= after <= "\u3096"
    return _reading(found) if beside and found.group() not in _NOT_ROMAJI else found.group()


def read(word: str) -> str | None:
    """One romaji word as folded kana, or None where it is not romaji to its last letter."""
    if word in _PARTICLES:
        return _PARTICLES[word]
    kana: list[str] = []
    at = 0
    while at < len(word):
        size = next((n for n in (3, 2, 1) if word[at : at + n] in _SYLLABLE and at + n <= len(word)), 0)
        if size:
            kana.append(_SYLLABLE[word[at : at + size]])
        elif word[at : at + 1] == word[at + 1 : at + 2] and word[at] not in "aiueon":
            kana.append("つ")
            size = 1
        else:
            return None
        at += size
    return fold_words("".join(kana))
