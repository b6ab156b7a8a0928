"""Marks: solid, on the horizon, few cuts, each its own; and none of them is the house's."""

import re
from itertools import product

import pytest

from forum.identity.handles import word_counts
from forum.identity.marks import CUTS, GROUNDS, HOUSE_MARK, Ground, mark_path

ALL = list(product(range(len(GROUNDS)), range(len(CUTS))))


def points(path: str) -> list[tuple[float, float]]:
    """Points along a path of absolute M, L and C."""
    found: list[tuple[float, float]] = []
    for letter, rest in re.findall(r"([MLC])([^MLCZ]*)", path):
        numbers = [float(number) for number in re.findall(r"-?[0-9]*\.?[0-9]+", rest)]
        stops = list(zip(numbers[::2], numbers[1::2], strict=True))
        if letter != "C":
            found += stops
            continue
        for start in range(0, len(stops), 3):
            found += along(found[-1], *stops[start : start + 3])
    return found


def along(*ends: tuple[float, float]) -> list[tuple[float, float]]:
    """Eight points of one cubic curve."""
    made = []
    for step in range(1, 9):
        t = step / 8
        shares = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
        x, y = (sum(share * end[axis] for share, end in zip(shares, ends, strict=True)) for axis in (0, 1))
        made.append((x, y))
    return made


def test_there_are_at_least_eight_grounds_and_eight_cuts_and_all_marks_differ() -> None:
    assert len(GROUNDS) >= 8
    assert len(CUTS) >= 8
    paths = {mark_path(pair) for pair in ALL}
    assert len(paths) == len(GROUNDS) * len(CUTS)
    assert HOUSE_MARK not in paths


def test_the_ground_comes_from_the_first_word_and_the_cut_from_the_second() -> None:
    assert mark_path((3, 5)).startswith(GROUNDS[3].outline)
    assert mark_path((3, 5)) == mark_path((3 + len(GROUNDS), 5 + len(CUTS)))
    assert {mark_path((3, cut)) for cut in range(len(CUTS))} != {
        mark_path((4, cut)) for cut in range(len(CUTS))
    }


@pytest.mark.parametrize("cut", CUTS)
def test_a_cut_has_at_most_four_closed_parts(cut: str) -> None:
    assert 1 <= cut.count("M") == cut.count("Z") <= 4


@pytest.mark.parametrize("pair", ALL)
def test_a_cut_stays_inside_the_field_and_above_the_horizon(pair: tuple[int, int]) -> None:
    carved = points(mark_path(pair).removeprefix(GROUNDS[pair[0]].outline))
    assert all(1.5 <= x <= 22.5 and 1.5 <= y <= 22.5 for x, y in carved)


@pytest.mark.parametrize("ground", GROUNDS)
def test_a_ground_is_one_closed_shape(ground: Ground) -> None:
    assert ground.outline.count("M") == ground.outline.count("Z") == 1


def test_every_handle_has_a_mark_that_is_only_path_data() -> None:
    firsts, seconds = word_counts()
    for pair in [(0, 0), (firsts - 1, seconds - 1), (firsts - 1, 0), (0, seconds - 1)]:
        assert re.fullmatch(r"[MLCASVHZascvhlz0-9. -]+", mark_path(pair))
        assert len(mark_path(pair)) < 260
