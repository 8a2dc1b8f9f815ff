"""Whether a design can be drawn, and read afterwards. Pure."""

import math
from typing import get_args

from qr import color, glyphs
from qr.design import Corner, Design, Frame, Gradient, Level, Pattern
from qr.errors import DesignError
from qr.logo import is_clean

LEAST_CONTRAST = 3
"""Of modules and background, by WCAG. docs/qr.md tells how it was found."""

LEAST_TEXT_CONTRAST = 1.5
"""Of a frame's text and what is behind it: people read it, so this only keeps it from being invisible."""

LEAST_LOGO, MOST_LOGO = 0.1, 0.4
MOST_QUIET = 10
"""Modules. ISO/IEC 18004 asks for 4."""

MOST_TEXT = 32
"""Characters: smaller than that, nobody reads them."""

PAPER = "#ffffff"
"""What a transparent background is taken for: nobody knows what the code will be put on."""

CHOICES = {
    "pattern": get_args(Pattern),
    "corner": get_args(Corner),
    "corner_dot": get_args(Corner),
    "level": get_args(Level),
    "frame": get_args(Frame),
}


def check(design: Design) -> None:
    """Raises ``DesignError`` for the first field that is malformed, out of range or makes the code unreadable.

    A text is looked at where it is drawn: without a frame any will do, if it is short enough.
    """
    for field, choices in CHOICES.items():
        if getattr(design, field) not in choices:
            raise DesignError(field, f"must be one of {', '.join(choices)}")
    _check_numbers(design)
    _check_logo(design.logo)
    _check_colors(design)
    _check_text(design)


def _check_numbers(design: Design) -> None:
    if type(design.quiet_zone) is not int or not 0 <= design.quiet_zone <= MOST_QUIET:
        raise DesignError("quiet_zone", f"must be a whole number from 0 to {MOST_QUIET}")
    if not LEAST_LOGO <= design.logo_size <= MOST_LOGO:  # False for NaN, too
        raise DesignError("logo_size", f"must be a number from {LEAST_LOGO} to {MOST_LOGO}")
    if design.gradient is not None:
        if design.gradient.kind not in get_args(Gradient.__annotations__["kind"]):
            raise DesignError("gradient", "must be linear or radial")
        if not math.isfinite(design.gradient.angle) or abs(design.gradient.angle) > 360:
            raise DesignError("gradient", "must have an angle from -360 to 360 degrees")


def _check_logo(logo: bytes | None) -> None:
    if logo is not None and not is_clean(logo):
        raise DesignError("logo", "must be a PNG made ready beforehand")


def _check_colors(design: Design) -> None:
    background = PAPER if design.background is None else color.parse("background", design.background)
    dark = {"foreground": color.parse("foreground", design.foreground)}
    if design.gradient is not None:
        start, stop = design.gradient.start, design.gradient.stop
        dark = {
            "gradient start": color.parse("gradient", start),
            "gradient stop": color.parse("gradient", stop),
        }
    if design.corner_color is not None:
        dark["corner_color"] = color.parse("corner_color", design.corner_color)
    for name, one in dark.items():
        field = name.partition(" ")[0]
        if color.luminance(one) > color.luminance(background):
            raise DesignError(
                field, f"{one} is lighter than the background {background}: many readers need dark on light"
            )
        ratio = color.contrast(one, background)
        if ratio < LEAST_CONTRAST:
            raise DesignError(
                field, f"{_ratio(one, background, ratio)} to be read: it must be {LEAST_CONTRAST}:1 or more"
            )


def _check_text(design: Design) -> None:
    frame = color.parse("frame_color", design.frame_color)
    text = color.parse("text_color", design.text_color)
    if len(design.text) > MOST_TEXT:
        raise DesignError("text", f"must be at most {MOST_TEXT} characters long")
    if design.frame == "none":
        return
    if design.frame != "box" and not design.text.strip(" "):
        raise DesignError("text", f"a {design.frame} needs a text")
    ratio = color.contrast(text, frame)
    if design.text.strip(" ") and ratio < LEAST_TEXT_CONTRAST:
        raise DesignError("text_color", f"{_ratio(text, frame, ratio)}: it must be {LEAST_TEXT_CONTRAST}:1 or more")
    glyphs.width(design.text)


def _ratio(one: str, other: str, ratio: float) -> str:
    """Rounded down, so that what is too little never looks like enough."""
    return f"the contrast of {one} on {other} is {math.floor(ratio * 100) / 100:.2f}:1, too little"
