"""Which modules are dark. Pure.

A logo hides modules, which error correction has to make up for. What it may hide is counted: the codewords that lie
under it, block by block. The table below holds what leaves a third of every block's correction to dirt and to light.
"""

import math
from typing import NamedTuple

from qr import codewords, finders, masks
from qr.design import Level
from qr.errors import DesignError
from qr.layout import side_of

MOST_DATA_BYTES = 1273
"""What the largest code (version 40) holds at level H, so that any design can be drawn of any text."""

CLEARABLE = (
    *(5, 5, 7, 9, 11, 13, 15, 15, 19, 21, 21, 25, 15, 27, 21, 27, 31, 25, 33, 29),
    *(37, 39, 39, 43, 45, 47, 49, 49, 51, 53, 55, 51, 63, 61, 57, 59, 65, 67, 59, 71),
)
"""By version, from 1: the side, in modules, of the square in the middle that may be cleared at level H without taking
more than two thirds of what any block can correct. tests/qr/test_matrix.py counts it again."""

LARGER = 4
"""How many versions more than the text needs are tried to find one with room for the logo."""

MARGIN = 0.5
"""Modules between a logo and the code, on each side."""


class Matrix(NamedTuple):
    """``modules``: rows, 1 is dark, without the finder patterns, and without what is under the logo.
    ``logo``: the logo's longer side in modules, 0 for none."""

    side: int
    modules: list[bytearray]
    logo: float


def encode(data: str, level: Level) -> Matrix:
    """The smallest code of this level. Where the same code has room for a higher level, it gets it."""
    text = _segment(data)
    version = codewords.smallest(text, level)
    level = codewords.strongest(text, version, level)
    return _without_finders(masks.masked(codewords.message(text, version, level), version, level))


def encode_around(data: str, share: float, ratio: float) -> Matrix:
    """The code at level H, with room in the middle for a logo of ``share`` of its width, and less where that cannot be.

    ``ratio``: the logo's width by its height.
    """
    text = _segment(data)
    version, logo = _room(codewords.smallest(text, "H"), share)
    side, modules, _ = _without_finders(masks.masked(codewords.message(text, version, "H"), version, "H"))
    width, height = logo * min(1, ratio), logo * min(1, 1 / ratio)
    columns = _cleared(side, width)
    for y in _cleared(side, height):
        modules[y][columns.start : columns.stop] = bytes(len(columns))
    return Matrix(side, modules, logo)


def width(data: str, level: Level) -> int:
    """Modules a side of what :func:`encode` returns."""
    return side_of(codewords.smallest(_segment(data), level))


def width_around(data: str, share: float) -> int:
    """Modules a side of what :func:`encode_around` returns."""
    return side_of(_room(codewords.smallest(_segment(data), "H"), share)[0])


def _segment(data: str) -> codewords.Segment:
    """Raises ``DesignError`` for what is no text, or too long. What is not ASCII is UTF-8: readers guess that best."""
    try:
        encoded = data.encode()
    except UnicodeEncodeError:
        raise DesignError("data", "holds half a character (a lone surrogate)") from None
    if not 0 < len(encoded) <= MOST_DATA_BYTES:
        raise DesignError("data", f"must be 1 to {MOST_DATA_BYTES} bytes of UTF-8 long")
    return codewords.segment(encoded)


def _without_finders(modules: list[bytearray]) -> Matrix:
    for column, row in finders.places(len(modules)):
        for y in range(row, row + finders.SIDE):
            modules[y][column : column + finders.SIDE] = bytes(finders.SIDE)
    return Matrix(len(modules), modules, 0)


def _room(least: int, share: float) -> tuple[int, float]:
    """The version to take from ``least`` on, and the longer side of the logo, in modules."""
    best = (0.0, -least)
    for version in range(least, min(least + LARGER, len(CLEARABLE)) + 1):
        side = side_of(version)
        room = (CLEARABLE[version - 1] - 2 * MARGIN) / side
        if share <= room:
            return version, share * side
        best = max(best, (room, -version))
    return -best[1], best[0] * side_of(-best[1])


def _cleared(side: int, length: float) -> range:
    """The modules of a row or column, of ``side``, that are cleared for ``length`` in the middle of it."""
    half = round(length / 2 + MARGIN, 6)
    return range(math.floor(side / 2 - half), math.ceil(side / 2 + half))
