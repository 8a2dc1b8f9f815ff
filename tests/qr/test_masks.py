"""Masks: the points are those of a plain count, module by module."""

import random

import pytest
import segno

from qr import codewords, layout, masks


def code(text: str, mask: int) -> segno.QRCode:
    return segno.make(text, error="M", boost_error=False, mask=mask, micro=False)


def modules(made: segno.QRCode) -> list[bytes]:
    return [bytes(row) for row in made.matrix]


def grid(rows: list[bytes]) -> masks.Grid:
    digits = b"".join(bytes(b"01"[dark] for dark in row) + b"0" * layout.GAP for row in rows)
    return masks.grid(digits, len(rows))


def runs(line: bytes) -> int:
    points, length = 0, 1
    for at in range(1, len(line) + 1):
        if at < len(line) and line[at] == line[at - 1]:
            length += 1
        else:
            points += length - 2 if length >= 5 else 0
            length = 1
    return points


def finder_like(line: bytes) -> int:
    padded = bytes(4) + line + bytes(4)
    wanted = bytes((1, 0, 1, 1, 1, 0, 1))
    found = [at for at in range(4, len(padded) - 10) if padded[at : at + 7] == wanted]
    return 40 * sum(not any(padded[at - 4 : at]) or not any(padded[at + 7 : at + 11]) for at in found)


def plain_penalty(rows: list[bytes]) -> int:
    lines = [*rows, *(bytes(column) for column in zip(*rows, strict=True))]
    points = sum(runs(line) + finder_like(line) for line in lines)
    for above, below in zip(rows, rows[1:], strict=False):
        for at in range(len(rows) - 1):
            points += 3 * (len({*above[at : at + 2], *below[at : at + 2]}) == 1)
    share = 100 * sum(map(sum, rows)) / len(rows) ** 2
    return points + 10 * int(abs(share - 50) / 5)


@pytest.mark.parametrize("length", [1, 20, 60, 130, 300])
def test_the_penalty_is_that_of_a_plain_count(length: int) -> None:
    rng = random.Random(length)
    for _ in range(4):
        rows = modules(code("".join(rng.choices("abc/123", k=length)), rng.randrange(8)))
        assert masks.penalty(grid(rows), len(rows)) == plain_penalty(rows)


@pytest.mark.parametrize("rows", [[bytes(21)] * 21, [bytes([1] * 21)] * 21, [bytes([1, 0] * 10 + [1])] * 21])
def test_the_penalty_of_plain_surfaces(rows: list[bytes]) -> None:
    assert masks.penalty(grid(rows), 21) == plain_penalty(rows)


@pytest.mark.parametrize("text", ["a", "https://s.test/abc", "x" * 500])
def test_masks_turn_over_what_those_of_segno_do(text: str) -> None:
    """All but the format information, of which there are 2 times 15 modules."""
    first = code(text, 0)
    turned = masks._masks(int(first.version))
    side = len(first.matrix)
    for mask in range(8):
        rest = grid(modules(first)) ^ turned[0] ^ turned[mask] ^ grid(modules(code(text, mask)))
        assert rest == masks._information(side, "M", 0) ^ masks._information(side, "M", mask)


@pytest.mark.parametrize("length", [1, 20, 60, 130, 300, 1000])
def test_codes_are_those_of_segno_with_the_mask_of_the_fewest_points(length: int) -> None:
    """With the format information of mask 0: as in segno, the other masks' own is not counted."""
    text = "".join(random.Random(length).choices("abc/123", k=length))
    made = [code(text, mask) for mask in range(8)]
    version, side = int(made[0].version), len(made[0].matrix)
    own = [masks._information(side, "M", mask) for mask in range(8)]
    grids = [grid(modules(one)) ^ own[mask] ^ own[0] for mask, one in enumerate(made)]
    points = [masks.penalty(one, side) for one in grids]
    best = points.index(min(points))
    message = codewords.message(codewords.segment(text.encode()), version, "M")
    assert [bytes(row) for row in masks.masked(message, version, "M")] == modules(made[best])
