"""The drawings."""

import re
from xml.etree import ElementTree

import pytest

from bio.icons import ICONS, svg

ALLOWED = {"svg", "path", "circle", "rect"}
ATTRIBUTES = {"d", "cx", "cy", "r", "x", "y", "width", "height", "rx", "class", "viewBox", "aria-hidden", "focusable"}


@pytest.mark.parametrize("name", ICONS)
def test_a_drawing_is_shapes_alone(name: str) -> None:
    root = ElementTree.fromstring(svg(name))
    assert {element.tag for element in root.iter()} <= ALLOWED
    assert {key for element in root.iter() for key in element.attrib} <= ATTRIBUTES
    assert root.get("aria-hidden") == "true"
    assert ICONS[name].name


@pytest.mark.parametrize("name", ICONS)
def test_a_drawing_is_small(name: str) -> None:
    assert len(svg(name)) < 450


def test_there_are_enough() -> None:
    assert len(ICONS) >= 14
    assert {"mail", "website", "phone"} <= set(ICONS)
    assert all(re.fullmatch("[a-z]+", name) for name in ICONS)
    assert len({icon.shapes for icon in ICONS.values()}) == len({icon.name for icon in ICONS.values()}) == len(ICONS)
