"""Colours as ``#rrggbb``, and how well one can be read on another."""

import re

LEAST_CONTRAST = 4.5
"""Of text on what is behind it: WCAG 2.2 section 1.4.3, level AA."""

# Nothing else ever gets into a style sheet, so nothing can be smuggled into one.
_HEX = re.compile(r"#[0-9A-Fa-f]{6}")

_DARKEST, _LIGHTEST = "#000000", "#ffffff"


def colour_of(text: str) -> str:
    """``text`` in lower case. Raises ``ValueError`` with what is wrong."""
    if not _HEX.fullmatch(text):
        raise ValueError('must be a colour of the form #rrggbb, such as "#1f5a3a"')
    return text.lower()


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2), 0 for black to 1 for white."""
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio (WCAG 2.2), 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def readable_on(colour: str) -> str:
    """Black or white, whichever is read better on ``colour``: never less than 4.5."""
    return max((_DARKEST, _LIGHTEST), key=lambda text: contrast(text, colour))


def check_contrast(text: str, back: str, what: str) -> None:
    """Raises ``ValueError`` that names the ratio where ``text`` cannot be read on ``back``, called ``what``."""
    ratio = contrast(text, back)
    if ratio < LEAST_CONTRAST:
        # Cut, not rounded: 4.496 must not be said to be 4.5.
        shown = int(ratio * 100) / 100
        raise ValueError(f"has a contrast of {shown:.2f}:1 to {what}, and must have at least {LEAST_CONTRAST}:1")


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
