"""Bits of texts: those that segno makes, and those of the standard's example."""

import random

import pytest
import segno
from segno import consts

from qr import codewords, layout, masks
from qr.design import Level

LEVELS: list[Level] = ["L", "M", "Q", "H"]
TEXTS = ["1", "12", "0123456789", "AB", "HTTPS://S.TEST/A1B", "https://s.test/abc", "a b", "x" * 400, "7" * 1000]


def code(text: str, level: Level, mask: int | None = 0) -> segno.QRCode:
    encoding = None if text.isascii() else "utf-8"
    return segno.make(text, error=level, mask=mask, encoding=encoding, micro=False)


def bits_of(made: segno.QRCode) -> bytes:
    """What was placed, the mask taken off again."""
    kinds = layout.layout(int(made.version))
    side = kinds.side
    numbers = {at: place for place, at in enumerate(order(kinds))}
    bits = bytearray(kinds.bits)
    for at, place in numbers.items():
        y, x = divmod(at, side + layout.GAP)
        bits[place] = made.matrix[y][x] ^ masks.TURNS[made.mask](y, x)
    return bytes(bits)


def order(made: layout.Layout) -> list[int]:
    """The modules of data, as their places in the row of digits, in the order of the bits."""
    places = []
    for at in range(made.bits):
        digits = bytearray(b"0" * made.bits)
        digits[at] = ord("1")
        ones = int(layout.placed(made, bytes(digits)), 2) ^ int(layout.placed(made, b""), 2)
        places.append(made.side * (made.side + layout.GAP) - ones.bit_length())
    return places


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("text", TEXTS)
def test_version_and_level_are_those_of_segno(text: str, level: Level) -> None:
    segment = codewords.segment(text.encode())
    version = codewords.smallest(segment, level)
    made = code(text, level)
    assert (version, codewords.strongest(segment, version, level)) == (made.version, made.error)


@pytest.mark.parametrize("text", ["1", "12", "123", "AB", "ABC", "https://s.test/abc", "grüße", "x" * 100])
def test_the_bits_are_those_of_segno(text: str) -> None:
    made = code(text, "M")
    level: Level = next(level for level in LEVELS if level == made.error)
    message = codewords.message(codewords.segment(text.encode()), int(made.version), level)
    assert bits_of(made).startswith(bytes(digit - 48 for digit in message))


def test_the_example_of_the_standard() -> None:
    """ISO/IEC 18004 annex I: 01234567 as version 1-M."""
    words = codewords._data_words(codewords.segment(b"01234567"), 1, "M")
    assert words.hex(" ") == "10 20 0c 56 61 80 ec 11 ec 11 ec 11 ec 11 ec 11"
    assert codewords._correction(words, 10).hex(" ") == "a5 24 d4 c1 ed 36 c7 87 2c 55"


def test_modes() -> None:
    assert codewords.segment(b"012").mode == consts.MODE_NUMERIC
    assert codewords.segment(b"0A:").mode == consts.MODE_ALPHANUMERIC
    assert codewords.segment(b"0a").mode == consts.MODE_BYTE
    # Bytes of UTF-8 that would be Kanji in Shift-JIS are no Kanji.
    assert codewords.segment(b"\xe4\x81\x81\xe4\x81\x81").mode == consts.MODE_BYTE


def test_a_text_without_room() -> None:
    assert codewords.smallest(codewords.segment(b"x" * 1273), "H") == 40
    longer = codewords.segment(b"x" * 1274)
    assert not codewords.fits(longer, 40, "H") and codewords.fits(longer, 40, "Q")
    with pytest.raises(ValueError, match="too many"):
        codewords.smallest(longer, "H")


def test_a_level_is_raised_only_where_there_is_room() -> None:
    segment = codewords.segment(b"x" * 14)
    assert codewords.smallest(segment, "M") == 1
    assert codewords.strongest(segment, 1, "M") == "M"
    assert codewords.strongest(segment, 2, "M") == "H"


def test_messages_of_several_blocks_have_all_their_words() -> None:
    rng = random.Random(1)
    for version, level in ((5, "Q"), (15, "H"), (40, "L")):
        segment = codewords.segment(rng.randbytes(20))
        total = sum(kind.num_blocks * kind.num_total for kind in consts.ECC[version][codewords.LEVELS[level]])
        assert len(codewords.message(segment, version, level)) == 8 * total
