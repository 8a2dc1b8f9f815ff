"""Holds docs/bio-pages.md and the program together."""

import json
import re
from pathlib import Path

import pytest

from bio import checks
from bio.icons import ICONS
from bio.page import Colours
from bio.themes import THEMES

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "bio-pages.md").read_text("utf-8")


@pytest.mark.parametrize("name", THEMES)
def test_every_theme_is_shown(name: str) -> None:
    assert f"| `{name}` | ![{name}](bio/{name}.png) |" in PAGE
    assert (DOCS / "bio" / f"{name}.png").stat().st_size < 50_000


def test_no_picture_of_a_theme_that_is_gone() -> None:
    assert {path.stem for path in (DOCS / "bio").iterdir()} == set(THEMES)


def test_every_network_is_named() -> None:
    (names,) = re.findall(r"`network`\s+is one of (.*?)\. The drawings", PAGE, re.DOTALL)
    assert re.findall(r"`(\w+)`", names) == list(ICONS)


@pytest.mark.parametrize(
    "limit",
    [
        f"1 to {checks.MAX_TITLE} characters",
        f"at most {checks.MAX_DESCRIPTION:,} characters",
        f"1 to {checks.MAX_LABEL} characters",
        f"at most {checks.MAX_BUTTONS}",
        f"at most {checks.MAX_SOCIALS}",
    ],
)
def test_limits_are_told(limit: str) -> None:
    assert limit in PAGE


def test_the_example_of_colours_can_be_read() -> None:
    (example,) = re.findall(r"```json\n(\{\"colors\".*?)\n```", PAGE)
    checks.colours(Colours(**json.loads(example)["colors"]))
