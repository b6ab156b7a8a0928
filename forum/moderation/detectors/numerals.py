"""Reads digits in any writing: 〇九〇, ぜろきゅうぜろ, zero nine zero, 零と大字, 丸が四つ, four zeros."""

import re
from collections.abc import Iterator

from forum.text import Folded, fold_words

RUN_AT_LEAST = 7  # shorter runs are ages, sums and years; only long ones are read as one number
GAP_AT_MOST = 4

_SINGLE = {
    "0": "0 〇 零 ○ 丸 ぜろ れい まる おー zero oh",
    "1": "1 一 壱 壹 いち わん one",
    "2": "2 二 弐 貳 に つー two",
    "3": "3 三 参 參 さん すりー three",
    "4": "4 四 肆 よん よ し ふぉー four",
    "5": "5 五 伍 ご ふぁいぶ five",
    "6": "6 六 陸 ろく しっくす six",
    "7": "7 七 漆 質 なな しち せぶん seven",
    "8": "8 八 捌 はち ぱ えいと eight",
    "9": "9 九 玖 きゅう く ないん nine",
}
_DIGIT_OF = {fold_words(word): digit for digit, words in _SINGLE.items() for word in words.split()}
_TIMES_OF = {
    fold_words(word): times
    for times, words in {
        2: "二 2 ふた に double two",
        3: "三 3 みっ さん triple three",
        4: "四 4 よっ よん four",
    }.items()
    for word in words.split()
}


def _any(words: dict[str, str] | dict[str, int]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


_DIGIT = _any(_DIGIT_OF)
_TIMES = _any(_TIMES_OF)
_REPEATED = re.compile(
    fold_words(
        f"(?P<what>{_DIGIT})(?:が|を|の)?(?P<times>{_TIMES})(?:つ|個|こ|回|かい|連続|連)(?:並\\w)?"
        f"|(?P<en_times>{_TIMES}) (?P<en_what>{_DIGIT})(?:e?s)?"
    )
)
# Every branch begins with a letter of its own, so that the engine can skip to the next candidate at C speed.
_TOKEN = re.compile(
    fold_words(
        "|".join(
            f"{word}(?:が|を|の)?(?:{_TIMES})(?:つ|個|こ|回|かい|連続|連)(?:並\\w)?" for word in _DIGIT_OF
        )
        + "".join(f"|{word} (?:{_DIGIT})(?:e?s)(?![a-z])" for word in ("two", "three", "four"))
        + "".join(f"|{word} (?:{_DIGIT})(?![a-z])" for word in ("double", "triple"))
        + "|o(?![a-np-z])(?<![a-np-z]o)"  # the letter for the figure: o9o
        + f"|{_DIGIT}"
    )
)
_SEPARATOR = re.compile("(?:[^\\w]|[_ー]|の|と|and)*")  # also an emoji


def digit_view(compact: Folded) -> Folded:
    """The text with every run of seven or more digits, however written, as plain digits without joiners."""
    runs = list(_runs(compact.text))
    if not runs:
        return compact
    text: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    low = 0
    for run in runs:
        first, last = run[0].start(), run[-1].end()
        text.append(compact.text[low:first])
        starts.extend(compact.offsets[low:first])
        ends.extend(compact.ends[low:first])
        for token in run:
            digits = _digits_of(token.group())
            text.append(digits)
            starts.extend([compact.offsets[token.start()]] * len(digits))
            ends.extend([compact.ends[token.end() - 1]] * len(digits))
        low = last
    text.append(compact.text[low:])
    return Folded("".join(text), (*starts, *compact.offsets[low:]), (*ends, *compact.ends[low:]))


def _runs(text: str) -> Iterator[list[re.Match[str]]]:
    """Stretches of digits with only separators between them, seven digits or more."""
    run: list[re.Match[str]] = []
    for match in _TOKEN.finditer(text):
        if run and not _joined(text, run[-1].end(), match.start()):
            if _is_long(run):
                yield run
            run = []
        run.append(match)
    if _is_long(run):
        yield run


def _digits_of(word: str) -> str:
    if word in _DIGIT_OF:
        return _DIGIT_OF[word]
    if word == "o":
        return "0"
    found = _REPEATED.fullmatch(word)
    if found is None:
        raise ValueError(word)
    if found["what"]:
        return _DIGIT_OF[found["what"]] * _TIMES_OF[found["times"]]
    return _DIGIT_OF[found["en_what"]] * _TIMES_OF[found["en_times"]]


def _joined(text: str, end: int, start: int) -> bool:
    """Whether only separators lie between two digits, and not many."""
    return start - end <= GAP_AT_MOST and (start == end or _SEPARATOR.fullmatch(text, end, start) is not None)


def _is_long(run: list[re.Match[str]]) -> bool:
    if len(run) * 4 < RUN_AT_LEAST:  # one token stands for four digits at most
        return False
    return sum(len(_digits_of(token.group())) for token in run) >= RUN_AT_LEAST
