"""Scenes as SVG: short, and the same picture."""

import base64
from xml.etree import ElementTree

import pytest
import resvg_py

from qr import finders, scene, to_svg
from qr.scene import Code, Picture, Scene, Shape
from tests.qr.painting import drawn, painted
from tests.qr.reading import opened, picture

SVG = "{http://www.w3.org/2000/svg}"


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


def code(corner_fill: str | None = None) -> Code:
    rows = [bytearray([0] * 10 + [1] + [0] * 10) for _ in range(21)]
    return Code(rows, "square", 4, 4, "#000000", finders.radii("square", "square"), corner_fill)


def test_corners_of_their_own_colour_are_a_path_of_their_own() -> None:
    for corner_fill, fills in ((None, ["#000"]), ("#112233", ["#000", "#123"])):
        root = ElementTree.fromstring(to_svg.write(Scene(29, 29, [code(corner_fill)])))
        paths = list(root.iter(f"{SVG}path"))
        assert [path.get("fill") for path in paths] == fills
        assert "".join(path.get("d") or "" for path in paths).count("M") == 2
        assert {path.get("fill-rule") for path in paths} == {"evenodd"}


def test_a_part_is_what_lies_there_in_pixels() -> None:
    shapes = [Shape(scene.rectangle(0, 0, 9, 9), "#ffffff"), Shape(scene.rectangle(3, 4, 1, 1), "#ff0000")]
    image = opened(bytes(resvg_py.svg_to_bytes(svg_string=to_svg.part(shapes, (25, 30, 45, 60), (10, 10)))))
    assert image.size == (20, 30)
    red = image.point(lambda part: 255 * (part == 0)).split()[1]
    assert red.getbbox() == (5, 10, 15, 20)
