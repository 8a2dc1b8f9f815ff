"""Which of the eight masks a code gets: the one with the fewest penalty points (ISO/IEC 18004 section 7.8.3). Pure.

segno does the same module by module, which takes longer than the rest of an SVG. Here the whole code is one large
number, a bit for a module, and a feature is looked for everywhere at once.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import segno
from segno import consts

GAP = 4
"""Light bits between rows. The pattern that looks like a finder's may lie against the edge: the quiet zone is light."""

DATA = {consts.TYPE_DATA_DARK, consts.TYPE_DATA_LIGHT}
DIGITS = bytes.maketrans(b"\0\1", b"01")
FINDER_LIKE = (0, 2, 3, 4, 6)
"""Dark bits of 1011101; the two others are light."""


class Grid(NamedTuple):
    """The dark modules as bits, row by row, and the same column by column."""

    rows: int
    columns: int

    def __xor__(self, other: "Grid") -> "Grid":
        return Grid(self.rows ^ other.rows, self.columns ^ other.columns)


def best(code: segno.QRCode) -> int:
    """The number of the mask for what this code holds, whichever it has; its format information counts as it is."""
    masks = _masks(int(code.version))
    bare = _grid([bytes(row) for row in code.matrix]) ^ masks[code.mask]
    side = len(code.matrix)
    return min(range(len(masks)), key=lambda mask: penalty(bare ^ masks[mask], side))


def _grid(rows: list[bytes]) -> Grid:
    gap = b"0" * GAP
    columns = [bytes(column) for column in zip(*rows, strict=True)]
    return Grid(*(int(gap.join(line.translate(DIGITS) for line in lines) + gap, 2) for lines in (rows, columns)))


@lru_cache(40)
def _masks(version: int) -> list[Grid]:
    """What each mask turns over in a code of this version: data and error correction, and nothing else."""
    # The text does not matter, only which modules are data.
    code = segno.make("0", version=version, error="L", mask=0, micro=False)
    data = [[kind in DATA for kind in row] for row in code.matrix_iter(border=0, verbose=True)]
    turned: tuple[Callable[[int, int], bool], ...] = (
        lambda i, j: (i + j) % 2 == 0,
        lambda i, j: i % 2 == 0,
        lambda i, j: j % 3 == 0,
        lambda i, j: (i + j) % 3 == 0,
        lambda i, j: (i // 2 + j // 3) % 2 == 0,
        lambda i, j: i * j % 2 + i * j % 3 == 0,
        lambda i, j: (i * j % 2 + i * j % 3) % 2 == 0,
        lambda i, j: ((i + j) % 2 + i * j % 3) % 2 == 0,
    )
    return [
        _grid([bytes(is_data and turns(i, j) for j, is_data in enumerate(row)) for i, row in enumerate(data)])
        for turns in turned
    ]


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
