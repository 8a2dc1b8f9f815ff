"""Frames: sizes, and that text lies inside."""

import itertools
from typing import get_args

import pytest

from qr import frame
from qr.design import Design, Frame
from qr.scene import Shape

FRAMES = [name for name in get_args(Frame) if name != "none"]
TEXTS = ["x", "Scan me", "W" * 32]


def bounds(shape: Shape) -> tuple[float, float, float, float]:
    across = [part for name, at in shape.commands for part in at[::2] if name != "O"]
    down = [part for name, at in shape.commands for part in at[1::2] if name != "O"]
    return min(across), min(down), max(across), max(down)


def test_no_frame() -> None:
    assert frame.place(Design(), 33) == (33, 33, 0, 0)
    assert frame.shapes(Design(text="x"), 33) == []
    assert frame.quiet_zone(Design(quiet_zone=0)) == 0


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_keeps_its_distance(name: Frame) -> None:
    assert [frame.quiet_zone(Design(frame=name, quiet_zone=modules)) for modules in (0, 2, 7)] == [2, 2, 7]


@pytest.mark.parametrize(("name", "panel", "text"), [*itertools.product(FRAMES, (25, 33, 61, 197), TEXTS)])
def test_the_frame_leaves_the_panel_alone_and_the_text_lies_on_the_frame(name: Frame, panel: int, text: str) -> None:
    design = Design(frame=name, text=text)
    at = frame.place(design, panel)
    box, letters = frame.shapes(design, panel)
    assert all(type(length) is int for length in at)
    left, top, right, bottom = bounds(letters)
    outer_left, outer_top, outer_right, outer_bottom = bounds(box)
    assert outer_left >= 0 and outer_top >= 0 and outer_right <= at.width and outer_bottom <= at.height
    assert outer_left < left < right < outer_right
    assert outer_top < top < bottom < outer_bottom
    assert left - outer_left == pytest.approx(outer_right - right, abs=panel / 33)
    if name == "banner-top":
        assert outer_bottom <= at.y + 0.5
    else:
        assert top > at.y + panel


def test_a_box_without_text_is_a_square() -> None:
    design = Design(frame="box")
    at = frame.place(design, 33)
    assert at == (37, 37, 2, 2)
    assert len(frame.shapes(design, 33)) == 1


def test_long_text_is_smaller() -> None:
    heights = []
    for text in ("H", "H" * 16, "H" * 32):
        _, top, _, bottom = bounds(frame.shapes(Design(frame="box", text=text), 33)[1])
        heights.append(bottom - top)
    assert heights[0] == pytest.approx(frame.CAPITALS, abs=0.02)
    assert heights[0] > heights[1] > heights[2] > 0.5
