"""Japanese posts in any number, and what people would type to find them again: both follow from a seed.

A post is put together from sentences of the labelled corpora, so that words and letters are as frequent as they are
where people write about their lives. Each sentence stands in several posts of a large board; the rarest words are
therefore a little less rare than in life.
"""

import json
import random
import re
from bisect import bisect
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from pathlib import Path

from forum.search.base import Document
from tests.load.board import THEMES

TRAIN = Path(__file__).parents[1] / "corpora" / "train"
FIRST_DAY, DAYS = date(2026, 1, 1), 300
POSTS_A_THREAD = 10
# A conversation goes on for so many days at most.
DAYS_A_THREAD = 12
MEAN_LETTERS, SPREAD = 250, 0.5
SHORTEST, LONGEST = 30, 1_200
PARAGRAPH = 3
TITLE_LETTERS = 30
ID_BYTES = 16
QUERIES = 400
# Of a hundred queries so many have 2, 3, 4, 5 and 6 letters.
SHARES = {2: 40, 3: 20, 4: 20, 5: 10, 6: 10}

_SENTENCE = re.compile("[^。！？\n]+[。！？]*[」』）]*")
_JAPANESE = re.compile("[ぁ-んァ-ヶ一-龥]{4}")
# Where a word begins and ends: kanji with the kana they are inflected in, katakana, and hiragana between marks.
_WORD = re.compile(
    "[一-龥々]+(?:[ぁ-ん]{1,4}(?![ぁ-ん]))?|[ァ-ヶー]+|(?:^|(?<=[、。「」！？…]))[ぁ-ん]{3,6}(?=[、。「」！？…一-龥ァ-ヶ]|$)"
)
_INFLECTED = re.compile("([一-龥々]+)([ぁ-ん]*)")


@cache
def sentences() -> tuple[str, ...]:
    """The Japanese sentences of the rows that carry no label, each once."""
    found: dict[str, None] = {}
    for file in sorted(TRAIN.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if not row["labels"]:
                found |= dict.fromkeys(piece.strip() for piece in _SENTENCE.findall(row["text"]))
    return tuple(sentence for sentence in found if _JAPANESE.search(sentence))


def posts(count: int, *, seed: int = 1) -> Iterator[Document]:
    """``count`` posts of as many threads as they fill, one after the other; every tenth opens a thread."""
    chosen, some = random.Random(seed), sentences()  # nosec
    threads = -(-count // POSTS_A_THREAD)
    for place in range(count):
        thread, number = divmod(place, POSTS_A_THREAD)
        if number == 0:
            thread_id, began = chosen.randbytes(ID_BYTES), thread * DAYS // threads
            later = sorted(chosen.randrange(DAYS_A_THREAD) for _ in range(POSTS_A_THREAD - 1))
            days = [min(began + after, DAYS - 1) for after in (0, *later)]
        yield Document(
            post_id=chosen.randbytes(ID_BYTES),
            thread_id=thread_id,
            theme=THEMES[thread % len(THEMES)],
            number=number + 1,
            day=FIRST_DAY + timedelta(days=days[number]),
            title=_title(chosen, some) if number == 0 else "",
            body=_body(chosen, some),
        )


def _title(chosen: random.Random, some: tuple[str, ...]) -> str:
    return chosen.choice(some).rstrip("。")[:TITLE_LETTERS]


def _body(chosen: random.Random, some: tuple[str, ...]) -> str:
    # The mean of e^(mu + spread * z) is e^(mu + spread² / 2).
    wanted = MEAN_LETTERS * chosen.lognormvariate(-SPREAD * SPREAD / 2, SPREAD)
    wanted = min(max(wanted, SHORTEST), LONGEST)
    pieces, letters = list[str](), 0
    while letters < wanted:
        piece = chosen.choice(some)
        letters += len(piece)
        pieces.append(piece)
    stretches = ("".join(pieces[start : start + PARAGRAPH]) for start in range(0, len(pieces), PARAGRAPH))
    return "\n".join(stretches)


def queries(count: int = QUERIES, *, seed: int = 1) -> list[str]:
    """What people would type: words of two to six letters, half as often as they are written, half each as likely."""
    chosen, known = random.Random(seed), _words()  # nosec
    found: list[str] = []
    for letters, share in SHARES.items():
        words = sorted(word for word in known if len(word) == letters)
        wanted = count * share // 100
        common = _often(words, known, wanted // 2, chosen)
        left = [word for word in words if word not in common]
        found += sorted(common) + chosen.sample(left, wanted - len(common))
    chosen.shuffle(found)
    return found


def _words() -> Counter[str]:
    known: Counter[str] = Counter()
    for sentence in sentences():
        for word in _WORD.findall(sentence):
            known.update(_forms(word))
    return known


def _forms(word: str) -> set[str]:
    """A word as it is typed: 離婚したい is asked for as 離婚, too."""
    inflected = _INFLECTED.fullmatch(word)
    forms = {word, inflected[1]} if inflected else {word}
    return {form for form in forms if len(form) in SHARES}


def _often(words: list[str], known: Counter[str], wanted: int, chosen: random.Random) -> set[str]:
    sums = list(accumulate(known[word] for word in words))
    found: set[str] = set()
    while len(found) < wanted:
        found.add(words[bisect(sums, chosen.randrange(sums[-1]))])
    return found
