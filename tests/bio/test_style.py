"""The style sheet of a page."""

import re

import pytest

from bio.page import Colours, PageError, Theme
from bio.style import bar_colours, style_of
from bio.themes import THEMES
from tests.bio.hostile import COLOURS
from tests.bio.pages import page

OWN = Colours(background="#101010", text="#F0F0F0", button="#FFCC00")


def variables(style: str) -> dict[str, str]:
    (first,) = re.findall(r"^:root\{([^}]*)\}", style)
    return dict(part.split(":", 1) for part in first.split(";"))


@pytest.mark.parametrize("name", THEMES)
def test_a_theme_follows_the_system(name: str) -> None:
    style = style_of(page(theme=Theme(name)))
    look = THEMES[name]
    assert variables(style)["color-scheme"] == "light dark"
    assert variables(style)["--t"] == look.light.text
    assert f"@media(prefers-color-scheme:dark){{:root{{--b:" in style  # noqa: F541
    assert f"--t:{look.dark.text}" in style


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_theme_can_be_held_to_one_scheme(scheme: str) -> None:
    style = style_of(page(theme=Theme("ocean", scheme)))
    palette = getattr(THEMES["ocean"], scheme)
    assert variables(style)["color-scheme"] == scheme
    assert variables(style)["--k"] == palette.button
    assert "prefers-color-scheme" not in style
    assert bar_colours(page(theme=Theme("ocean", scheme))) == (palette.back[0],) * 2


def test_own_colours_replace_those_of_the_theme() -> None:
    style = style_of(page(colours=OWN, theme=Theme("mono")))
    told = variables(style)
    assert (told["--b"], told["--t"], told["--k"], told["--kt"]) == ("#101010", "#f0f0f0", "#ffcc00", "#000000")
    assert told["color-scheme"] == "dark"
    assert told["--f"] == THEMES["mono"].font
    assert "prefers-color-scheme" not in style
    assert bar_colours(page(colours=OWN)) == ("#101010", "#101010")


def test_a_button_that_hardly_differs_gets_an_edge() -> None:
    told = variables(style_of(page(colours=Colours(background="#ffffff", text="#222222", button="#fafafa"))))
    assert told["--l"] == "#222222"
    assert variables(style_of(page(colours=OWN)))["--l"] == "#ffcc00"


@pytest.mark.parametrize("colour", COLOURS)
def test_nothing_else_gets_into_it(colour: str) -> None:
    with pytest.raises(PageError):
        style_of(page(colours=Colours(background=colour, text="#000000")))


@pytest.mark.parametrize("name", THEMES)
def test_it_loads_nothing_and_ends_where_it_should(name: str) -> None:
    style = style_of(page(theme=Theme(name)))
    assert "url(" not in style
    assert "@import" not in style
    assert "<" not in style
    assert style.count("{") == style.count("}")
    assert "prefers-reduced-motion:no-preference" in style
    assert ":focus-visible{outline:3px" in style
