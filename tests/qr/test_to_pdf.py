"""Scenes as PDF: the page is the picture that resvg paints of the SVG."""

import re
import shutil

import pytest
from PIL import Image, ImageChops, ImageStat

from qr import compose, to_pdf
from qr.design import Design, Gradient
from tests.qr.painting import drawn
from tests.qr.reading import picture, printed
from tests.qr.sheet import BERRY, SUN

DESIGNS = {
    "plain": Design(),
    "dots": Design(pattern="dots", corner="dot", corner_dot="dot"),
    "linear": Design(pattern="classy-rounded", corner="extra-rounded", gradient=BERRY),
    "radial": Design(pattern="extra-rounded", gradient=SUN, corner_color="#113311"),
    "logo": Design(logo=picture(), pattern="rounded"),
    "box": Design(frame="box", text="Größe, Жук", frame_color="#114488", background="#ffeedd"),
    "banner": Design(frame="banner-top", text="Scan me", background=None),
}
SIZE = re.compile(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]")


def on_white(image: Image.Image) -> Image.Image:
    return Image.alpha_composite(Image.new("RGBA", image.size, "#ffffff"), image).convert("RGB")


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="needs pdftoppm (apt install poppler-utils)")
@pytest.mark.parametrize("name", DESIGNS)
def test_a_page_is_the_same_picture(name: str) -> None:
    made = compose.compose("https://s.test/a1b2", DESIGNS[name])
    page = printed(to_pdf.write(made, 50))
    wanted = on_white(drawn(made, page.width)).resize(page.size)
    difference = ImageChops.difference(page, wanted)
    # Edges are painted a little differently; a shape that is missing or turned would be far more.
    assert max(ImageStat.Stat(difference).mean) < 4
    blurred = difference.resize((page.width // 16, page.height // 16), Image.Resampling.BOX)
    assert max(high for _, high in blurred.getextrema()) < 60  # type: ignore[misc]


def test_the_page_has_the_size_that_was_asked_for() -> None:
    for design, ratio in (
        (Design(), 1),
        (Design(frame="banner-top", text="x"), None),
        (Design(frame="box", text="x"), None),
    ):
        made = compose.compose("https://s.test/a1b2", design)
        found = SIZE.search(to_pdf.write(made, 100))
        assert found is not None
        width, height = (float(side) * 25.4 / 72 for side in found.groups())
        assert width == pytest.approx(100, abs=0.01)
        assert height / width == pytest.approx(ratio or made.height / made.width, abs=0.001)


def test_nothing_tells_when_or_by_whom_it_was_made() -> None:
    made = compose.compose("https://s.test/a1b2", Design(gradient=Gradient(kind="radial", start="#000", stop="#111")))
    pdf = to_pdf.write(made, 50)
    assert pdf == to_pdf.write(made, 50)
    assert b"/ID" not in pdf
    assert re.findall(rb"D:\d+", pdf) == [b"D:19700101000000"]
    assert not re.search(rb"/(Author|Title|JavaScript|JS|URI|Launch)\b", pdf)
