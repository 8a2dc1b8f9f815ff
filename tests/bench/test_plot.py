"""bench/plot.py"""

from xml.etree import ElementTree

import pytest

from bench import plot
from bench.plot import Bar, bars, step

SVG = "{http://www.w3.org/2000/svg}"
DRAWN = [
    Bar("small & <fast>", 10.0, 9.0, 12.0, 0.75, "10.0 µs · 1.00×"),
    Bar("large", 40.0, 40.0, 50.0, 0.25, "40.0 µs · 4.00×", strong=True),
]


@pytest.fixture
def svg() -> ElementTree.Element:
    return ElementTree.fromstring(bars("A title", "a < b", "µs", DRAWN))


def test_it_is_well_formed_and_says_what_it_shows(svg: ElementTree.Element) -> None:
    assert svg.tag == f"{SVG}svg"
    assert svg.findtext(f"{SVG}title") == "A title: a < b"
    texts = [text.text for text in svg.iter(f"{SVG}text")]
    assert {"A title", "a < b", "small & <fast>", "10.0 µs · 1.00×", "large", "40.0 µs · 4.00×"} <= set(texts)


def test_it_brings_its_own_white_ground(svg: ElementTree.Element) -> None:
    ground = svg.find(f"{SVG}rect")
    assert ground is not None
    assert (ground.get("width"), ground.get("height"), ground.get("fill")) == (
        svg.get("width"),
        svg.get("height"),
        "#ffffff",
    )


def test_bars_are_as_long_as_their_values(svg: ElementTree.Element) -> None:
    widths = [float(rect.get("width", "")) for rect in svg.iter(f"{SVG}rect") if rect.get("height") == str(plot.BAR)]
    small_kernel, small_program, large_kernel, large_program = widths
    assert small_kernel == pytest.approx(3 * small_program, rel=0.01)
    assert large_program == pytest.approx(3 * large_kernel, rel=0.01)
    assert large_kernel + large_program == pytest.approx(4 * (small_kernel + small_program), rel=0.01)


def test_nothing_leaves_the_picture(svg: ElementTree.Element) -> None:
    for text in svg.iter(f"{SVG}text"):
        assert 0 <= float(text.get("x", "-1")) <= plot.WIDTH - plot.LABELS + 8


def test_it_loads_nothing_from_elsewhere() -> None:
    text = bars("t", "s", "µs", DRAWN).replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert "http" not in text
    assert "href" not in text


@pytest.mark.parametrize(
    ("largest", "between"), [(60, 10), (61, 20), (12, 2), (9, 2), (0.6, 0.1), (0.05, 0.01), (1_000, 200)]
)
def test_lines_stand_at_round_numbers(largest: float, between: float) -> None:
    assert step(largest) == pytest.approx(between)


def test_nothing_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="empty"):
        bars("t", "s", "µs", [])
