"""Where the bits of a code are placed, by its version: what is counted once, so that a code is put together at once.

Modules are digits, row by row, with ``GAP`` light ones after each row. Pure.
"""

from collections.abc import Callable
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

import segno
from segno import consts

from qr.design import Level

GAP = 4
"""Light modules between rows. The pattern that looks like a finder's may lie against the edge: the quiet zone is
light."""

KEPT = 12
"""Versions: the largest take 1.5 MB each."""

DATA = {consts.TYPE_DATA_DARK, consts.TYPE_DATA_LIGHT}
FORMAT = {consts.TYPE_FORMAT_DARK, consts.TYPE_FORMAT_LIGHT}
LEVEL_OF_FORMAT: dict[Level, int] = {"M": 0, "L": 8, "H": 16, "Q": 24}
"""Where ``segno.consts.FORMAT_INFO`` has the information of a level (ISO/IEC 18004 section 7.9)."""


class Layout(NamedTuple):
    """``pick``: of the data's digits, then ``01``, the digits of all modules; format information is light.
    ``data``: the modules that are data, as digits. ``bits``: how many of them there are."""

    side: int
    pick: Callable[[bytes], tuple[int, ...]]
    data: bytes
    bits: int


def side_of(version: int) -> int:
    """Modules a side of a code (section 5.3.2)."""
    return 17 + 4 * version


@lru_cache(KEPT)
def layout(version: int) -> Layout:
    """Of a version from 1 to 40."""
    # The text does not matter, only what the modules are for.
    code = segno.make("0", version=version, error="L", mask=0, micro=False)
    kinds = [list(row) for row in code.matrix_iter(border=0, verbose=True)]
    # segno says that this one were format information; it places data there.
    kinds[8][-9] = consts.TYPE_DATA_LIGHT
    places = _places(kinds)
    number = {place: at for at, place in enumerate(places)}
    light, dark = len(places), len(places) + 1
    sources: list[int] = []
    for y, row in enumerate(kinds):
        for x, kind in enumerate(row):
            fixed = dark if code.matrix[y][x] and kind not in FORMAT else light
            sources.append(number.get((x, y), fixed))
        sources += [light] * GAP
    data = b"".join(bytes(b"01"[kind in DATA] for kind in row) + b"0" * GAP for row in kinds)
    pick: Callable[[bytes], tuple[int, ...]] = itemgetter(*sources)
    return Layout(len(kinds), pick, data, len(places))


def _places(kinds: list[list[int]]) -> list[tuple[int, int]]:
    """The modules (column, row) in the order in which bits are placed (section 7.7.3)."""
    side, places, up = len(kinds), [], True
    for right in [*range(side - 1, 6, -2), 5, 3, 1]:
        for y in range(side - 1, -1, -1) if up else range(side):
            places += [(x, y) for x in (right, right - 1) if kinds[y][x] in DATA]
        up = not up
    return places


def placed(made: Layout, message: bytes) -> bytes:
    """All modules, the data not masked. ``message``: as :func:`qr.codewords.message` returns it."""
    return bytes(made.pick(message.ljust(made.bits, b"0") + b"01"))


@lru_cache(256)
def information(side: int, level: Level, mask: int) -> bytes:
    """The dark modules of the format information (section 7.9), and nothing else."""
    bits = consts.FORMAT_INFO[LEVEL_OF_FORMAT[level] + mask]
    modules, stride = bytearray(b"0" * (side * (side + GAP))), side + GAP
    for at in range(8):
        beside = at + (at >= 6)  # the timing pattern lies between
        low, high = b"01"[bits >> at & 1], b"01"[bits >> 14 - at & 1]
        modules[beside * stride + 8] = low
        modules[8 * stride + beside] = high
        modules[8 * stride + side - 1 - at] = low
        if at < 7:  # the eighth is the dark module
            modules[(side - 1 - at) * stride + 8] = high
    return bytes(modules)
