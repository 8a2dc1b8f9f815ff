"""Colours as readers of QR codes see them: ``#rgb`` and ``#rrggbb`` in, luminance and contrast out. Pure."""

import re
from functools import lru_cache

from qr.errors import DesignError

COLOR = re.compile(r"#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})", re.ASCII)


def parse(field: str, text: str) -> str:
    """The colour as ``#rrggbb`` in small letters. Raises ``DesignError`` for anything else, that names the field."""
    if not COLOR.fullmatch(text):
        raise DesignError(field, "must be a colour such as #000000 or #fff")
    digits = text[1:].lower()
    return "#" + ("".join(2 * digit for digit in digits) if len(digits) == 3 else digits)


@lru_cache(1024)
def luminance(color: str) -> float:
    """Relative luminance of ``#rrggbb``, 0 (black) to 1 (white): WCAG 2.2, the definition of that name."""
    channels = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two ``#rrggbb``, 1 to 21: WCAG 2.2, the definition of that name."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)
