"""Builds the views of one text. Each step is one pass of a pattern without nested repetition."""

import re

from forum.moderation.detectors.base import Known, Views
from forum.moderation.detectors.numerals import digit_view
from forum.moderation.detectors.romaji import kana_view
from forum.text import Folded, fold_for_matching, fold_words, rewrite

_WIDE = "\u3040-\u30ff\u3400-\u9fff。、「」『』○〇・"
_DOT = fold_words("(?:dot|どっと|どつと|ドット|てん|点|ぽち|\\.)")
_AT = fold_words("(?:at|a|あっと(?:まーく)?|アット(?:マーク)?|まーく|@)")
_OPEN, _CLOSE = "[(\\[{<「【《〔]", "[)\\]}>」】》〕]"

# What stands for @ and for the dot of an address; in the middle of words only between Latin letters.
# Each pattern begins with one class of letters, so that the engine can skip to the next candidate at C speed.
_AT_SIGN = f"&(?:\\#64|\\#x40|commat);|{_OPEN} ?{_AT} ?{_CLOSE}|アット ?マーク|あっと、?まーく|あと、?まーく"
_DOT_SIGN = f"&(?:\\#46|\\#x2e|period);|{_OPEN} ?{_DOT} ?{_CLOSE}|ドット(?=コム|ネット|ジェ)"
_SIGNS = re.compile(
    fold_words(
        f"(?=[ &(\\[{{<「【《〔あド、て点])(?: ?(?P<at>{_AT_SIGN}|(?<=[a-z0-9])、? ?あっと、? ?(?=[a-z0-9])) ?"
        f"| ?(?P<dot>{_DOT_SIGN}|(?<=[a-z0-9])、? ?(?:ドット|てん|点)、? ?(?=[a-z])) ?)"
    )
)
_SIGN_HINT = re.compile(fold_words("[&(\\[{<「【《〔]|あっと|あと|ドット|てん|点"))
_LETTER = "\u3040-\u30ff\u3400-\u9fffa-z"
_JAPANESE = "\u3040-\u309f\u4e00-\u9fff"
_MASKS = re.compile(f"[○〇*×✕✖■□◆◇](?<=[{_LETTER}].)(?=[{_LETTER}])")
_SET = "☆★♡♥♪♫・/|.,_\\-^~="
_JOINERS = re.compile(
    f"[ \nー{_SET}](?:"
    # spaces beside Japanese, and joiners between two Japanese letters, say nothing
    f"(?<= )(?=[{_WIDE}])|(?<=[{_WIDE}] )|(?<=[{_JAPANESE}][{_SET}])(?=[{_JAPANESE}])"
    "|(?<=[a-z][☆★♡♥♪♫・])(?=[a-z])"
    # l i n e, l.i.n.e, l-i-n-e: single Latin letters kept apart
    "|(?<![\\nー])(?:(?<=^[a-z].)|(?<=[^a-z0-9@][a-z].))(?=[a-z](?:[ .\\-_/|・~][a-z](?![a-z])|(?![a-z0-9@])))"
    # one letter a line
    "|(?m:(?<=^.\n)(?=.$))|(?<=ーー))"
)


def views_of(text: str, known: Known) -> Views:
    """All views of a text, in time linear in its length."""
    plain = fold_for_matching(text)
    compact = compact_view(plain)
    return Views(
        text=text,
        plain=plain,
        compact=compact,
        digits=digit_view(compact),
        kana=kana_view(compact),
        known=known,
    )


def compact_view(plain: Folded) -> Folded:
    """The text without what is put between letters to keep a machine from reading them."""
    hinted = _SIGN_HINT.search(plain.text)
    signs = rewrite(plain, _SIGNS, lambda found: "@" if found["at"] else ".") if hinted else plain
    joined = rewrite(signs, _JOINERS, lambda found: "")
    return rewrite(joined, _MASKS, lambda found: "○")
