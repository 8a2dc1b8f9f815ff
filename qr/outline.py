"""The dark modules of a code as loops: merged where they touch, their corners rounded as the pattern says. Pure.

Modules lie in one row of bytes, so that neighbours and edges are found for all at once, with shifts of one large
number; a regular expression finds the edges that lie in line. Only corners are gone along one by one.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from qr.design import Pattern
from qr.scene import Command

TOP, RIGHT, BOTTOM, LEFT = 1, 2, 4, 8
"""The neighbours of a module, as bits: those that are dark."""

LIGHT = 16
"""Instead of neighbours, of a light module."""

Radii = tuple[float, float, float, float]
"""Of a module's corners: top left, top right, bottom right, bottom left."""

Modules = Sequence[Sequence[int]]
"""Rows of modules, 1 is dark."""

LEFT_TURN, RIGHT_TURNS = 0, (0.0, 0.5, 1.0)
"""A left turn, at an inner corner, is sharp. A right turn is told as one more than its radius's place in the second."""

RADIUS = (0.0, *RIGHT_TURNS)
"""By turn."""

RISING, FALLING, RISING_ONE = re.compile(b"\1+"), re.compile(b"\2+"), re.compile(b"\1")


class Field(NamedTuple):
    """Modules in one row, ``stride`` for each of theirs, with a light one on each side of all. ``neighbours``: of each,
    the dark ones as bits, or ``LIGHT``."""

    stride: int
    dark: bytes
    neighbours: bytes


class Loop(NamedTuple):
    """``points``: those where the loop turns, as places in the field (a module's top left corner). ``turns``: each as
    ``RADIUS`` has it. The first is reached from the left."""

    points: list[int]
    turns: list[int]


# Directions, clockwise: east, south, west, north. Dark is to the right of who walks.
STEP = ((1, 0), (0, 1), (-1, 0), (0, -1))
CORNER_SIDES = (TOP | LEFT, TOP | RIGHT, BOTTOM | RIGHT, BOTTOM | LEFT)


def _rounded(mask: int, lone: float, bend: float) -> Radii:
    """Corners away from all neighbours are rounded; ``bend``: of a module whose two neighbours are at a right angle."""
    radius = bend if mask in CORNER_SIDES else lone
    first, second, third, fourth = (0.0 if mask & sides else radius for sides in CORNER_SIDES)
    return first, second, third, fourth


def _classy(mask: int, bend: float) -> Radii:
    """A leaf: only the top left and the bottom right corners are ever rounded."""
    if mask == 0:
        return (0.5, 0, 0.5, 0)
    if not mask & (TOP | LEFT):
        return (bend, 0, 0, 0)
    return (0, 0, 0 if mask & (BOTTOM | RIGHT) else bend, 0)


RADII: dict[Pattern, list[Radii]] = {
    "square": [(0, 0, 0, 0)] * 16,
    "rounded": [_rounded(mask, 0.5, 0.5) for mask in range(16)],
    "extra-rounded": [_rounded(mask, 0.5, 1) for mask in range(16)],
    "classy": [_classy(mask, 0.5) for mask in range(16)],
    "classy-rounded": [_classy(mask, 1) for mask in range(16)],
}
"""By neighbours. Half a module's side is the most for corners that share a side, a whole side for one alone."""


def field(modules: Modules) -> Field:
    """The modules, with what is around each."""
    stride = len(modules[0]) + 2
    dark = bytes(stride) + b"".join([b"\0%b\0" % bytes(row) for row in modules]) + bytes(stride)
    here, size = int.from_bytes(dark), len(dark)
    around = here >> 8 * stride | here << 9 | here << 8 * stride + 2 | here >> 8 << 3
    light = int.from_bytes(b"\1" * size) ^ here
    return Field(stride, dark, (around & here * 15 | light * LIGHT).to_bytes(size))


