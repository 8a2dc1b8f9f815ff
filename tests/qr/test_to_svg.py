"""Scenes as SVG: short, and the same picture."""

import base64
from xml.etree import ElementTree

import pytest

from qr import scene, to_svg
from qr.scene import Picture, Scene, Shape
from tests.qr.painting import drawn, painted
from tests.qr.reading import picture

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (1.0, "1"),
        (0.5, ".5"),
        (-0.5, "-.5"),
        (10, "10"),
        (2.005, "2"),
        (-0.001, "0"),
        (1 / 3, ".33"),
        (1e3, "1000"),
    ],
)
def test_numbers_are_short(value: float, text: str) -> None:
    assert to_svg.number(value) == text


def test_a_space_stands_only_where_it_must() -> None:
    assert to_svg.numbers((1, -2, 0.5, 3)) == "1-2 .5 3"


def test_paths() -> None:
    square = scene.rectangle(1, 2, 3, 4)
    assert to_svg.path(square) == "M1 2h3v4h-3z"
    assert to_svg.path(square + scene.rectangle(2, 3, 1, 1)) == "M1 2h3v4h-3zm1 1h1v1h-1z"
    rounded = "M1 0h1a1 1 0 0 1 1 1v1a1 1 0 0 1-1 1h-1a1 1 0 0 1-1-1v-1a1 1 0 0 1 1-1z"
    assert to_svg.path(scene.rectangle(0, 0, 3, 3, 1)) == rounded
    assert to_svg.path([("O", (2, 2, 0.5))]) == "M1.5 2a.5 .5 0 1 0 1 0 .5 .5 0 1 0-1 0"
    assert to_svg.path([("M", (0, 0)), ("Q", (1, 0, 1, 1)), ("L", (0.5, 2)), ("Z", ())]) == "M0 0q1 0 1 1l-.5 1z"


def test_rounding_does_not_add_up() -> None:
    """Steps of a third are written with two decimals; after 300 of them the end is where it should be."""
    steps = [
        ("M", (0.0, 1.0)),
        *(("L", (round(at / 3, 2), 1.0)) for at in range(1, 301)),
        ("L", (100.0, 2.0)),
        ("Z", ()),
    ]
    path = to_svg.path(steps)
    assert sum(float(step) for step in path.split("v")[0].split("h")[1:]) == pytest.approx(100)


def test_colors_and_gradients() -> None:
    square = scene.rectangle(0, 0, 9, 9)
    linear = scene.linear(0, 0, 9, 0, "#ff0000", "#0000ff")
    radial = scene.radial(0, 0, 9, "#ff0000", "#0000fe")
    text = to_svg.write(
        Scene(9, 9, [Shape(square, "#aabbcc"), Shape(square, linear), Shape(square, radial, even_odd=False)])
    )
    root = ElementTree.fromstring(text)
    assert [path.get("fill") for path in root.iter(f"{SVG}path")] == ["#abc", "url(#g0)", "url(#g1)"]
    assert [path.get("fill-rule") for path in root.iter(f"{SVG}path")] == ["evenodd", "evenodd", None]
    assert [stop.get("stop-color") for stop in root.iter(f"{SVG}stop")] == ["#f00", "#00f", "#f00", "#0000fe"]
    left = drawn(Scene(9, 9, [Shape(square, linear)]), 90)
    assert left.getpixel((2, 45)) == pytest.approx((250, 0, 5, 255), abs=4)
    assert left.getpixel((87, 45)) == pytest.approx((5, 0, 250, 255), abs=4)
    middle = drawn(Scene(9, 9, [Shape(square, radial)]), 90)
    assert middle.getpixel((45, 45)) == pytest.approx((255, 0, 0, 255), abs=4)
    assert middle.getpixel((1, 88)) == pytest.approx((0, 0, 254, 255), abs=10)


def test_a_claimed_width() -> None:
    assert " width=" not in to_svg.write(Scene(10, 12.5, []))
    assert 'viewBox="0 0 10 12.5" width="300" height="375"' in to_svg.write(Scene(10, 12.5, []), 300)


def test_a_picture_is_inlined() -> None:
    root = ElementTree.fromstring(to_svg.write(Scene(9, 9, [Picture(picture(), 1, 2, 3, 3)])))
    (image,) = root.iter(f"{SVG}image")
    kind, _, text = (image.get("href") or "").partition(",")
    assert kind == "data:image/png;base64"
    assert base64.b64decode(text) == picture()


def test_quarters_turn_the_right_way() -> None:
    """Outer corners and, in a hole, inner ones."""
    ring = scene.rectangle(0, 0, 8, 8, 2) + scene.rectangle(2, 2, 4, 4, 1)
    image = painted(ring, 8)
    assert image.getpixel((2, 2)) == image.getpixel((40, 40)) == 255
    assert image.getpixel((21, 21)) == image.getpixel((10, 10)) == 0
