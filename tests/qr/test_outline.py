"""Outlines: each pattern's shapes are told from the picture of small groups of modules."""

import itertools
import random
from typing import get_args

import pytest

from qr.design import Pattern
from qr.outline import LIGHT, RADII, TOP, field, outline, trace
from qr.scene import Command

LOOPS = [pattern for pattern in get_args(Pattern) if pattern != "dots"]


def rows(text: str) -> list[bytes]:
    return [bytes(mark == "#" for mark in line) for line in text.split()]


def area(commands: list[Command]) -> float:
    """Of all loops, holes taken away: that of the corners' polygon, less what is rounded off."""
    total = x = y = 0.0
    start = (0.0, 0.0)
    for name, at in commands:
        if name == "M":
            start = x, y = at[0], at[1]
            continue
        ends = [start] if name == "Z" else [(at[n], at[n + 1]) for n in range(0, len(at), 2)]
        if name == "R":
            total -= (1 - 0.7853981633974483) * max(abs(at[2] - x), abs(at[3] - y)) ** 2
        for new_x, new_y in ends:
            total += (x * new_y - new_x * y) / 2
            x, y = new_x, new_y
    return total


def test_a_square_is_one_loop() -> None:
    loop = [("M", (12, 20)), ("L", (12, 22)), ("L", (10, 22)), ("L", (10, 20)), ("Z", ())]
    assert outline(rows("## ##"), "square", 10, 20) == loop


@pytest.mark.parametrize("pattern", LOOPS)
def test_all_modules_are_covered_and_nothing_else_is(pattern: Pattern) -> None:
    rng = random.Random(pattern)
    for side in (1, 2, 3, 5, 12, 21):
        for _ in range(8):
            modules = [bytes(rng.randrange(2) for _ in range(side)) for _ in range(side)]
            commands = outline(modules, pattern, 4, 4)
            rounded = sum(
                (1 - 0.7853981633974483) * radius**2
                for mask in field(modules).neighbours
                if mask != LIGHT
                for radius in RADII[pattern][mask]
            )
            assert area(commands) == pytest.approx(sum(map(sum, modules)) - rounded)
            assert all(4 <= part <= 4 + side for name, at in commands for part in at)


def test_a_hole_turns_the_other_way() -> None:
    ring = outline(rows("### #.# ###"), "square", 0, 0)
    assert [name for name, _ in ring].count("M") == 2
    assert area(ring) == 8


def test_modules_that_touch_at_a_corner_stay_apart() -> None:
    apart = outline(rows("#. .#"), "rounded", 0, 0)
    assert [name for name, _ in apart].count("M") == 2
    assert [name for name, _ in apart].count("R") == 8
    hole = outline(rows("#### #.## ##.# ####"), "square", 0, 0)
    assert area(hole) == 14


def test_a_field_has_a_light_border() -> None:
    made = field(rows("## .#"))
    assert made.stride == 4
    assert made.dark == bytes([0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0])
    around = [LIGHT] * 16
    around[5], around[6], around[10] = TOP << 1, (TOP << 2) + (TOP << 3), TOP
    assert list(made.neighbours) == around


def test_loops_begin_at_the_end_of_their_first_edge() -> None:
    made = field(rows("## ##"))
    ((points, turns),) = trace(made, "rounded")
    assert points == [7, 15, 13, 5]
    assert turns == [2, 2, 2, 2]
    ring = trace(field(rows("### #.# ###")), "square")
    assert [set(turns) for _, turns in ring] == [{1}, {0}]


def test_dots_are_circles() -> None:
    assert outline(rows("#. ##"), "dots", 1, 2) == [
        ("O", (1.5, 2.5, 0.5)),
        ("O", (1.5, 3.5, 0.5)),
        ("O", (2.5, 3.5, 0.5)),
    ]


# Of the module in the middle: corners from the top left on, clockwise.
MIDDLES = {
    "... .#. ...": {
        "rounded": (0.5, 0.5, 0.5, 0.5),
        "extra-rounded": (0.5, 0.5, 0.5, 0.5),
        "classy": (0.5, 0, 0.5, 0),
        "classy-rounded": (0.5, 0, 0.5, 0),
    },
    "... .## ...": {
        "rounded": (0.5, 0, 0, 0.5),
        "extra-rounded": (0.5, 0, 0, 0.5),
        "classy": (0.5, 0, 0, 0),
        "classy-rounded": (1, 0, 0, 0),
    },
    "... .## .#.": {
        "rounded": (0.5, 0, 0, 0),
        "extra-rounded": (1, 0, 0, 0),
        "classy": (0.5, 0, 0, 0),
        "classy-rounded": (1, 0, 0, 0),
    },
    ".#. .## ...": {
        "rounded": (0, 0, 0, 0.5),
        "extra-rounded": (0, 0, 0, 1),
        "classy": (0, 0, 0, 0),
        "classy-rounded": (0, 0, 0, 0),
    },
    ".#. .#. ...": {
        "rounded": (0, 0, 0.5, 0.5),
        "extra-rounded": (0, 0, 0.5, 0.5),
        "classy": (0, 0, 0.5, 0),
        "classy-rounded": (0, 0, 1, 0),
    },
    ".#. ### .#.": dict.fromkeys(LOOPS, (0, 0, 0, 0)),
}


@pytest.mark.parametrize("pattern", LOOPS)
@pytest.mark.parametrize("shape", MIDDLES)
def test_neighbours_decide_the_corners(shape: str, pattern: Pattern) -> None:
    made = field(rows(shape))
    mask = made.neighbours[2 * made.stride + 2]
    assert RADII[pattern][mask] == MIDDLES[shape].get(pattern, (0, 0, 0, 0))


def test_no_corner_is_rounded_that_touches_a_neighbour_and_no_side_twice() -> None:
    sides = [TOP, TOP << 1, TOP << 2, TOP << 3]
    for pattern, mask in itertools.product(LOOPS, range(16)):
        radii = RADII[pattern][mask]
        for at in range(4):
            if mask & (sides[at] | sides[at - 1]):
                assert radii[at] == 0
            assert radii[at] + radii[at - 1] <= 1
