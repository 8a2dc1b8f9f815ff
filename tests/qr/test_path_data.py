"""Path data: short, and the same lines."""

import pytest

from qr import path_data, scene


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (1.0, "1"),
        (0.5, ".5"),
        (-0.5, "-.5"),
        (10, "10"),
        (2.005, "2"),
        (-0.001, "0"),
        (1 / 3, ".33"),
        (1e3, "1000"),
    ],
)
def test_numbers_are_short(value: float, text: str) -> None:
    assert path_data.number(value) == text


def test_a_space_stands_only_where_it_must() -> None:
    assert path_data.numbers((1, -2, 0.5, 3)) == "1-2 .5 3"


def test_paths() -> None:
    square = scene.rectangle(1, 2, 3, 4)
    assert path_data.path(square) == "M1 2h3v4h-3z"
    assert path_data.path(square + scene.rectangle(2, 3, 1, 1)) == "M1 2h3v4h-3zm1 1h1v1h-1z"
    rounded = "M1 0h1a1 1 0 0 1 1 1v1a1 1 0 0 1-1 1h-1a1 1 0 0 1-1-1v-1a1 1 0 0 1 1-1z"
    assert path_data.path(scene.rectangle(0, 0, 3, 3, 1)) == rounded
    assert path_data.path([("O", (2, 2, 0.5))]) == "M1.5 2a.5 .5 0 1 0 1 0 .5 .5 0 1 0-1 0"
    assert path_data.path([("M", (0, 0)), ("Q", (1, 0, 1, 1)), ("L", (0.5, 2)), ("Z", ())]) == "M0 0q1 0 1 1l-.5 1z"


def test_rounding_does_not_add_up() -> None:
    """Steps of a third are written with two decimals; after 300 of them the end is where it should be."""
    steps = [
        ("M", (0.0, 1.0)),
        *(("L", (round(at / 3, 2), 1.0)) for at in range(1, 301)),
        ("L", (100.0, 2.0)),
        ("Z", ()),
    ]
    path = path_data.path(steps)
    assert sum(float(step) for step in path.split("v")[0].split("h")[1:]) == pytest.approx(100)


def test_quarters_turn_with_the_way() -> None:
    assert path_data.quarter(1, 0, 1, 1) == "a1 1 0 0 1 1 1"
    assert path_data.quarter(0, 1, 1, 1) == "a1 1 0 0 0 1 1"


def test_pairs_and_circles() -> None:
    assert path_data.pair(1, -0.5) == "1-.5"
    assert path_data.circle(2) == "a2 2 0 1 0 4 0 2 2 0 1 0-4 0"
