"""Pictures as callers get them: formats, limits, and that nothing of a design can get out of its place."""

import itertools
import re
from typing import Any
from xml.etree import ElementTree

import pytest
import zxingcpp
from PIL import ImageChops

from qr import render
from qr.design import Design, Frame
from qr.errors import DesignError
from tests.qr.reading import opened, picture, read
from tests.qr.sheet import BERRY

TEXT = "https://s.test/a1b2"
RICH = Design(logo=picture(), gradient=BERRY, frame="box", text="Scan me", corner_color="#123456", pattern="classy")
ALLOWED = {"svg", "path", "image", "linearGradient", "radialGradient", "stop"}


def test_the_three_formats() -> None:
    assert render.svg(TEXT, RICH).startswith(b"<svg ")
    assert render.png(TEXT, RICH, 300).startswith(b"\x89PNG")
    assert render.pdf(TEXT, RICH).startswith(b"%PDF-1.")


@pytest.mark.parametrize("pixels", [16, 100, 301, 4096])
def test_a_png_is_as_wide_as_it_should_be(pixels: int) -> None:
    plain = opened(render.png(TEXT, Design(), pixels))
    assert plain.size == (pixels, pixels)
    framed = opened(render.png(TEXT, RICH, pixels))
    assert framed.width == pixels < framed.height <= 1.4 * pixels


@pytest.mark.parametrize("frame", ["box", "banner-top", "banner-bottom"])
def test_a_framed_png_is_not_stretched(frame: Frame) -> None:
    """The left edge of the code is as far from the picture's as it should be, and modules are square."""
    design = Design(frame=frame, text="x", frame_color="#ff0000", background="#ffff00")
    width = render.module_count(TEXT, design)
    image = opened(render.png(TEXT, design, 4 * width))
    black = image.convert("RGB").point(lambda part: 255 * (part == 0)).split()
    left, top, right, bottom = ImageChops.multiply(black[0], black[1]).getbbox() or (0, 0, 0, 0)
    assert right - left == bottom - top == 4 * 25
    assert left == (4 * width - 4 * 25) / 2 and top % 4 == 0


def test_whole_pixels_make_sharp_modules() -> None:
    width = render.module_count(TEXT, Design())
    assert width == 33
    image = opened(render.png(TEXT, Design(), 3 * width))
    assert {color for _, color in image.getcolors() or []} == {(0, 0, 0), (255, 255, 255)}


def test_the_same_input_gives_the_same_bytes() -> None:
    for design in (Design(), RICH):
        assert render.svg(TEXT, design) == render.svg(TEXT, design)
        assert render.png(TEXT, design, 200) == render.png(TEXT, design, 200)
        assert render.pdf(TEXT, design, 30) == render.pdf(TEXT, design, 30)


@pytest.mark.parametrize("pixels", [0, 15, 4097, -1, float("nan")])
def test_pixels_have_limits(pixels: Any) -> None:
    for made in (render.svg, render.png):
        with pytest.raises(DesignError, match="16 to 4096") as refused:
            made(TEXT, Design(), pixels)
        assert refused.value.field == "size"


@pytest.mark.parametrize("millimetres", [0, 4.9, 2001, float("nan"), float("inf")])
def test_millimetres_have_limits(millimetres: float) -> None:
    with pytest.raises(DesignError, match="5 to 2000"):
        render.pdf(TEXT, Design(), millimetres)


@pytest.mark.parametrize("data", ["", "x" * (render.MOST_DATA_BYTES + 1), "\ud800"])
def test_data_has_limits(data: str) -> None:
    for made in (render.svg, render.pdf, render.module_count):
        with pytest.raises(DesignError) as refused:
            made(data, Design())
        assert refused.value.field == "data"


@pytest.mark.parametrize("data", ["</svg><script>alert(1)</script>", "&amp;'", "]]>", "javascript:alert(1)", '"/><x'])
def test_data_never_stands_in_the_file(data: str) -> None:
    svg = render.svg(data, Design())
    assert read(opened(render.png(data, Design(), 400))) == data
    assert {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(svg).iter()} <= ALLOWED
    assert b"script" not in svg and b"alert" not in svg


def test_control_characters_of_the_data_are_kept() -> None:
    data = "BEGIN:VCARD\r\n\x00\x1b"
    found = zxingcpp.read_barcode(opened(render.png(data, Design(), 400)))
    assert found is not None and found.bytes == data.encode()


@pytest.mark.parametrize("text", ["</svg><script>", '"/><x', "&lt;&#60;", "<!--", "]]>", "' onload='x"])
def test_the_text_of_a_frame_is_only_shapes(text: str) -> None:
    plain = render.svg(TEXT, Design(frame="box", text="x"))
    svg = render.svg(TEXT, Design(frame="box", text=text))
    one, other = (
        [(element.tag, sorted(element.attrib)) for element in ElementTree.fromstring(made).iter()]
        for made in (plain, svg)
    )
    assert one == other
    assert text.encode() not in svg


FIELDS = ("foreground", "background", "corner_color", "frame_color", "text_color")
EVIL = (
    'red"/><script>alert(1)</script>',
    "url(https://evil.test)",
    "#000000;x",
    '#fff"',
    "expression(1)",
    "#\u0661\u0661\u0661",
)


@pytest.mark.parametrize(("field", "evil"), [*itertools.product(FIELDS, EVIL)])
def test_only_colours_are_colours(field: str, evil: str) -> None:
    with pytest.raises(DesignError) as refused:
        render.svg(TEXT, Design(**{field: evil}))
    assert refused.value.field == field


def test_an_svg_holds_no_addresses_but_its_namespace_and_the_logo() -> None:
    svg = render.svg(TEXT, RICH).decode()
    assert re.findall(r"\w+://[^\"]*", svg) == ["http://www.w3.org/2000/svg"]
    assert re.findall(r'href="([^"]{22})', svg) == ["data:image/png;base64,"]
    assert not re.search(r"\bon\w+=|<style|<script|<foreignObject|<!", svg)


def test_a_plain_svg_is_small() -> None:
    """As a path of merged modules; a rectangle for each would take about 12 KB."""
    assert len(render.svg(TEXT, Design())) < 2048
