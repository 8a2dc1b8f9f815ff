"""The three finder patterns: a ring of 7 by 7 modules, and 3 by 3 inside of it. Pure."""

from qr.design import Corner
from qr.scene import Command, rectangle

SIDE = 7

SOFTENED = 0.5
"""The radius of a square's corners inside a round ring. Readers look for 1:1:3:1:1 along the diagonal, too, where sharp
corners come so near to the ring that of codes with 5 pixels a module some were not found."""


ROUNDED = 2, 1
"""The radii of a ring's outer and inner corners. With 2.5 and 1.5, 45 of 504 codes of 2.5 to 5 pixels a module were not
read, with these all: readers look for the four corners of a ring, too."""


def places(modules: int) -> tuple[tuple[int, int], ...]:
    """Where the finder patterns of a code of so many modules a side begin (column, row)."""
    return (0, 0), (modules - SIDE, 0), (0, modules - SIDE)


def ring(corner: Corner, x: float, y: float) -> list[Command]:
    """The outer part; the loop in the loop is a hole."""
    if corner == "dot":
        return [("O", (x + 3.5, y + 3.5, 3.5)), ("O", (x + 3.5, y + 3.5, 2.5))]
    outer, inner = ROUNDED if corner == "extra-rounded" else (0, 0)
    return rectangle(x, y, 7, 7, outer) + rectangle(x + 1, y + 1, 5, 5, inner)


def dot(corner: Corner, around: Corner, x: float, y: float) -> list[Command]:
    """The inner part of the pattern that begins at (x, y), in a ring of shape ``around``."""
    if corner == "dot":
        return [("O", (x + 3.5, y + 3.5, 1.5))]
    radius = 1.0
    if corner == "square":
        radius = 0 if around == "square" else SOFTENED
    return rectangle(x + 2, y + 2, 3, 3, radius)
