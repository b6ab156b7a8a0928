"""What happens to a person's letters: cleaned once on the way in, folded for matching, never stored folded.

People hide a number behind wide digits, a word behind stars, katakana or invisible characters, and ordinary
writers use the same letters without thinking. Folding makes all of these look alike while every folded letter
keeps the place it came from, so that a finding always marks letters the writer can see.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

MARKS_KEPT = 8  # no living script stacks more; longer piles hide text and make normalising quadratic
BLANK_LINES_KEPT = 3

_MARK_CLASS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u064b-\u065f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff"
    "\ufe20-\ufe2f\u3099\u309a"
)
_MARK_PILE = re.compile(f"([{_MARK_CLASS}]{{{MARKS_KEPT}}})[{_MARK_CLASS}]+")
_LINE_ENDS = re.compile("\r\n|[\r\u0085\u2028\u2029\v\f]")
# Controls, bidi controls, surrogates, invisible letters and noncharacters: nothing a reader would miss, and
# each can hide or reorder text (PostgreSQL refuses NUL outright).
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\ud800-\udfff\U000e0001]"
    "|(?<![\U0001f3f4\U000e0020-\U000e007f])[\U000e0020-\U000e007f]+"  # tag letters live only in flags
)
_EMOJI = "\u00a9\u00ae\u2190-\u2bff\ufe0f\U0001f000-\U0001faff"
# Joiners mean something between emoji and inside scripts that shape their letters, nowhere else.
_LONE_JOINER = re.compile(
    f"(?<![{_EMOJI}\u0620-\u08ff\u0900-\u0dff])[\u200c\u200d]|[\u200c\u200d](?=[\\s\u200c\u200d]|$)"
)

# A template's open place: 「町の名前[どこ]」, in brackets of either width. Nobody is to be sent one.
_OPEN_PLACE = re.compile(r"[\[［][^\]］\n]*[\]］]")


def has_open_place(text: str) -> bool:
    """Whether a place of a template is still to be filled in."""
    return _OPEN_PLACE.search(text) is not None


def covered(text: str, spans: Iterable[tuple[int, int]], cover: str) -> str:
    """The text with ``cover`` in place of each span; spans that meet or overlap are one."""
    place, pieces = 0, list[str]()
    for start, end in sorted(spans):
        if start > place or not pieces:
            pieces += [text[place:start], cover]
        place = max(place, end)
    return "".join(pieces) + text[place:]


def clean_input(text: str) -> str:
    """The text as it is stored: NFC, LF, nothing invisible, trimmed, at most three blank lines in a row."""
    text = _LINE_ENDS.sub("\n", text).replace("\t", " ")
    text = _LONE_JOINER.sub("", _UNSEEN.sub("", text))
    text = unicodedata.normalize("NFC", _MARK_PILE.sub(r"\1", text))
    return _without_long_gaps(text).strip()


def _without_long_gaps(text: str) -> str:
    kept: list[str] = []
    blank = 0
    for line in text.split("\n"):
        line = line.rstrip()
        blank = 0 if line else blank + 1
        if blank <= BLANK_LINES_KEPT:
            kept.append(line)
    return "\n".join(kept)


def normalise(text: str) -> str:
    """One spelling for search and comparing: NFKC, lower case, no invisible letters, single spaces."""
    folded = unicodedata.normalize("NFKC", clean_input(text)).lower()
    return " ".join(folded.split())


@dataclass(frozen=True)
class Folded:
    """Text made for matching. Letter ``i`` stands for ``[offsets[i], ends[i])`` of the original."""

    text: str
    offsets: tuple[int, ...]
    ends: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the original behind ``text[start:end]``; raises ValueError for an empty stretch."""
        if not 0 <= start < end <= len(self.text):
            raise ValueError("a span holds at least one letter")
        return self.offsets[start], self.ends[end - 1]


_SMALL = str.maketrans("ぁぃぅぇぉっゃゅょゎゕゖ", "あいうえおつやゆよわかけ")
_KANA = str.maketrans({chr(c): chr(c - 0x60).translate(_SMALL) for c in range(0x30A1, 0x30F7)}) | _SMALL
_ONE_TO_ONE = _KANA | str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


def _lookalikes() -> dict[str, str]:
    """Letters that a reader takes for others and that NFKC leaves alone."""
    pairs = dict(zip("аесорхуіјѕԁһӏԛԝкмнтвгαβγεικνορτυχω", "aecopxyijsdhlqwkmhtbrabyeiknoptuxw", strict=True))
    pairs |= dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz", strict=True))
    for first in (0x1F150, 0x1F170, 0x1F1E6):  # white on black circles and squares, flag letters
        pairs |= {chr(first + n): chr(ord("a") + n) for n in range(26)}
    for first in (0x2776, 0x2780, 0x278A, 0x24F5):  # dingbat digits 1 to 9
        pairs |= {chr(first + n): str(n + 1) for n in range(9)}
    pairs |= {"⓿": "0", "🄋": "0", "🄌": "0", "〜": "~", "…": "…", "‥": "…"}
    pairs |= dict.fromkeys("‐‑‒–—―−﹣─━", "-")
    pairs |= dict.fromkeys("●◯⚪⚫⭕◎", "○")
    pairs |= dict.fromkeys("“”„″", '"') | dict.fromkeys("‘’‚′`´", "'")
    return pairs


