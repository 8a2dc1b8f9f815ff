"""Finder patterns: the proportions 1:1:3:1:1 that readers look for."""

from typing import get_args

import pytest

from qr import finders
from qr.design import Corner
from tests.qr.painting import painted

CORNERS = get_args(Corner)


def test_places() -> None:
    assert finders.places(21) == ((0, 0), (14, 0), (0, 14))


@pytest.mark.parametrize("dot", CORNERS)
@pytest.mark.parametrize("ring", CORNERS)
def test_proportions_through_the_middle(ring: Corner, dot: Corner) -> None:
    commands = finders.ring(ring, 1, 1) + finders.dot(dot, ring, 1, 1)
    image = painted(commands, 9)
    middle = [image.getpixel((x, 45)) for x in range(90)]
    down = [image.getpixel((45, y)) for y in range(90)]
    wanted = [255] * 10 + [0] * 10 + [255] * 10 + [0] * 30 + [255] * 10 + [0] * 10 + [255] * 10
    assert sum(abs(one - other) > 64 for one, other in zip(middle, wanted, strict=True)) <= 2
    assert down == middle


def test_a_square_in_a_round_ring_is_softened() -> None:
    assert ("R", (6, 3, 6, 3.5)) in finders.dot("square", "dot", 1, 1)
    assert "R" not in {name for name, _ in finders.dot("square", "square", 1, 1)}
