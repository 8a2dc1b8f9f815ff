"""Designs as scenes: what each field changes."""

from typing import Any

import pytest

from qr import compose
from qr.design import Design
from qr.errors import DesignError
from qr.scene import Code, Linear, Picture, Radial, Scene, Shape
from tests.qr.reading import picture
from tests.qr.sheet import BERRY, SUN

TEXT = "https://s.test/a1b2"


def scene(**fields: Any) -> Scene:
    return compose.compose(TEXT, Design(**fields))


def fills(made: Scene) -> list[object]:
    return [item.fill for item in made.items if not isinstance(item, Picture)]


def test_a_plain_code_is_its_background_and_modules() -> None:
    made = scene()
    assert (made.width, made.height) == (33, 33)
    assert fills(made) == ["#ffffff", "#000000"]
    assert [type(item) for item in made.items] == [Shape, Code]


def test_a_transparent_background_is_not_drawn() -> None:
    assert fills(scene(background=None)) == ["#000000"]


def test_corners_have_their_own_colour_or_that_of_the_modules() -> None:
    def corner_fill(color: str) -> str | None:
        (code,) = (item for item in scene(corner_color=color).items if isinstance(item, Code))
        return code.corner_fill

    assert corner_fill("#123") == "#112233"
    assert corner_fill("#000") is None


def test_a_gradient_takes_the_place_of_the_foreground() -> None:
    _, linear = fills(scene(gradient=BERRY))
    _, radial = fills(scene(gradient=SUN, quiet_zone=0))
    assert linear == Linear(4, 4, 29, 29, "#b3005e", "#2a1a9e")
    assert radial == Radial(12.5, 12.5, 17.68, "#c2410c", "#6d1a36")


def test_a_logo_is_in_the_middle_and_last() -> None:
    made = scene(logo=picture(), logo_size=0.2)
    last = made.items[-1]
    assert isinstance(last, Picture)
    assert last.x + last.width / 2 == pytest.approx(made.width / 2, abs=0.01)
    assert last.width == last.height == pytest.approx(0.2 * (made.width - 8), abs=0.01)


@pytest.mark.parametrize("zone", [0, 1, 4, 10])
def test_the_quiet_zone(zone: int) -> None:
    assert scene(quiet_zone=zone).width == 25 + 2 * zone == compose.width(TEXT, Design(quiet_zone=zone))


@pytest.mark.parametrize("frame", ["none", "box", "banner-bottom", "banner-top"])
def test_the_width_is_known_without_drawing(frame: Any) -> None:
    for logo in (None, picture()):
        design = Design(frame=frame, text="Scan me", logo=logo, quiet_zone=1)
        made = compose.compose(TEXT, design)
        assert compose.width(TEXT, design) == made.width
        assert made.height >= made.width


def test_colors_written_differently_are_the_same_picture() -> None:
    assert scene(foreground="#00F", background="#FFE") == scene(foreground="#0000ff", background="#ffffee")


def test_a_design_is_checked_first() -> None:
    for made in (compose.compose, compose.width):
        with pytest.raises(DesignError):
            made(TEXT, Design(foreground="#fff"))
