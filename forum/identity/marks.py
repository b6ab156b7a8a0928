"""The small mark beside a handle: a ground from its first word, a carved cut from its second.

It helps to tell the voices of a thread apart without reading names, in grey, at 20 px and in print. It means
nothing: there are far fewer marks than handles, and screen readers skip it. Faces, eyes, targets, arrows, animals
and letters are kept out: draw the whole set and look for them after every change.
"""

import re
from dataclasses import dataclass
from functools import cache

Pair = tuple[int, int]

#: The caretakers' mark: a half moon, which no writer gets.
HOUSE_MARK = "M.5 24a11.5 11.5 0 0 1 23 0Z"

_STEP = re.compile(r"([A-Z])|(-?[0-9]*\.?[0-9]+)")


@dataclass(frozen=True)
class Ground:
    """A solid shape on the 24 × 24 field, lowest point y = 24, and the square inside it that takes a cut."""

    outline: str
    x: float
    y: float
    reach: float


GROUNDS = (
    # disc
    Ground("M12 0a12 12 0 0 1 0 24a12 12 0 0 1 0-24Z", 12, 12, 6.9),
    # diamond
    Ground("M12 0 24 12 12 24 0 12Z", 12, 12, 4.9),
    # four lobes
    Ground("M6 6a6 6 0 0 1 12 0a6 6 0 0 1 0 12a6 6 0 0 1-12 0a6 6 0 0 1 0-12Z", 12, 12, 6),
    # leaf
    Ground("M12 0C17 3.6 19.9 7.6 19.9 12S17 20.4 12 24C7 20.4 4.1 16.4 4.1 12S7 3.6 12 0Z", 12, 12, 5),
    # gate: what is cut elsewhere stands in its opening
    Ground("M0 24V12a12 12 0 0 1 24 0V24H19.6V12a7.6 7.6 0 0 0-15.2 0V24Z", 12, 15.4, 5.3),
    # hexagon
    Ground("M12 0 22.6 6V18L12 24 1.4 18V6Z", 12, 12, 6.2),
    # bowl on its foot
    Ground("M0 2.5H24C24 11.5 21 18 16.5 20.4V24H7.5V20.4C3 18 0 11.5 0 2.5Z", 12, 10.8, 5.8),
    # drop
    Ground("M12 0C14.4 6.4 22 8.6 22 15.2A10 8.8 0 0 1 2 15.2C2 8.6 9.6 6.4 12 0Z", 12, 14.8, 5.4),
    # fan
    Ground("M8.5 24 0 8C3 3 7 .5 12 .5S21 3 24 8L15.5 24Z", 12, 10.8, 5.4),
    # tile, two corners round
    Ground("M0 0H12A12 12 0 0 1 24 12V24H12A12 12 0 0 1 0 12Z", 12, 12, 6.1),
    # plaque, four corners hollow
    Ground("M6 0H18A6 6 0 0 0 24 6V18A6 6 0 0 0 18 24H6A6 6 0 0 0 0 18V6A6 6 0 0 0 6 0Z", 12, 12, 6),
    # sail
    Ground("M0 0C13.3 0 24 10.7 24 24H0Z", 8.6, 15.4, 5.8),
)

# Drawn on the square from -1 to 1, in M, L, C and Z only, so that a cut can be set into any ground.
CUTS = (
    # swallowtail
    "M-1 -.75L0 .1 1 -.75 1 -.1 0 .8 -1 -.1Z",
    # window
    "M0 -1L.9 0 0 1 -.9 0Z",
    # moon
    "M.1 -1C-1.1 -.8 -1.3 .7 -.2 .95C.4 1.1 .9 .7 1 .3C-.1 .5 -.5 -.2 .1 -1Z",
    # ray
    "M-1 .5L.5 -1 1 -.5 -.5 1Z",
    # bars
    "M-1 -.65L1 -.65 1 -.15 -1 -.15ZM-1 .25L1 .25 1 .75 -1 .75Z",
    # rain
    "M-.65 -.7L-.25 -.7 -.6 .9 -1 .9ZM.05 -.9L.45 -.9 .05 .9 -.35 .9ZM.75 -.9L1.15 -.9 .75 .7 .35 .7Z",
    # wave
    "M-1 0C-.6 -.9 -.2 -.7 .1 -.25C.4 .2 .7 .1 1 -.5L1 .2C.6 .9 .2 .8 -.1 .35C-.4 -.1 -.7 .1 -1 .7Z",
    # four petals
    "M0 -1.1L.4 -.7 0 -.3 -.4 -.7ZM-.7 -.4L-.3 0 -.7 .4 -1.1 0ZM.7 -.4L1.1 0 .7 .4 .3 0ZM0 .3L.4 .7 0 1.1 -.4 .7Z",
    # peaks
    "M-1 .75L-.35 -.75 .1 .1 .4 -.3 1 .75Z",
    # blade
    "M-.9 -.9C.3 -.9 .9 -.3 .9 .9C-.3 .9 -.9 .3 -.9 -.9Z",
    # stepping stones
    "M-.65 -1L-.3 -.65 -.65 -.3 -1 -.65ZM0 -.35L.35 0 0 .35 -.35 0ZM.65 .3L1 .65 .65 1 .3 .65Z",
    # slit
    "M-.3 -1L.3 -1 .3 1 -.3 1Z",
)


def mark_path(pair: Pair) -> str:
    """SVG path data of a handle's mark on a 24 × 24 field, to be filled even-odd; its lowest point is y = 24."""
    return _drawn(pair[0] % len(GROUNDS), pair[1] % len(CUTS))


@cache
def _drawn(ground_number: int, cut_number: int) -> str:
    ground = GROUNDS[ground_number]
    return ground.outline + _set_into(ground, CUTS[cut_number])


def _set_into(ground: Ground, cut: str) -> str:
    steps: list[str] = []
    is_x = True
    for letter, number in _STEP.findall(cut):
        if letter:
            steps.append(letter)
            continue
        centre = ground.x if is_x else ground.y
        steps.append(f"{round(centre + float(number) * ground.reach, 1):g}")
        is_x = not is_x
    return re.sub(r"(?<=[A-Z]) | (?=[A-Z])", "", " ".join(steps))
