"""A picture as values: shapes in order of drawing, which the SVG and the PDF are both written from. Pure.

Lengths are modules of the code; x goes to the right, y down.
"""

import math
from typing import NamedTuple

from qr.design import Pattern

Command = tuple[str, tuple[float, ...]]
"""What is done, and where: ``M x y``, ``L x y``, ``Q control-x control-y x y``, ``Z`` as in SVG; ``R corner-x corner-y
x y``: a quarter of a circle that rounds the corner off; ``O center-x center-y radius``: a whole circle."""


class Linear(NamedTuple):
    """A gradient from one point to another."""

    x1: float
    y1: float
    x2: float
    y2: float
    start: str
    stop: str


class Radial(NamedTuple):
    """A gradient from a centre to a circle around it."""

    x: float
    y: float
    radius: float
    start: str
    stop: str


Fill = str | Linear | Radial


class Shape(NamedTuple):
    """Closed loops. ``even_odd``: loops in loops are holes; otherwise loops that turn the other way are."""

    commands: list[Command]
    fill: Fill
    even_odd: bool = True


class Code(NamedTuple):
    """The modules of a code in a pattern, the first one's top left corner at (x, y). Rows, 1 is dark, without the
    finder patterns. ``radii``: of those (:mod:`qr.finders`); ``corner_fill``: ``None``: as the modules."""

    modules: list[bytearray]
    pattern: Pattern
    x: float
    y: float
    fill: Fill
    radii: tuple[float, float, float]
    corner_fill: str | None = None


class Picture(NamedTuple):
    """A PNG."""

    png: bytes
    x: float
    y: float
    width: float
    height: float


Item = Shape | Code | Picture


class Scene(NamedTuple):
    width: float
    height: float
    items: list[Item]


def rectangle(x: float, y: float, width: float, height: float, radius: float = 0) -> list[Command]:
    """A loop with four corners rounded by ``radius``."""
    right, bottom = x + width, y + height
    if not radius:
        return [("M", (x, y)), ("L", (right, y)), ("L", (right, bottom)), ("L", (x, bottom)), ("Z", ())]
    return [
        ("M", (x + radius, y)),
        ("L", (right - radius, y)),
        ("R", (right, y, right, y + radius)),
        ("L", (right, bottom - radius)),
        ("R", (right, bottom, right - radius, bottom)),
        ("L", (x + radius, bottom)),
        ("R", (x, bottom, x, bottom - radius)),
        ("L", (x, y + radius)),
        ("R", (x, y, x + radius, y)),
        ("Z", ()),
    ]


def linear(x: float, y: float, side: float, angle: float, start: str, stop: str) -> Linear:
    """A gradient over a square; ``angle`` in degrees, clockwise. Its ends lie where the farthest corners do."""
    across, down = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    half = side / 2 * (abs(across) + abs(down))
    middle_x, middle_y = x + side / 2, y + side / 2
    across, down = round(across * half, 2), round(down * half, 2)
    return Linear(middle_x - across, middle_y - down, middle_x + across, middle_y + down, start, stop)


def radial(x: float, y: float, side: float, start: str, stop: str) -> Radial:
    """A gradient over a square, from its middle to its corners."""
    return Radial(x + side / 2, y + side / 2, round(side * math.sqrt(0.5), 2), start, stop)
