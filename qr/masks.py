"""Which of the eight masks a code gets: the one with the fewest penalty points (ISO/IEC 18004 section 7.8.3). Pure.

segno does the same module by module, which takes longer than the rest of an SVG. Here the whole code is one large
number, a bit for a module, and a feature is looked for everywhere at once.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from qr import layout
from qr.design import Level
from qr.layout import GAP

COUNT = 8
FINDER_LIKE = (0, 2, 3, 4, 6)
"""Dark bits of 1011101; the two others are light."""

TURNS: tuple[Callable[[int, int], bool], ...] = (
    lambda i, j: (i + j) % 2 == 0,
    lambda i, j: i % 2 == 0,
    lambda i, j: j % 3 == 0,
    lambda i, j: (i + j) % 3 == 0,
    lambda i, j: (i // 2 + j // 3) % 2 == 0,
    lambda i, j: i * j % 2 + i * j % 3 == 0,
    lambda i, j: (i * j % 2 + i * j % 3) % 2 == 0,
    lambda i, j: ((i + j) % 2 + i * j % 3) % 2 == 0,
)
"""Whether a mask turns the module in row i, column j over (table 10)."""

PERIOD = 12
"""Rows and columns after which all of them begin anew."""


class Grid(NamedTuple):
    """The dark modules as bits, row by row, and the same column by column."""

    rows: int
    columns: int

    def __xor__(self, other: "Grid") -> "Grid":
        return Grid(self.rows ^ other.rows, self.columns ^ other.columns)

    def __and__(self, other: "Grid") -> "Grid":
        return Grid(self.rows & other.rows, self.columns & other.columns)


def masked(message: bytes, version: int, level: Level) -> list[bytearray]:
    """The rows of the code that holds ``message`` (:func:`qr.codewords.message`), 1 is dark, with the best mask.

    The format information of mask 0 counts for all, as in segno.
    """
    made = layout.layout(version)
    side = made.side
    bare = grid(layout.placed(made, message), side)
    counted = bare ^ _information(side, level, 0)
    masks = _masks(version)
    best = min(range(COUNT), key=lambda mask: penalty(counted ^ masks[mask], side))
    rows = bare.rows ^ masks[best].rows ^ _information(side, level, best).rows
    stride = side + GAP
    flat = bytearray(f"{rows:0{side * stride}b}".encode().translate(_BITS))
    return [flat[at : at + side] for at in range(0, side * stride, stride)]


_BITS = bytes.maketrans(b"01", b"\0\1")


def grid(digits: bytes, side: int) -> Grid:
    """``digits``: as in :mod:`qr.layout`."""
    stride, gap = side + GAP, b"0" * GAP
    columns = gap.join([digits[x::stride] for x in range(side)]) + gap
    return Grid(int(digits, 2), int(columns, 2))


@lru_cache(256)
def _information(side: int, level: Level, mask: int) -> Grid:
    return grid(layout.information(side, level, mask), side)


@lru_cache(40)
def _masks(version: int) -> list[Grid]:
    """What each mask turns over in a code of this version: data and error correction, and nothing else."""
    side = layout.side_of(version)
    data = grid(layout.layout(version).data, side)
    times = -(-side // PERIOD)
    masks = []
    for turns in TURNS:
        lines = [bytes(b"01"[turns(i, j)] for j in range(PERIOD)) for i in range(PERIOD)]
        rows = [(line * times)[:side] + b"0" * GAP for line in lines] * times
        masks.append(grid(b"".join(rows[:side]), side) & data)
    return masks


@lru_cache(40)
def _pairs(side: int) -> int:
    """The bits whose right neighbour is of the same row; a row's last module is its lowest bit but for the gap."""
    row = "1" * (side - 1) + "0" + "0" * GAP
    return int(row * side, 2)


def penalty(grid: Grid, side: int) -> int:
    """The points of all four features."""
    dark = grid.rows.bit_count()
    share = 10 * (abs(20 * dark - 10 * side * side) // (side * side))
    return _lines(grid.rows, side) + _lines(grid.columns, side) + _blocks(grid.rows, side) + share


def _alike(bits: int, side: int) -> int:
    """The modules that are as their right neighbours; each where the left one is."""
    return ~(bits ^ bits << 1) & _pairs(side)


def _lines(bits: int, side: int) -> int:
    """Five modules alike in a row cost 3, each more 1; what looks like a finder pattern with light beside it, 40."""
    alike = _alike(bits, side)
    four = alike & alike >> 1
    four &= four >> 2
    runs = four & ~(four >> 1)
    light = ~bits
    like = light >> 1 & light >> 5
    for at in FINDER_LIKE:
        like &= bits >> at
    before = light << 1 & light << 2
    before &= before << 2
    after = light >> 7 & light >> 8
    after &= after >> 2
    return four.bit_count() + 2 * runs.bit_count() + 40 * (like & (before | after)).bit_count()


def _blocks(bits: int, side: int) -> int:
    """Each square of four modules alike costs 3."""
    stride = side + GAP
    alike = _alike(bits, side)
    return 3 * (alike & alike >> stride & ~(bits ^ bits >> stride)).bit_count()