def trace(made: Field, pattern: Pattern) -> list[Loop]:
    """The loops of a pattern that has any: of all but dots."""
    stride = made.stride
    east, west = _along_rows(made)
    south, north = _along_columns(made)
    first, second, third, fourth = (made.neighbours.translate(turns) for turns in _turns(pattern))
    # By the direction that one comes from: edges to the right and to the left, and the module that is turned around.
    steps = (
        (south, north, second, 1),
        (west, east, third, stride + 1),
        (north, south, fourth, stride),
        (east, west, first, 0),
    )
    loops = []
    for start in list(east):
        if start not in east:
            continue
        here = end = east[start]
        points, turns, way = [], [], 0
        while True:
            points.append(here)
            to_right, to_left, corner, before = steps[way]
            # Right before left: modules that touch at a corner alone stay apart.
            if there := to_right.pop(here, 0):
                turns.append(corner[here - before])
                way = (way + 1) & 3
            else:
                there = to_left.pop(here)
                turns.append(LEFT_TURN)
                way = (way - 1) & 3
            here = there
            if here == end and not way:
                break
        loops.append(Loop(points, turns))
    return loops


def _along_rows(made: Field) -> tuple[dict[int, int], dict[int, int]]:
    """The edges that go east and those that go west: from each one's start to its end."""
    here = int.from_bytes(made.dark)
    above = here >> 8 * made.stride
    edges = (here & ~above | (above & ~here) << 1).to_bytes(len(made.dark))
    east = {found.start(): found.end() for found in RISING.finditer(edges)}
    return east, {found.end(): found.start() for found in FALLING.finditer(edges)}


def _along_columns(made: Field) -> tuple[dict[int, int], dict[int, int]]:
    """The edges that go south and those that go north."""
    here, stride = int.from_bytes(made.dark), made.stride
    before = here >> 8
    edges = (before & ~here | (here & ~before) << 1).to_bytes(len(made.dark))
    turned = b"".join([edges[x::stride] for x in range(stride)])
    places = _turned_back(stride, len(made.dark))
    # No edge reaches the last row: a place after the end of one is of the same column.
    south = {places[found.start()]: places[found.end()] for found in RISING.finditer(turned)}
    return south, {places[found.end()]: places[found.start()] for found in FALLING.finditer(turned)}


@lru_cache(40)
def _turned_back(stride: int, size: int) -> list[int]:
    """Places in the field, column by column."""
    return [place for x in range(stride) for place in range(x, size, stride)]


@lru_cache(8)
def _turns(pattern: Pattern) -> list[bytes]:
    """For each corner of a module: the right turn around it, by neighbours."""
    return [
        bytes(1 + RIGHT_TURNS.index(radii[corner]) for radii in RADII[pattern]).ljust(256, b"\0") for corner in range(4)
    ]


def outline(modules: Modules, pattern: Pattern, left: float, top: float) -> list[Command]:
    """The loops of the dark modules; the first module's top left corner is at (left, top)."""
    made = field(modules)
    left, top = left - 1, top - 1
    commands: list[Command] = []
    if pattern == "dots":
        for found in RISING_ONE.finditer(made.dark):
            y, x = divmod(found.start(), made.stride)
            commands.append(("O", (left + x + 0.5, top + y + 0.5, 0.5)))
        return commands
    for loop in trace(made, pattern):
        commands += _commands(loop, made.stride, left, top)
    return commands


def _commands(loop: Loop, stride: int, left: float, top: float) -> list[Command]:
    commands: list[Command] = []
    way, here = 0, (0.0, 0.0)
    for point, turn in zip(*loop, strict=True):
        y, x = divmod(point, stride)
        corner = (left + x, top + y)
        came, way = way, (way + (1 if turn else -1)) & 3
        radius = RADIUS[turn]
        before = (corner[0] - STEP[came][0] * radius, corner[1] - STEP[came][1] * radius)
        after = (corner[0] + STEP[way][0] * radius, corner[1] + STEP[way][1] * radius)
        if not commands:
            commands.append(("M", before))
        elif before != here:
            commands.append(("L", before))
        if radius:
            commands.append(("R", (*corner, *after)))
        here = after
    commands.append(("Z", ()))
    return commands
