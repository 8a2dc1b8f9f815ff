"""A line of text as loops, from the font that is shipped: no picture depends on installed fonts.

The font is Inter Bold without kerning and features; :mod:`qr.build_font` makes it.
"""

import unicodedata
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

# fontTools has no types.
from fontTools.pens.basePen import BasePen  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from qr.errors import DesignError
from qr.scene import Command

FONT = Path(__file__).with_name("data") / "frame.ttf"


class Glyph(NamedTuple):
    """Loops around an origin on the baseline, y down. Lengths are parts of the height of a capital letter."""

    advance: float
    commands: list[Command]


class Pen(BasePen):  # type: ignore[misc]
    """Writes down what is drawn with it, in lengths of ``unit``."""

    def __init__(self, glyph_set: Any, unit: float) -> None:
        super().__init__(glyph_set)
        self.commands: list[Command] = []
        self._unit = unit

    def _add(self, name: str, *points: tuple[float, float]) -> None:
        self.commands.append((name, tuple(part for x, y in points for part in (x / self._unit, -y / self._unit))))

    def _moveTo(self, pt: tuple[float, float]) -> None:
        self._add("M", pt)

    def _lineTo(self, pt: tuple[float, float]) -> None:
        self._add("L", pt)

    def _qCurveToOne(self, pt1: tuple[float, float], pt2: tuple[float, float]) -> None:
        self._add("Q", pt1, pt2)

    def _closePath(self) -> None:
        self.commands.append(("Z", ()))


@cache
def _font() -> tuple[dict[int, str], Any, float]:
    """Characters by code point, their glyphs, and the height of capitals."""
    font = TTFont(FONT)
    return font.getBestCmap(), font.getGlyphSet(), float(font["OS/2"].sCapHeight)


@cache
def glyph(character: str) -> Glyph:
    """Raises ``DesignError`` for a character that the font does not have."""
    names, glyphs, height = _font()
    name = names.get(ord(character))
    if name is None:
        shown = character if character.isprintable() else unicodedata.name(character, "a control character")
        raise DesignError("text", f"the font has no {shown} (U+{ord(character):04X})")
    pen = Pen(glyphs, height)
    glyphs[name].draw(pen)
    return Glyph(glyphs[name].width / height, pen.commands)


def composed(text: str) -> str:
    """The text in as few characters as can be (NFC), without spaces around it."""
    return unicodedata.normalize("NFC", text).strip(" ")


def width(text: str) -> float:
    """Of a line whose capitals are 1 high. Raises ``DesignError``."""
    return sum(glyph(character).advance for character in composed(text))


def line(text: str, x: float, baseline: float, capitals: float) -> list[Command]:
    """The loops of a line that starts at (x, baseline); ``capitals`` is the height of capitals."""
    commands: list[Command] = []
    for character in composed(text):
        advance, loops = glyph(character)
        for name, points in loops:
            placed = ((baseline if at % 2 else x) + part * capitals for at, part in enumerate(points))
            commands.append((name, tuple(round(part, 2) for part in placed)))
        x += advance * capitals
    return commands
