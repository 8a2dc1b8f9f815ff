"""Makes the pictures of docs/qr/: ``python -m tests.qr.sheet``."""

import io
from pathlib import Path
from typing import get_args

import resvg_py
from PIL import Image

from qr import glyphs, render, to_svg
from qr.design import Corner, Design, Frame, Gradient, Pattern
from qr.scene import Scene, Shape
from tests.qr.reading import picture

HERE = Path(__file__).parents[2] / "docs" / "qr"
DATA = "https://s.test/a1b2c3"
BERRY = Gradient(kind="linear", start="#b3005e", stop="#2a1a9e", angle=45)
SUN = Gradient(kind="radial", start="#c2410c", stop="#6d1a36")

PATTERNS: dict[str, Design] = {name: Design(pattern=name) for name in get_args(Pattern)}
CORNERS: dict[str, Design] = {
    f"{corner}, {dot}": Design(pattern="rounded", corner=corner, corner_dot=dot, corner_color="#b3005e")
    for corner, dot in zip(get_args(Corner), get_args(Corner), strict=True)
} | {
    "dot, square": Design(pattern="dots", corner="dot", corner_dot="square"),
    "extra-rounded, dot": Design(pattern="classy-rounded", corner="extra-rounded", corner_dot="dot"),
    "transparent": Design(background=None, foreground="#0b5d3b", pattern="extra-rounded"),
}
COLORED: dict[str, Design] = {
    "linear, 0°": Design(gradient=Gradient(kind="linear", start="#b3005e", stop="#2a1a9e"), pattern="rounded"),
    "linear, 45°": Design(gradient=BERRY, pattern="extra-rounded", corner="extra-rounded"),
    "radial": Design(gradient=SUN, pattern="dots", corner="dot", corner_dot="dot"),
    "radial, corners": Design(gradient=SUN, pattern="classy", corner_color="#111111", background="#fff7ed"),
    "logo 0.2": Design(logo=picture(), pattern="rounded"),
    "logo 0.4": Design(logo=picture(), logo_size=0.4, pattern="classy-rounded", corner="extra-rounded", gradient=BERRY),
}
FRAMES: dict[str, Design] = {
    name: Design(frame=name, text="Scan me", pattern="rounded", corner="extra-rounded") for name in get_args(Frame)
} | {
    "box, no text": Design(frame="box", frame_color="#b3005e", gradient=BERRY, pattern="classy"),
    "long text": Design(frame="banner-bottom", text="Größe, Ελληνικά, Кириллица, 20 €", frame_color="#2a1a9e"),
}
ROWS = (PATTERNS, CORNERS, COLORED, FRAMES)

TILE, SPACE, LABEL = 240, 24, 30


def sheet() -> Image.Image:
    """All rows, each picture with its name under it."""
    heights = [max(_tile(design).height for design in row.values()) for row in ROWS]
    width = SPACE + 6 * (TILE + SPACE)
    image = Image.new("RGB", (width, SPACE + sum(height + LABEL + SPACE for height in heights)), "#e8eaee")
    y = SPACE
    for row, height in zip(ROWS, heights, strict=True):
        for at, (name, design) in enumerate(row.items()):
            x = SPACE + at * (TILE + SPACE)
            tile = _tile(design)
            image.paste(tile, (x, y), tile)
            label = _label(name)
            image.paste(label, (x, y + tile.height + 8), label)
        y += height + LABEL + SPACE
    return image


def _tile(design: Design) -> Image.Image:
    return Image.open(io.BytesIO(render.png(DATA, design, TILE))).convert("RGBA")


def _label(text: str) -> Image.Image:
    shape = Shape(glyphs.line(text, 0, 14, 11), "#333333", even_odd=False)
    drawn = resvg_py.svg_to_bytes(svg_string=to_svg.write(Scene(TILE, 20, [shape])), width=TILE)
    return Image.open(io.BytesIO(drawn)).convert("RGBA")


EXAMPLES = {"rounded": PATTERNS["rounded"], "gradient": COLORED["linear, 45°"], "banner": FRAMES["banner-bottom"]}


def main() -> None:
    sheet().convert("P", palette=Image.Palette.ADAPTIVE, colors=128).save(HERE / "contact-sheet.png", optimize=True)
    for name, design in EXAMPLES.items():
        (HERE / f"{name}.svg").write_bytes(render.svg(DATA, design, 240))


if __name__ == "__main__":
    main()
