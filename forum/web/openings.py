"""Sentences of the house to begin an answer with, by tone; and those that may go at once to somebody in danger.

They are known by neutral numbers, which stand in links and forms; a number keeps its sentence.
"""

from dataclasses import dataclass

from forum.i18n import gettext as _

# Which tones fit which wish, the nearest first.
TONES = {
    "listen": ("receive", "beside", "own"),
    "experience": ("own", "receive", "beside"),
    "advice": ("receive", "own", "offer"),
}
NUMBERS = {"receive": (1, 2, 3, 4), "beside": (5, 6, 7, 8), "own": (9, 10, 11, 12), "offer": (13, 14, 15)}


@dataclass(frozen=True)
class Tone:
    """A manner of answering, and numbered sentences to begin with."""

    words: str
    openings: tuple[tuple[int, str], ...]


def tones_for(wish: str) -> list[Tone]:
    """The tones that fit what the opener hopes for."""
    return [
        Tone(_tone_words()[name], tuple((number, _sentences()[number]) for number in NUMBERS[name]))
        for name in TONES[wish]
    ]


def opening(number: str) -> str | None:
    """The sentence with this number; None for what is no number of one."""
    return (
        _sentences().get(int(number)) if number.isascii() and number.isdigit() and len(number) < 3 else None
    )


def begun(sentence: str, typed: str) -> str:
    """What was typed, with the sentence before it; >>12 stays at the very beginning."""
    first, line_end, rest = typed.partition("\n")
    if first.startswith(">>") and first[2:].isdigit():
        return f"{first}\n{sentence}{line_end and chr(10)}{rest}"
    return f"{sentence}\n{typed}" if typed else f"{sentence}\n"


def reviewed_sentences() -> dict[int, str]:
    """What somebody new here may send at once into a thread under care.

    TO BE REVIEWED BY A PROFESSIONAL before a launch, in both languages.
    """
    return {
        1: _("読みました。ひとりで抱えてこられたこと、伝わってきました。"),
        2: _("ここに書いてくださって、ありがとうございます。"),
        3: _("返す言葉は見つからないけれど、あなたの話を読んだ人がここにいます。"),
        4: _("つらさに、大きいも小さいもないと思います。そのまま受けとりました。"),
        5: _("声で話せそうなら、相談先の電話もつながります。ここにいる人たちも待っています。"),
        6: _("今夜をいっしょに越せたらと思っています。また書いてください。"),
    }


def _tone_words() -> dict[str, str]:
    return {
        "receive": _("受けとめる"),
        "beside": _("ともにいる"),
        "own": _("体験を話す"),
        "offer": _("そっと差し出す"),
    }


def _sentences() -> dict[int, str]:
    return {
        1: _("読みました。"),
        2: _("その場面が、目に浮かびました。"),
        3: _("言葉にするまで、長かったでしょうね。"),
        4: _("そう感じていることを、そのまま受けとりました。"),
        5: _("返す言葉が見つからないけれど、読んだことだけ伝えたくて。"),
        6: _("今夜、同じように起きています。"),
        7: _("何も言わずに、となりに座っている気持ちです。"),
        8: _("ここで、つづきを待っています。"),
        9: _("わたしにも、似た夜がありました。"),
        10: _("同じとは言えないけれど、わたしのことを少し書きます。"),
        11: _("何年か前、わたしは同じところに立っていました。"),
        12: _("うちの台所でも、そんな音がしていました。"),
        13: _("合わなければ、読みながしてください。"),
        14: _("わたしの場合はこうでした、という話として。"),
        15: _("ひとつの考えとして、ここに置いておきます。"),
    }
