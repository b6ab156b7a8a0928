"""`make fit`: fits the model of forum/moderation/detectors/likeness.py from the labelled rows of train/.

Prints precision and recall by cross-validation over people (a scene and a voice are never on both sides), chooses the
thresholds from it, fits once more on all rows and writes the numbers. Needs scikit-learn (requirements-fit.lock), which the
board itself does not.
"""

import json
import struct
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any
from zlib import crc32

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from forum.moderation.detectors import likeness, rule_findings
from forum.moderation.detectors.base import Finding, Known
from forum.moderation.detectors.views import views_of
from forum.moderation.policy import load_policy
from forum.moderation.screening import mask
from tests.corpora.rows import digest_of_rows, training_rows, wanted_of

FOLDS = 5
SEEN_AT_LEAST = 2  # in so many texts, or it is chance
FEATURES = 60_000
STRENGTH = 20.0  # the inverse of regularisation; flat between 5 and 100
RULE_WEIGHT = 0.5  # what a rule counts beside all letters together, before fitting
RULE_SEEN_AT_LEAST = 3
# How much finding counts beside not disturbing (F-beta): whoever dared to write once and is stopped for nothing may not
# write again, and what is said openly the rules find.
BETA = 0.6
HELD = 0.003  # the share of plain posts that may wait because of one label, at most
CALMED = 0.02  # the share of what the rules found rightly that may be called calm, at most
MASKED = ("personal_info", "contact_exchange")  # the labels whose marks one press covers


@dataclass
class Sample:
    """Rows as the model sees them: hashes and rules of each, what is wanted of each output, and its fold."""

    hashes: list[set[int]] = field(default_factory=list)
    stretches: list[list[set[int]]] = field(default_factory=list)
    rules: list[set[str]] = field(default_factory=list)
    calmed: list[set[str]] = field(
        default_factory=list
    )  # the labels that rules saw, and the model may take back
    wanted: list[list[int]] = field(default_factory=list)  # 1, 0, or -1 where the row says nothing
    folds: list[int] = field(default_factory=list)
    normal: list[bool] = field(default_factory=list)
    plain: list[bool] = field(default_factory=list)  # normal, and not made to look otherwise
    judged: list[bool] = field(
        default_factory=list
    )  # written as plainly as posts are: thresholds are chosen on these

    def __len__(self) -> int:
        return len(self.hashes)


@dataclass
class Fitted:
    """One fitted model in full precision."""

    features: dict[int, int]
    rarity: "np.ndarray[Any, Any]"
    rules: dict[str, int]
    weights: "np.ndarray[Any, Any]"  # outputs × (features + rules)
    bias: "np.ndarray[Any, Any]"


def read_sample() -> Sample:
    """All training rows, and what is left of them when the writer let the board mask what it marked."""
    known = load_policy().known
    sample = Sample()
    for row in training_rows():
        found = _add(sample, row, row["text"], known)
        marked = [span for each in found if each.label in MASKED for span in each.spans]
        if marked and row["labels"]:
            _add(sample, _masked(row), mask(row["text"], marked), known)
    return sample


def _add(sample: Sample, row: dict[str, Any], text: str, known: Known) -> list[Finding]:
    views = views_of(text, known)
    found = rule_findings(text, views)
    read = likeness.text_of(views)
    sample.hashes.append(likeness.hashes_of(read))
    sample.stretches.append([likeness.hashes_of(read[slice(*span)]) for span in likeness.stretches_of(read)])
    sample.rules.append(likeness.rules_of(found))
    sample.calmed.append({label for label in likeness.CALMED if _may_be_calmed(label, found)})
    sample.wanted.append(wanted_of(row))
    sample.folds.append(crc32(f"{row['id'][0]}{row['scene']}{row['voice']}".encode()) % FOLDS)
    sample.normal.append(not row["labels"])
    sample.plain.append(not row["labels"] and row.get("note") == "")
    sample.judged.append(row["scene"].startswith("plain "))
    return found


def _may_be_calmed(label: str, found: Iterable[Finding]) -> bool:
    highest, _left = likeness.CALMED[label]
    return 0 < max((each.severity for each in found if each.label == label), default=0) <= highest


def _masked(row: dict[str, Any]) -> dict[str, Any]:
    """The row of a masked text: nobody can be found by it any more; what else it says, it may still say."""
    gone = [label for label in row["labels"] if label not in MASKED]
    accept = [*row["accept"], "contact_exchange"]
    return {**row, "labels": gone, "accept": accept, "must_hold": None, "scene": "masked", "note": "masked"}


def fit(sample: Sample, rows: Sequence[int]) -> Fitted:
    """Fit all outputs on these rows: once on everything seen twice, once more on the features that mattered."""
    seen = Counter(each for row in rows for each in sample.hashes[row])
    features = _numbered(sorted(each for each, count in seen.items() if count >= SEEN_AT_LEAST))
    rules = _numbered(sorted(_common_rules(sample, rows)))
    rarity = np.array([np.log(len(rows) / seen[each]) + 1 for each in features])
    weights, _ = _weights(sample, rows, features, rarity, rules)
    kept = _kept(features, weights[:, : len(features)], seen)
    rarity = np.array([rarity[features[each]] for each in kept])
    features = _numbered(kept)
    weights, bias = _weights(sample, rows, features, rarity, rules)
    return Fitted(features, rarity, rules, weights, bias)


