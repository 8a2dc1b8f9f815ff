"""The dark modules of a code as path data of an SVG. Pure.

Few shapes make up a code: from one corner to the next, each distance with the roundings at its ends is written once for
all. That takes a third of what it takes to write the loops' commands one by one.
"""

from functools import lru_cache
from itertools import pairwise

from qr import outline
from qr.design import Pattern
from qr.outline import RADIUS, STEP, Modules
from qr.path_data import circle, number, pair, quarter

DOT = 0.5
"""The radius of a dot."""


class Pieces(dict[int, str]):
    """What is drawn from one corner to the next, by a number: 16 times the way between the two, in places of a field,
    4 times the turn at the first, and the turn at the second."""

    def __init__(self, stride: int) -> None:
        self._stride = stride

    def __missing__(self, key: int) -> str:
        distance, first, second = key >> 4, key >> 2 & 3, key & 3
        is_down = abs(distance) >= self._stride
        modules = abs(distance) // self._stride if is_down else abs(distance)
        way = (0 if distance > 0 else 2) + is_down
        length = modules - RADIUS[first] - RADIUS[second]
        line = ("v" if is_down else "h") + number(length if distance > 0 else -length) if length else ""
        self[key] = line + rounding(way, second)
        return self[key]


@lru_cache(64)
def rounding(way: int, turn: int) -> str:
    """A turn, from where it begins; ``way``: the direction that one comes from."""
    radius = RADIUS[turn]
    if not radius:
        return ""
    across, down = (radius * part for part in STEP[way])
    to_right, to_down = (radius * part for part in STEP[(way + 1) & 3])
    return quarter(across, down, across + to_right, down + to_down)


@lru_cache(40)
def _pieces(stride: int) -> Pieces:
    return Pieces(stride)


def path(modules: Modules, pattern: Pattern, left: float, top: float) -> str:
    """Path data, the first module's top left corner at (left, top)."""
    field = outline.field(modules)
    if pattern == "dots":
        return _dots(field, left - 1, top - 1)
    stride, pieces = field.stride, _pieces(field.stride)
    out: list[str] = []
    x = y = 0.0
    for points, turns in outline.trace(field, pattern):
        row, column = divmod(points[0], stride)
        new_x, new_y = left - 1 + column - RADIUS[turns[0]], top - 1 + row
        out.append("m" + pair(new_x - x, new_y - y) if out else "M" + pair(new_x, new_y))
        out.append(rounding(0, turns[0]))
        ways = zip(pairwise(points), pairwise(turns), strict=True)
        out += [pieces[(there - here) * 16 + first * 4 + second] for (here, there), (first, second) in ways]
        out.append("z")
        x, y = new_x, new_y
    return "".join(out)


def _dots(field: outline.Field, left: float, top: float) -> str:
    """``left``, ``top``: of the field's first place."""
    out: list[str] = []
    x = y = 0.0
    whole = circle(DOT)
    for found in outline.RISING_ONE.finditer(field.dark):
        row, column = divmod(found.start(), field.stride)
        new_x, new_y = left + column, top + row + DOT
        out.append(("m" if out else "M") + pair(new_x - x, new_y - y) + whole)
        x, y = new_x, new_y
    return "".join(out)
