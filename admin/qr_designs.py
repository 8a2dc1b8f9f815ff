"""How the designs of both APIs become one of the room ``qr``, and how its complaints are told in their words. Pure.

XQR: the design of a template. Divsly: ``qrSettings``, as they are kept in a link's extras.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from qr.design import Corner, Design, Frame, Level, Pattern

DEFAULTS: Mapping[str, Any] = {
    "foreground_color": "#000000",
    "background_color": "#FFFFFF",
    "error_correction": "M",
    "dot_style": "square",
    "corner_style": "square",
    "logo_url": None,
    "logo_size": 0.2,
    "quiet_zone": 1,
}
"""The design of an XQR template, in the order in which it is answered."""

DOT_STYLES: Mapping[str, Pattern] = {"square": "square", "rounded": "rounded", "dots": "dots", "classy": "classy"}
CORNER_STYLES: Mapping[str, Corner] = {"square": "square", "rounded": "extra-rounded", "dot": "dot"}
LEVELS: tuple[Level, ...] = ("L", "M", "Q", "H")

FRAMES: Mapping[str, Frame] = {
    "none": "none",
    "box": "box",
    "banner-bottom": "banner-bottom",
    "banner-top": "banner-top",
}
"""What ``frame`` of the Divsly API may be called: its own names are documented nowhere."""

DIVSLY_KEYS = (
    *("color", "bgColor", "isBgTransparent", "pattern", "corner", "preset", "logo", "qrLogoId", "frame", "text"),
    *("textColor", "primary", "secondary", "qrType"),
)

# What a fault of the room `qr` is called in each API.
_XQR_NAMES = {
    "foreground": "foreground_color",
    "background": "background_color",
    "level": "error_correction",
    "pattern": "dot_style",
    "corner": "corner_style",
    "corner_dot": "corner_style",
    "logo": "logo_url",
    "logo_size": "logo_size",
    "quiet_zone": "quiet_zone",
}
_DIVSLY_NAMES = {
    "foreground": "color",
    "background": "bgColor",
    "pattern": "pattern",
    "corner": "corner",
    "corner_dot": "corner",
    "logo": "logo",
    "frame": "frame",
    "frame_color": "primary",
    "text": "text",
    "text_color": "textColor",
}
_OF_REQUEST = ("data", "size")

_DATA_URL = "data:"
_ASSET = re.compile(r"(?:https?://[^/?#\\\s]+/assets/)?(ast_[0-9a-f]{32})(?:/[^?#\\\s]*)?")


class Look(NamedTuple):
    """A design without its logo, and where that comes from: a data URL, or the id of an asset (either may be empty).
    ``names``: what its fields are called by whoever sent it."""

    design: Design
    logo_url: str = ""
    asset: str = ""
    names: Mapping[str, str] = {}

    def field(self, name: str) -> str:
        """A field of the room ``qr`` as whoever sent the design calls it."""
        return name if name in _OF_REQUEST else self.names.get(name, name)


PLAIN = Look(Design())
"""Of a link that says nothing: black on white squares, with the quiet zone that the standard asks for."""


def filled(design: Mapping[str, Any]) -> dict[str, Any]:
    """All of an XQR design: what ``design`` leaves out is as ``DEFAULTS`` has it."""
    return {**DEFAULTS, **design}


def of_template(design: Mapping[str, Any], prefix: str = "design.") -> Look:
    """An XQR design. ``prefix``: where it stands in the request, for complaints."""
    given = filled(design)
    corner = CORNER_STYLES[given["corner_style"]]
    url, asset = logo_of(given["logo_url"] or "")
    return Look(
        Design(
            foreground=given["foreground_color"],
            background=given["background_color"],
            level=given["error_correction"],
            pattern=DOT_STYLES[given["dot_style"]],
            corner=corner,
            corner_dot=corner,
            logo_size=given["logo_size"],
            quiet_zone=given["quiet_zone"],
        ),
        url,
        asset,
        {name: prefix + own for name, own in _XQR_NAMES.items()},
    )


def has_settings(extras: Mapping[str, Any]) -> bool:
    """Whether a link's extras say how its code is to look, or that it was made for one (``isQrGenerated``)."""
    return bool(extras.get("isQrGenerated")) or any(extras.get(name) is not None for name in DIVSLY_KEYS)


def of_settings(extras: Mapping[str, Any], prefix: str = "qrSettings.") -> Look:
    """The design that ``qrSettings`` mean. What is not known has no effect: see docs/api.md."""
    given = {name: value for name in DIVSLY_KEYS if (value := extras.get(name)) is not None}
    text = given.get("text", "").strip()
    foreground = given.get("color", "#000000")
    url, asset = logo_of(str(given.get("qrLogoId") or given.get("logo") or ""))
    names = {name: prefix + own for name, own in _DIVSLY_NAMES.items()}
    if given.get("qrLogoId"):
        names["logo"] = prefix + "qrLogoId"
    corner: Corner = given.get("corner", "square")
    return Look(
        Design(
            foreground=foreground,
            background=None if given.get("isBgTransparent") else given.get("bgColor", "#ffffff"),
            pattern=given.get("pattern", "classy"),
            corner=corner,
            corner_dot=corner,
            frame=_frame(given.get("frame"), text),
            frame_color=given.get("primary", foreground),
            text=text,
            text_color=given.get("textColor") or given.get("secondary") or "#ffffff",
        ),
        url,
        asset,
        names,
    )


def _frame(name: Any, text: str) -> Frame:
    """The frame of that name. A text wants to be shown: it gets a banner where the name says nothing to us."""
    if name in FRAMES:
        frame = FRAMES[name]
        return frame if text or frame == "box" else "none"
    return "banner-bottom" if text else "none"


def logo_of(text: str) -> tuple[str, str]:
    """What a logo's name means: (data URL, id of an asset), of which one or both are empty. Nothing is ever fetched, so
    any other address, and any other name, means no logo."""
    if text[: len(_DATA_URL)].lower() == _DATA_URL:
        return text, ""
    asset = _ASSET.fullmatch(text)
    return "", asset[1] if asset else ""
