"""Modules: what is drawn, how much a logo may hide, and that the table of that is true."""

import pytest
import segno
import zxingcpp
from PIL import Image
from segno import consts

from qr import finders, matrix
from qr.errors import DesignError
from qr.layout import DATA

TEXTS = ["1", "https://s.test/abc", "grüße 日本 💩", "x" * matrix.MOST_DATA_BYTES]


def read(made: matrix.Matrix) -> str:
    """What zxing reads of the modules, with finder patterns put back and a quiet zone around."""
    rows = [bytearray(row) for row in made.modules]
    for column, row in finders.places(made.side):
        for y in range(7):
            for x in range(7):
                edge = max(abs(x - 3), abs(y - 3))
                rows[row + y][column + x] = edge != 2
    image = Image.frombytes("L", (made.side, made.side), bytes(0 if dark else 255 for row in rows for dark in row))
    canvas = Image.new("L", (made.side + 8, made.side + 8), 255)
    canvas.paste(image, (4, 4))
    found = zxingcpp.read_barcode(canvas.resize((canvas.width * 4, canvas.height * 4), Image.Resampling.NEAREST))
    assert found is not None
    return found.text


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("level", ["L", "H"])
def test_codes_are_read(text: str, level: matrix.Level) -> None:
    made = matrix.encode(text, level)
    assert made.side == len(made.modules) == len(made.modules[0])
    assert made.logo == 0
    assert read(made) == text


def test_finder_patterns_are_left_to_others() -> None:
    made = matrix.encode("a", "M")
    assert all(made.modules[y][x] == 0 for y in range(7) for x in (*range(7), *range(-7, 0)))
    assert all(made.modules[-1 - y][x] == 0 for y in range(7) for x in range(7))


@pytest.mark.parametrize("data", ["", "x" * 1274, "é" * 637, "a\ud800"])
def test_what_is_no_data(data: str) -> None:
    for made in (lambda: matrix.encode(data, "L"), lambda: matrix.encode_around(data, 0.2, 1)):
        with pytest.raises(DesignError) as refused:
            made()
        assert refused.value.field == "data"


@pytest.mark.parametrize("share", [0.1, 0.2, 0.3, 0.4])
@pytest.mark.parametrize("text", TEXTS)
def test_codes_are_read_around_a_logo(share: float, text: str) -> None:
    made = matrix.encode_around(text, share, 1)
    assert read(made) == text
    assert made.logo <= share * made.side + 1e-9
    middle = made.side // 2
    inside = range(middle - int(made.logo / 2), middle + int(made.logo / 2) + 1)
    assert not any(made.modules[y][x] for y in inside for x in inside)
    assert any(map(any, made.modules))


def test_a_logo_gets_what_was_asked_for_where_a_little_larger_code_allows_it() -> None:
    made = matrix.encode_around("1", 0.25, 1)
    assert made.logo == pytest.approx(0.25 * made.side)
    assert made.side > matrix.encode("1", "H").side
    most = matrix.encode_around("1", 0.4, 1)
    assert 0.25 < most.logo / most.side < 0.4
    longest = matrix.encode_around(TEXTS[-1], 0.4, 1)
    assert longest.side == 177


@pytest.mark.parametrize(("ratio", "wide", "high"), [(4.0, 11, 5), (0.25, 5, 11), (1.0, 11, 11)])
def test_a_long_logo_hides_less(ratio: float, wide: int, high: int) -> None:
    share = 10 / 45
    made = matrix.encode_around("x" * 60, share, ratio)
    assert made.side == 45 and made.logo == pytest.approx(10)
    whole = matrix.encode_around("x" * 60, 0.0001, 1)
    gone = [(x, y) for y in range(45) for x in range(45) if whole.modules[y][x] and not made.modules[y][x]]
    assert max(abs(x - 22) for x, _ in gone) == wide // 2
    assert max(abs(y - 22) for _, y in gone) == high // 2


def blocks(version: int) -> list[tuple[int, int]]:
    """Of level H: data codewords and correction codewords of each block (ISO/IEC 18004 table 9)."""
    return [
        (block.num_data, block.num_total - block.num_data)
        for block in consts.ECC[version][consts.ERROR_LEVEL_H]
        for _ in range(block.num_blocks)
    ]


def block_of_codewords(version: int) -> list[int]:
    """The codewords in the order in which they are placed, each as the block it is of (section 7.6)."""
    sizes = blocks(version)
    data = [at for turn in range(max(data for data, _ in sizes)) for at, (data, _) in enumerate(sizes) if turn < data]
    return data + [at for _ in range(sizes[0][1]) for at in range(len(sizes))]


def places_of_bits(version: int) -> list[tuple[int, int]]:
    """The modules in the order in which bits are placed (section 7.7.3)."""
    code = segno.make("0", version=version, error="H", mask=0, micro=False)
    kinds = [list(row) for row in code.matrix_iter(border=0, verbose=True)]
    kinds[8][-9] = consts.TYPE_DATA_LIGHT  # where segno errs
    side, places, up = len(kinds), [], True
    for right in [*range(side - 1, 6, -2), 5, 3, 1]:
        for y in range(side - 1, -1, -1) if up else range(side):
            places += [(x, y) for x in (right, right - 1) if kinds[y][x] in DATA]
        up = not up
    return places


def worst_share(version: int, cleared: int) -> float:
    """What a square of modules in the middle takes of what a block can correct: of the block that loses most."""
    owners, side = block_of_codewords(version), matrix.side_of(version)
    inside = range((side - cleared) // 2, (side + cleared) // 2)
    hit = {
        at // 8
        for at, (x, y) in enumerate(places_of_bits(version))
        if x in inside and y in inside and at // 8 < len(owners)
    }
    lost = [0] * len(blocks(version))
    for codeword in hit:
        lost[owners[codeword]] += 1
    return max(taken / (correction // 2) for taken, (_, correction) in zip(lost, blocks(version), strict=True))


@pytest.mark.parametrize("version", range(1, 41))
def test_the_table_leaves_a_third_of_the_correction(version: int) -> None:
    cleared = matrix.CLEARABLE[version - 1]
    assert cleared % 2 == 1
    assert worst_share(version, cleared) <= 2 / 3 < worst_share(version, cleared + 2)


@pytest.mark.parametrize("version", range(1, 41))
def test_every_code_has_room_for_a_logo_of_a_quarter(version: int) -> None:
    taken, logo = matrix._room(version, 0.27)
    assert logo == pytest.approx(0.27 * matrix.side_of(taken))
    assert version <= taken <= version + matrix.LARGER
    taken, logo = matrix._room(version, 0.4)
    assert 0.27 <= round(logo / matrix.side_of(taken), 2) <= 0.4


@pytest.mark.parametrize("text", TEXTS)
def test_the_width_is_known_without_the_code(text: str) -> None:
    assert matrix.width(text, "M") == matrix.encode(text, "M").side
    for share in (0.1, 0.4):
        assert matrix.width_around(text, share) == matrix.encode_around(text, share, 1).side


@pytest.mark.parametrize("version", [1, 2, 7, 40])
def test_the_side_of_a_version(version: int) -> None:
    assert matrix.side_of(version) == {1: 21, 2: 25, 7: 45, 40: 177}[version]
