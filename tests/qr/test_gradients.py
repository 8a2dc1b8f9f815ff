"""Gradients as pixels: the colours that resvg paints."""

from typing import cast

import pytest
from PIL import Image, ImageChops

from qr import gradients, scene
from qr.scene import Linear, Radial, Scene, Shape
from tests.qr.painting import drawn

ENDS = "#b3005e", "#2a1a9e"


def color_at(image: Image.Image, x: int, y: int) -> tuple[int, ...]:
    return cast("tuple[int, ...]", image.getpixel((x, y)))


@pytest.mark.parametrize("scale", [2.5, 8.0, 21.0])
@pytest.mark.parametrize(
    "fill",
    [
        scene.radial(4, 4, 40, *ENDS),
        *(scene.linear(4, 4, 40, angle, *ENDS) for angle in (0, 45, 90, 117, 180, -30, 360)),
    ],
)
def test_the_colours_are_those_of_resvg(fill: Linear | Radial, scale: float) -> None:
    whole = drawn(Scene(48, 48, [Shape(scene.rectangle(0, 0, 48, 48), fill)]), round(48 * scale)).convert("RGB")
    first, side = round(4 * scale), round(40 * scale)
    made = gradients.painted(fill, (first, first), (side, side), (scale, scale))
    wanted = whole.crop((first, first, first + side, first + side))
    assert max(high for _, high in ImageChops.difference(made, wanted).getextrema()) <= 4  # type: ignore[misc]


@pytest.mark.parametrize("fill", [scene.radial(4, 4, 40, *ENDS), scene.linear(4, 4, 40, 45, *ENDS)])
def test_pixels_at_the_edge_have_the_colour_of_the_end(fill: Linear | Radial) -> None:
    """The first and last pixels lie partly outside of the code."""
    made = gradients.painted(fill, (12, 12), (122, 122), (3.02, 3.02))
    for at in (0, 121):
        ends = [tuple(bytes.fromhex(end[1:])) for end in ENDS]
        found = color_at(made, at, at)
        assert min(max(abs(a - b) for a, b in zip(found, end, strict=True)) for end in ends) <= 4
