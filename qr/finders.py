"""The three finder patterns: a ring of 7 by 7 modules, and 3 by 3 inside of it. Pure."""

from qr.design import Corner
from qr.scene import Code, Command, rectangle

SIDE = 7

Radii = tuple[float, float, float]
"""Of three squares with rounded corners, each a module inside of the last: the ring, its hole, and what is in it."""

SOFTENED = 0.5
"""The radius of a square's corners inside a round ring. Readers look for 1:1:3:1:1 along the diagonal, too, where sharp
corners come so near to the ring that of codes with 5 pixels a module some were not found."""


ROUNDED = 2, 1
"""The radii of a ring's outer and inner corners. With 2.5 and 1.5, 45 of 504 codes of 2.5 to 5 pixels a module were not
read, with these all: readers look for the four corners of a ring, too."""


def places(modules: int) -> tuple[tuple[int, int], ...]:
    """Where the finder patterns of a code of so many modules a side begin (column, row)."""
    return (0, 0), (modules - SIDE, 0), (0, modules - SIDE)


def radii(corner: Corner, dot: Corner) -> Radii:
    """Of a finder pattern with a ring of shape ``corner``, and ``dot`` inside of it."""
    outer, inner = {"dot": (3.5, 2.5), "extra-rounded": ROUNDED, "square": (0.0, 0.0)}[corner]
    return outer, inner, {"dot": 1.5, "extra-rounded": 1.0, "square": 0.0 if corner == "square" else SOFTENED}[dot]


def commands(made: Radii, x: float, y: float) -> list[Command]:
    """The pattern that begins at (x, y); the loop in the outermost loop is a hole."""
    out: list[Command] = []
    for at, radius in enumerate(made):
        side = SIDE - 2 * at
        if radius == side / 2:
            out.append(("O", (x + SIDE / 2, y + SIDE / 2, radius)))
        else:
            out += rectangle(x + at, y + at, side, side, radius)
    return out


def of_code(code: Code) -> list[Command]:
    """All three of them."""
    out: list[Command] = []
    for column, row in places(len(code.modules)):
        out += commands(code.radii, code.x + column, code.y + row)
    return out
