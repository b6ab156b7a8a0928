"""The word lists: every pattern compiles, every family says why it is there, no rule can blow up."""

import re
import time
from pathlib import Path

import pytest

from forum.moderation.detectors.anchors import read_pattern
from forum.moderation.detectors.lexicon import FOLDER, LANGUAGES, Lexicon, lexicon_of
from forum.moderation.policy import CELLS, Policy
from forum.moderation.screening import Draft, screen

LABELS = sorted({label for label, _ in CELLS})
FILES = sorted(FOLDER.glob("*/*.toml"))


@pytest.fixture(params=[(language, label) for language in LANGUAGES for label in LABELS], ids="-".join)
def lexicon(request: pytest.FixtureRequest) -> Lexicon:
    return lexicon_of(*request.param)


def test_every_pattern_compiles_and_stands_in_a_cell(lexicon: Lexicon) -> None:
    assert lexicon.rules
    for rule in lexicon.rules:
        assert rule.severity in CELLS[lexicon.label, rule.sub]
        assert all(pattern.regex for pattern in (*rule.any, *rule.every))


def test_no_pattern_repeats_a_repetition(lexicon: Lexicon) -> None:
    for rule in lexicon.rules:
        for pattern in (*rule.any, *rule.every):
            assert not re.search(r"[*+}]\)[*+]", pattern.spelling), rule.code


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_family_and_guard_has_its_reason(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if line.startswith(("[families.", "[guards.")):
            assert lines[number - 1].startswith("# "), line


@pytest.mark.parametrize(
    ("pattern", "anchors"),
    [
        ("消えたい", {"消えたい"}),
        ("(?:死|氏)にたい", {"死にたい", "氏にたい"}),
        ("殴(?:ら|り)れ", {"殴られ", "殴りれ"}),
        ("[^。]{0,9}会い", {"会い"}),
        ("(?:おお)?茶", {"茶", "おお茶"}),
        ("(?<!最低)らいん(?!だんす)", {"らいん"}),
        ("あ.{0,3}首を吊", {"首を吊"}),
        ("[0-9]{3}", None),
        ("あ|[0-9]", None),
    ],
)
def test_a_pattern_tells_what_it_cannot_match_without(pattern: str, anchors: set[str] | None) -> None:
    assert read_pattern(pattern).anchors == (None if anchors is None else frozenset(anchors))


@pytest.mark.parametrize("pattern", ["(?:あ", "あ)", "あ|い)"])
def test_unbalanced_brackets_are_refused(pattern: str) -> None:
    with pytest.raises(ValueError):
        read_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "first"),
    [
        ("(?:死|氏)ぬ", {"死", "氏"}),
        ("お?会い", {"お", "会"}),
        ("[一二]日", {"一二"}),
        ("(?<!あ)い", {"い"}),
        ("(?:^|、)い", {"、", "い"}),
        ("[^。]い", None),
        (".い", None),
        ("あ?", None),
    ],
)
def test_a_pattern_tells_what_it_begins_with(pattern: str, first: set[str] | None) -> None:
    assert read_pattern(pattern).first == (None if first is None else frozenset(first))


HOSTILE = (
    "死", "0", "0-", "しに", "あ", "a ", "a@", "a.", "(", "夫に", "薬を", "会い", "line ", "一日", "三丁目", "山田", "@a",
    "\u200b", "か\u3099", "\u0301", "ゼロ", "https://", "a-", "。", "\n", "「", "○", "☆", "ー", "&#", "今夜", "月3",
)  # fmt: skip


@pytest.mark.parametrize("unit", HOSTILE)
def test_five_thousand_hostile_letters_take_no_more_than_a_moment(unit: str, policy: Policy) -> None:
    text = (unit * 5000)[:5000]
    screen(Draft("温まる一文"), policy)
    started = time.process_time()
    verdict = screen(Draft(text), policy)
    # Linear code needs some 0.1 s on a slow machine; a quadratic step would need many seconds.
    assert time.process_time() - started < 1.5
    assert all(end <= len(text) for found in verdict.findings for _, end in found.spans)