def _common_rules(sample: Sample, rows: Sequence[int]) -> Iterator[str]:
    seen = Counter(each for row in rows for each in sample.rules[row])
    return (each for each, count in seen.items() if count >= RULE_SEEN_AT_LEAST)


def _kept(features: dict[int, int], weights: Any, seen: Counter[int]) -> list[int]:
    """The features that matter most to any output, one in each slot of the table that the board looks them up in."""
    worth = np.abs(weights).max(axis=0)
    order = sorted(features, key=lambda each: -worth[features[each]] * seen[each] ** 0.5)
    slots: dict[int, int] = {}
    for each in order:
        slots.setdefault(each >> 32 - likeness.SLOTS, each)
    best = sorted(slots.values(), key=lambda each: -worth[features[each]] * seen[each] ** 0.5)
    return sorted(best[:FEATURES])


def _numbered(names: Sequence[Any]) -> dict[Any, int]:
    return {name: at for at, name in enumerate(names)}


def _weights(
    sample: Sample, rows: Sequence[int], features: dict[int, int], rarity: Any, rules: dict[str, int]
) -> tuple[Any, Any]:
    # A sentence of a normal post is normal as well; which sentence of another one says it, nobody told.
    alone = [
        (sample.wanted[row], hashes)
        for row in rows
        if sample.normal[row] and len(sample.stretches[row]) > 1
        for hashes in sample.stretches[row]
    ]
    texts = chain(_texts(sample, rows), ((hashes, set()) for _wanted, hashes in alone))
    table = matrix(texts, features, rarity, rules)
    wanted = np.array([*(sample.wanted[row] for row in rows), *(normal for normal, _hashes in alone)])
    found, bias = [], []
    for output in range(len(likeness.OUTPUTS)):
        said = wanted[:, output] >= 0
        fitted = LogisticRegression(C=STRENGTH, class_weight="balanced", solver="liblinear")
        fitted.fit(table[said], wanted[said, output])
        found.append(fitted.coef_[0])
        bias.append(fitted.intercept_[0])
    return np.array(found), np.array(bias)


def _texts(sample: Sample, rows: Iterable[int]) -> Iterator[tuple[set[int], set[str]]]:
    return ((sample.hashes[row], sample.rules[row]) for row in rows)


def matrix(
    texts: Iterable[tuple[set[int], set[str]]], features: dict[int, int], rarity: Any, rules: dict[str, int]
) -> Any:
    """Texts × (features + rules): rarities divided by their length, and what the rules saw."""
    pointers, places, numbers = [0], [], []
    for hashes, seen in texts:
        at = [features[each] for each in hashes if each in features]
        values = rarity[at]
        places += at + [len(features) + rules[code] for code in seen if code in rules]
        numbers.append(values / (np.sqrt((values**2).sum()) or 1.0))
        numbers.append(np.full(len(places) - pointers[-1] - len(at), RULE_WEIGHT))
        pointers.append(len(places))
    shape = (len(pointers) - 1, len(features) + len(rules))
    return sparse.csr_matrix((np.concatenate(numbers), places, pointers), shape=shape)


def cross_validated(sample: Sample) -> Any:
    """The score of every output for every row, by a model that has not seen its person."""
    scores = np.zeros((len(sample), len(likeness.OUTPUTS)))
    for fold in range(FOLDS):
        inside = [row for row in range(len(sample)) if sample.folds[row] != fold]
        outside = [row for row in range(len(sample)) if sample.folds[row] == fold]
        fitted = fit(sample, inside)
        scores[outside] = _scores(fitted, _texts(sample, outside))
        labels = len(likeness.LABELS)
        for row in outside:
            alone = _scores(fitted, ((hashes, set()) for hashes in sample.stretches[row])).max(axis=0)
            scores[row, :labels] = np.maximum(
                scores[row, :labels], alone[:labels] - likeness.ALONE_COUNTS_LESS
            )
    return scores


def _scores(fitted: Fitted, texts: Iterable[tuple[set[int], set[str]]]) -> Any:
    return matrix(texts, fitted.features, fitted.rarity, fitted.rules) @ fitted.weights.T + fitted.bias


