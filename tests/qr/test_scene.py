"""Rectangles and gradients."""

import pytest

from qr import scene
from tests.qr.painting import painted


def test_a_rectangle_and_its_rounded_corners() -> None:
    plain = painted(scene.rectangle(1, 2, 3, 4), 8)
    assert plain.getpixel((11, 21)) == 0 == plain.getpixel((38, 58))
    assert plain.getpixel((8, 21)) == 255 == plain.getpixel((41, 58))
    rounded = painted(scene.rectangle(1, 2, 3, 4, 1), 8)
    assert rounded.getpixel((11, 21)) == 255 == rounded.getpixel((38, 58))
    assert rounded.getpixel((25, 21)) == 0 == rounded.getpixel((11, 40))


@pytest.mark.parametrize(
    ("angle", "ends"),
    [
        (0, (4, 9, 14, 9)),
        (90, (9, 4, 9, 14)),
        (180, (14, 9, 4, 9)),
        (45, (4, 4, 14, 14)),
        (-45, (4, 14, 14, 4)),
        (360, (4, 9, 14, 9)),
    ],
)
def test_a_linear_gradient_goes_from_corner_to_corner(angle: float, ends: tuple[float, ...]) -> None:
    made = scene.linear(4, 4, 10, angle, "#000000", "#111111")
    assert (made.x1, made.y1, made.x2, made.y2) == pytest.approx(ends)
    assert (made.start, made.stop) == ("#000000", "#111111")


def test_a_radial_gradient_reaches_the_corners() -> None:
    assert scene.radial(4, 4, 10, "#000000", "#111111") == (9, 9, 7.07, "#000000", "#111111")
