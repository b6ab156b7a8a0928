"""Threads that tell of the same, found by what the index counts: words that few openings share weigh much.

Nothing is known here of who read or wrote what. Only openings are compared, and of their words those that tell: with
a kanji, in katakana, or of another alphabet. What is written in kana alone is mostly grammar.
"""

import math
import re
from collections.abc import Collection, Mapping

from forum.search import analysis
from forum.search.base import SearchBackend
from forum.search.finding import LoadPosts

# A word that more openings than this share have says nothing.
COMMON = 0.2
TERMS = 40
CANDIDATES = 40
# Longer terms of Japanese say the same once more, with its grammar.
PAIR = 2
# Less than this in common, in shares of what could be, is chance.
LEAST = 0.06

_KANJI = re.compile("[\u3400-\u9fff々]")
_KATAKANA = re.compile("[\u30a1-\u30fa\u30fcｦ-ﾟ]{2,}")
_LONG_WORD = re.compile("[a-z]{3,}")


def alike(
    backend: SearchBackend, text: str, load: LoadPosts, *, without: Collection[bytes] = (), limit: int
) -> list[bytes]:
    """Ids of the threads whose opening is most like this text, the most alike first.

    ``load`` gives those of the posts asked for that may be shown. ``without`` are threads that are not wanted.
    """
    weights = _weights(backend, telling_terms(text))
    if not weights:
        return []
    near = backend.closest(
        {analysis.IN_OPENING + term: weight for term, weight in weights.items()}, limit=CANDIDATES
    )
    posts = load(near)
    scored = [
        (-_likeness(weights, telling_terms(posts[post_id].text)), posts[post_id].thread_id)
        for post_id in near
        if post_id in posts and posts[post_id].thread_id not in without
    ]
    return [thread_id for less, thread_id in sorted(scored) if -less >= LEAST][:limit]


def telling_terms(text: str) -> frozenset[str]:
    """The terms of a text that say what it is about."""
    katakana = "\n".join(_KATAKANA.findall(text))
    found = analysis.text_terms(katakana) if katakana else frozenset[str]()
    return frozenset(
        term
        for term in analysis.text_terms(text)
        if (_KANJI.search(term) and len(term) <= PAIR) or _LONG_WORD.match(term)
    ) | frozenset(term for term in found if len(term) == PAIR)


def _weights(backend: SearchBackend, terms: frozenset[str]) -> dict[str, float]:
    counted = backend.frequencies([analysis.IN_OPENING, *(analysis.IN_OPENING + term for term in terms)])
    openings = counted[analysis.IN_OPENING]
    held = {term: counted[analysis.IN_OPENING + term] for term in terms}
    weights = {
        term: math.log(openings / times)
        for term, times in held.items()
        if 0 < times <= max(openings * COMMON, 3)
    }
    heaviest = sorted(weights, key=lambda term: (-weights[term], term))[:TERMS]
    return {term: weights[term] for term in heaviest}


def _likeness(weights: Mapping[str, float], other: frozenset[str]) -> float:
    """How much of the weight the other text has too, less for a text that has much of everything."""
    if not other:
        return 0.0
    shared = math.fsum(weights[term] ** 2 for term in weights.keys() & other)
    return shared / math.fsum(weight**2 for weight in weights.values()) / math.sqrt(len(other)) * 10
