"""Every text of every theme can be read, on every part of what is behind it."""

import re

import pytest

from bio.colour import LEAST_CONTRAST, colour_of, contrast
from bio.themes import THEMES, Palette

PALETTES = {f"{name} {scheme}": getattr(look, scheme) for name, look in THEMES.items() for scheme in ("light", "dark")}


def mixed(one: str, other: str, share: float) -> str:
    """A colour between two, as a gradient shows it."""
    parts = [(int(one[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in parts)


def backs(palette: Palette) -> list[str]:
    stops = palette.back
    between = [mixed(a, b, n / 20) for a, b in zip(stops, stops[1:], strict=False) for n in range(21)]
    return [*stops, *between]


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
def test_texts_can_be_read(palette: Palette) -> None:
    for back in backs(palette):
        assert contrast(palette.text, back) >= LEAST_CONTRAST
        assert contrast(palette.soft, back) >= LEAST_CONTRAST
    assert contrast(palette.button_text, palette.button) >= LEAST_CONTRAST


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
def test_colours_are_of_the_checked_form(palette: Palette) -> None:
    for colour in (*palette.back, *palette[1:]):
        assert colour_of(colour) == colour


@pytest.mark.parametrize("name", THEMES)
def test_dark_is_darker_than_light(name: str) -> None:
    look = THEMES[name]
    assert contrast(look.dark.back[0], "#000000") < contrast(look.light.back[0], "#000000")
    assert re.fullmatch("[a-z]+", name)


def test_there_are_at_least_four() -> None:
    assert len(THEMES) >= 4
    assert len({look.light for look in THEMES.values()}) == len(THEMES)
