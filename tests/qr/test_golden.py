"""Pictures look as they did when somebody last looked at them; ``python -m tests.qr.golden`` makes them anew."""

import pytest
from PIL import Image, ImageChops, ImageStat

from qr import render
from qr.design import Design
from tests.qr.golden import DESIGNS, HERE, PIXELS
from tests.qr.reading import opened
from tests.qr.sheet import DATA

TOLERANCE = 10
"""Of 255, on the average of 11 by 11 pixels: other versions of resvg paint edges differently. A module too many, which
has 4 by 4 pixels here, is 33."""


def difference(one: Image.Image, other: Image.Image) -> float:
    """The largest difference, of 255, of any part of 11 by 11 pixels."""
    assert one.size == other.size
    small = ImageChops.difference(one, other).resize((one.width // 11, one.height // 11), Image.Resampling.BOX)
    return max(high for _, high in ImageStat.Stat(small).extrema)


@pytest.mark.parametrize("name", DESIGNS)
def test_pictures_stay_as_they_are(name: str) -> None:
    made = opened(render.png(DATA, DESIGNS[name], PIXELS))
    assert difference(made, opened((HERE / f"{name}.png").read_bytes())) < TOLERANCE


def test_a_module_more_would_be_seen() -> None:
    plain = opened(render.png(DATA, Design(), PIXELS))
    other = plain.copy()
    other.paste("#000000", (4, 4, 8, 8))
    assert difference(plain, other) > TOLERANCE
    assert difference(plain, opened(render.png(DATA, DESIGNS["rounded"], PIXELS))) > TOLERANCE


def test_no_picture_is_left_over() -> None:
    assert {path.stem for path in HERE.glob("*")} == set(DESIGNS)
