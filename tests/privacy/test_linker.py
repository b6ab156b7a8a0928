"""A stolen database links one person's posts no better than their days and themes do; planted faults are found.

The measure: of the surest guesses of a linker that learned on other people (tests/privacy/linker/attack.py), how many more are
right with the whole dump than with day and theme alone. By chance one board of 60 people gives 0 with a standard deviation
of 0.04, so the mean of six lies within 0.016 two times in three; a planted fault gives 0.7 and more. 500 people over twenty
seeds (make soak) tell finer.
"""

import itertools
import statistics
from pathlib import Path
from typing import Any

import pytest

from forum import clock, ids
from forum.identity.seeds import Identity
from tests.privacy.linker.attack import advantage, stolen_rows
from tests.privacy.linker.people import a_stolen_board

NOISE, NOISE_AT_FULL_SIZE = 0.08, 0.03
CLEAR = 0.4
PEOPLE, SEEDS = 60, range(1, 7)


def attacked(template: Path, folder: Path, *, people: int, seed: int, ended: bool = True) -> float:
    with a_stolen_board(template, folder, people=people, seed=seed, ended=ended) as (file, truth):
        return advantage(stolen_rows(file), truth)


def over_seeds(template: Path, folder: Path, people: int, seeds: Any) -> float:
    return statistics.mean(attacked(template, folder / str(seed), people=people, seed=seed) for seed in seeds)


def test_the_whole_dump_says_no_more_than_day_and_theme(template: Path, tmp_path: Path) -> None:
    assert over_seeds(template, tmp_path, PEOPLE, SEEDS) < NOISE


@pytest.mark.soak
def test_five_hundred_people_over_twenty_seeds(template: Path, tmp_path: Path) -> None:
    found = over_seeds(template, tmp_path, 500, range(20))
    print(f"advantage of the linker, 500 people, 20 seeds: {found:+.4f}")
    assert found < NOISE_AT_FULL_SIZE


def test_the_same_linker_finds_one_tag_everywhere(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Identity.tag
    monkeypatch.setattr(Identity, "tag", lambda self, _thread, version: whole(self, bytes(16), version))
    assert attacked(template, tmp_path / "one", people=PEOPLE, seed=1) > CLEAR


def test_the_same_linker_finds_rows_in_writing_order(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = itertools.count(1)
    monkeypatch.setattr(ids, "new_id", lambda: next(count).to_bytes(8, "big") + bytes(8))
    assert attacked(template, tmp_path / "order", people=PEOPLE, seed=1) > CLEAR


def test_the_same_linker_finds_exact_times(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = ids.new_id
    monkeypatch.setattr(ids, "new_id", lambda: int(clock.now().timestamp()).to_bytes(8, "big") + fresh()[:8])
    assert attacked(template, tmp_path / "times", people=PEOPLE, seed=1) > CLEAR


def test_the_order_of_the_present_day_says_little_before_the_night_takes_it_away(
    template: Path, tmp_path: Path
) -> None:
    found = [
        attacked(template, tmp_path / str(seed), people=PEOPLE, seed=seed, ended=False) for seed in SEEDS[:3]
    ]
    assert statistics.mean(found) < CLEAR / 2
