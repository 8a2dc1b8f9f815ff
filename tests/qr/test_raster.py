"""Modules as pixels: what is covered is what resvg paints of the loops."""

import random
from itertools import pairwise
from typing import get_args

import pytest
from PIL import Image, ImageChops, ImageStat

from qr import finders, raster
from qr.design import Corner, Pattern
from qr.outline import outline
from tests.qr.painting import painted


def modules(side: int, seed: object) -> list[bytes]:
    rng = random.Random(str(seed))
    return [bytes(rng.randrange(2) for _ in range(side)) for _ in range(side)]


def drawn(made: list[bytes], pattern: Pattern, side: int, scale: float) -> Image.Image:
    """In a picture of ``side`` modules, from (1, 1) on; black on white."""
    axis = raster.axis(1, len(made), scale)
    image = Image.new("L", (round(side * scale), round(side * scale)), 255)
    image.paste(0, (axis.first, axis.first), raster.coverage(made, pattern, axis, axis))
    return image


@pytest.mark.parametrize("scale", [8, 3.3, 5.75, 12.1])
@pytest.mark.parametrize("pattern", get_args(Pattern))
def test_the_picture_is_that_of_the_loops(pattern: Pattern, scale: float) -> None:
    made = modules(18, pattern)
    wanted = painted(outline(made, pattern, 1, 1), 20, scale)  # type: ignore[arg-type]
    difference = ImageChops.difference(drawn(made, pattern, 20, scale), wanted)
    assert ImageStat.Stat(difference).mean[0] < 6
    assert max(ImageStat.Stat(difference.resize((20, 20), Image.Resampling.BOX)).extrema[0]) < 30


def test_whole_pixels_are_sharp() -> None:
    made = modules(12, 1)
    image = drawn(made, "square", 14, 3)
    small = image.resize((14, 14), Image.Resampling.NEAREST).crop((1, 1, 13, 13))
    assert small.tobytes() == bytes(0 if dark else 255 for row in made for dark in row)
    assert {value for _, value in image.getcolors() or []} == {0, 255}


def test_modules_side_by_side_leave_no_gap() -> None:
    """However their edges meet the pixels."""
    made = [bytes([1] * 9)] * 9
    for scale in (1.7, 2.3, 3.1, 7.9):
        axis = raster.axis(0.4, 9, scale)
        inside = raster.coverage(made, "square", axis, axis).crop((1, 1, axis.pixels - 1, axis.pixels - 1))
        assert inside.getextrema() == (255, 255)


def test_a_dot_covers_what_a_circle_does() -> None:
    axis = raster.axis(0, 1, 9.25)
    (mean,) = ImageStat.Stat(raster.coverage([b"\1"], "dots", axis, axis)).sum
    assert mean / 255 == pytest.approx(3.14159 / 4 * 9.25**2, rel=0.01)


@pytest.mark.parametrize("scale", [0.1, 0.3, 0.7, 1.0])
def test_modules_may_be_smaller_than_a_pixel(scale: float) -> None:
    made = modules(30, 2)
    axis = raster.axis(4, 30, scale)
    for pattern in get_args(Pattern):
        image = raster.coverage(made, pattern, axis, axis)
        assert image.size == (axis.pixels, axis.pixels)
        assert raster.finder((3.5, 2.5, 1.5), axis, axis, 0, 0)[0].getbbox() is not None


def test_an_axis() -> None:
    axis = raster.axis(4, 3, 2.6)
    assert axis.first == 10 and axis.pixels == 9
    assert axis.edges == [2, 12, 22, 33]
    assert {end - start for start, end in pairwise(raster.axis(4, 177, 6.43).edges)} == {25, 26}


@pytest.mark.parametrize("dot", get_args(Corner))
@pytest.mark.parametrize("ring", get_args(Corner))
def test_finder_patterns_are_those_of_the_loops(ring: Corner, dot: Corner) -> None:
    radii, scale = finders.radii(ring, dot), 6.3
    across, down = raster.axis(1, 10, scale), raster.axis(2, 10, scale)
    image = Image.new("L", (round(14 * scale), round(14 * scale)), 255)
    cover, (left, top) = raster.finder(radii, across, down, 3, 2)
    image.paste(0, (across.first + left, down.first + top), cover)
    wanted = painted(finders.commands(radii, 4, 4), 14, scale)  # type: ignore[arg-type]
    difference = ImageChops.difference(image, wanted)
    assert ImageStat.Stat(difference).mean[0] < 3
    assert max(ImageStat.Stat(difference.resize((14, 14), Image.Resampling.BOX)).extrema[0]) < 25
