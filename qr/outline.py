"""The dark modules of a code as loops: merged where they touch, their corners rounded as the pattern says. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from qr.design import Pattern
from qr.scene import Command

TOP, RIGHT, BOTTOM, LEFT = 1, 2, 4, 8
"""The neighbours of a module, as bits: those that are dark."""

Radii = tuple[float, float, float, float]
"""Of a module's corners: top left, top right, bottom right, bottom left."""

Modules = Sequence[Sequence[int]]
"""Rows of modules, 1 is dark."""


class Turn(NamedTuple):
    """A corner of a loop: where, the module that it belongs to and which of its corners; ``-1`` is an inner corner,
    which belongs to none. ``came`` and ``goes`` are directions."""

    x: int
    y: int
    came: int
    goes: int
    column: int
    row: int
    corner: int


# Directions, clockwise: east, south, west, north. Dark is to the right of who walks.
STEP = ((1, 0), (0, 1), (-1, 0), (0, -1))
# By the direction somebody comes from: which corner of which module (from the point) he turns right around.
AROUND = ((-1, 0, 1), (-1, -1, 2), (0, -1, 3), (0, 0, 0))
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


def outline(modules: Modules, pattern: Pattern, left: float, top: float) -> list[Command]:
    """The loops of the dark modules; the first module's top left corner is at (left, top)."""
    if pattern == "dots":
        return [
            ("O", (left + x + 0.5, top + y + 0.5, 0.5))
            for y, row in enumerate(modules)
            for x, dark in enumerate(row)
            if dark
        ]
    masks = neighbours(modules)
    edges = _edges(masks)
    commands: list[Command] = []
    while edges:
        commands += _loop(_turns(edges), masks, RADII[pattern], left, top)
    return commands


def neighbours(modules: Modules) -> dict[tuple[int, int], int]:
    """The dark modules (column, row), each with its dark neighbours as bits."""
    masks = {}
    width = len(modules[0])
    empty = [0] * (width + 2)
    padded = [empty, *([0, *row, 0] for row in modules), empty]
    for y, row in enumerate(padded[1:-1]):
        above, below = padded[y], padded[y + 2]
        for x in range(1, width + 1):
            if row[x]:
                masks[x - 1, y] = above[x] | row[x + 1] << 1 | below[x] << 2 | row[x - 1] << 3
    return masks


def _edges(masks: dict[tuple[int, int], int]) -> dict[tuple[int, int], int]:
    """By point: the directions, as bits, in which an edge between dark and light starts there."""
    edges: dict[tuple[int, int], int] = {}
    for (x, y), mask in masks.items():
        if not mask & TOP:
            edges[x, y] = edges.get((x, y), 0) | 1
        if not mask & RIGHT:
            edges[x + 1, y] = edges.get((x + 1, y), 0) | 2
        if not mask & BOTTOM:
            edges[x + 1, y + 1] = edges.get((x + 1, y + 1), 0) | 4
        if not mask & LEFT:
            edges[x, y + 1] = edges.get((x, y + 1), 0) | 8
    return edges


def _turns(edges: dict[tuple[int, int], int]) -> list[Turn]:
    """The corners of one loop, whose edges are taken out of ``edges``."""
    start, ways = next(iter(edges.items()))
    first = way = (ways & -ways).bit_length() - 1
    x, y = start
    turns = []
    while True:
        rest = edges[x, y] & ~(1 << way)
        if rest:
            edges[x, y] = rest
        else:
            del edges[x, y]
        across, down = STEP[way]
        x, y = x + across, y + down
        ways = 1 << first if (x, y) == start else 0
        ways |= edges.get((x, y), 0)
        right = (way + 1) % 4
        # Right before left: modules that touch at a corner alone stay apart.
        if ways & 1 << right:
            across, down, corner = AROUND[way]
            turns.append(Turn(x, y, way, right, x + across, y + down, corner))
            goes = right
        elif ways & 1 << way:
            goes = way
        else:
            goes = (way - 1) % 4
            turns.append(Turn(x, y, way, goes, 0, 0, -1))
        if goes == first and (x, y) == start:
            return turns
        way = goes


def _loop(
    turns: list[Turn], masks: dict[tuple[int, int], int], radii: list[Radii], left: float, top: float
) -> list[Command]:
    commands: list[Command] = []
    first: tuple[float, float] = (0, 0)
    here: tuple[float, float] = (0, 0)
    for x, y, came, goes, column, row, corner in turns:
        radius = radii[masks[column, row]][corner] if corner >= 0 else 0
        point = (left + x, top + y)
        if radius:
            before = (point[0] - STEP[came][0] * radius, point[1] - STEP[came][1] * radius)
            after = (point[0] + STEP[goes][0] * radius, point[1] + STEP[goes][1] * radius)
        else:
            before = after = point
        if not commands:
            commands.append(("M", before))
            first = before
        elif before != here:
            commands.append(("L", before))
        if radius:
            commands.append(("R", (*point, *after)))
        here = after
    if here == first and commands[-1][0] == "L":
        commands.pop()
    commands.append(("Z", ()))
    return commands