def _unfolded() -> dict[str, str]:
    """Of each folded kana, the letters it stands for."""
    letters: dict[str, str] = {}
    for letter in map(chr, _KANA):
        folded = letter.translate(_KANA)
        letters[folded] = letters.get(folded, folded) + letter
    return letters


_LOOKALIKES = _lookalikes()
_UNFOLDED = _unfolded()
_VOICING = str.maketrans("゛゜ﾞﾟ", "\u3099\u309a\u3099\u309a")
# A class of letters: signs that make another letter of the one before them.
SOUND_MARKS = _MARK_CLASS + "゛゜ﾞﾟ"
_TAIL = SOUND_MARKS + "\ufe00-\ufe0f"
_PLAIN_RUN = "\u3041-\u3096\u30a1-\u30fa\u30fc\u4e00-\u9fff!-~。、「」・\n"
# Besides the plain letters, wide ASCII, spaces and dots: none of them becomes a kanji or a kana.
_ORDINARY = re.compile(f"[{_PLAIN_RUN} \u3000\uff01-\uff5e々〇…‥『』〜]*")
_CLUSTER = re.compile(
    f"(?P<plain>[{_PLAIN_RUN}]+(?![{_TAIL}]))|(?P<space>[^\\S\n]+)|(?s:.)[{_TAIL}]{{0,{MARKS_KEPT}}}"
)


def fold_for_matching(text: str) -> Folded:
    """The matching view, in time linear in the text.

    NFKC, lower case, look-alikes to plain letters, katakana to hiragana (people mix the two to hide a word,
    and nobody's meaning hangs on it), small kana to large ones, dashes to ``-``, spaces to one space,
    invisible letters dropped. ー stays: without it メール would be the end of はじめる.
    """
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for match in _CLUSTER.finditer(text):
        start, end = match.span()
        if match.lastgroup == "plain":
            letters.append(match.group().translate(_ONE_TO_ONE))
            starts.extend(range(start, end))
            ends.extend(range(start + 1, end + 1))
            continue
        piece = " " if match.lastgroup == "space" else _fold_cluster(match.group())
        letters.append(piece)
        starts.extend([start] * len(piece))
        ends.extend([end] * len(piece))
    return Folded("".join(letters), tuple(starts), tuple(ends))


def fold_words(text: str) -> str:
    """The folded letters alone, for word lists; keeps length for kana, kanji and ASCII."""
    return text.translate(_KANA)


def kana_pattern(folded: str) -> str:
    """A pattern that finds in a text what is found of these letters in :func:`fold_words` of it: five times as quick."""
    return "".join(
        f"[{_UNFOLDED[letter]}]" if letter in _UNFOLDED else re.escape(letter) for letter in folded
    )


def is_ordinary(text: str) -> bool:
    """Whether folding this text makes kanji and kana of nothing but the same kanji and kana, one for one.

    Then :func:`fold_words` has every Japanese word of :func:`fold_for_matching`, at a fraction of the time.
    """
    return _ORDINARY.fullmatch(text) is not None


@lru_cache(maxsize=4096)
def _fold_cluster(cluster: str) -> str:
    if cluster[0] in _LOOKALIKES:
        return _LOOKALIKES[cluster[0]]
    composed = unicodedata.normalize("NFKC", cluster.translate(_VOICING)).lower()
    return "".join(_fold_letter(letter) for letter in composed).strip(" ")


def _fold_letter(letter: str) -> str:
    if letter in _LOOKALIKES:
        return _LOOKALIKES[letter]
    if letter != "\n" and unicodedata.category(letter) in ("Mn", "Me", "Cf", "Cc", "Cs", "Cn"):
        return ""
    if letter.isdecimal():
        return str(unicodedata.decimal(letter))
    base = unicodedata.normalize("NFD", letter)[0]
    return base if base.isascii() else letter.translate(_KANA)


def rewrite(folded: Folded, pattern: re.Pattern[str], replace: Callable[[re.Match[str]], str]) -> Folded:
    """A further view: every match replaced, its new letters standing for the whole match."""
    matches = list(pattern.finditer(folded.text))
    if not matches:
        return folded
    text: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for low, high, match in _pieces(matches, len(folded.text)):
        text.append(folded.text[low:high])
        starts.extend(folded.offsets[low:high])
        ends.extend(folded.ends[low:high])
        if match is not None and match.end() > match.start():
            piece = replace(match)
            text.append(piece)
            starts.extend([folded.offsets[match.start()]] * len(piece))
            ends.extend([folded.ends[match.end() - 1]] * len(piece))
    return Folded("".join(text), tuple(starts), tuple(ends))


def _pieces(matches: list[re.Match[str]], length: int) -> Iterator[tuple[int, int, re.Match[str] | None]]:
    low = 0
    for match in matches:
        yield low, match.start(), match
        low = match.end()
    yield low, length, None
