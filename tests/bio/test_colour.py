"""Colours, and how well they are read."""

import pytest

from bio.colour import LEAST_CONTRAST, check_contrast, colour_of, contrast, luminance, readable_on
from tests.bio.hostile import COLOURS


@pytest.mark.parametrize("text", COLOURS)
def test_nothing_but_six_hexadecimal_digits_is_a_colour(text: str) -> None:
    with pytest.raises(ValueError, match="#rrggbb"):
        colour_of(text)


def test_a_colour_is_kept_in_lower_case() -> None:
    assert colour_of("#AbCdEf") == "#abcdef"


# Reference values: WCAG 2.2 (black and white), and WebAIM's contrast checker.
@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#777777", "#ffffff", 4.48),
        ("#767676", "#ffffff", 4.54),
        ("#0000ff", "#ffffff", 8.59),
    ],
)
def test_contrast_is_what_wcag_says(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == contrast(other, one) == pytest.approx(ratio, abs=0.005)


def test_luminance_of_the_ends() -> None:
    assert (luminance("#000000"), luminance("#ffffff")) == (0.0, pytest.approx(1.0))


@pytest.mark.parametrize("level", range(256))
def test_something_can_be_read_on_every_grey(level: int) -> None:
    colour = f"#{level:02x}{level:02x}{level:02x}"
    assert contrast(readable_on(colour), colour) >= LEAST_CONTRAST


def test_what_cannot_be_read_is_refused_with_the_ratio() -> None:
    with pytest.raises(ValueError, match=r"has a contrast of 4\.47:1 to background, and must have at least 4\.5:1"):
        check_contrast("#777777", "#ffffff", "background")
    check_contrast("#767676", "#ffffff", "background")
