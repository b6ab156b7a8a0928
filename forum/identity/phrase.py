"""The recovery phrase: twelve BIP-39 words that are the seed itself, so that nothing of it is stored."""

from collections.abc import Sequence

from forum.identity.receipts import PHRASE_WORDS
from forum.identity.seeds import SEED_BYTES
from forum.identity.wordlists import LANGUAGES, language_of, shown, split_words, standard_list


def phrase_for(seed: bytes, locale: str) -> tuple[str, ...]:
    """The twelve words of a seed in the language of ``locale``. Raises ValueError on a wrong length."""
    if len(seed) != SEED_BYTES:
        raise ValueError(f"a seed has {SEED_BYTES} bytes")
    return shown(split_words(standard_list(locale).to_mnemonic(seed)))


def seed_from(words: Sequence[str]) -> bytes | None:
    """The seed of twelve words in either language, or None when one is unknown or their checksum is wrong."""
    known = split_words(" ".join(words))
    locale = language_of(known)
    if len(known) != PHRASE_WORDS or locale is None:
        return None
    try:
        return bytes(standard_list(locale).to_entropy(known))
    except ValueError:
        return None


def stands_in(seed: bytes, text: str) -> bool:
    """Whether a text holds the phrase of this seed, in either language and however its words are parted."""
    joined = "".join(split_words(text))
    return any("".join(split_words(" ".join(phrase_for(seed, locale)))) in joined for locale in LANGUAGES)
