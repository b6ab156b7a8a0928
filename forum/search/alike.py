"""Threads that tell of the same, found by what the index counts: what few posts share weighs much.

Nothing is known here of who read or wrote what. Of a text those terms are compared that tell something (with a kanji, in
katakana, of another alphabet; kana alone are mostly grammar), and what it is about (concerns.py), which weighs more.
"""

import math
import re
from collections import defaultdict
from collections.abc import Collection, Mapping

from forum.search import analysis
from forum.search.base import SearchBackend
from forum.search.concerns import MARK
from forum.search.finding import LoadPosts
from forum.search.query import Query

CONCERN_WEIGHT = 3.0
# Terms are looked up from the rarest on, until they lead to so many posts; of those that share most, a few are read.
TERMS = 60
POSTINGS = 30_000
POSTS_READ = 80
# Less than this in common is chance, and so is a letter alone.
LEAST = 0.02
# Somebody who typed a few words means them: of their weight, so much must be in a thread that answers.
SHARE_OF_QUERY = 0.3
# Fewer threads than this are few, and so many others are shown beside them.
FEW_HITS = 5
BESIDE_HITS = 6
# Longer terms of Japanese say the same once more, with its grammar.
PAIR = 2

_KANJI = re.compile("[\u3400-\u9fff々]")
_KATAKANA = re.compile("[\u30a1-\u30fa\u30fcｦ-ﾟ]{2,}")
_LONG_WORD = re.compile("[a-z]{3,}")


def alike(
    backend: SearchBackend,
    text: str,
    load: LoadPosts,
    *,
    without: Collection[bytes] = (),
    mark: str = "",
    share: float = 0.0,
    limit: int,
) -> list[bytes]:
    """Ids of the threads most like this text, the most alike first. ``without`` are threads that are not wanted.

    ``load`` gives those of the posts asked for that may be shown. ``share`` is how much of the text's weight a thread must
    have, between 0 and 1; with ``mark`` IN_OPENING openings alone are looked at.
    """
    weights = _weights(backend, telling_terms(text), mark)
    near = backend.closest(
        {_indexed(term, mark): weight for term, weight in weights.items()}, limit=POSTS_READ
    )
    told: defaultdict[bytes, frozenset[str]] = defaultdict(frozenset)
    for post in load(near).values():
        if post.thread_id not in without:
            told[post.thread_id] |= telling_terms(post.text)
    # What nobody else is seen to use now weighs nothing. Threat: an index counts words for a while that their writer took
    # away; whoever asks for one with others must not learn more than of a word that nobody ever wrote.
    seen = frozenset[str]().union(*told.values())
    weights = {term: weight for term, weight in weights.items() if term in seen}
    scores = {thread_id: _likeness(weights, terms, share) for thread_id, terms in told.items()}
    likely = [thread_id for thread_id, score in scores.items() if score >= LEAST]
    return sorted(likely, key=lambda thread_id: (-scores[thread_id], thread_id))[:limit]


def telling_terms(text: str) -> frozenset[str]:
    """The terms of a text that say what it is about, and the marks of its concerns."""
    katakana = analysis.text_terms("\n".join(_KATAKANA.findall(text)))
    return (
        frozenset(
            term
            for term in analysis.text_terms(text)
            if (_KANJI.search(term) and len(term) <= PAIR) or _LONG_WORD.match(term)
        )
        | frozenset(term for term in katakana if len(term) == PAIR)
        | analysis.text_concerns(text)
    )


def _weights(backend: SearchBackend, terms: frozenset[str], mark: str) -> dict[str, float]:
    """What each of the terms weighs that are worth looking up."""
    names = {term: _indexed(term, mark) for term in terms}
    wholes = {term: name.removesuffix(term) + analysis.EVERY for term, name in names.items()}
    counted = backend.frequencies({*names.values(), *wholes.values()})
    weights: dict[str, float] = {}
    left = POSTINGS
    for term in sorted(terms, key=lambda term: (counted[names[term]], term)):
        times, of = counted[names[term]], counted[wholes[term]]
        if 0 < times < of and len(weights) < TERMS and (left := left - times) > 0:
            weights[term] = math.log(of / times) * (CONCERN_WEIGHT if term.startswith(MARK) else 1.0)
    return weights


def _indexed(term: str, mark: str) -> str:
    # What a thread is about is said by its opening.
    return (analysis.IN_OPENING if term.startswith(MARK) else mark) + term


def _likeness(weights: Mapping[str, float], other: frozenset[str], share: float) -> float:
    """How much of the weight another text has too, as a cosine of the two: less for one that has something of everything."""
    both = weights.keys() & other
    if not any(len(term) > 1 for term in both):
        return 0.0
    shared = math.fsum(weights[term] ** 2 for term in both)
    whole = math.fsum(weight**2 for weight in weights.values())
    mean = whole / len(weights)
    return shared / math.sqrt(whole * mean * len(other)) if shared >= share * whole else 0.0


def beside_hits(
    backend: SearchBackend, query: Query, load: LoadPosts, *, hits: Collection[bytes], theme: str | None
) -> list[bytes]:
    """What tells of the same as a query in other words, when its words stand in a few threads (``hits``) only.

    Whoever says where, or what they do not want, is taken at their word.
    """
    if theme is not None or query.without or len(hits) >= FEW_HITS:
        return []
    text = "\n".join(word.text for word in query.words)
    return alike(backend, text, load, without=hits, share=SHARE_OF_QUERY, limit=BESIDE_HITS)
