"""A text as the bits of a code: data and error correction, in the order in which they are placed. Pure.

segno makes the same bits (a test compares), one list entry for a bit, which takes longer than the rest of an SVG. Its
tables are used here.
"""

from functools import lru_cache
from itertools import zip_longest
from typing import Any, NamedTuple

from segno import consts

from qr.design import Level

LEVELS: dict[Level, int] = {
    "L": consts.ERROR_LEVEL_L,
    "M": consts.ERROR_LEVEL_M,
    "Q": consts.ERROR_LEVEL_Q,
    "H": consts.ERROR_LEVEL_H,
}
ALPHANUMERIC = consts.ALPHANUMERIC_CHARS
TABLES: Any = consts
"""mypy sees less in segno's tables than there is."""

PADDING = bytes((0b11101100, 0b00010001))
"""ISO/IEC 18004 section 7.4.10."""

MOST_VERSION = 40
MODE_BITS = 4
TERMINATOR = "0000"


class Segment(NamedTuple):
    """A text in one mode: ``length`` characters as ``bits``, which are digits."""

    mode: int
    length: int
    bits: str


def segment(data: bytes) -> Segment:
    """The text in the mode that takes the fewest bits (sections 7.4.3 to 7.4.5)."""
    if data.isdigit():
        groups = [data[at : at + 3] for at in range(0, len(data), 3)]
        bits = "".join(f"{int(group):0{3 * len(group) + 1}b}" for group in groups)
        return Segment(consts.MODE_NUMERIC, len(data), bits)
    if not data.strip(ALPHANUMERIC):
        values = [ALPHANUMERIC.index(character) for character in data]
        pairs = zip(values[::2], values[1::2], strict=False)
        bits = "".join(f"{first * 45 + second:011b}" for first, second in pairs)
        if len(values) % 2:
            bits += f"{values[-1]:06b}"
        return Segment(consts.MODE_ALPHANUMERIC, len(data), bits)
    return Segment(consts.MODE_BYTE, len(data), _digits(data))


def _digits(data: bytes) -> str:
    return f"{int.from_bytes(data):0{8 * len(data)}b}"


def _count_bits(mode: int, version: int) -> int:
    """How many bits tell the number of characters (table 3)."""
    sizes: dict[int, int] = TABLES.CHAR_COUNT_INDICATOR_LENGTH[mode]
    if version < 10:
        return sizes[consts.VERSION_RANGE_01_09]
    return sizes[consts.VERSION_RANGE_10_26 if version < 27 else consts.VERSION_RANGE_27_40]


def _capacity(version: int, level: Level) -> int:
    """Bits of data."""
    return int(TABLES.SYMBOL_CAPACITY[version][LEVELS[level]])


def fits(text: Segment, version: int, level: Level) -> bool:
    """Whether a code of this version and level holds the text."""
    needed = MODE_BITS + _count_bits(text.mode, version) + len(text.bits)
    return needed <= _capacity(version, level)


def smallest(text: Segment, level: Level) -> int:
    """The smallest version that holds the text. Raises ``ValueError`` where even the largest does not."""
    for version in range(1, MOST_VERSION + 1):
        if fits(text, version, level):
            return version
    raise ValueError(f"{text.length} characters are too many")


def strongest(text: Segment, version: int, level: Level) -> Level:
    """The highest level, from ``level`` on, at which the text fits into this version."""
    names = list(LEVELS)
    return max((name for name in names if fits(text, version, name)), key=names.index, default=level)


def message(text: Segment, version: int, level: Level) -> bytes:
    """The bits of data and error correction as the digits 0 and 1, without the remainder bits (section 7.6)."""
    words = iter(_data_words(text, version, level))
    data: list[bytes] = []
    correction: list[bytes] = []
    for kind in TABLES.ECC[version][LEVELS[level]]:
        for _ in range(kind.num_blocks):
            block = bytes(next(words) for _ in range(kind.num_data))
            data.append(block)
            correction.append(_correction(block, kind.num_total - kind.num_data))
    return _digits(_interleaved(data) + _interleaved(correction)).encode()


def _interleaved(blocks: list[bytes]) -> bytes:
    """The first word of each block, the second of each, and so on."""
    return bytes(word for words in zip_longest(*blocks) for word in words if word is not None)


def _data_words(text: Segment, version: int, level: Level) -> bytes:
    """Mode, count, text, terminator and padding (section 7.4)."""
    capacity = _capacity(version, level)
    bits = f"{text.mode:04b}{text.length:0{_count_bits(text.mode, version)}b}{text.bits}"
    bits += TERMINATOR[: capacity - len(bits)]
    # segno adds a whole byte of zeros where none is needed; readers stop at the terminator. So do we, so that codes
    # that were printed stay what they are.
    bits += "0" * (8 - len(bits) % 8)
    size = capacity // 8
    words = int(bits, 2).to_bytes(len(bits) // 8)
    return (words + PADDING * (size // 2))[:size]


def _correction(block: bytes, size: int) -> bytes:
    """The ``size`` error correction codewords of a block (section 7.5.2): the rest of a division, as one number."""
    table, top, rest = _multiples(size), 8 * (size - 1), 0
    keep = (1 << top) - 1
    for word in block:
        rest = (rest & keep) << 8 ^ table[rest >> top ^ word]
    return rest.to_bytes(size)


@lru_cache(32)
def _multiples(size: int) -> list[int]:
    """The generator polynomial's lower coefficients times each codeword, as numbers of ``size`` bytes."""
    generator, log, exp = consts.GEN_POLY[size], consts.GALIOS_LOG, consts.GALIOS_EXP
    return [0, *(int.from_bytes(bytes(exp[log[word] + power] for power in generator)) for word in range(1, 256))]
