"""The identity construction once more, as straight lines over hashlib and hmac: where vectors.json came from.

Nothing here calls the code it checks. The lists of words are read as files, because they are what is frozen.
Run ``python -m tests.unit.identity.derivation`` to print the vectors; they may gain entries, never change.
"""

import hashlib
import hmac
import json
import unicodedata
from importlib.resources import files
from pathlib import Path
from typing import Any

import mnemonic

VECTORS = Path(__file__).with_name("vectors.json")

KEYS = {
    "cookie": bytes(range(32)),
    "pepper_1": bytes(range(32, 64)),
    "pepper_2": bytes(range(64, 96)),
    "seal": bytes(range(96, 128)),
    "form": bytes(range(128, 160)),
    "audit": bytes(range(160, 192)),
}
DAY_KEY = bytes(range(192, 224))
SEEDS = (bytes.fromhex("000102030405060708090a0b0c0d0e0f"), bytes.fromhex("f0e1d2c3b4a5968778695a4b3c2d1e0f"))
THREADS = (bytes.fromhex("5a" * 16), bytes.fromhex("00112233445566778899aabbccddeeff"))
WORD_COUNTS = (131, 259)  # as they were on the day of the freeze
RECEIPTS = ((0, 1, 2, 3), (2047, 1024, 512, 17))
TICKET_NONCE = bytes.fromhex("ab" * 16)


def mac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()


def subkey(seed: bytes, label: bytes) -> bytes:
    extracted = mac(b"nagi seed 1", seed)  # RFC 5869, 2.2: HMAC(salt, input)
    return mac(extracted, label + b"\x01")  # RFC 5869, 2.3: the first and only block


def tag(seed: bytes, thread: bytes, pepper: bytes) -> bytes:
    return mac(pepper, b"tag" + mac(subkey(seed, b"nagi k_tag 1"), thread))[:16]


def first_handle(pepper: bytes, thread: bytes, tag_: bytes) -> list[int]:
    block = mac(pepper, b"handle" + thread + tag_)
    pairs = WORD_COUNTS[0] * WORD_COUNTS[1]
    draw = int.from_bytes(block[:4], "big")
    assert draw < 2**32 - 2**32 % pairs, "this vector would need a second draw"
    return [draw % pairs // WORD_COUNTS[1], draw % pairs % WORD_COUNTS[1]]


def standard_words(language: str) -> list[str]:
    path = files(mnemonic).joinpath("wordlist", f"{language}.txt")
    return [unicodedata.normalize("NFC", word) for word in path.read_text(encoding="utf-8").split()]


def phrase(seed: bytes, language: str) -> list[str]:
    checksum = hashlib.sha256(seed).digest()[0] >> 4
    bits = int.from_bytes(seed, "big") << 4 | checksum
    return [standard_words(language)[bits >> (11 * place) & 2047] for place in range(11, -1, -1)]


def receipt_places(key: bytes) -> list[int]:
    drawn = int.from_bytes(mac(key, b"receipt words")[:8], "big")
    return [drawn >> (11 * place) & 2047 for place in range(4)]


def receipt_id(pepper: bytes, places: tuple[int, ...]) -> bytes:
    return mac(pepper, b"receipt" + b"".join(place.to_bytes(2, "big") for place in places))


def vector_of_a_thread(seed: bytes, thread: bytes, version: int) -> dict[str, Any]:
    pepper = KEYS[f"pepper_{version}"]
    own = tag(seed, thread, pepper)
    return {
        "seed": seed.hex(),
        "thread": thread.hex(),
        "pepper_version": version,
        "tag": own.hex(),
        "first_handle": first_handle(pepper, thread, own),
    }


def vector_of_a_seed(seed: bytes) -> dict[str, Any]:
    k_rate, k_receipt = subkey(seed, b"nagi k_rate 1"), subkey(seed, b"nagi k_receipt 1")
    places = receipt_places(mac(k_receipt, THREADS[0]))
    return {
        "seed": seed.hex(),
        "phrase": {"ja": phrase(seed, "japanese"), "en": phrase(seed, "english")},
        "rate_key": mac(DAY_KEY, b"rate" + mac(k_rate, DAY_KEY))[:16].hex(),
        "receipt_target": THREADS[0].hex(),
        "receipt_words": {
            "ja": [standard_words("japanese")[place] for place in places],
            "en": [standard_words("english")[place] for place in places],
        },
    }


def vector_of_a_receipt(places: tuple[int, ...]) -> dict[str, Any]:
    return {
        "ja": [standard_words("japanese")[place] for place in places],
        "en": [standard_words("english")[place] for place in places],
        "pepper_version": 1,
        "id": receipt_id(KEYS["pepper_1"], places).hex(),
    }


def vectors() -> dict[str, Any]:
    return {
        "keys": {name: key.hex() for name, key in KEYS.items()},
        "day_key": DAY_KEY.hex(),
        "word_counts": list(WORD_COUNTS),
        "threads": [vector_of_a_thread(s, t, v) for s in SEEDS for t in THREADS for v in (1, 2)],
        "seeds": [vector_of_a_seed(seed) for seed in SEEDS],
        "receipts": [vector_of_a_receipt(places) for places in RECEIPTS],
        "ticket": {
            "nonce": TICKET_NONCE.hex(),
            "post_id": mac(KEYS["form"], b"post-id" + TICKET_NONCE)[:16].hex(),
            "seed": mac(KEYS["form"], b"first-seed" + TICKET_NONCE)[:16].hex(),
        },
    }


if __name__ == "__main__":
    print(json.dumps(vectors(), ensure_ascii=False, indent=1))
