"""Layouts: codes put together from them are those of segno."""

import pytest
import segno

from qr import layout
from qr.design import Level


def digits(made: segno.QRCode) -> bytes:
    return b"".join(bytes(b"01"[dark] for dark in row) + b"0" * layout.GAP for row in made.matrix)


@pytest.mark.parametrize("version", range(1, 41))
def test_what_is_no_data_is_where_segno_has_it(version: int) -> None:
    made = layout.layout(version)
    assert made.side == layout.side_of(version)
    assert made.data.count(b"1") == made.bits
    code = segno.make("a", version=version, error="L", boost_error=False, mask=5, micro=False)
    there = int(digits(code), 2) & ~int(made.data, 2)
    empty = int(layout.placed(made, b""), 2)
    assert empty ^ int(layout.information(made.side, "L", 5), 2) == there


def test_the_bits_of_a_code_are_those_of_the_standard() -> None:
    """Of version 1: 26 codewords. Of version 7: 196. Of version 2: 44, and seven bits that remain."""
    assert [layout.layout(version).bits for version in (1, 7, 2)] == [8 * 26, 8 * 196, 8 * 44 + 7]


def test_the_first_bit_is_at_the_bottom_on_the_right() -> None:
    made = layout.layout(1)
    stride = made.side + layout.GAP
    ones = int(layout.placed(made, b"1"), 2) ^ int(layout.placed(made, b""), 2)
    assert divmod(made.side * stride - ones.bit_length(), stride) == (20, 20)


@pytest.mark.parametrize("level", ["L", "M", "Q", "H"])
def test_format_information(level: Level) -> None:
    for mask in range(8):
        code = segno.make("a", version=3, error=level, boost_error=False, mask=mask, micro=False)
        made = layout.layout(3)
        there = int(digits(code), 2) & ~int(made.data, 2)
        assert there ^ int(layout.placed(made, b""), 2) == int(layout.information(made.side, level, mask), 2)
