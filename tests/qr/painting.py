"""Paints commands, so that tests look at pictures instead of at numbers."""

import io

import resvg_py
from PIL import Image

from qr import scene, to_svg
from qr.scene import Command, Scene, Shape


def painted(commands: list[Command], side: float, scale: int = 10) -> Image.Image:
    """Black on white, in grey; ``scale`` pixels to a module."""
    items = [Shape(scene.rectangle(0, 0, side, side), "#ffffff"), Shape(commands, "#000000")]
    return drawn(Scene(side, side, [*items]), round(side * scale)).convert("L")


def drawn(made: Scene, pixels: int) -> Image.Image:
    """As RGBA."""
    png = resvg_py.svg_to_bytes(svg_string=to_svg.write(made), width=pixels, skip_system_fonts=True)
    return Image.open(io.BytesIO(bytes(png))).convert("RGBA")
