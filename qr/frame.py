"""What is drawn around a code: boxes and banners, and the text in them. Pure but for the font, which is read once."""

import math
from typing import NamedTuple

from qr import glyphs
from qr.design import Design
from qr.scene import Command, Shape, rectangle

LEAST_QUIET = 2
"""Modules between a frame and the code, even where the quiet zone is smaller: a dark frame blinds readers."""

# Parts of a version 2 code with its quiet zone, which is 33 modules wide; larger codes have larger frames.
MODULES = 33
BAND, BORDER, RADIUS = 6.5, 1.5, 2.5
POINTER = 1.6
CAPITALS = 2.8
SIDES = 2
PADDING = 1.5


class Place(NamedTuple):
    """The picture's size, and where the code's panel (its modules and quiet zone) begins in it. In whole modules, so
    that those of the code meet pixels as well as without a frame."""

    width: int
    height: int
    x: int
    y: int


def quiet_zone(design: Design) -> int:
    """Modules of quiet zone that are drawn."""
    return design.quiet_zone if design.frame == "none" else max(design.quiet_zone, LEAST_QUIET)


def place(design: Design, panel: int) -> Place:
    """``panel``: the side of the code with its quiet zone."""
    if design.frame == "none":
        return Place(panel, panel, 0, 0)
    unit = panel / MODULES
    band = round(BAND * unit)
    if design.frame == "box":
        border = border_of(panel)
        return Place(panel + 2 * border, panel + 2 * border + (band if has_text(design) else 0), border, border)
    extent = math.ceil(band + (POINTER + SIDES) * unit)
    return Place(panel, panel + extent, 0, extent if design.frame == "banner-top" else 0)


def border_of(panel: int) -> int:
    return max(1, round(BORDER * panel / MODULES))


def has_text(design: Design) -> bool:
    return bool(glyphs.composed(design.text))


def shapes(design: Design, panel: int) -> list[Shape]:
    """The frame and its text. Raises ``DesignError`` for characters that the font lacks."""
    if design.frame == "none":
        return []
    at = place(design, panel)
    unit = panel / MODULES
    band = round(BAND * unit)
    if design.frame == "box":
        border = border_of(panel)
        radius = _halves(RADIUS * unit)
        hole = rectangle(border, border, panel, panel, max(0, radius - border))
        box = Shape(rectangle(0, 0, at.width, at.height, radius) + hole, design.frame_color)
        # The border below the code and the band are one surface, in the middle of which the text stands.
        return [box, *_text(design, border, at.height - band - border, panel, band + border, unit)]
    inset = _halves(SIDES * unit)
    top = panel + _halves(POINTER * unit) if design.frame == "banner-bottom" else inset
    banner = rectangle(inset, top, panel - 2 * inset, band, _halves(RADIUS * unit))
    middle, wide = panel / 2, POINTER * unit * 1.2
    if design.frame == "banner-bottom":
        base, tip = top, top - POINTER * unit
        pointer = [(middle - wide, base), (middle, tip), (middle + wide, base)]
    else:
        base, tip = top + band, top + band + POINTER * unit
        pointer = [(middle + wide, base), (middle, tip), (middle - wide, base)]
    loop: list[Command] = [(name, (round(x, 2), round(y, 2))) for name, (x, y) in zip("MLL", pointer, strict=True)]
    return [
        Shape([*banner, *loop, ("Z", ())], design.frame_color, even_odd=False),
        *_text(design, inset, top, panel - 2 * inset, band, unit),
    ]


def _text(design: Design, x: float, y: float, width: float, height: float, unit: float) -> list[Shape]:
    """The text in the middle of a rectangle; smaller where it would not fit."""
    if not has_text(design):
        return []
    wide = glyphs.width(design.text)
    capitals = min(CAPITALS * unit, (width - 2 * PADDING * unit) / wide)
    baseline = y + (height + capitals) / 2
    start = x + (width - wide * capitals) / 2
    return [Shape(glyphs.line(design.text, start, baseline, capitals), design.text_color, even_odd=False)]


def _halves(length: float) -> float:
    """Rounded to half modules: short numbers, and edges that meet pixels."""
    return round(2 * length) / 2
