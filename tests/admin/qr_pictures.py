"""Reading codes back, as a phone does."""

import io
from typing import Any

import resvg_py
import zxingcpp
from PIL import Image


def decoded(picture: bytes) -> str:
    """What the one code on a PNG or SVG holds."""
    if not picture.startswith(b"\x89PNG"):
        # On white, as a page shows it.
        svg = picture.decode()
        picture = bytes(resvg_py.svg_to_bytes(svg_string=svg, background="#ffffff", skip_system_fonts=True))
    with Image.open(io.BytesIO(picture)) as image:
        (code,) = zxingcpp.read_barcodes(image.convert("RGB"))
    return str(code.text)


def png(width: int = 64, height: int = 64, color: Any = "#cc2222") -> bytes:
    """A picture of one colour."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), color).save(out, "PNG")
    return out.getvalue()


def size_of(picture: bytes) -> tuple[int, int]:
    """Width and height of a PNG."""
    with Image.open(io.BytesIO(picture)) as image:
        return image.size
