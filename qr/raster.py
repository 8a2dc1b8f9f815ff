"""The dark modules of a code as pixels: how much of each is covered. Pure.

A module looks as its neighbours say, so that there are few tiles, and each row of pixels is put together from rows of
tiles. Painting the loops with resvg takes ten times as long. Modules begin at one of ``SUB`` places within a pixel,
which is how fine resvg's edges are.
"""

import math
from functools import lru_cache
from itertools import pairwise
from operator import itemgetter
from typing import NamedTuple

from PIL import Image

from qr import finders, outline
from qr.design import Pattern
from qr.outline import LIGHT, RADII, Modules

SUB = 4
DARK = 248
"""Of a place that is wholly dark: a quarter of it is a whole number, and what four parts of a pixel are rounded up by
does not make more than 255 of it."""

SHADES = [min(255, round(value * 255 / DARK)) for value in range(256)]
DOTS = [(0.5, 0.5, 0.5, 0.5)] * LIGHT
TILES = LIGHT + 1
Line = list[bytes]
"""Of each tile, by neighbours, one row of pixels, ``SUB`` places for each pixel: those of narrow tiles, then those of
tiles one place wider."""


class Axis(NamedTuple):
    """Where modules lie among pixels: from the pixel ``first`` on, ``pixels`` of them. ``edges``: where modules begin
    and the last one ends, in places from there."""

    first: int
    pixels: int
    edges: list[int]


def axis(start: float, modules: int, scale: float) -> Axis:
    """``start``: in modules; ``scale``: pixels a module."""
    edges = [round((start + at) * scale * SUB) for at in range(modules + 1)]
    first, last = edges[0] // SUB, -(-edges[-1] // SUB)
    return Axis(first, last - first, [edge - first * SUB for edge in edges])


def coverage(modules: Modules, pattern: Pattern, across: Axis, down: Axis) -> Image.Image:
    """In grey: 255 where a pixel is wholly dark."""
    made = outline.field(modules)
    widths = [end - start for start, end in pairwise(across.edges)]
    narrow = min(widths)
    wider = int.from_bytes(bytes(TILES * (width - narrow) for width in widths))
    before, after = bytes(across.edges[0]), bytes(across.pixels * SUB - across.edges[-1])
    whole, length = bytearray(across.pixels * down.pixels), across.pixels
    at = made.stride + 1
    for start, end in pairwise(down.edges):
        tiles = (int.from_bytes(made.neighbours[at : at + len(widths)]) + wider).to_bytes(len(widths))
        at += made.stride
        of_row = itemgetter(*tiles, 0)
        lines = _tiles(pattern, narrow, end - start, start % SUB)
        if not lines:  # lower than a place
            continue
        rows = b"".join([b"".join((before, *of_row(line)[:-1], after)) for line in lines])
        rows = Image.frombytes("L", (length * SUB, len(lines)), rows).reduce((SUB, 1)).tobytes()
        first = start // SUB * length
        # Its first row of pixels may be the last of the modules above, too.
        both = int.from_bytes(whole[first : first + length]) + int.from_bytes(rows[:length])
        whole[first : first + len(rows)] = both.to_bytes(length) + rows[length:]
    return Image.frombytes("L", (length, down.pixels), bytes(whole)).point(SHADES)


@lru_cache(256)
def _tiles(pattern: Pattern, narrow: int, height: int, phase: int) -> list[Line]:
    """All tiles as rows of pixels, the first of which begins ``phase`` places above."""
    lines = _places(pattern, narrow, height)
    width = len(lines[0]) if lines else 0
    count = -(-(phase + height) // SUB)
    if not width or not count:
        return []
    data = (bytes(phase * width) + b"".join(lines)).ljust(count * SUB * width, b"\0")
    rows = Image.frombytes("L", (width, count * SUB), data).reduce((1, SUB)).tobytes()
    starts = [kind * TILES * narrow + at * (narrow + kind) for kind in (0, 1) for at in range(TILES)]
    ends = [*starts[1:], width]
    return [
        [rows[y + start : y + end] for start, end in zip(starts, ends, strict=True)] for y in range(0, len(rows), width)
    ]


@lru_cache(64)
def _places(pattern: Pattern, narrow: int, height: int) -> list[bytes]:
    """All tiles beside each other, line by line: those ``narrow`` places wide, then those of one place more."""
    radii = DOTS if pattern == "dots" else RADII[pattern]
    lines = []
    for y in range(height):
        line = []
        for width in (narrow, narrow + 1):
            for first, second, third, fourth in radii:
                left = max(_inset(first, y, height), _inset(fourth, height - 1 - y, height))
                right = max(_inset(second, y, height), _inset(third, height - 1 - y, height))
                line.append(_span(left * width, right * width, width))
            line.append(bytes(width))
        lines.append(b"".join(line))
    return lines


@lru_cache(4096)
def _inset(radius: float, y: int, height: int) -> float:
    """How much of a module's width a rounded corner takes from line ``y`` of ``height``, counted from its side."""
    above = radius - (y + 0.5) / height
    return radius - math.sqrt(radius**2 - above**2) if above > 0 else 0


@lru_cache(4096)
def _span(left: float, right: float, width: int) -> bytes:
    """A line that is dark but for some places at both ends. A place that is partly dark is grey."""
    cover = bytearray(bytes((DARK,)) * width)
    for inset, at, step in ((left, 0, 1), (right, width - 1, -1)):
        whole = min(int(inset), width)
        for _ in range(whole):
            cover[at] = 0
            at += step
        if whole < width:
            cover[at] = round(cover[at] * (1 - inset + whole))
    return bytes(cover)


def finder(
    radii: finders.Radii, across: Axis, down: Axis, column: int, row: int
) -> tuple[Image.Image, tuple[int, int]]:
    """A finder pattern that begins at a module: its coverage, and the pixel of the axes where that begins."""
    xs = across.edges[column : column + finders.SIDE + 1]
    ys = down.edges[row : row + finders.SIDE + 1]
    first, top = xs[0] // SUB, ys[0] // SUB
    width, height = (-(-xs[-1] // SUB) - first) * SUB, (-(-ys[-1] // SUB) - top) * SUB
    places = Image.new("L", (width, height))
    for at, radius in enumerate(radii):
        left, right = xs[at] - first * SUB, xs[finders.SIDE - at] - first * SUB
        above, below = ys[at] - top * SUB, ys[finders.SIDE - at] - top * SUB
        size = right - left, below - above
        if min(size) > 0:
            color = 0 if at == 1 else DARK
            places.paste(color, (left, above, right, below), _rounded(radius / (finders.SIDE - 2 * at), size))
    return places.reduce(SUB).point(SHADES), (first, top)


@lru_cache(32)
def _rounded(radius: float, size: tuple[int, int]) -> Image.Image:
    """A rectangle of places with rounded corners, as a mask; ``radius``: as a part of its side."""
    width, height = size
    lines = []
    for y in range(height):
        inset = max(_inset(radius, y, height), _inset(radius, height - 1 - y, height)) * width
        lines.append(_span(inset, inset, width))
    return Image.frombytes("L", size, b"".join(lines)).point(SHADES)
