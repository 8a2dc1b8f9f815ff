"""Finder patterns: the proportions 1:1:3:1:1 that readers look for."""

from typing import get_args

import pytest

from qr import finders
from qr.design import Corner
from qr.scene import Code
from tests.qr.painting import painted

CORNERS = get_args(Corner)


def test_places() -> None:
    assert finders.places(21) == ((0, 0), (14, 0), (0, 14))


@pytest.mark.parametrize("dot", CORNERS)
@pytest.mark.parametrize("ring", CORNERS)
def test_proportions_through_the_middle(ring: Corner, dot: Corner) -> None:
    commands = finders.commands(finders.radii(ring, dot), 1, 1)
    image = painted(commands, 9)
    middle = [image.getpixel((x, 45)) for x in range(90)]
    down = [image.getpixel((45, y)) for y in range(90)]
    wanted = [255] * 10 + [0] * 10 + [255] * 10 + [0] * 30 + [255] * 10 + [0] * 10 + [255] * 10
    assert sum(abs(one - other) > 64 for one, other in zip(middle, wanted, strict=True)) <= 2
    assert down == middle


def test_a_square_in_a_round_ring_is_softened() -> None:
    assert finders.radii("dot", "square") == (3.5, 2.5, finders.SOFTENED)
    assert ("R", (6, 3, 6, 3.5)) in finders.commands(finders.radii("dot", "square"), 1, 1)
    assert "R" not in {name for name, _ in finders.commands(finders.radii("square", "square"), 1, 1)}


def test_round_ones_are_circles() -> None:
    assert finders.commands(finders.radii("dot", "dot"), 1, 2) == [
        ("O", (4.5, 5.5, 3.5)),
        ("O", (4.5, 5.5, 2.5)),
        ("O", (4.5, 5.5, 1.5)),
    ]


def test_a_code_has_three() -> None:
    code = Code([bytearray(21)] * 21, "square", 4, 5, "#000000", (0, 0, 0))
    found = [at for name, at in finders.of_code(code) if name == "M"]
    assert [found[0], found[3], found[6]] == [(4, 5), (18, 5), (4, 19)]
