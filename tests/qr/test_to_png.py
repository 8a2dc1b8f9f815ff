"""Scenes as PNG: the picture is the one that resvg paints of the SVG."""

import io

import pytest
from msgspec.structs import replace
from PIL import Image, ImageChops, ImageDraw, ImageStat

from qr import compose, logo, to_png
from qr.design import Design
from tests.qr.golden import DESIGNS
from tests.qr.painting import drawn
from tests.qr.reading import opened, picture
from tests.qr.sheet import BERRY, SUN

TEXT = "https://s.test/a1b2"
CLEAR = {
    "gradient": Design(background=None, gradient=SUN, pattern="dots", corner="dot"),
    "corners": Design(background=None, corner_color="#b3005e", pattern="classy"),
    "box": Design(background=None, frame="box", text="Scan me", frame_color="#2a1a9e", gradient=BERRY),
    "banner": Design(background=None, frame="banner-top", text="Scan me", foreground="#0b5d3b"),
    "logo": Design(background=None, logo=picture(), logo_size=0.3, gradient=BERRY),
}


def clear_logo() -> bytes:
    image = Image.new("RGBA", (300, 150))
    ImageDraw.Draw(image).ellipse((0, 0, 299, 149), fill="#d81b60c0")
    out = io.BytesIO()
    image.save(out, "PNG")
    return logo.clean(out.getvalue())


CLEAR["clear logo"] = Design(background="#fff7ed", logo=clear_logo(), logo_size=0.3)


def on(color: str, image: Image.Image) -> Image.Image:
    return Image.alpha_composite(Image.new("RGBA", image.size, color), image.convert("RGBA")).convert("RGB")


@pytest.mark.parametrize("pixels", [132, 300, 417])
@pytest.mark.parametrize("name", [*DESIGNS, *CLEAR])
def test_the_picture_is_that_of_the_svg(name: str, pixels: int) -> None:
    made = compose.compose(TEXT, {**DESIGNS, **CLEAR}[name])
    image = Image.open(io.BytesIO(to_png.write(made, pixels)))
    wanted = drawn(made, pixels)
    assert image.size == wanted.size
    for color in ("#ffffff", "#00ff00"):
        difference = ImageChops.difference(on(color, image), on(color, wanted))
        assert max(ImageStat.Stat(difference).mean) < 2.5
        small = difference.resize((image.width // 11, image.height // 11), Image.Resampling.BOX)
        assert max(high for _, high in small.getextrema()) < 18  # type: ignore[misc]


def test_what_is_transparent_stays_so() -> None:
    image = Image.open(io.BytesIO(to_png.write(compose.compose(TEXT, Design(background=None)), 330))).convert("RGBA")
    assert image.getchannel("A").getcolors() is not None
    assert image.getpixel((0, 0)) == (0, 0, 0, 0) and image.getpixel((45, 45)) == (0, 0, 0, 255)
    box = Image.open(io.BytesIO(to_png.write(compose.compose(TEXT, Design(frame="box", text="x")), 330)))
    assert box.mode == "RGBA"
    assert [box.getpixel(at) for at in ((0, 0), (329, 0))] == [(0, 0, 0, 0)] * 2


def test_few_colours_take_few_bytes() -> None:
    plain = to_png.write(compose.compose(TEXT, Design(foreground="#123456", background="#fedcba")), 330)
    image = Image.open(io.BytesIO(plain))
    assert image.mode == "P"
    assert {color for _, color in image.convert("RGB").getcolors() or []} == {(0x12, 0x34, 0x56), (0xFE, 0xDC, 0xBA)}
    framed = to_png.write(compose.compose(TEXT, Design(frame="banner-top", text="x")), 330)
    assert Image.open(io.BytesIO(framed)).mode == "RGB"


def test_a_logo_is_where_it_should_be() -> None:
    made = compose.compose(TEXT, Design(logo=picture(), logo_size=0.2, foreground="#000000"))
    image = opened(to_png.write(made, 20 * int(made.width)))
    red, green, _ = image.split()
    left, top, right, bottom = (
        ImageChops.subtract(red, green).point(lambda part: 255 * (part > 100)).getbbox() or (0,) * 4
    )
    width = 20 * made.items[-1].width  # type: ignore[union-attr]
    assert right - left == pytest.approx(width, abs=1) and bottom - top == pytest.approx(width, abs=1)
    assert left + right == pytest.approx(image.width, abs=1) and top + bottom == pytest.approx(image.height, abs=1)


def test_boxes_around() -> None:
    outer, inner = (0, 0, 10, 12), (2, 3, 8, 9)
    boxes = to_png._boxes(outer, inner)
    assert boxes == [(0, 0, 10, 3), (0, 9, 10, 12), (0, 3, 2, 9), (8, 3, 10, 9)]
    assert to_png._boxes((1, 10, 9, 12), inner) == [(1, 10, 9, 12)]
    assert to_png._boxes((1, 0, 9, 2), inner) == [(1, 0, 9, 2)]
    assert to_png._boxes((1, 8, 9, 12), inner) == [(1, 9, 9, 12), (1, 8, 2, 9), (8, 8, 9, 9)]


def test_smallest_pictures_of_the_largest_codes() -> None:
    for design in (Design(), replace(CLEAR["box"], logo=picture()), CLEAR["gradient"]):
        assert opened(to_png.write(compose.compose("x" * 1273, design), 16)).width == 16


def test_parts_of_a_frame_are_remembered_and_never_painted_on() -> None:
    design = Design(frame="banner-bottom", text="Scan me", gradient=BERRY)
    first = to_png.write(compose.compose(TEXT, design), 300)
    hits = to_png._kept.cache_info().hits
    other = to_png.write(compose.compose(TEXT[:-1] + "3", design), 300)
    assert to_png._kept.cache_info().hits == hits + 1
    assert other != first == to_png.write(compose.compose(TEXT, design), 300)