def thresholds_of(sample: Sample, scores: Any) -> dict[str, float]:
    """The score above which each output speaks: best F-beta. ``sure`` is how much a label needs before a post waits for a
    reader because of it; under ``calm`` a rule is not believed."""
    wanted, judged = np.array(sample.wanted), np.array(sample.judged)
    plain = scores[np.array(sample.plain) & judged]
    chosen = {
        name: _best(scores[judged, at], wanted[judged, at], BETA if name in likeness.LABELS else 1.0)
        for at, name in enumerate(likeness.OUTPUTS)
    }
    for at, label in enumerate(likeness.LABELS):
        waits = _would_wait(plain, label, chosen)
        chosen[f"sure {label}"] = max(chosen[label], float(np.quantile(waits, 1 - HELD, method="lower")))
        if label in likeness.CALMED:
            right = np.array([label in labels for labels in sample.calmed]) & (wanted[:, at] == 1) & judged
            chosen[f"calm {label}"] = min(float(np.quantile(scores[right, at], CALMED)), chosen[label])
    return {name: round(limit, 2) for name, limit in chosen.items()}


def _would_wait(scores: Any, label: str, thresholds: dict[str, float]) -> Any:
    """The scores of a label, far below all others where its texts are not of the kind that waits."""
    at = likeness.LABELS.index(label)
    if f"hold {label}" not in thresholds:
        return scores[:, at]
    is_grave = scores[:, likeness.OUTPUTS.index(f"hold {label}")] > thresholds[f"hold {label}"]
    return np.where(is_grave, scores[:, at], -100.0)


def _best(scores: Any, wanted: Any, beta: float) -> float:
    said = wanted >= 0
    scores, wanted = scores[said], wanted[said] == 1
    candidates = np.linspace(-3.0, 4.0, 141)
    return float(max(candidates, key=lambda limit: _f(scores > limit, wanted, beta)))


def _f(seen: Any, wanted: Any, beta: float = 1.0) -> float:
    right, weight = (seen & wanted).sum(), beta**2
    return float((1 + weight) * right / max(1, seen.sum() + weight * wanted.sum()))


def _left_alone(scores: Any, thresholds: dict[str, float]) -> float:
    limits = [thresholds[label] for label in likeness.LABELS]
    return float((scores[:, : len(limits)] <= limits).all(axis=1).mean())


def report(sample: Sample, scores: Any, thresholds: dict[str, float]) -> list[str]:
    """Precision, recall and F1 of every output on the plain files, as lines of a table."""
    judged = np.array(sample.judged)
    wanted, scores = np.array(sample.wanted)[judged], scores[judged]
    lines = [
        f"{len(sample)} rows, {FOLDS} folds over people; on the {judged.sum()} of the plain files:",
        f"{'output':28} {'rows':>5} precision recall    F1",
    ]
    for at, name in enumerate(likeness.OUTPUTS):
        said = wanted[:, at] >= 0
        seen, want = scores[said, at] > thresholds[name], wanted[said, at] == 1
        right = (seen & want).sum()
        lines.append(
            f"{name:28} {want.sum():5d}     {right / max(1, seen.sum()):.3f}  {right / max(1, want.sum()):.3f} "
            f"{_f(seen, want):.3f}"
        )
    for name, kind in (("plain", sample.plain), ("all", sample.normal)):
        some = np.array(kind)[judged]
        alone = _left_alone(scores[some], thresholds)
        lines.append(f"{name} normal posts left alone by the model: {alone:.3f} of {some.sum()}")
    return lines


def packed(fitted: Fitted, thresholds: dict[str, float], about: dict[str, object]) -> bytes:
    """The file that :func:`forum.moderation.detectors.likeness.read_model` reads."""
    letters = fitted.weights[:, : len(fitted.features)] * fitted.rarity
    scale = np.abs(letters).max(axis=1) / 127
    numbers = np.rint(letters / scale[:, None]).astype(int).T + 128
    squares = fitted.rarity**2
    rarity_scale = float(squares.max() / 255)
    rarities = np.rint(squares / rarity_scale).astype(int)
    rule_weights = fitted.weights[:, len(fitted.features) :].T * RULE_WEIGHT
    head = {
        "outputs": likeness.OUTPUTS,
        "features": len(fitted.features),
        "bias": _short(fitted.bias),
        "scale": [float(f"{each:.6g}") for each in scale],
        "rarity_scale": rarity_scale,
        "thresholds": thresholds,
        "rules": {code: _short(rule_weights[at]) for code, at in fitted.rules.items()},
        "about": about,
    }
    body = np.column_stack([numbers, rarities]).astype(np.uint8).tobytes()
    return (
        json.dumps(head).encode() + b"\n" + struct.pack(f"<{len(fitted.features)}I", *fitted.features) + body
    )


def _short(numbers: Any) -> list[float]:
    return [round(float(each), 4) for each in numbers]


def main() -> int:
    """Fit, print the report, write the model."""
    sample = read_sample()
    scores = cross_validated(sample)
    thresholds = thresholds_of(sample, scores)
    lines = report(sample, scores, thresholds)
    print(*lines, sep="\n")
    fitted = fit(sample, range(len(sample)))
    about = {"rows": digest_of_rows(), "report": lines}
    likeness.SOURCE.write_bytes(packed(fitted, thresholds, about))
    print(f"{likeness.SOURCE.name}: {likeness.SOURCE.stat().st_size} bytes, {len(fitted.features)} features")
    return 0


if __name__ == "__main__":
    sys.exit(main())
