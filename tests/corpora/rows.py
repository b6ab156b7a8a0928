"""Labelled rows as they stand in the files of this folder, and the sentences that the unit tests try one by one."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from forum import samples
from forum.moderation.detectors.likeness import HOLDS, LABELS, SUBS
from tests.unit.screening import (
    test_abuse_sentences,
    test_advice_sentences,
    test_commerce_sentences,
    test_contact_sentences,
    test_crisis_sentences,
    test_minor_sentences,
    test_personal_info_sentences,
    test_sexual_sentences,
)

FOLDER = Path(__file__).parent
TRAIN = FOLDER / "train"
SAMPLES = Path(samples.__file__).parent
SENTENCES: dict[str, ModuleType] = {
    "threat_or_abuse": test_abuse_sentences,
    "solicitation_commerce": test_commerce_sentences,
    "contact_exchange": test_contact_sentences,
    "crisis": test_crisis_sentences,
    "minor": test_minor_sentences,
    "personal_info": test_personal_info_sentences,
    "sexual": test_sexual_sentences,
}


def rows_of(files: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """The rows of JSON Lines files, in order."""
    for file in files:
        with file.open(encoding="utf-8") as lines:
            yield from (json.loads(line) for line in lines if line.strip())


def training_rows() -> Iterator[dict[str, Any]]:
    """The rows a model is fitted from."""
    yield from rows_of(sorted(TRAIN.glob("*.jsonl")))
    for label, module in SENTENCES.items():
        yield from (_sentence(f"found {label} {at}", text, [label]) for at, text in enumerate(module.FOUND))
        yield from (_sentence(f"calm {label} {at}", text, []) for at, text in enumerate(module.CALM))
    yield from (_sentence(f"sample {at}", text, []) | {"note": ""} for at, text in enumerate(sample_posts()))
    civil = (*test_advice_sentences.LECTURES, *test_advice_sentences.COMPANY)
    yield from (_sentence(f"calm advice {at}", text, []) for at, text in enumerate(civil))


def sample_posts() -> Iterator[str]:
    """The posts of the sample threads: ordinary ones, as long as people write."""
    for file in sorted(SAMPLES.glob("*.jsonl")):
        for thread in rows_of([file]):
            yield from (thread["body"], *(reply["body"] for reply in thread["replies"]))


def _sentence(name: str, text: str, labels: list[str]) -> dict[str, Any]:
    """A sentence of a unit test, which says one label and nothing of others, of subs or of holding."""
    return {
        "id": name,
        "text": text,
        "labels": labels,
        "subs": [],
        "must_hold": None,
        "accept": [label for label in LABELS if labels and label not in labels],
        "scene": "one sentence",
        "voice": name,
    }


def wanted_of(row: dict[str, Any]) -> list[int]:
    """What each output of the model should say of a row: 1, 0, or -1 where a careful reader could say either."""
    labels, subs = row["labels"], row["subs"]
    wanted = [1 if label in labels else -1 if label in row["accept"] else 0 for label in LABELS]
    wanted += [int(sub in subs) if subs else -1 for sub in SUBS]
    # Of a row with two labels it is not said which of them must be held.
    holds = -1 if row["must_hold"] is None else int(row["must_hold"])
    return wanted + [holds if labels == [label] else -1 for label in HOLDS]


def digest_of_rows() -> str:
    """Names the rows that a model was fitted from."""
    total = hashlib.sha256()
    for row in training_rows():
        total.update(json.dumps([row["text"], *wanted_of(row)]).encode())
    return total.hexdigest()
