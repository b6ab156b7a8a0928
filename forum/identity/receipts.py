"""控えの言葉: four words that open one thing again, and nothing else.

Threat: two receipts of one person must not be linkable, and a stolen table of receipts must not be
searchable offline. What is stored is an HMAC under the pepper, of words that belong to one target only and
look random.
"""

import hmac
import secrets
from collections.abc import Sequence

from forum.identity.wordlists import language_of, places_of, shown, split_words, standard_list

RECEIPT_WORDS = 4
PHRASE_WORDS = 12
BITS = 11  # a list has 2,048 words


def new_words(locale: str) -> tuple[str, str, str, str]:
    """Four fresh words (44 bits) in the language of ``locale``, to be shown once."""
    words = standard_list(locale).wordlist
    first, second, third, fourth = shown([secrets.choice(words) for _ in range(RECEIPT_WORDS)])
    return first, second, third, fourth


def words_for(key: bytes, locale: str) -> tuple[str, str, str, str]:
    """The four words that one key (16 bytes or more) stands for: the same 44 bits in every language.

    A writer's own receipts are made so (see Identity.receipt_key): nothing is stored between the moment a post
    is accepted and the page that shows its words, and a reload of that page does not lose them.
    """
    drawn = int.from_bytes(hmac.digest(key, b"receipt words", "sha256")[:8], "big")
    numbers = [drawn >> (BITS * place) & (2**BITS - 1) for place in range(RECEIPT_WORDS)]
    words = standard_list(locale).wordlist
    first, second, third, fourth = shown([words[number] for number in numbers])
    return first, second, third, fourth


def read_words(text: str) -> tuple[str, ...] | None:
    """The four or twelve words somebody typed, as they were shown; None unless all are of one list.

    Takes any white space, ・, commas, the numbers of a list, katakana, half-width kana, capitals.
    """
    words = split_words(text)
    if len(words) not in (RECEIPT_WORDS, PHRASE_WORDS) or language_of(words) is None:
        return None
    return shown(words)


def receipt_id(pepper: bytes, words: Sequence[str]) -> bytes:
    """The 32 bytes stored for a receipt: the same for every way of writing the words, and in both languages.

    What is hashed is the words' places in their list. Raises ValueError for words of no list.
    """
    return hmac.digest(pepper, b"receipt" + _places(words), "sha256")


def deposit_key(pepper: bytes, words: Sequence[str]) -> bytes:
    """The 32 bytes that close what was put aside under these words: not to be had from :func:`receipt_id`.

    Raises ValueError for words of no list.
    """
    return hmac.digest(pepper, b"deposit" + _places(words), "sha256")


def _places(words: Sequence[str]) -> bytes:
    places = places_of(split_words(" ".join(words)))
    if places is None:
        raise ValueError("these are no words of a list")
    return b"".join(place.to_bytes(2, "big") for place in places)
