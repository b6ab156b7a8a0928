"""The field's words in one spelling: 孤独 and こどく, 寂しい and 淋しい and さみしい are asked for as one.

An own small table, no dictionary: only words that people come here for, and only spellings that hardly ever mean
something else. Kana stand inside other words (りこん in とりこんで), so some spellings say what may not stand beside
them; a word that cannot be told apart from a common other one is left out.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from forum.text import Folded, fold_words

# The kept spelling, then the others as patterns; $ stands for the end of what is written in kana and kanji.
_TABLE = """
孤独       こどく
寂し       淋し (?<!わ)さびし (?<!わ)さみし
悲し       哀し かなし
苦し       くるし
虚し       空し(?=[いくさか]) むなし
つら       辛(?=[いくさかそ])
恥ずかし   恥かし はずかし
恋し       こいし(?=[いくさか])
幸せ       倖せ 仕合わせ しあわせ
気持ち     気持(?!ち) 気もち きもち
不満       ふまん
我慢       がまん
後悔       こうかい(?![たて])
罪悪感     ざいあくかん
嫉妬       しっと(?=[しすのにをで心深]|$)
信頼       しんらい
裏切       うらぎ(?=[るりらつれ])
秘密       ひみつ
嘘         噓 (?<![ぁ-ん])うそ(?=[をがつはもだのでにと]|$)
約束       やくそく
相談       そうだん(?![なべ])
本当       ほんとう
涙         泪 なみだ
眠         ねむ(?=[いくれるらりたつろ])
疲れ       (?<![い見み])つかれ(?!ば)
思         想(?=[いうえわおつ])
聞         聴(?=[いくかけこ])
会         逢(?=[いうえわおつ瀬])
会いた     あいた(?=[いくか])
別れ       わかれ(?=[たてるよ話]|$)
離婚       りこん(?=[しをのすが届裁協調話]|$)
夫婦       ふうふ(?![うつ])
別居       べっきょ
同居       どうきょ
不倫       ふりん
浮気       うわき(?!ま)
恋愛       れんあい
結婚       けっこん
再婚       さいこん
熟年       じゅくねん
旦那       だんな(?!る)
夫         (?<![ぁ-ん])おっと(?=[がはのにをもへやさ]|から|$)
妻         (?<![ぁ-ん])つま(?=[がはのにをもへやと]|から|$)
主人       しゅじん
奥さん     おくさん
嫁         (?<![ぁ-ん])よめ(?=[がはのにをもさいと]|$)
姑         しゅうとめ
義母       ぎぼ(?!し)
義父       ぎふ(?=[がはのにをもと]|$)
子供       子ども こども
息子       むすこ
孫         (?<![ぁ-ん])まご(?=[がはのにをもと]|$)
家族       かぞく
友達       友だち ともだち
一人       独り (?<![0-9])1人 ひとり
二人       (?<![0-9])2人 ふたり
私         わたし(?![たて])
彼女       かのじょ
あなた     貴方 貴女
会話       (?<!で)かいわ(?!け)
無言       むごん
沈黙       ちんもく
愛情       あいじょう
寝室       しんしつ
更年期     こうねんき
介護       かいご(?!う)
看病       かんびょう
病気       びょうき
入院       にゅういん
認知症     にんちしょう
不眠       ふみん
定年       ていねん
退職       たいしょく
仕事       しごと
借金       しゃっきん
年金       ねんきん
ありがとう 有難う 有り難う
頑張       がんば(?=[るりつれらろ])
許せ       ゆるせ(?=[なまるたず])
許し       ゆるし(?=[てたをが]|$)
"""
_LETTERS = "ぁ-んー一-鿿々"
_ASIDE = re.compile(r"\(\?[^)]*\)")  # what may or may not stand beside a spelling


class Spelling(NamedTuple):
    """A way to write a word of the table: its letters, where they are taken for it, and the spelling that is kept."""

    plain: str
    pattern: re.Pattern[str]
    kept: str


def _spellings() -> Iterator[Spelling]:
    for line in fold_words(_TABLE).strip().splitlines():
        kept, *others = line.split()
        for other in others:
            pattern = other.replace("|$)", f"|[^{_LETTERS}]|$)")
            yield Spelling(_ASIDE.sub("", other), re.compile(pattern), kept)


SPELLINGS = tuple(_spellings())
_WORDS = frozenset(spelling.kept for spelling in SPELLINGS)


def one_spelling(folded: str) -> str:
    """A folded text with the table's words as they are kept."""
    for spelling in SPELLINGS:
        if spelling.plain in folded:  # which most are not: looking first makes it ten times as quick
            folded = spelling.pattern.sub(spelling.kept, folded)
    return folded


def any_spelling(folded: str) -> str:
    """The same, whatever stands beside a spelling: for an index, which offers rather too much than too little."""
    for spelling in SPELLINGS:
        folded = folded.replace(spelling.plain, spelling.kept)
    return folded


def is_spelt_in_several_ways(folded: str) -> bool:
    """Whether a word of the table stands in a folded text, in whatever spelling."""
    kept = one_spelling(folded)
    return kept != folded or any(word in kept for word in _WORDS)


def respelt(folded: Folded) -> Folded:
    """The same as :func:`one_spelling`; each letter of a word put in stands for the whole word it was."""
    for spelling in SPELLINGS:
        if spelling.plain in folded.text:
            folded = _with_kept(folded, spelling)
    return folded


def _with_kept(folded: Folded, spelling: Spelling) -> Folded:
    text, offsets, ends, place = "", list[int](), list[int](), 0
    for found in spelling.pattern.finditer(folded.text):
        start, end = found.span()
        first, last = folded.span(start, end)
        text += folded.text[place:start] + spelling.kept
        offsets += [*folded.offsets[place:start], *[first] * len(spelling.kept)]
        ends += [*folded.ends[place:start], *[last] * len(spelling.kept)]
        place = end
    return Folded(
        text + folded.text[place:], (*offsets, *folded.offsets[place:]), (*ends, *folded.ends[place:])
    )
