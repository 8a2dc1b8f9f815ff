"""Modules as path data: the lines of the loops' commands, written one by one."""

import random
import re
from typing import get_args

import pytest

from qr import module_path
from qr.design import Pattern
from qr.outline import outline
from qr.path_data import path

PARTS = re.compile(r"[a-zM][^a-zM]*")
NUMBERS = re.compile(r"-?\.?\d+(?:\.\d+)?")


def modules(side: int, seed: object) -> list[bytearray]:
    rng = random.Random(str(seed))
    return [bytearray(rng.randrange(2) for _ in range(side)) for _ in range(side)]


@pytest.mark.parametrize("pattern", get_args(Pattern))
def test_the_path_is_that_of_the_commands(pattern: Pattern) -> None:
    for side in (1, 2, 3, 8, 25):
        made = modules(side, (pattern, side))
        assert module_path.path(made, pattern, 4, 10) == path(outline(made, pattern, 4, 10))


def test_nothing_is_drawn_of_nothing() -> None:
    for pattern in get_args(Pattern):
        assert module_path.path([bytearray(5)] * 5, pattern, 4, 4) == ""


def test_modules_in_a_row() -> None:
    assert module_path.path([bytearray([1, 1, 1])], "square", 4, 5) == "M7 5v1h-3v-1z"
    half = "a.5 .5 0 0 1"
    assert module_path.path([bytearray([1, 1])], "rounded", 0, 0) == (
        f"M1.5 0{half} .5 .5{half}-.5 .5h-1{half}-.5-.5{half} .5-.5z"
    )
    assert module_path.path([bytearray([1, 0, 1])], "dots", 0, 0) == (
        "M0 .5a.5 .5 0 1 0 1 0 .5 .5 0 1 0-1 0m2 0a.5 .5 0 1 0 1 0 .5 .5 0 1 0-1 0"
    )


def test_pieces_are_made_once() -> None:
    pieces = module_path.Pieces(10)
    assert pieces[(3 << 4) + 1] == "h3" and pieces[(-3 << 4) + 1] == "h-3"
    assert pieces[(30 << 4) + 1] == "v3" and pieces[(-10 << 4) + (2 << 2) + 2] == "a.5 .5 0 0 1 .5-.5"
    assert set(pieces) == {(3 << 4) + 1, (-3 << 4) + 1, (30 << 4) + 1, (-10 << 4) + 10}


def test_roundings() -> None:
    assert module_path.rounding(0, 0) == module_path.rounding(0, 1) == ""
    assert module_path.rounding(0, 3) == "a1 1 0 0 1 1 1"
    assert module_path.rounding(3, 2) == "a.5 .5 0 0 1 .5-.5"
