"""A text and a design in, a picture out: what others call. The same input gives the same bytes.

Large PNGs take a second, much of it with the interpreter's lock held: PNGs and PDFs are work for another process, not
for a thread beside an event loop. bench/README.md has how long pictures take.
"""

from qr import compose, matrix, to_pdf, to_png, to_svg
from qr.design import Design
from qr.errors import DesignError

LEAST_PIXELS, MOST_PIXELS = 16, 4096
"""Of a PNG's width; a frame makes it at most 1.4 times as high. Meanwhile a pixel takes a dozen bytes."""

LEAST_MILLIMETRES, MOST_MILLIMETRES = 5, 2000
MOST_DATA_BYTES = matrix.MOST_DATA_BYTES


def module_count(data: str, design: Design) -> int:
    """The picture's width in modules, quiet zone and frame included. Raises ``DesignError``."""
    return compose.width(data, design)


def svg(data: str, design: Design, pixels: int | None = None) -> bytes:
    """An SVG of a code that holds ``data``; ``pixels``: the width it claims (none: that of whatever it is put in).

    Raises ``DesignError``.
    """
    if pixels is not None:
        _check("size", pixels, LEAST_PIXELS, MOST_PIXELS, "pixels")
    return to_svg.write(compose.compose(data, design), pixels).encode()


def png(data: str, design: Design, pixels: int) -> bytes:
    """A PNG, ``pixels`` wide. Raises ``DesignError``."""
    _check("size", pixels, LEAST_PIXELS, MOST_PIXELS, "pixels")
    return to_png.write(compose.compose(data, design), pixels)


def pdf(data: str, design: Design, millimetres: float = 50) -> bytes:
    """A PDF of one page, ``millimetres`` wide; shapes and text are vectors. Raises ``DesignError``."""
    _check("size", millimetres, LEAST_MILLIMETRES, MOST_MILLIMETRES, "millimetres")
    return to_pdf.write(compose.compose(data, design), millimetres)


def _check(field: str, value: float, least: float, most: float, unit: str) -> None:
    if not least <= value <= most:  # False for NaN, too
        raise DesignError(field, f"must be from {least} to {most} {unit}")
